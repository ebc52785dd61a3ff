/** What the recipes decide of PPO. */
import { show } from "../../datasets/text/code-points.js";
import { badInput } from "../../errors.js";
import type { Recipe, RewardPlacement } from "../../vocabulary.js";
import { checkWholeNumber } from "./checks.js";
import { autoLearningRate, type Choice, checkLearningRate, chooserOf } from "./choices.js";
import { megabytes } from "./estimates.js";
import type { Architecture } from "./model-shape.js";
import { ppoMemoryBytes } from "./ppo-memory.js";

/** What a request may leave open. */
export interface PpoInput {
  readonly episodes?: number | null;
  readonly batchSize?: number | null;
  readonly minibatchSize?: number | null;
  readonly innerEpochs?: number | null;
  readonly klCoefficient?: number | null;
  readonly clipRatio?: number | null;
  readonly valueClipRatio?: number | null;
  readonly gaeLambda?: number | null;
  readonly discount?: number | null;
  readonly temperature?: number | null;
  readonly maxResponseTokens?: number | null;
  readonly missingEosPenalty?: number | null;
  readonly rewardPlacement?: RewardPlacement | null;
  readonly whitenRewards?: boolean | null;
  readonly policyLearningRate?: number | null;
  readonly valueLearningRate?: number | null;
  readonly emaDecay?: number | null;
  readonly ptxCoefficient?: number | null;
  readonly ptxRatio?: number | null;
  readonly recipe?: Recipe | null;
  readonly seed?: number | null;
}

/** What is known of the data, the models and the machine. */
export interface PpoFacts {
  /** Prompts of the TRAIN split that are answered in rollouts. */
  readonly trainPrompts: number;
  readonly validationPrompts: number;
  /** Documents of the pretraining corpus: its prompts and their demonstrations. */
  readonly pretrainingDocuments: number;
  /** Of the policy and its reference. */
  readonly architecture: Architecture;
  /** Of the reward model and the value model. */
  readonly rewardArchitecture: Architecture;
  /** What a job may use. */
  readonly memoryBytes: number;
}

/** InstructGPT's values (Ouyang et al. 2022, appendices C.4 and E). */
const PAPER = {
  episodes: 256_000,
  batchSize: 512,
  minibatchSize: 64,
  policyLearningRate: 8.05e-6,
  valueLearningRate: 9e-6,
  warmUpIterations: 10,
  emaDecay: 0.992,
} as const;

const MOST_EPISODES = 10_000_000;
const MOST_BATCH = 512;
/** The fewest numbers of which a variance says something (Ziegler et al. 2019's code). */
const LEAST_WHITENED = 8;
/** AUTO answers each prompt so often, as 256,000 episodes of 31,144 prompts are; in at least so many iterations. */
const AUTO = { rounds: 8, iterations: 20, batches: [16, 64], leastMinibatch: 4 } as const;
/** An iteration has eight steps, as the paper's. */
const MINIBATCHES = 8;

/** What the recipe decides where a request does not. */
export type PpoChoices = Readonly<
  Record<
    | "batchSize"
    | "minibatchSize"
    | "episodes"
    | "maxResponseTokens"
    | "policyLearningRate"
    | "valueLearningRate"
    | "warmUpIterations"
    | "emaDecay",
    Choice
  >
>;

export interface PpoChoiceFacts extends PpoFacts {
  readonly window: number;
  readonly whitenRewards: boolean;
}

/** What is given, checked, else what the recipe takes; later values depend on earlier ones. */
export function choosePpo(input: PpoInput, facts: PpoChoiceFacts, recipe: Recipe, field: string): PpoChoices {
  const chosen = chooserOf(recipe);
  const { window } = facts;
  const half = { value: Math.floor(window / 2), reason: `Half of the window of ${window} tokens.` };
  const maxResponseTokens = chosen(input.maxResponseTokens, half, () => half);
  checkWholeNumber(maxResponseTokens.value, 1, window - 1, "Most response tokens", `${field}.maxResponseTokens`);
  const batchSize = chosen(input.batchSize, ofPaper(PAPER.batchSize), () => autoBatchSize(facts));
  checkWholeNumber(batchSize.value, 1, MOST_BATCH, "Batch size", `${field}.batchSize`);
  const minibatchSize = chosen(input.minibatchSize, ofPaper(PAPER.minibatchSize), () =>
    autoMinibatchSize(batchSize.value, facts.whitenRewards),
  );
  checkMinibatch(minibatchSize.value, batchSize.value, facts.whitenRewards, `${field}.minibatchSize`);
  const episodes = chosen(input.episodes, ofPaper(PAPER.episodes), () => autoEpisodes(batchSize.value, facts));
  checkWholeNumber(episodes.value, 1, MOST_EPISODES, "Episodes", `${field}.episodes`);
  const iterations = Math.ceil(episodes.value / batchSize.value);
  const policyLearningRate = chosen(
    input.policyLearningRate,
    {
      value: PAPER.policyLearningRate,
      reason: "PAPER: the highest of appendix E's sweep at which nothing diverged without pretraining text.",
    },
    () => autoLearningRate(facts.architecture, PAPER.policyLearningRate),
  );
  checkLearningRate(policyLearningRate.value, `${field}.policyLearningRate`);
  const valueLearningRate = chosen(input.valueLearningRate, ofPaper(PAPER.valueLearningRate), () =>
    autoLearningRate(facts.rewardArchitecture, PAPER.valueLearningRate),
  );
  checkLearningRate(valueLearningRate.value, `${field}.valueLearningRate`);
  const warmUpIterations = chosen(null, ofPaper(PAPER.warmUpIterations), () => ({
    value: Math.min(PAPER.warmUpIterations, Math.floor(iterations / 10)),
    reason: `AUTO: a tenth of the ${iterations} iterations, at most ${PAPER.warmUpIterations}.`,
  }));
  const emaDecay = chosen(input.emaDecay, ofPaper(PAPER.emaDecay), () => autoDecay(iterations));
  if (!(emaDecay.value >= 0 && emaDecay.value < 1))
    throw badInput(
      `Decay of the average is ${show(emaDecay.value)}; it must be at least 0 and below 1.`,
      `${field}.emaDecay`,
    );
  const rounded = { ...episodes, reason: roundedReason(episodes, iterations * batchSize.value, batchSize.value) };
  return {
    batchSize,
    minibatchSize,
    episodes: rounded,
    maxResponseTokens,
    policyLearningRate,
    valueLearningRate,
    warmUpIterations,
    emaDecay,
  };
}

const ofPaper = (value: number): Choice => ({ value, reason: "PAPER: Ouyang et al. 2022, appendix C.4." });

const roundedReason = ({ value, reason }: Choice, whole: number, batchSize: number): string =>
  whole === value ? reason : `${reason} ${value} were asked for: whole batches of ${batchSize} are ${whole}.`;

/** AUTO takes the largest batch that leaves the run 20 iterations of it and fits the memory. */
function autoBatchSize({ trainPrompts, memoryBytes, ...models }: PpoChoiceFacts): Choice {
  const [least, most] = AUTO.batches;
  let wanted: number = least;
  while (wanted < most && wanted * 2 * AUTO.iterations <= AUTO.rounds * trainPrompts) wanted *= 2;
  const why = `AUTO: the largest power of two from ${least} to ${most} in which ${AUTO.rounds} answers to each of ${trainPrompts} prompts are ${AUTO.iterations} iterations`;
  const bytesOf = (batchSize: number): number => {
    const { value } = autoMinibatchSize(batchSize, models.whitenRewards);
    return ppoMemoryBytes({ ...models, batchSize, minibatchSize: value, threads: 1 });
  };
  let value = wanted;
  while (value > least && bytesOf(value) > memoryBytes) value /= 2;
  const reason =
    value === wanted ? `${why}.` : `${why}, reduced from ${wanted} to fit ${megabytes(memoryBytes)} of memory.`;
  return { value, reason };
}

/** AUTO takes the smallest part of a batch that is at least an eighth of it, and enough for several threads. */
function autoMinibatchSize(batchSize: number, whitenRewards: boolean): Choice {
  const least = Math.max(batchSize / MINIBATCHES, whitenRewards ? LEAST_WHITENED : AUTO.leastMinibatch);
  let value = batchSize;
  for (let size = batchSize; size >= least; size--) if (batchSize % size === 0) value = size;
  return {
    value,
    reason: `AUTO: an eighth of the batch of ${batchSize}, as the paper's, or the next larger part of at least ${least}.`,
  };
}

function autoEpisodes(batchSize: number, { trainPrompts }: PpoChoiceFacts): Choice {
  const wanted = Math.min(PAPER.episodes, AUTO.rounds * trainPrompts);
  const value = Math.ceil(Math.max(wanted, AUTO.iterations * batchSize) / batchSize) * batchSize;
  return {
    value,
    reason: `AUTO: ${AUTO.rounds} answers to each of ${trainPrompts} prompts, at most ${PAPER.episodes.toLocaleString("en")}, in whole batches and at least ${AUTO.iterations} iterations.`,
  };
}

function autoDecay(iterations: number): Choice {
  const value = Math.min(PAPER.emaDecay, 0.5 ** (10 / iterations));
  return {
    value,
    reason: `AUTO: half of the start is gone after a tenth of the ${iterations} iterations; at most the paper's ${PAPER.emaDecay}.`,
  };
}

function checkMinibatch(minibatchSize: number, batchSize: number, whitenRewards: boolean, field: string): void {
  checkWholeNumber(minibatchSize, 1, batchSize, "Minibatch size", field);
  if (batchSize % minibatchSize !== 0)
    throw badInput(`Minibatch size is ${minibatchSize}; it must divide the batch size, ${batchSize}.`, field);
  if (whitenRewards && minibatchSize < LEAST_WHITENED)
    throw badInput(
      `Minibatch size is ${minibatchSize}; with whitened rewards it must be at least ${LEAST_WHITENED}.`,
      field,
    );
}
