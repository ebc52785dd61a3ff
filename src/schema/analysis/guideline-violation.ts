import { Field, ObjectType } from "type-graphql";
import { Completion } from "../completion.js";

@ObjectType("GuidelineViolation", {
  description: "One completion ranked above another against a rule of the guideline: a question to the labeler.",
  simpleResolvers: true,
})
export class GuidelineViolationType {
  @Field(() => Completion, { description: "The completion ranked higher." })
  preferred!: Completion;

  @Field(() => Completion, { description: "The completion ranked lower." })
  over!: Completion;

  @Field(() => String, { description: "TRADE_OFF, HELP_FIRST, EQUAL_HELP, OWN_SCORES or TOXICITY." })
  rule!: string;

  @Field(() => String, { description: "What speaks against it, in a sentence with the values." })
  explanation!: string;
}
