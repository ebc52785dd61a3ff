/** What a supervised fine-tuning will do, with every value decided and the reason for each. */
import { AppError } from "../../errors.js";
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
import type { Architecture } from "./model-shape.js";

/** What a request may leave open. */
export interface SftInput {
  readonly epochs?: number | null;
  readonly batchSize?: number | null;
  readonly learningRate?: number | null;
  readonly dropout?: number | null;
  readonly recipe?: Recipe | null;
  readonly seed?: number | null;
}

/** What is known of the data, the model and the machine. */
export interface SftFacts {
  /** Demonstrations of the TRAIN split, and pairs of its LABELER few-shot prompts. */
  readonly trainExamples: number;
  /** The same of the VALIDATION split. */
  readonly validationExamples: number;
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
  readonly selection: "VALIDATION_LOSS" | "LAST_STEP";
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
  const recipe = recipeOf(input.recipe, `${field}.recipe`);
  if (trainExamples === 0)
    throw new AppError(
      "UNPROCESSABLE",
      "The TRAIN split has no demonstration and no few-shot pair of a LABELER to train on.",
      `${field}.datasetId`,
    );
  const seed = seedOf(input.seed, `${field}.seed`);
  const choices = choose(input, facts, recipe, field);
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
    selection: validationExamples > 0 ? "VALIDATION_LOSS" : "LAST_STEP",
    reasons: Object.freeze({
      ...reasonsOf(choices),
      steps: `${epochs} epochs of ${stepsAnEpoch} steps: ${trainExamples} examples in batches of ${batchSize}.`,
      finalLearningRateFraction: "Both recipes: cosine decay to 10 % (appendix C.1).",
      ...ADAM_REASONS,
      evaluateEvery: EVALUATE_REASON,
      selection:
        validationExamples > 0
          ? `The parameters with the lowest loss on the ${validationExamples} examples of VALIDATION become the model.`
          : "VALIDATION has no example, so the last parameters become the model.",
    }),
  });
}

/** What is given, checked, else what the recipe takes; later values depend on earlier ones. */
function choose(input: SftInput, facts: SftFacts, recipe: Recipe, field: string): Choices {
  const chosen = chooserOf(recipe);
  const batchSize = chosen(input.batchSize, ofPaper(PAPER.batchSize), () => autoBatchSize(facts));
  checkBatchSize(batchSize.value, facts, "Batch size", `${field}.batchSize`);
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
