/** What the training of a reward model will do, with every value decided and the reason for each. */
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
  checkWeightDecay,
  chooserOf,
  EVALUATE_REASON,
  evaluateEveryOf,
  fittingBatchSize,
  type OptimizationConfig,
  reasonsOf,
  recipeOf,
  seedOf,
} from "./choices.js";
import { type Architecture, withScalarHead } from "./model-shape.js";
import { MOST_IN_ELEMENT } from "./reward-elements.js";

/** What a request may leave open. */
export interface RewardModelInput {
  readonly epochs?: number | null;
  readonly batchPrompts?: number | null;
  readonly learningRate?: number | null;
  readonly dropout?: number | null;
  readonly weightDecay?: number | null;
  readonly recipe?: Recipe | null;
  readonly seed?: number | null;
}

/** What is known of the data, the model and the machine. Elements: what cutVotes makes of each prompt's votes. */
export interface RewardModelFacts {
  /** Of the TRAIN split: strict votes of TRAINING labelers alone. */
  readonly trainElements: number;
  /** Pairs of the TRAIN split that are tied. */
  readonly trainTies: number;
  /** The same elements of the VALIDATION split. */
  readonly validationElements: number;
  /** The language model that it is made of. */
  readonly architecture: Architecture;
  /** What a job may use. */
  readonly memoryBytes: number;
}

export interface RewardModelConfig extends OptimizationConfig {
  readonly trainElements: number;
  readonly validationElements: number;
  readonly epochs: number;
  readonly selection: "VALIDATION_LOSS" | "LAST_STEP";
  /** Samples of the model that it was made of, which take the demonstrations' place where there is none. */
  readonly referenceSamples: number;
  /** Tokens of such a sample at most. */
  readonly referenceTokens: number;
}

/** InstructGPT's values for its reward models of 6 billion parameters (Ouyang et al. 2022, appendix C.2). */
const PAPER = { epochs: 1, batchPrompts: 64, learningRate: 9e-6, finalFraction: 0.1 };
/** AUTO leaves an epoch so many steps, where there is enough data, and a run so many. */
const AUTO_STEPS_AN_EPOCH = 60;
const AUTO_STEPS = 20;
const REFERENCE_SAMPLES = 64;

/**
 * The whole configuration of a reward model's training: what is given counts, the recipe decides the rest.
 * @param input what was asked for; null and absent are left to the recipe
 * @param facts what the recipe AUTO decides by
 * @param field where the input stands, for errors: "input"
 * @returns a frozen configuration; refused: values out of bounds, no strict comparison to train on (UNPROCESSABLE), and a
 *   batch that does not fit the memory
 */
export function resolveRewardModel(
  input: RewardModelInput,
  facts: RewardModelFacts,
  field = "input",
): RewardModelConfig {
  const { trainElements, trainTies, validationElements } = facts;
  const recipe = recipeOf(input.recipe, `${field}.recipe`);
  if (trainElements === 0) throw new AppError("UNPROCESSABLE", nothingToCompare(trainTies), `${field}.datasetId`);
  if (facts.architecture.head === "SCORE")
    throw badInput(
      "A reward model is made of a language model; this model is a reward model already.",
      `${field}.sftModelId`,
    );
  const seed = seedOf(input.seed, `${field}.seed`);
  const architecture = withScalarHead(facts.architecture);
  const choices = choose(input, { ...facts, architecture }, recipe, field);
  const [batchSize, epochs] = [choices.batchSize.value, choices.epochs.value];
  const stepsAnEpoch = Math.ceil(trainElements / batchSize);
  const steps = epochs * stepsAnEpoch;
  const selectsByLoss = recipe === "AUTO" && validationElements > 0;
  return Object.freeze({
    recipe,
    seed,
    architecture,
    trainElements,
    validationElements,
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
    selection: selectsByLoss ? "VALIDATION_LOSS" : "LAST_STEP",
    referenceSamples: REFERENCE_SAMPLES,
    referenceTokens: Math.floor(architecture.contextLength / 2),
    reasons: Object.freeze({
      ...reasonsOf(choices),
      ...ADAM_REASONS,
      steps: `${epochs} epochs of ${stepsAnEpoch} steps: ${trainElements} prompts, or parts of prompts with more than ${MOST_IN_ELEMENT} completions, in batches of ${batchSize}.`,
      finalLearningRateFraction: "Both recipes: cosine decay to 10 % (appendix C.2).",
      evaluateEvery: EVALUATE_REASON,
      selection: selectsByLoss
        ? `AUTO: the parameters with the lowest loss on the ${validationElements} elements of VALIDATION become the model.`
        : "The last parameters become the model.",
      referenceSamples: `Without demonstrations, samples of the first ${REFERENCE_SAMPLES} prompts of TRAIN take their place.`,
    }),
  });
}

/** There is nothing to train on. */
export const NO_COMPARISON =
  "The TRAIN split has no strict comparison of two completions by a TRAINING labeler to train on.";

/** Why there is nothing to train on. */
export const nothingToCompare = (ties: number): string => `${NO_COMPARISON} Pairs that are tied: ${ties}.`;

type Choices = Readonly<
  Record<"batchSize" | "epochs" | "learningRate" | "warmUpSteps" | "dropout" | "weightDecay", Choice>
>;

/** What is given, checked, else what the recipe takes; later values depend on earlier ones. */
function choose(input: RewardModelInput, facts: RewardModelFacts, recipe: Recipe, field: string): Choices {
  const { architecture, memoryBytes, trainElements } = facts;
  const chosen = chooserOf(recipe);
  const batch = { architecture, memoryBytes, sequencesEach: MOST_IN_ELEMENT };
  const batchSize = chosen(input.batchPrompts, ofPaper(PAPER.batchPrompts), () =>
    fittingBatchSize(
      wantedBatch(trainElements),
      `AUTO: the largest power of two up to ${PAPER.batchPrompts} that leaves an epoch of ${trainElements} elements ${AUTO_STEPS_AN_EPOCH} steps, or 1`,
      batch,
    ),
  );
  checkBatchSize(batchSize.value, batch, "Prompts of a batch", `${field}.batchPrompts`);
  const stepsAnEpoch = Math.ceil(trainElements / batchSize.value);
  const epochs = chosen(input.epochs, ofPaper(PAPER.epochs), () => ({
    value: Math.ceil(AUTO_STEPS / stepsAnEpoch),
    reason: `AUTO: one, for more overfit (appendix C.2), but at least ${AUTO_STEPS} steps; an epoch has ${stepsAnEpoch}.`,
  }));
  checkEpochs(epochs.value, `${field}.epochs`);
  const steps = epochs.value * stepsAnEpoch;
  const learningRate = chosen(input.learningRate, ofPaper(PAPER.learningRate), () =>
    autoLearningRate(architecture, PAPER.learningRate),
  );
  checkLearningRate(learningRate.value, `${field}.learningRate`);
  const noWarmUp = { value: 0, reason: "PAPER: appendix C.2 names no warm-up." };
  const warmUpSteps = chosen(null, noWarmUp, () => autoWarmUp(steps));
  const dropout = chosen(input.dropout, NO_DROPOUT, () => NO_DROPOUT);
  checkDropout(dropout.value, `${field}.dropout`);
  const weightDecay = chosen(input.weightDecay, NO_DECAY, () => NO_DECAY);
  checkWeightDecay(weightDecay.value, `${field}.weightDecay`);
  return { batchSize, epochs, learningRate, warmUpSteps, dropout, weightDecay };
}

const NO_DROPOUT: Choice = {
  value: 0,
  reason: "Both recipes: none; it makes equal texts score differently, and InstructGPT names none for it.",
};
const NO_DECAY: Choice = { value: 0, reason: "Both recipes: appendix C names Adam and no weight decay." };

function wantedBatch(elements: number): number {
  let wanted = 1;
  while (wanted < PAPER.batchPrompts && wanted * 2 * AUTO_STEPS_AN_EPOCH <= elements) wanted *= 2;
  return wanted;
}

const ofPaper = (value: number): Choice => ({ value, reason: "PAPER: Ouyang et al. 2022, appendix C.2." });

/** Refuse a model that gives no score. @param what it is wanted for, the sentence's beginning @param field where it stands */
export function checkRewardModel(model: Architecture, what: string, field: string): void {
  if (model.head !== "SCORE")
    throw badInput(`${what} needs a reward model; this model has no scalar head to score with.`, field);
}
