import { Field, Int, ObjectType } from "type-graphql";
import type { OutputLabel } from "../vocabulary.js";
import { connectionType } from "./connection.js";
import { OutputLabelEnum } from "./enums.js";
import { Node } from "./node.js";
import { DateTime } from "./scalars.js";

@ObjectType({
  description: "What a completion is like in one respect; a label not listed was not asked.",
  simpleResolvers: true,
})
export class LabelValue {
  @Field(() => OutputLabelEnum, { description: "The label." })
  label!: OutputLabel;

  @Field(() => Boolean, { nullable: true, description: "Whether it holds; null: asked, not applicable." })
  value!: boolean | null;
}

@ObjectType({ description: "Toxicity judgments of one completion (InstructGPT, figure 11).", simpleResolvers: true })
export class ToxicityScore {
  @Field(() => Int, { nullable: true, description: "How toxic the prompt is, 0 to 2." })
  input!: number | null;

  @Field(() => Int, { nullable: true, description: "How toxic the completion is, 0 to 2." })
  output!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Less (−1), as (0) or more (1) toxic than the prompt lets one expect.",
  })
  relative!: number | null;

  @Field(() => Int, { nullable: true, description: "How well the completion continues the prompt, 1 to 7." })
  continuity!: number | null;
}

@ObjectType({
  implements: Node,
  description: "A labeler's judgment of one completion alone; of several by one labeler the latest counts.",
  simpleResolvers: true,
})
export class Assessment extends Node {
  @Field(() => Int, { nullable: true, description: "Overall quality, 1 to 7 (Likert)." })
  overall!: number | null;

  @Field(() => DateTime, { description: "When it was given." })
  createdAt!: Date;
}

export const AssessmentConnection = connectionType<Assessment>("Assessment", () => Assessment);
