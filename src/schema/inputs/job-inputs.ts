import { ArgsType, Field, Float, ID, InputType, Int } from "type-graphql";
import type { Recipe, TokenizerKind } from "../../vocabulary.js";
import { PromptFilter } from "../arguments/prompt-filter.js";
import { RecipeEnum, TokenizerKindEnum } from "../enums.js";

export const ONCE = "Sent again with the same key within 24 hours, the first result is returned.";

@InputType("ArchitectureInput", {
  description: "The size and the tokenizer of a decoder-only transformer that is trained from scratch.",
})
export class ArchitectureInputType {
  @Field(() => Int, { defaultValue: 4, description: "How many blocks." })
  layers!: number;

  @Field(() => Int, { defaultValue: 4, description: "How many attention heads a block has." })
  heads!: number;

  @Field(() => Int, { defaultValue: 128, description: "The size of a token's vector; a multiple of heads." })
  width!: number;

  @Field(() => Int, {
    nullable: true,
    description:
      "How many tokens it sees at once; where not given, the smallest of 128, 256, 512, 1024 and 2048 that nearly all examples fit, as far as the memory suffices.",
  })
  contextLength?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "How many tokens the vocabulary may have, at least 257; TRAINED_BPE 4096, GPT2 50257, BYTES 257 where not given.",
  })
  vocabularySize?: number | null;

  @Field(() => TokenizerKindEnum, { defaultValue: "TRAINED_BPE", description: "How texts become tokens." })
  tokenizer!: TokenizerKind;
}

@InputType("SftInput", {
  description:
    "Supervised fine-tuning on the demonstrations of a dataset. It begins from exactly one of baseModelId, baseJobId and architecture.",
})
export class SftInputType {
  @Field(() => ID, { description: "The dataset; it is read as it is now, whatever changes later." })
  datasetId!: string;

  @Field(() => String, { nullable: true, description: "The name of the model, 1 to 200 characters." })
  name?: string | null;

  @Field(() => ID, { nullable: true, description: "The model to begin from: PRETRAINED, IMPORTED or SFT." })
  baseModelId?: string | null;

  @Field(() => ID, { nullable: true, description: "A job whose model to begin from; this one waits for it." })
  baseJobId?: string | null;

  @Field(() => ArchitectureInputType, { nullable: true, description: "Begin from nothing, with a model of this size." })
  architecture?: ArchitectureInputType | null;

  @Field(() => Int, { nullable: true, description: "How often each example is read." })
  epochs?: number | null;

  @Field(() => Int, { nullable: true, description: "How many examples a step reads." })
  batchSize?: number | null;

  @Field(() => Float, { nullable: true, description: "The highest learning rate of the schedule." })
  learningRate?: number | null;

  @Field(() => Float, { nullable: true, description: "The share of residual activations that is dropped." })
  dropout?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "The share of pretraining text among the sequences of each step, from 0 to 0.9; none where not given.",
  })
  pretrainingMix?: number | null;

  @Field(() => ID, { nullable: true, description: "Whose TRAIN text is mixed in; this dataset's where not given." })
  pretrainingDatasetId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "A reward model, whose score on VALIDATION chooses which parameters are kept; the loss chooses where not given.",
  })
  rewardModelId?: string | null;

  @Field(() => RecipeEnum, { defaultValue: "AUTO", description: "Where the values that are not given come from." })
  recipe!: Recipe;

  @Field(() => Int, { defaultValue: 0, description: "Seed of every random draw; the same seed gives the same model." })
  seed!: number;

  @Field(() => String, { nullable: true, description: ONCE })
  idempotencyKey?: string | null;
}

@InputType({ description: "Completions of a model for prompts of a dataset, stored under the model's name." })
export class GenerateInput {
  @Field(() => ID, { description: "The dataset; it is read as it is now, whatever changes later." })
  datasetId!: string;

  @Field(() => ID, { description: "The model, which is not a reward model." })
  modelId!: string;

  @Field(() => PromptFilter, { nullable: true, description: "Which prompts; those not excluded where not given." })
  promptFilter?: PromptFilter | null;

  @Field(() => Int, { nullable: true, description: "How many prompts to read at most, the oldest first." })
  maxPrompts?: number | null;

  @Field(() => Int, { defaultValue: 4, description: "How many completions of each prompt." })
  samplesPerPrompt!: number;

  @Field(() => Float, {
    defaultValue: 1,
    description: "What the logits are divided by, 0.01 to 10; 0 takes the likeliest token each time.",
  })
  temperature!: number;

  @Field(() => Int, { nullable: true, description: "How long a completion may be, in tokens." })
  maxResponseTokens?: number | null;

  @Field(() => Int, {
    defaultValue: 0,
    description: "Seed of every random draw; the same seed gives the same completions.",
  })
  seed!: number;

  @Field(() => String, { nullable: true, description: ONCE })
  idempotencyKey?: string | null;
}

@ArgsType()
export class JobIdArguments {
  @Field(() => ID, { description: "The job." })
  id!: string;
}

@ArgsType()
export class RetryJobArguments extends JobIdArguments {
  @Field(() => Boolean, {
    defaultValue: false,
    description: "Allow another environment than the one it began in, where its bits may differ; the job then says so.",
  })
  otherEnvironment!: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      "Also queue every job again that is cancelled because it waited for this one, directly or through others, whenever that was (cancelledWith has only those of its last end): all of them, or none.",
  })
  withDependents!: boolean;
}
