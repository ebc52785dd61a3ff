import { Field, ObjectType } from "type-graphql";
import { Completion } from "../completion.js";

@ObjectType("Comparison", {
  description: "A strict preference: one completion ranked above another.",
  simpleResolvers: true,
})
export class ComparisonType {
  @Field(() => Completion, { description: "The completion preferred." })
  winner!: Completion;

  @Field(() => Completion, { description: "The completion it was preferred to." })
  loser!: Completion;
}
