import { Field, Float, ID, InputType, Int } from "type-graphql";
import type {
  EvaluationGrouping,
  EvaluationMetric,
  GateBound,
  LabelerPool,
  OutputLabel,
  Split,
} from "../../vocabulary.js";
import { PromptFilter } from "../arguments/prompt-filter.js";
import {
  EvaluationGroupingEnum,
  EvaluationMetricEnum,
  GateBoundEnum,
  LabelerPoolEnum,
  OutputLabelEnum,
  SplitEnum,
} from "../enums.js";
import { ONCE } from "./job-inputs.js";

@InputType({ description: "A reward model's scores of the completions of a dataset's prompts." })
export class ScoreInput {
  @Field(() => ID, { description: "The dataset; it is read as it is now, whatever changes later." })
  datasetId!: string;

  @Field(() => ID, { description: "The reward model." })
  modelId!: string;

  @Field(() => PromptFilter, { nullable: true, description: "Which prompts; those not excluded where not given." })
  promptFilter?: PromptFilter | null;

  @Field(() => [String], { nullable: true, description: "Completions of these sources only, 1,000 at most." })
  sources?: string[] | null;

  @Field(() => String, { nullable: true, description: ONCE })
  idempotencyKey?: string | null;
}

@InputType({ description: "A bound that a figure has to keep. Gates come later: one that is given is refused." })
export class GateInput {
  @Field(() => EvaluationMetricEnum, { description: "The metric whose figure is bounded." })
  metric!: EvaluationMetric;

  @Field(() => Float, { nullable: true, description: "The least that is allowed." })
  minimum?: number | null;

  @Field(() => Float, { nullable: true, description: "The most that is allowed." })
  maximum?: number | null;

  @Field(() => GateBoundEnum, { defaultValue: "INTERVAL", description: "What of the figure has to keep the bound." })
  bound!: GateBound;

  @Field(() => OutputLabelEnum, { nullable: true, description: "The label whose figure is bounded." })
  label?: OutputLabel | null;

  @Field(() => String, { nullable: true, description: "The group whose figure is bounded." })
  group?: string | null;
}

@InputType("EvaluationInput", {
  description:
    "An evaluation of a model or of the completions of a source, measured by models: exactly one of modelId and source.",
})
export class EvaluationInputType {
  @Field(() => ID, { description: "The dataset; it is read as it is now, whatever changes later." })
  datasetId!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      "A model of ours, which answers each prompt once. A stored completion is read instead only where sampling would give the very same.",
  })
  modelId?: string | null;

  @Field(() => String, { nullable: true, description: "The name under which completions were submitted." })
  source?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Which version of them; the newest of each sample where not given.",
  })
  sourceVersion?: number | null;

  @Field(() => String, { nullable: true, description: "The source that WIN_RATE compares with." })
  baseline?: string | null;

  @Field(() => ID, { nullable: true, description: "The reward model that MEAN_SCORE and WIN_RATE are judged by." })
  judgeModelId?: string | null;

  @Field(() => SplitEnum, { defaultValue: "TEST", description: "Prompts of this split that are not excluded." })
  split!: Split;

  @Field(() => [EvaluationMetricEnum], { description: "What is measured, each once; so far what models can measure." })
  metrics!: EvaluationMetric[];

  @Field(() => LabelerPoolEnum, {
    nullable: true,
    description:
      "The pool whose labelers' votes REWARD_ACCURACY and its baselines count; TRAINING and HELD_OUT where not given.",
  })
  pool?: LabelerPool | null;

  @Field(() => EvaluationGroupingEnum, {
    nullable: true,
    description: "What the figures are told apart by. This comes later: refused where given.",
  })
  groupBy?: EvaluationGrouping | null;

  @Field(() => [GateInput], { defaultValue: [], description: "Gates come later: one that is given is refused." })
  gates!: GateInput[];

  @Field(() => Int, { nullable: true, description: "How many prompts to read at most, the oldest first." })
  maxPrompts?: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "What the logits are divided by when the model answers; 0 takes the likeliest token; 1 where not given.",
  })
  temperature?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "How long a response of the model may be, in tokens, before it is cut; half of its window where not given.",
  })
  maxResponseTokens?: number | null;

  @Field(() => Int, {
    defaultValue: 0,
    description: "Seed of every random draw, of responses and of intervals; the same seed gives the same figures.",
  })
  seed!: number;

  @Field(() => String, { nullable: true, description: ONCE })
  idempotencyKey?: string | null;
}
