/** What a supervised fine-tuning will do, with every value decided and the reason for each. */
import { show } from "../../datasets/text/code-points.js";
import { AppError, badInput } from "../../errors.js";
import type { Recipe } from "../../vocabulary.js";
import {
  ADAM,
  ADAM_REASONS,
  autoLearningRate,
  autoWarmUp,
  type Choice,
  checkBatchSize,
  checkDropout,
  checkEpochs,
  checkLearningRate,
  chooserOf,
  EVALUATE_REASON,
  evaluateEveryOf,
  fittingBatchSize,
  type OptimizationConfig,
  reasonsOf,
  recipeOf,
  seedOf,
} from "./choices.js";
import { megabytes, readingMemoryBytes, trainingMemoryBytes } from "./estimates.js";
import type { Architecture } from "./model-shape.js";
import { checkRewardModel } from "./reward-model.js";

/** What a request may leave open. */
export interface SftInput {
  readonly epochs?: number | null;
  readonly batchSize?: number | null;
  readonly learningRate?: number | null;
  readonly dropout?: number | null;
  /** The share of pretraining text among the sequences of each batch. */
  readonly pretrainingMix?: number | null;
  readonly recipe?: Recipe | null;
  readonly seed?: number | null;
}

/** What is known of the data, the model and the machine. */
export interface SftFacts {
  /** Demonstrations of the TRAIN split, and pairs of its LABELER few-shot prompts. */
  readonly trainExamples: number;
  /** The same of the VALIDATION split. */
  readonly validationExamples: number;
  /** Documents of the corpus that pretraining text is mixed in from: prompts of its TRAIN split, and their demonstrations. */
  readonly pretrainingDocuments?: number;
  /** Of the reward model that is to choose among the parameters; null or absent: none. */
  readonly rewardModel?: Architecture | null;
  readonly architecture: Architecture;
  /** What a job may use. */
  readonly memoryBytes: number;
}

export interface SftConfig extends OptimizationConfig {
  readonly trainExamples: number;
  readonly validationExamples: number;
  readonly epochs: number;
  readonly samplePrompts: number;
  readonly sampleTokens: number;
  readonly pretrainingMix: number;
  readonly pretrainingDocuments: number;
  readonly selection: "REWARD_SCORE" | "VALIDATION_LOSS" | "LAST_STEP";
  /** Prompts of VALIDATION that are answered to be scored, where a reward model chooses, and tokens of each answer at most. */
  readonly scoredPrompts: number;
  readonly scoredTokens: number;
}

/** InstructGPT's values for the models of 1.3 and 6 billion parameters (Ouyang et al. 2022, appendices C and C.1). */
const PAPER = {
  epochs: 16,
  batchSize: 32,
  learningRate: 9.65e-6,
  dropout: 0.2,
  finalFraction: 0.1,
};
/** AUTO reads the data until there were so many steps, but 2 to 16 times. */
const AUTO_STEPS = 300;
const AUTO_EPOCHS = [2, PAPER.epochs] as const;
/** AUTO leaves an epoch at least so many steps, where there is enough data. */
const AUTO_STEPS_AN_EPOCH = 20;
const SCORED_PROMPTS = 16;
const MOST_MIX = 0.9;

/** What the recipe decides where a request does not. */
type Choices = Readonly<
  Record<"batchSize" | "epochs" | "learningRate" | "dropout" | "warmUpSteps" | "weightDecay", Choice>
>;

/**
 * The whole configuration of a supervised fine-tuning: what is given counts, the recipe decides the rest.
 * @param input what was asked for; null and absent are left to the recipe
 * @param facts what the recipe AUTO decides by
 * @param field where the input stands, for errors: "input"
 * @returns a frozen configuration; refused: values out of bounds, no example to train on (UNPROCESSABLE), and a batch that
 *   does not fit the memory
 */
export function resolveSft(input: SftInput, facts: SftFacts, field = "input"): SftConfig {
  const { architecture, trainExamples, validationExamples } = facts;
  if (facts.rewardModel) checkRewardModel(facts.rewardModel, "Selection by score", `${field}.rewardModelId`);
  const recipe = recipeOf(input.recipe, `${field}.recipe`);
  if (trainExamples === 0)
    throw new AppError(
      "UNPROCESSABLE",
      "The TRAIN split has no demonstration and no few-shot pair of a LABELER to train on.",
      `${field}.datasetId`,
    );
  const seed = seedOf(input.seed, `${field}.seed`);
  const pretrainingMix = mixOf(input, facts, field);
  const choices = choose({ ...input, pretrainingMix }, facts, recipe, field);
  const selection = select(facts);
  if (selection.value === "REWARD_SCORE") checkJudgeFits(facts, choices.batchSize.value, field);
  const [batchSize, epochs] = [choices.batchSize.value, choices.epochs.value];
  const stepsAnEpoch = Math.ceil(trainExamples / batchSize);
  const steps = epochs * stepsAnEpoch;
  return Object.freeze({
    recipe,
    seed,
    architecture,
    trainExamples,
    validationExamples,
    epochs,
    batchSize,
    steps,
    learningRate: choices.learningRate.value,
    warmUpSteps: choices.warmUpSteps.value,
    finalLearningRateFraction: PAPER.finalFraction,
    dropout: choices.dropout.value,
    ...ADAM,
    weightDecay: choices.weightDecay.value,
    evaluateEvery: evaluateEveryOf(steps),
    samplePrompts: 3,
    sampleTokens: Math.min(24, Math.floor(architecture.contextLength / 2)),
    pretrainingMix,
    pretrainingDocuments: pretrainingMix > 0 ? (facts.pretrainingDocuments ?? 0) : 0,
    selection: selection.value,
    scoredPrompts: SCORED_PROMPTS,
    scoredTokens: Math.floor(architecture.contextLength / 2),
    reasons: Object.freeze({
      ...reasonsOf(choices),
      steps: `${epochs} epochs of ${stepsAnEpoch} steps: ${trainExamples} examples in batches of ${batchSize}.`,
      finalLearningRateFraction: "Both recipes: cosine decay to 10 % (appendix C.1).",
      ...ADAM_REASONS,
      evaluateEvery: EVALUATE_REASON,
      selection: selection.reason,
      pretrainingMix:
        pretrainingMix > 0
          ? "Given; the paper has 0.1 for the models that PPO begins with (appendix C.3)."
          : "None; the paper has it for the models that PPO begins with alone.",
    }),
  });
}

/** The share of pretraining text: what was asked for, which needs a corpus. */
function mixOf({ pretrainingMix }: SftInput, { pretrainingDocuments = 0 }: SftFacts, field: string): number {
  const mix = pretrainingMix ?? 0;
  if (!(mix >= 0 && mix <= MOST_MIX))
    throw badInput(`Pretraining mix is ${show(mix)}; it must be from 0 to ${MOST_MIX}.`, `${field}.pretrainingMix`);
  if (mix > 0 && pretrainingDocuments === 0)
    throw new AppError(
      "UNPROCESSABLE",
      "The TRAIN split of the pretraining dataset has no prompt to mix in.",
      `${field}.pretrainingDatasetId`,
    );
  return mix;
}

/**
 * How many sequences of pretraining text a step has on average, beside `batchSize` demonstrations: with a mix p they are p of
 * all, batchSize · p / (1 − p).
 */
export const pretrainingRows = ({
  batchSize,
  pretrainingMix,
}: {
  readonly batchSize: number;
  readonly pretrainingMix: number;
}): number => (batchSize * pretrainingMix) / (1 - pretrainingMix);

/** Which parameters become the model, and why. */
function select({ validationExamples, rewardModel = null }: SftFacts): {
  readonly value: SftConfig["selection"];
  readonly reason: string;
} {
  if (validationExamples === 0)
    return { value: "LAST_STEP", reason: "VALIDATION has no example, so the last parameters become the model." };
  if (rewardModel !== null)
    return {
      value: "REWARD_SCORE",
      reason: `The parameters whose answers to the first ${SCORED_PROMPTS} prompts of VALIDATION score highest become the model (section 3.5).`,
    };
  return {
    value: "VALIDATION_LOSS",
    reason: `The parameters with the lowest loss on the ${validationExamples} examples of VALIDATION become the model.`,
  };
}

/** Refuse a reward model that does not fit the memory beside the training. */
function checkJudgeFits({ architecture, rewardModel, memoryBytes }: SftFacts, batchSize: number, field: string): void {
  if (!rewardModel) return;
  const needed = trainingMemoryBytes(architecture, { batchSize, threads: 1 }) + readingMemoryBytes(rewardModel, 1);
  if (needed > memoryBytes)
    throw badInput(
      `The training and the reward model that chooses need ${megabytes(needed)} of memory together; a job may use ${megabytes(memoryBytes)}.`,
      `${field}.rewardModelId`,
    );
}

/** What is given, checked, else what the recipe takes; later values depend on earlier ones. */
function choose(input: SftInput, facts: SftFacts, recipe: Recipe, field: string): Choices {
  const chosen = chooserOf(recipe);
  const batchSize = chosen(input.batchSize, ofPaper(PAPER.batchSize), () => autoBatchSize(facts));
  checkBatchSize(batchSize.value, facts, "Batch size", `${field}.batchSize`);
  const mixed = pretrainingRows({ batchSize: batchSize.value, pretrainingMix: input.pretrainingMix ?? 0 });
  checkBatchSize(batchSize.value + Math.ceil(mixed), facts, "Batch size with pretraining", `${field}.pretrainingMix`);
  const stepsAnEpoch = Math.ceil(facts.trainExamples / batchSize.value);
  const epochs = chosen(input.epochs, ofPaper(PAPER.epochs), () => autoEpochs(stepsAnEpoch));
  checkEpochs(epochs.value, `${field}.epochs`);
  const steps = epochs.value * stepsAnEpoch;
  const learningRate = chosen(input.learningRate, ofPaper(PAPER.learningRate), () =>
    autoLearningRate(facts.architecture, PAPER.learningRate),
  );
  checkLearningRate(learningRate.value, `${field}.learningRate`);
  const dropout = chosen(input.dropout, ofPaper(PAPER.dropout), () => ({
    value: 0.1,
    reason: "AUTO: as GPT and GPT-2 were trained (Radford et al. 2018, section 4.1).",
  }));
  checkDropout(dropout.value, `${field}.dropout`);
  const warmUpSteps = chosen(null, { value: 0, reason: "PAPER: no warm-up (appendix C.1)." }, () => autoWarmUp(steps));
  const weightDecay = chosen(null, { value: 0, reason: "PAPER: appendix C names Adam and no weight decay." }, () => ({
    value: 0.1,
    reason: "AUTO: as GPT-3 (Brown et al. 2020, appendix B), of matrices alone.",
  }));
  return { batchSize, epochs, learningRate, dropout, warmUpSteps, weightDecay };
}

const ofPaper = (value: number): Choice => ({ value, reason: "PAPER: Ouyang et al. 2022, appendix C.1." });

function autoBatchSize({ trainExamples, architecture, memoryBytes }: SftFacts): Choice {
  let wanted = 1;
  while (wanted < PAPER.batchSize && wanted * 2 * AUTO_STEPS_AN_EPOCH <= trainExamples) wanted *= 2;
  const why = `AUTO: the largest power of two up to ${PAPER.batchSize} that leaves an epoch of ${trainExamples} examples ${AUTO_STEPS_AN_EPOCH} steps`;
  return fittingBatchSize(wanted, why, { architecture, memoryBytes });
}

function autoEpochs(stepsAnEpoch: number): Choice {
  const [least, most] = AUTO_EPOCHS;
  const value = Math.min(most, Math.max(least, Math.ceil(AUTO_STEPS / stepsAnEpoch)));
  return {
    value,
    reason: `AUTO: until there were ${AUTO_STEPS} steps, but from ${least} to ${most} times; an epoch has ${stepsAnEpoch}.`,
  };
}
