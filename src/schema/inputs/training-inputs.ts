import { Field, Float, ID, InputType, Int } from "type-graphql";
import type { Recipe, RewardPlacement } from "../../vocabulary.js";
import { PromptFilter } from "../arguments/prompt-filter.js";
import { RecipeEnum, RewardPlacementEnum } from "../enums.js";
import { ArchitectureInputType, ONCE } from "./job-inputs.js";

@InputType()
class TrainingInput {
  @Field(() => ID, { description: "The dataset; it is read as it is now, whatever changes later." })
  datasetId!: string;

  @Field(() => String, { nullable: true, description: "The name of the model, 1 to 200 characters." })
  name?: string | null;

  @Field(() => RecipeEnum, { defaultValue: "AUTO", description: "Where the values that are not given come from." })
  recipe!: Recipe;

  @Field(() => Int, { defaultValue: 0, description: "Seed of every random draw; the same seed gives the same model." })
  seed!: number;

  @Field(() => String, { nullable: true, description: ONCE })
  idempotencyKey?: string | null;
}

@InputType("PretrainingInput", {
  description: "The training of a new model on the text of a dataset: its prompts, and their demonstrations.",
})
export class PretrainingInputType extends TrainingInput {
  @Field(() => ArchitectureInputType, { description: "The size of the model, and its tokenizer." })
  architecture!: ArchitectureInputType;

  @Field(() => Int, { nullable: true, description: "How many steps." })
  steps?: number | null;

  @Field(() => Int, { nullable: true, description: "How many sequences a step reads." })
  batchSize?: number | null;

  @Field(() => Float, { nullable: true, description: "The highest learning rate of the schedule." })
  learningRate?: number | null;
}

@InputType("RewardModelInput", {
  description:
    "The training of a reward model on the rankings of a dataset. It begins from exactly one of sftModelId and sftJobId.",
})
export class RewardModelInputType extends TrainingInput {
  @Field(() => ID, { nullable: true, description: "The model to begin from: SFT, PRETRAINED or IMPORTED." })
  sftModelId?: string | null;

  @Field(() => ID, { nullable: true, description: "A job whose model to begin from; this one waits for it." })
  sftJobId?: string | null;

  @Field(() => Int, { nullable: true, description: "How often each comparison is read." })
  epochs?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "How many prompts, or parts of prompts with more than nine completions, a step reads.",
  })
  batchPrompts?: number | null;

  @Field(() => Float, { nullable: true, description: "The highest learning rate of the schedule." })
  learningRate?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "The share of residual activations that is dropped in training, 0 to below 1; none where not given.",
  })
  dropout?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "AdamW's, of matrices alone, 0 to 1; none where not given.",
  })
  weightDecay?: number | null;
}

@InputType("PpoInput", {
  description:
    "PPO against a reward model. It takes exactly one of sftModelId and sftJobId, and exactly one of rewardModelId and rewardModelJobId.",
})
export class PpoInputType extends TrainingInput {
  @Field(() => ID, { nullable: true, description: "The model that the policy begins as, and is held near." })
  sftModelId?: string | null;

  @Field(() => ID, { nullable: true, description: "A job whose model the policy begins as; this one waits for it." })
  sftJobId?: string | null;

  @Field(() => ID, { nullable: true, description: "The reward model." })
  rewardModelId?: string | null;

  @Field(() => ID, { nullable: true, description: "A job that makes the reward model; this one waits for it." })
  rewardModelJobId?: string | null;

  @Field(() => PromptFilter, {
    nullable: true,
    description: "Which prompts of TRAIN are answered: those of stage PPO where not given; {}: all.",
  })
  promptFilter?: PromptFilter | null;

  @Field(() => Int, { nullable: true, description: "How many responses in the whole run." })
  episodes?: number | null;

  @Field(() => Int, { nullable: true, description: "How many responses an iteration samples." })
  batchSize?: number | null;

  @Field(() => Int, { nullable: true, description: "How many of them a step of the optimizer reads." })
  minibatchSize?: number | null;

  @Field(() => Int, { defaultValue: 1, description: "How often an iteration's responses are learned from." })
  innerEpochs!: number;

  @Field(() => Float, { defaultValue: 0.02, description: "What a nat of KL from the reference costs (β)." })
  klCoefficient!: number;

  @Field(() => Float, {
    defaultValue: 0.2,
    description: "How far from 1 the ratio of a token's new probability to its old one still counts (PPO's ε).",
  })
  clipRatio!: number;

  @Field(() => Float, { defaultValue: 0.2, description: "How far from its old estimate a new value still counts." })
  valueClipRatio!: number;

  @Field(() => Float, { defaultValue: 0.95, description: "The λ of generalised advantage estimation." })
  gaeLambda!: number;

  @Field(() => Float, { defaultValue: 1, description: "What a later reward is worth, for each token." })
  discount!: number;

  @Field(() => Float, {
    defaultValue: 1,
    description: "What the logits are divided by, wherever they are used; 0.1 to 10.",
  })
  temperature!: number;

  @Field(() => Int, { nullable: true, description: "How long a response may be, in tokens." })
  maxResponseTokens?: number | null;

  @Field(() => Float, { defaultValue: 1, description: "What a response that does not end costs." })
  missingEosPenalty!: number;

  @Field(() => RewardPlacementEnum, { defaultValue: "EOS", description: "Which state the score is paid in." })
  rewardPlacement!: RewardPlacement;

  @Field(() => Boolean, { defaultValue: false, description: "Whether rewards are divided by their deviation." })
  whitenRewards!: boolean;

  @Field(() => Float, { nullable: true, description: "The policy's learning rate." })
  policyLearningRate?: number | null;

  @Field(() => Float, { nullable: true, description: "The value model's learning rate." })
  valueLearningRate?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "The decay of the policy's moving average, which becomes the model.",
  })
  emaDecay?: number | null;

  @Field(() => Float, { defaultValue: 0, description: "What a nat of loss on pretraining text costs (γ, PPO-ptx)." })
  ptxCoefficient!: number;

  @Field(() => Int, { defaultValue: 8, description: "How many pretraining sequences are read for each response." })
  ptxRatio!: number;

  @Field(() => ID, { nullable: true, description: "Whose TRAIN text is mixed in; this dataset's where not given." })
  pretrainingDatasetId?: string | null;
}
