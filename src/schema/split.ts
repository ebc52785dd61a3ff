import { Field, Float, Int, ObjectType } from "type-graphql";
import type { PromptSource, Split, SplitGrouping, Stage } from "../vocabulary.js";
import { PromptSourceEnum, SplitEnum, SplitGroupingEnum, StageEnum } from "./enums.js";
import { DateTime } from "./scalars.js";

@ObjectType({ description: "How the splits of a dataset were assigned.", simpleResolvers: true })
export class SplitPolicy {
  @Field(() => Float, { description: "The share of groups in TRAIN." })
  train!: number;

  @Field(() => Float, { description: "The share of groups in VALIDATION." })
  validation!: number;

  @Field(() => Float, { description: "The share of groups in TEST." })
  test!: number;

  @Field(() => Int, { description: "The seed that decides which group goes where." })
  seed!: number;

  @Field(() => SplitGroupingEnum, { description: "What is kept together." })
  groupBy!: SplitGrouping;

  @Field(() => DateTime, { description: "When the splits were assigned." })
  assignedAt!: Date;
}

@ObjectType({
  description:
    "How much a stage has of one split and source (InstructGPT, Table 6). A prompt without a split, or excluded from the stage, is in no row.",
  simpleResolvers: true,
})
export class SplitSize {
  @Field(() => StageEnum, { description: "The stage." })
  stage!: Stage;

  @Field(() => SplitEnum, { description: "The split." })
  split!: Split;

  @Field(() => PromptSourceEnum, { description: "Who wrote the prompts." })
  source!: PromptSource;

  @Field(() => Int, { description: "The prompts of the stage." })
  prompts!: number;

  @Field(() => Int, {
    description:
      "What a job would train on, work of TRAINING labelers only: demonstrations and LABELER few-shot pairs for SFT, strict comparisons for RM, prompts for PPO.",
  })
  examples!: number;
}
