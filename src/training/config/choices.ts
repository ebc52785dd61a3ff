/** How a recipe decides what a request leaves open: what trainings have in common. */
import { show } from "../../datasets/text/code-points.js";
import { badInput } from "../../errors.js";
import { RECIPES, type Recipe } from "../../vocabulary.js";
import { checkWholeNumber } from "./checks.js";
import { megabytes, trainingMemoryBytes } from "./estimates.js";
import { type Architecture, parameterCount } from "./model-shape.js";

/** A value, and why it has been chosen. */
export interface Choice {
  readonly value: number;
  readonly reason: string;
}

/** What is given, else what the recipe takes. */
export type Chooser = (given: number | null | undefined, paper: Choice, auto: () => Choice) => Choice;

export const chooserOf =
  (recipe: Recipe): Chooser =>
  (given, paper, auto) => {
    if (given !== null && given !== undefined) return { value: given, reason: "Given." };
    return recipe === "PAPER" ? paper : auto();
  };

/** How the parameters of a model are trained, whatever the loss. */
export interface OptimizationConfig {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly architecture: Architecture;
  /** Rows of a step: examples, packed sequences, or prompts with all of their comparisons. */
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
  /** Every so many steps, at the beginning and at the end: what VALIDATION says. */
  readonly evaluateEvery: number;
  /** Why each value is what it is, by its name. */
  readonly reasons: Readonly<Record<string, string>>;
}

/** Adam's values of every training (Ouyang et al. 2022, appendix C). */
export const ADAM = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, gradientNorm: 1 } as const;
const adam = "Both recipes: appendix C; epsilon is GPT-3's.";
export const ADAM_REASONS = {
  beta1: adam,
  beta2: adam,
  epsilon: adam,
  gradientNorm: "Both recipes: GPT-3's (Brown et al. 2020, appendix B); InstructGPT names none.",
} as const;

const EVALUATIONS = 10;
export const evaluateEveryOf = (steps: number): number => Math.ceil(steps / EVALUATIONS);
export const EVALUATE_REASON = `About ${EVALUATIONS} times in a run.`;

const LARGE = { parameters: 100e6, learningRate: 3e-4 };
const SMALL = { parameters: 2e6, learningRate: 1e-3 };

/**
 * Between the two sizes the logarithm of the rate falls linearly with the logarithm of the size.
 * @param paper the rate of models above 100 million parameters
 */
export function autoLearningRate(architecture: Architecture, paper: number): Choice {
  const parameters = parameterCount(architecture);
  const size = `this model has ${parameters.toLocaleString("en")} parameters`;
  if (parameters > LARGE.parameters)
    return { value: paper, reason: `AUTO: the paper's above 100 million parameters; ${size}.` };
  const place = Math.log(parameters / SMALL.parameters) / Math.log(LARGE.parameters / SMALL.parameters);
  const value = SMALL.learningRate * (LARGE.learningRate / SMALL.learningRate) ** Math.max(0, place);
  return { value, reason: `AUTO: 0.001 up to 2 million parameters, falling to 0.0003 at 100 million; ${size}.` };
}

export function autoWarmUp(steps: number): Choice {
  const value = Math.min(10, Math.floor(steps / 10));
  return { value, reason: `AUTO: a tenth of the ${steps} steps, at most 10.` };
}

/** The largest power of two that is wanted and whose training fits the memory. @param why of what is wanted, without a full stop */
export function fittingBatchSize(
  wanted: number,
  why: string,
  { architecture, memoryBytes, sequencesEach = 1 }: BatchFacts,
): Choice {
  let value = wanted;
  while (value > 1 && trainingMemoryBytes(architecture, { batchSize: value, threads: 1, sequencesEach }) > memoryBytes)
    value /= 2;
  const reason =
    value === wanted ? `${why}.` : `${why}, reduced from ${wanted} to fit ${megabytes(memoryBytes)} of memory.`;
  return { value, reason };
}

/** What the memory of a batch depends on. */
export interface BatchFacts {
  readonly architecture: Architecture;
  /** What a job may use. */
  readonly memoryBytes: number;
  /** Sequences in a row of the batch, at most. */
  readonly sequencesEach?: number;
}

const MOST_BATCH = 512;

export function checkBatchSize(batchSize: number, facts: BatchFacts, name: string, field: string): void {
  const { architecture, memoryBytes, sequencesEach = 1 } = facts;
  checkWholeNumber(batchSize, 1, MOST_BATCH, name, field);
  const needed = trainingMemoryBytes(architecture, { batchSize, threads: 1, sequencesEach });
  if (needed > memoryBytes && batchSize === 1)
    throw badInput(
      `To train this model of ${parameterCount(architecture).toLocaleString("en")} parameters takes ${megabytes(needed)} of memory even in batches of 1; a job may use ${megabytes(memoryBytes)}.`,
      field,
    );
  if (needed > memoryBytes)
    throw badInput(
      `Batches of ${batchSize} need ${megabytes(needed)} of memory; a job may use ${megabytes(memoryBytes)}.`,
      field,
    );
}

const MOST_EPOCHS = 1000;

export const checkEpochs = (epochs: number, field: string): void =>
  checkWholeNumber(epochs, 1, MOST_EPOCHS, "Epochs", field);

export function recipeOf(recipe: Recipe | null | undefined, field: string): Recipe {
  const resolved = recipe ?? "AUTO";
  if (!RECIPES.includes(resolved)) throw badInput(`Recipe is ${resolved}; it must be ${RECIPES.join(" or ")}.`, field);
  return resolved;
}

export function seedOf(seed: number | null | undefined, field: string): number {
  const resolved = seed ?? 0;
  checkWholeNumber(resolved, -(2 ** 31), 2 ** 31 - 1, "Seed", field);
  return resolved;
}

/** A step of AdamW moves a weight by about the learning rate: less than this moves no float32 of a usual size. */
const LEAST_LEARNING_RATE = 1e-10;
const MOST_LEARNING_RATE = 1;

export function checkLearningRate(learningRate: number, field: string): void {
  if (!(learningRate >= LEAST_LEARNING_RATE && learningRate <= MOST_LEARNING_RATE))
    throw badInput(
      `Learning rate is ${show(learningRate)}; it must be at least ${LEAST_LEARNING_RATE} and at most ${MOST_LEARNING_RATE}.`,
      field,
    );
}

export function checkDropout(dropout: number, field: string): void {
  if (!(dropout >= 0 && dropout < 1))
    throw badInput(`Dropout is ${show(dropout)}; it must be at least 0 and below 1.`, field);
}

const MOST_WEIGHT_DECAY = 1;

export function checkWeightDecay(weightDecay: number, field: string): void {
  if (!(weightDecay >= 0 && weightDecay <= MOST_WEIGHT_DECAY))
    throw badInput(`Weight decay is ${show(weightDecay)}; it must be from 0 to ${MOST_WEIGHT_DECAY}.`, field);
}

/** The reason of each choice, by its name. */
export const reasonsOf = (choices: Readonly<Record<string, Choice>>): Record<string, string> =>
  Object.fromEntries(Object.entries(choices).map(([name, { reason }]) => [name, reason]));
