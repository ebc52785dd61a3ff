import { Field, ObjectType } from "type-graphql";
import { connectionType } from "./connection.js";
import { Node } from "./node.js";
import { DateTime } from "./scalars.js";

@ObjectType({
  implements: Node,
  description: "An answer to a prompt, written by a labeler: what supervised fine-tuning imitates.",
  simpleResolvers: true,
})
export class Demonstration extends Node {
  @Field({ description: "The answer; it may be empty." })
  text!: string;

  @Field(() => DateTime, { description: "When it was written." })
  createdAt!: Date;
}

export const DemonstrationConnection = connectionType<Demonstration>("Demonstration", () => Demonstration);
