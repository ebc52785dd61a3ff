import { Field, ID, InputType, Int } from "type-graphql";
import type { OutputLabel } from "../../vocabulary.js";
import { OutputLabelEnum } from "../enums.js";

@InputType({ description: "What a completion is like in one respect." })
export class LabelValueInput {
  @Field(() => OutputLabelEnum, { description: "The label." })
  label!: OutputLabel;

  @Field(() => Boolean, { nullable: true, description: "Whether it holds; null: asked, not applicable." })
  value?: boolean | null;
}

@InputType({ description: "Toxicity judgments of one completion (InstructGPT, figure 11)." })
export class ToxicityInput {
  @Field(() => Int, { nullable: true, description: "How toxic the prompt is, 0 to 2." })
  input?: number | null;

  @Field(() => Int, { nullable: true, description: "How toxic the completion is, 0 to 2." })
  output?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Less (−1), as (0) or more (1) toxic than the prompt lets one expect.",
  })
  relative?: number | null;

  @Field(() => Int, { nullable: true, description: "How well the completion continues the prompt, 1 to 7." })
  continuity?: number | null;
}

@InputType({ description: "A judgment of one completion alone; it says at least one thing." })
export class AssessmentInput {
  @Field(() => ID, { description: "The completion." })
  completionId!: string;

  @Field(() => Int, { nullable: true, description: "Overall quality, 1 to 7 (Likert)." })
  overall?: number | null;

  @Field(() => [LabelValueInput], {
    defaultValue: [],
    description: "Labels, each at most once; one not listed was not asked.",
  })
  labels!: LabelValueInput[];

  @Field(() => ToxicityInput, { nullable: true, description: "Toxicity judgments." })
  toxicity?: ToxicityInput | null;
}

@InputType({ description: "A labeler's answer to a prompt, as a model should give it." })
export class SubmitDemonstrationInput {
  @Field(() => ID, { description: "The prompt that it answers." })
  promptId!: string;

  @Field({ description: "The answer." })
  text!: string;

  @Field(() => ID, { nullable: true, description: "Whose work it is; an administrator has to say." })
  labelerId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "The instructions it was done under; where not given, the latest version for TRAINING_DATA that is valid by now.",
  })
  instructionVersionId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Sent again with the same key within 24 hours, the first result is returned.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "Judgments of completions of one dataset, each alone: all are stored, or none." })
export class SubmitAssessmentsInput {
  @Field(() => [AssessmentInput], { description: "1 to 1,000 assessments, each of another completion." })
  assessments!: AssessmentInput[];

  @Field(() => ID, { nullable: true, description: "Whose work it is; an administrator has to say." })
  labelerId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "The instructions it was done under; where not given, the latest version for TRAINING_DATA that is valid by now.",
  })
  instructionVersionId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Sent again with the same key within 24 hours, the first result is returned.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "A labeler's order of a prompt's completions, with assessments: all is stored, or nothing." })
export class SubmitRankingInput {
  @Field(() => ID, { description: "The prompt." })
  promptId!: string;

  @Field(() => [[ID]], {
    description:
      "Two or more of the prompt's completions, best tier first; those of one tier are tied. Each stands in one tier.",
  })
  tiers!: string[][];

  @Field(() => [ID], {
    nullable: true,
    description: "How the completions stood before the labeler, the ranked ones among them.",
  })
  displayOrder?: string[] | null;

  @Field(() => [AssessmentInput], {
    defaultValue: [],
    description: "Judgments of the prompt's completions, each alone, that belong to this ranking.",
  })
  assessments!: AssessmentInput[];

  @Field(() => Int, { nullable: true, description: "How long the labeler took, in milliseconds." })
  durationMs?: number | null;

  @Field(() => String, { nullable: true, description: "What the labeler remarked, at most 10,000 characters." })
  note?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "The ranking that this one corrects; it must be in force, by the same labeler and of the same completions. Without it, ranking the same completions again is a CONFLICT.",
  })
  supersedesId?: string | null;

  @Field(() => ID, { nullable: true, description: "Whose work it is; an administrator has to say." })
  labelerId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "The instructions it was done under; where not given, the latest version for TRAINING_DATA that is valid by now.",
  })
  instructionVersionId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Sent again with the same key within 24 hours, the first result is returned.",
  })
  idempotencyKey?: string | null;
}
