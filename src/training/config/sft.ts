/** What a supervised fine-tuning will do, with every value decided and the reason for each. */
import { show } from "../../datasets/code-points.js";
import { AppError, badInput } from "../../errors.js";
import { RECIPES, type Recipe } from "../../vocabulary.js";
import { checkWholeNumber } from "./checks.js";
import { megabytes, trainingMemoryBytes } from "./estimates.js";
import { type Architecture, parameterCount } from "./model-shape.js";

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

export interface SftConfig {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly architecture: Architecture;
  readonly trainExamples: number;
  readonly validationExamples: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Of the optimizer, in all epochs. */
  readonly steps: number;
  readonly learningRate: number;
  readonly warmUpSteps: number;
  readonly finalLearningRateFraction: number;
  readonly dropout: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** The most that the norm of a step's gradient may be; longer ones are shortened to it. */
  readonly gradientNorm: number;
  /** Every so many steps, at the beginning and at the end: the loss on VALIDATION, and samples. */
  readonly evaluateEvery: number;
  readonly samplePrompts: number;
  readonly sampleTokens: number;
  readonly selection: "VALIDATION_LOSS" | "LAST_STEP";
  /** Why each value is what it is, by its name. */
  readonly reasons: Readonly<Record<string, string>>;
}

/** InstructGPT's values for the models of 1.3 and 6 billion parameters (Ouyang et al. 2022, appendices C and C.1). */
const PAPER = {
  epochs: 16,
  batchSize: 32,
  learningRate: 9.65e-6,
  dropout: 0.2,
  beta1: 0.9,
  beta2: 0.95,
  finalFraction: 0.1,
};
const MOST_EPOCHS = 1000;
const MOST_BATCH = 512;
const MOST_LEARNING_RATE = 1;
/** AUTO reads the data until there were so many steps, but 2 to 16 times. */
const AUTO_STEPS = 300;
const AUTO_EPOCHS = [2, PAPER.epochs] as const;
/** AUTO leaves an epoch at least so many steps, where there is enough data. */
const AUTO_STEPS_AN_EPOCH = 20;
const EVALUATIONS = 10;

/** A value, and why it has been chosen. */
interface Choice {
  readonly value: number;
  readonly reason: string;
}

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
  const recipe = input.recipe ?? "AUTO";
  if (!RECIPES.includes(recipe))
    throw badInput(`Recipe is ${recipe}; it must be ${RECIPES.join(" or ")}.`, `${field}.recipe`);
  if (trainExamples === 0)
    throw new AppError(
      "UNPROCESSABLE",
      "The TRAIN split has no demonstration and no few-shot pair of a LABELER to train on.",
      `${field}.datasetId`,
    );
  const seed = input.seed ?? 0;
  checkWholeNumber(seed, -(2 ** 31), 2 ** 31 - 1, "Seed", `${field}.seed`);
  const choices = choose(input, facts, recipe, field);
  const [batchSize, epochs] = [choices.batchSize.value, choices.epochs.value];
  const stepsAnEpoch = Math.ceil(trainExamples / batchSize);
  const steps = epochs * stepsAnEpoch;
  const adam = "Both recipes: appendix C; epsilon is GPT-3's.";
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
    beta1: PAPER.beta1,
    beta2: PAPER.beta2,
    epsilon: 1e-8,
    weightDecay: choices.weightDecay.value,
    gradientNorm: 1,
    evaluateEvery: Math.ceil(steps / EVALUATIONS),
    samplePrompts: 3,
    sampleTokens: Math.min(24, Math.floor(architecture.contextLength / 2)),
    selection: validationExamples > 0 ? "VALIDATION_LOSS" : "LAST_STEP",
    reasons: Object.freeze({
      ...Object.fromEntries(Object.entries(choices).map(([name, { reason }]) => [name, reason])),
      steps: `${epochs} epochs of ${stepsAnEpoch} steps: ${trainExamples} examples in batches of ${batchSize}.`,
      finalLearningRateFraction: "Both recipes: cosine decay to 10 % (appendix C.1).",
      beta1: adam,
      beta2: adam,
      epsilon: adam,
      gradientNorm: "Both recipes: GPT-3's (Brown et al. 2020, appendix B); InstructGPT names none.",
      evaluateEvery: `About ${EVALUATIONS} times in a run.`,
      selection:
        validationExamples > 0
          ? `The parameters with the lowest loss on the ${validationExamples} examples of VALIDATION become the model.`
          : "VALIDATION has no example, so the last parameters become the model.",
    }),
  });
}

/** What is given, checked, else what the recipe takes; later values depend on earlier ones. */
function choose(input: SftInput, facts: SftFacts, recipe: Recipe, field: string): Choices {
  const chosen = (given: number | null | undefined, paper: Choice, auto: () => Choice): Choice => {
    if (given !== null && given !== undefined) return { value: given, reason: "Given." };
    return recipe === "PAPER" ? paper : auto();
  };
  const batchSize = chosen(input.batchSize, ofPaper(PAPER.batchSize), () => autoBatchSize(facts));
  checkBatchSize(batchSize.value, facts, `${field}.batchSize`);
  const stepsAnEpoch = Math.ceil(facts.trainExamples / batchSize.value);
  const epochs = chosen(input.epochs, ofPaper(PAPER.epochs), () => autoEpochs(stepsAnEpoch));
  checkWholeNumber(epochs.value, 1, MOST_EPOCHS, "Epochs", `${field}.epochs`);
  const steps = epochs.value * stepsAnEpoch;
  const learningRate = chosen(input.learningRate, ofPaper(PAPER.learningRate), () => autoLearningRate(facts));
  checkLearningRate(learningRate.value, `${field}.learningRate`);
  const dropout = chosen(input.dropout, ofPaper(PAPER.dropout), () => ({
    value: 0.1,
    reason: "AUTO: as GPT and GPT-2 were trained (Radford et al. 2018, section 4.1).",
  }));
  checkDropout(dropout.value, `${field}.dropout`);
  const warmUpSteps = chosen(null, { value: 0, reason: "PAPER: no warm-up (appendix C.1)." }, () => ({
    value: Math.min(10, Math.floor(steps / 10)),
    reason: `AUTO: a tenth of the ${steps} steps, at most 10.`,
  }));
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
  let value = wanted;
  while (value > 1 && trainingMemoryBytes(architecture, { batchSize: value, threads: 1 }) > memoryBytes) value /= 2;
  const reason = `AUTO: the largest power of two up to ${PAPER.batchSize} that leaves an epoch of ${trainExamples} examples ${AUTO_STEPS_AN_EPOCH} steps`;
  return {
    value,
    reason:
      value === wanted ? `${reason}.` : `${reason}, reduced from ${wanted} to fit ${megabytes(memoryBytes)} of memory.`,
  };
}

function autoEpochs(stepsAnEpoch: number): Choice {
  const [least, most] = AUTO_EPOCHS;
  const value = Math.min(most, Math.max(least, Math.ceil(AUTO_STEPS / stepsAnEpoch)));
  return {
    value,
    reason: `AUTO: until there were ${AUTO_STEPS} steps, but from ${least} to ${most} times; an epoch has ${stepsAnEpoch}.`,
  };
}

const LARGE = { parameters: 100e6, learningRate: 3e-4 };
const SMALL = { parameters: 2e6, learningRate: 1e-3 };

/** Between the two sizes the logarithm of the rate falls linearly with the logarithm of the size. */
function autoLearningRate({ architecture }: SftFacts): Choice {
  const parameters = parameterCount(architecture);
  const size = `this model has ${parameters.toLocaleString("en")} parameters`;
  if (parameters > LARGE.parameters)
    return { value: PAPER.learningRate, reason: `AUTO: the paper's above 100 million parameters; ${size}.` };
  const place = Math.log(parameters / SMALL.parameters) / Math.log(LARGE.parameters / SMALL.parameters);
  const value = SMALL.learningRate * (LARGE.learningRate / SMALL.learningRate) ** Math.max(0, place);
  return { value, reason: `AUTO: 0.001 up to 2 million parameters, falling to 0.0003 at 100 million; ${size}.` };
}

function checkBatchSize(batchSize: number, { architecture, memoryBytes }: SftFacts, field: string): void {
  checkWholeNumber(batchSize, 1, MOST_BATCH, "Batch size", field);
  const needed = trainingMemoryBytes(architecture, { batchSize, threads: 1 });
  if (needed > memoryBytes)
    throw badInput(
      `Batches of ${batchSize} need ${megabytes(needed)} of memory; a job may use ${megabytes(memoryBytes)}.`,
      field,
    );
}

function checkLearningRate(learningRate: number, field: string): void {
  if (!(learningRate > 0 && learningRate <= MOST_LEARNING_RATE))
    throw badInput(
      `Learning rate is ${show(learningRate)}; it must be above 0 and at most ${MOST_LEARNING_RATE}.`,
      field,
    );
}

function checkDropout(dropout: number, field: string): void {
  if (!(dropout >= 0 && dropout < 1))
    throw badInput(`Dropout is ${show(dropout)}; it must be at least 0 and below 1.`, field);
}
