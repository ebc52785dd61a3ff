/** What a training by PPO will do, with every value decided and the reason for each. */
import { show } from "../../datasets/text/code-points.js";
import { AppError, badInput } from "../../errors.js";
import { REWARD_PLACEMENTS, type Recipe, type RewardPlacement } from "../../vocabulary.js";
import { checkWholeNumber } from "./checks.js";
import { ADAM, EVALUATE_REASON, evaluateEveryOf, reasonsOf, recipeOf, seedOf } from "./choices.js";
import { megabytes } from "./estimates.js";
import type { Architecture } from "./model-shape.js";
import { choosePpo, type PpoFacts, type PpoInput } from "./ppo-choices.js";
import { type PpoMemory, ppoMemoryBytes } from "./ppo-memory.js";
import { checkRewardModel } from "./reward-model.js";
import { tokenizersDiffer } from "./same-tokenizer.js";

/** Why a filter that selects nothing is refused. */
export const NOTHING_TO_ANSWER =
  "The TRAIN split has no prompt that promptFilter selects; PPO answers prompts. Without a promptFilter those of stage PPO that no LABELER wrote are taken; {} takes every prompt.";

export interface PpoConfig {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly architecture: Architecture;
  readonly rewardArchitecture: Architecture;
  readonly trainPrompts: number;
  readonly validationPrompts: number;
  readonly pretrainingDocuments: number;
  /** Responses in the whole run: iterations · batchSize. */
  readonly episodes: number;
  /** Of an iteration: its responses are sampled with the same policy. */
  readonly batchSize: number;
  /** Episodes of a step of the optimizers; it divides batchSize. */
  readonly minibatchSize: number;
  /** How often an iteration's episodes are learned. */
  readonly innerEpochs: number;
  readonly iterations: number;
  /** The most tokens of context, response and <|endoftext|> together: what all models can read. */
  readonly window: number;
  /** β: what a nat of KL from the reference costs. */
  readonly klCoefficient: number;
  readonly clipRatio: number;
  readonly valueClipRatio: number;
  readonly gaeLambda: number;
  readonly discount: number;
  readonly temperature: number;
  /** <|endoftext|> is one of them. */
  readonly maxResponseTokens: number;
  readonly missingEosPenalty: number;
  readonly rewardPlacement: RewardPlacement;
  readonly whitenRewards: boolean;
  readonly policyLearningRate: number;
  readonly valueLearningRate: number;
  /** Iterations in which the learning rates grow from a tenth; then they stay. */
  readonly warmUpIterations: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** The most that the norm of a step's gradient may be, of the policy's and of the value model's; longer ones are shortened to it. */
  readonly gradientNorm: number;
  /** Of the average of the policy that becomes the model, after each iteration. */
  readonly emaDecay: number;
  /** γ: what a nat of loss on pretraining text costs; 0: there is none. */
  readonly ptxCoefficient: number;
  /** Pretraining examples for each episode. */
  readonly ptxRatio: number;
  /** Every so many iterations, at the beginning and at the end: score and KL on VALIDATION, and samples. */
  readonly evaluateEvery: number;
  readonly evaluationPrompts: number;
  readonly samplePrompts: number;
  /** Why each value is what it is, by its name. */
  readonly reasons: Readonly<Record<string, string>>;
}

/** What the API fills in; all but the last three are InstructGPT's, where it names a value. */
const DEFAULTS = {
  innerEpochs: 1,
  klCoefficient: 0.02,
  clipRatio: 0.2,
  valueClipRatio: 0.2,
  gaeLambda: 0.95,
  discount: 1,
  temperature: 1,
  ptxCoefficient: 0,
  ptxRatio: 8,
  missingEosPenalty: 1,
  rewardPlacement: "EOS",
  whitenRewards: false,
} as const;

const DEFAULT_REASONS: Readonly<Record<keyof typeof DEFAULTS, string>> = {
  innerEpochs: "Appendix C.4: a single inner epoch.",
  klCoefficient: "Appendix C.4.",
  clipRatio: "Appendix C.4.",
  valueClipRatio: "As the policy's clip ratio; InstructGPT names none, Stiennon et al. (2020) clip so.",
  gaeLambda: "InstructGPT names none; Ziegler et al. (2019) and Stiennon et al. (2020) take 0.95.",
  discount: "Appendix C.4: no discount.",
  temperature: "Appendix C.4.",
  ptxCoefficient: "0: plain PPO. PPO-ptx takes 27.8 (appendix C.4).",
  ptxRatio: "Appendix C.4: eight pretraining examples for each episode.",
  missingEosPenalty: "As TRL's example takes it: without, responses grow to the longest that may be.",
  rewardPlacement: "The score enters at the last token of a response.",
  whitenRewards: "Rewards keep their scale, so that β keeps its meaning.",
};

/** Where the numbers of a request may lie. Colder than 0.1, log-probabilities of what is not the likeliest run out of float32's digits. */
const BOUNDS = {
  klCoefficient: ["KL coefficient", 0, 1000],
  valueClipRatio: ["Value clip ratio", 1e-6, 1e6],
  gaeLambda: ["GAE's lambda", 0, 1],
  discount: ["Discount", 0, 1],
  temperature: ["Temperature", 0.1, 10],
  missingEosPenalty: ["Penalty of a missing end", 0, 1e6],
  ptxCoefficient: ["Coefficient of the pretraining loss", 0, 1e6],
} as const;
const MOST_INNER_EPOCHS = 16;
const MOST_RATIO = 64;
const MOST_EVALUATED = 32;

/**
 * The whole configuration of a training by PPO: what is given counts, the recipe decides the rest.
 * @param input what was asked for; null and absent are the defaults, or left to the recipe
 * @param facts what the recipe AUTO decides by
 * @param field where the input stands, for errors: "input"
 * @returns a frozen configuration; refused: values out of bounds, a minibatch that does not divide its batch, a response
 *   that leaves no room for a context, no prompt to answer or no text to pretrain on (UNPROCESSABLE), and batches that do not
 *   fit the memory
 */
export function resolvePpo(input: PpoInput, facts: PpoFacts, field = "input"): PpoConfig {
  const { architecture, rewardArchitecture, trainPrompts, validationPrompts, pretrainingDocuments } = facts;
  const recipe = recipeOf(input.recipe, `${field}.recipe`);
  if (trainPrompts === 0) throw new AppError("UNPROCESSABLE", NOTHING_TO_ANSWER, `${field}.promptFilter`);
  checkModels(architecture, rewardArchitecture, field);
  const seed = seedOf(input.seed, `${field}.seed`);
  const fixed = withDefaults(input);
  checkFixed(fixed, facts, field);
  const window = Math.min(architecture.contextLength, rewardArchitecture.contextLength);
  const choices = choosePpo(input, { ...facts, window, whitenRewards: fixed.whitenRewards }, recipe, field);
  const [batchSize, minibatchSize] = [choices.batchSize.value, choices.minibatchSize.value];
  const iterations = Math.ceil(choices.episodes.value / batchSize);
  const config = {
    recipe,
    seed,
    architecture,
    rewardArchitecture,
    trainPrompts,
    validationPrompts,
    pretrainingDocuments,
    ...fixed,
    episodes: iterations * batchSize,
    batchSize,
    minibatchSize,
    iterations,
    window,
    maxResponseTokens: choices.maxResponseTokens.value,
    policyLearningRate: choices.policyLearningRate.value,
    valueLearningRate: choices.valueLearningRate.value,
    warmUpIterations: choices.warmUpIterations.value,
    ...ADAM,
    epsilon: 1e-5,
    weightDecay: 0,
    emaDecay: choices.emaDecay.value,
    evaluateEvery: evaluateEveryOf(iterations),
    evaluationPrompts: Math.min(validationPrompts, MOST_EVALUATED),
    samplePrompts: 3,
    reasons: Object.freeze({
      ...Object.fromEntries(
        Object.keys(DEFAULTS).map((name) => [name, reasonOf(name as keyof typeof DEFAULTS, fixed)]),
      ),
      ...reasonsOf(choices),
      iterations: `${iterations} of ${batchSize} episodes, each in ${fixed.innerEpochs * (batchSize / minibatchSize)} steps of the optimizers.`,
      window: `The shorter one of the policy's ${architecture.contextLength} and the reward model's ${rewardArchitecture.contextLength} tokens.`,
      beta1: "Both recipes: appendix C.",
      beta2: "Both recipes: appendix C.",
      epsilon: "Both recipes: 10⁻⁵ as Ziegler et al. (2019) and Huang et al. (2024) for PPO, added as PyTorch does.",
      weightDecay: "Both recipes: appendix C names Adam and no weight decay.",
      gradientNorm: "Both recipes: GPT-3's (Brown et al. 2020, appendix B); InstructGPT names none.",
      evaluateEvery: EVALUATE_REASON,
      evaluationPrompts: `The first ${MOST_EVALUATED} prompts of VALIDATION, which has ${validationPrompts}.`,
    }),
  };
  checkMemory(config, facts.memoryBytes, `${field}.batchSize`);
  return Object.freeze(config);
}

/** The value model begins as the reward model and reads the policy's very tokens. */
function checkModels(policy: Architecture, reward: Architecture, field: string): void {
  if (policy.head === "SCORE")
    throw badInput("PPO trains a model that answers; this model has a scalar head and scores.", `${field}.sftModelId`);
  checkRewardModel(reward, "PPO", `${field}.rewardModelId`);
  const known = ({ tokenizer, vocabularySize }: Architecture) => ({ kind: tokenizer, vocabularySize, sha256: null });
  const problem = tokenizersDiffer(known(policy), known(reward));
  if (problem !== null) throw badInput(problem, `${field}.rewardModelId`);
}

type Fixed = { readonly [Name in keyof typeof DEFAULTS]: PpoConfig[Name] };

const withDefaults = (input: PpoInput): Fixed =>
  Object.fromEntries(
    Object.entries(DEFAULTS).map(([name, value]) => [name, input[name as keyof typeof DEFAULTS] ?? value]),
  ) as unknown as Fixed;

const reasonOf = (name: keyof typeof DEFAULTS, fixed: Fixed): string =>
  fixed[name] === DEFAULTS[name] ? DEFAULT_REASONS[name] : "Given.";

function checkFixed(fixed: Fixed, { pretrainingDocuments }: PpoFacts, field: string): void {
  checkWholeNumber(fixed.innerEpochs, 1, MOST_INNER_EPOCHS, "Inner epochs", `${field}.innerEpochs`);
  checkWholeNumber(fixed.ptxRatio, 1, MOST_RATIO, "Pretraining examples for each episode", `${field}.ptxRatio`);
  for (const [key, [name, least, most]] of Object.entries(BOUNDS)) {
    const value = fixed[key as keyof typeof BOUNDS];
    if (!(value >= least && value <= most))
      throw badInput(`${name} is ${show(value)}; it must be from ${least} to ${most}.`, `${field}.${key}`);
  }
  if (!(fixed.clipRatio > 0 && fixed.clipRatio < 1))
    throw badInput(`Clip ratio is ${show(fixed.clipRatio)}; it must be above 0 and below 1.`, `${field}.clipRatio`);
  if (!REWARD_PLACEMENTS.includes(fixed.rewardPlacement))
    throw badInput(
      `Reward placement is ${fixed.rewardPlacement}; it must be ${REWARD_PLACEMENTS.join(" or ")}.`,
      `${field}.rewardPlacement`,
    );
  if (fixed.ptxCoefficient > 0 && pretrainingDocuments === 0)
    throw new AppError(
      "UNPROCESSABLE",
      `The coefficient of the pretraining loss is ${fixed.ptxCoefficient}, but there is no text to pretrain on.`,
      `${field}.pretrainingDatasetId`,
    );
}

function checkMemory(config: Omit<PpoMemory, "threads">, memoryBytes: number, field: string): void {
  const needed = ppoMemoryBytes({ ...config, threads: 1 });
  if (needed > memoryBytes)
    throw badInput(
      `Batches of ${config.batchSize} in minibatches of ${config.minibatchSize} need ${megabytes(needed)} of memory; a job may use ${megabytes(memoryBytes)}.`,
      field,
    );
}
