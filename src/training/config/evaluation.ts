/** What an evaluation by models will do, with every value decided and the reason for each. */
import { badInput } from "../../errors.js";
import type { Split } from "../../vocabulary.js";
import { seedOf } from "./choices.js";
import { generationMemoryBytes, likelihoodMemoryBytes, megabytes, readingMemoryBytes } from "./estimates.js";
import { resolveSampling } from "./generation.js";
import type { Architecture } from "./model-shape.js";
import { checkRewardModel } from "./reward-model.js";

/** What is computed with models; the other metrics are counted from what people said. */
export const MODEL_METRICS = [
  "LOSS",
  "PERPLEXITY",
  "BITS_PER_BYTE",
  "REWARD_ACCURACY",
  "MEAN_SCORE",
  "WIN_RATE",
  "KL_FROM_REFERENCE",
  "LENGTH",
] as const;
export type ModelMetric = (typeof MODEL_METRICS)[number];

/** What a request may leave open. */
export interface EvaluationInput {
  readonly metrics: readonly ModelMetric[];
  readonly split?: Split | null;
  /** Of the model's own responses. */
  readonly temperature?: number | null;
  readonly maxResponseTokens?: number | null;
  readonly seed?: number | null;
}

/** What is known of the models and the machine. */
export interface EvaluationFacts {
  /** Of the model that is evaluated; null: the completions of a source are. */
  readonly architecture: Architecture | null;
  /** Of the reward model that judges; null: none was given. */
  readonly judge: Architecture | null;
  /** Of the model that a policy began as; null: it has none. */
  readonly reference: Architecture | null;
  /** Whether there are completions of a baseline to compare with. */
  readonly hasBaseline: boolean;
  /** How stored completions were sampled, by their numbers; none by default. */
  readonly samplings?: Readonly<Record<string, StoredSampling>>;
  /** Whether what is evaluated was trained on the very scores of this judge. */
  readonly judgeTrainedIt: boolean;
  /** Whether the parameters of the model were selected on this split. */
  readonly selectedOnSplit: boolean;
  /** What a job may use. */
  readonly memoryBytes: number;
}

/** How completions were sampled that are stored. */
export interface StoredSampling {
  /** The job, by its id in the API; null where it is no more. */
  readonly job: string | null;
  readonly temperature: number;
  readonly maxResponseTokens: number;
  readonly seed: number;
  /** The fingerprint of the environment, on which bits depend. */
  readonly environment: string;
}

/** Whether a model was sampled as an evaluation would sample it: in one environment, the first sample of each prompt is the same then. */
export const isMadeAs = (
  sampling: StoredSampling,
  { temperature, maxResponseTokens, seed }: Pick<EvaluationConfig, "temperature" | "maxResponseTokens" | "seed">,
): boolean =>
  sampling.temperature === temperature && sampling.maxResponseTokens === maxResponseTokens && sampling.seed === seed;

export interface EvaluationConfig {
  readonly seed: number;
  readonly metrics: readonly ModelMetric[];
  readonly split: Split;
  readonly architecture: Architecture | null;
  readonly judge: Architecture | null;
  readonly reference: Architecture | null;
  readonly hasBaseline: boolean;
  /** Scores and win rates are those of the judge that the policy was trained on: no evidence that people prefer it. */
  readonly isProxy: boolean;
  readonly usedForSelection: boolean;
  /** How stored completions were sampled that are read, by their numbers: of the model, of the source and of the baseline. */
  readonly samplings: Readonly<Record<string, StoredSampling>>;
  /** Of the model's own responses; maxResponseTokens is 0 where there is no model. */
  readonly temperature: number;
  readonly maxResponseTokens: number;
  /** As many texts a reward model scores together at most; the bits of a score do not depend on it. */
  readonly textsAtOnce: number;
  /** Of the bootstrap. */
  readonly resamples: number;
  readonly reasons: Readonly<Record<string, string>>;
}

const RESAMPLES = 1000;
const OF_LANGUAGE: readonly ModelMetric[] = ["LOSS", "PERPLEXITY", "BITS_PER_BYTE", "KL_FROM_REFERENCE"];
const OF_JUDGE: readonly ModelMetric[] = ["MEAN_SCORE", "WIN_RATE"];
const OF_RESPONSES: readonly ModelMetric[] = ["MEAN_SCORE", "WIN_RATE", "KL_FROM_REFERENCE", "LENGTH"];
/** Texts that are scored together where there is memory for so many. */
const MOST_AT_ONCE = 8;

/**
 * The whole configuration of an evaluation.
 * @param field where the input stands, for errors: "input"
 * @returns a frozen configuration; refused: no metric or one twice, one that needs a model or a baseline that is not there,
 *   models of different vocabularies compared token by token, and models that do not fit the memory together
 */
export function resolveEvaluation(input: EvaluationInput, facts: EvaluationFacts, field = "input"): EvaluationConfig {
  const { architecture, judge, reference, hasBaseline, memoryBytes } = facts;
  const { metrics } = input;
  checkMetrics(metrics, `${field}.metrics`);
  const seed = seedOf(input.seed, `${field}.seed`);
  for (const metric of metrics) checkNeeds(metric, facts, field);
  let textsAtOnce = MOST_AT_ONCE;
  const needed = (): number => evaluationMemoryBytes({ metrics, architecture, judge, reference, textsAtOnce });
  while (textsAtOnce > 1 && needed() > memoryBytes) textsAtOnce /= 2;
  if (needed() > memoryBytes)
    throw badInput(
      `The models of this evaluation need ${megabytes(needed())} of memory together, with one text at a time; a job may use ${megabytes(memoryBytes)}.`,
      field,
    );
  const sampling = samplingOf(input, facts, field);
  return Object.freeze({
    seed,
    metrics: Object.freeze([...metrics]),
    split: input.split ?? "TEST",
    architecture,
    judge,
    reference,
    hasBaseline,
    isProxy: facts.judgeTrainedIt,
    usedForSelection: facts.selectedOnSplit,
    samplings: Object.freeze({ ...facts.samplings }),
    temperature: sampling.temperature,
    maxResponseTokens: sampling.maxResponseTokens,
    textsAtOnce,
    resamples: RESAMPLES,
    reasons: Object.freeze({
      // The schema has a default of its own: what was given cannot be told from it.
      split: (input.split ?? "TEST") === "TEST" ? "Neither trained nor selected on." : "Given.",
      ...sampling.reasons,
      textsAtOnce: `The most up to ${MOST_AT_ONCE} that fit ${megabytes(memoryBytes)} of memory.`,
      resamples: "Of the bootstrap over prompts.",
    }),
  });
}

/**
 * The most memory that an evaluation takes, in bytes: the sum over its models of the most that any metric asks of each. A
 * reward model reads textsAtOnce texts; a language model gives the probabilities of one, and samples one.
 */
export function evaluationMemoryBytes({
  metrics,
  architecture,
  judge,
  reference,
  textsAtOnce,
}: Pick<EvaluationConfig, "metrics" | "architecture" | "judge" | "reference" | "textsAtOnce">): number {
  const asks = (some: readonly ModelMetric[]): boolean => metrics.some((metric) => some.includes(metric));
  const ofReward = (model: Architecture): number => readingMemoryBytes(model, textsAtOnce);
  const ofLanguage = (model: Architecture): number =>
    Math.max(
      readingMemoryBytes(model, 1),
      asks(OF_LANGUAGE) ? likelihoodMemoryBytes(model) : 0,
      asks(OF_RESPONSES) ? generationMemoryBytes(model, 1) : 0,
    );
  return [architecture, judge, reference]
    .filter((model) => model !== null)
    .reduce((sum, model) => sum + (model.head === "SCORE" ? ofReward(model) : ofLanguage(model)), 0);
}

/** How the model answers; without one nothing is sampled, and nothing of it can be given. */
function samplingOf(
  { temperature = null, maxResponseTokens = null, metrics }: EvaluationInput,
  { architecture }: EvaluationFacts,
  field: string,
): ReturnType<typeof resolveSampling> {
  const given = { temperature, maxResponseTokens };
  if (architecture !== null) {
    const sampling = resolveSampling(given, architecture.contextLength, field);
    if (metrics.includes("KL_FROM_REFERENCE") && sampling.temperature !== 1)
      throw badInput(
        `KL_FROM_REFERENCE is of what the model says at temperature 1; temperature is ${sampling.temperature}.`,
        `${field}.temperature`,
      );
    return sampling;
  }
  for (const name of ["temperature", "maxResponseTokens"] as const)
    if (given[name] !== null)
      throw badInput(
        `${field}.${name} is of responses that a model gives; of a source the stored completions are evaluated.`,
        `${field}.${name}`,
      );
  const reason = "Only stored completions are evaluated: nothing is sampled.";
  return { temperature: 1, maxResponseTokens: 0, reasons: { temperature: reason, maxResponseTokens: reason } };
}

function checkMetrics(metrics: readonly ModelMetric[], field: string): void {
  if (metrics.length === 0) throw badInput("Metrics is empty; an evaluation has at least one.", field);
  for (const [index, metric] of metrics.entries()) {
    if (!MODEL_METRICS.includes(metric))
      throw badInput(`Metric is ${metric}; models are evaluated by ${MODEL_METRICS.join(", ")}.`, `${field}.${index}`);
    if (metrics.indexOf(metric) < index)
      throw badInput(`Metric ${metric} stands twice; each stands once.`, `${field}.${index}`);
  }
}

function checkNeeds(metric: ModelMetric, facts: EvaluationFacts, field: string): void {
  const { architecture, judge, reference, hasBaseline } = facts;
  if (OF_LANGUAGE.includes(metric) && (architecture === null || architecture.head === "SCORE"))
    throw badInput(
      `${metric} needs a model that gives probabilities of tokens; give one as modelId.`,
      `${field}.modelId`,
    );
  if (metric === "REWARD_ACCURACY") {
    if (architecture === null) throw badInput(`${metric} needs a reward model as modelId.`, `${field}.modelId`);
    checkRewardModel(architecture, metric, `${field}.modelId`);
  }
  if (OF_JUDGE.includes(metric)) {
    if (judge === null) throw badInput(`${metric} needs a reward model as judgeModelId.`, `${field}.judgeModelId`);
    checkRewardModel(judge, metric, `${field}.judgeModelId`);
  }
  if ((OF_JUDGE.includes(metric) || metric === "LENGTH") && architecture?.head === "SCORE")
    throw badInput(`${metric} is of responses; a reward model gives none.`, `${field}.modelId`);
  if (metric === "WIN_RATE" && !hasBaseline)
    throw badInput(
      "WIN_RATE compares with a baseline's completions; name their source as baseline.",
      `${field}.baseline`,
    );
  if (metric !== "KL_FROM_REFERENCE") return;
  if (reference === null || reference.head === "SCORE")
    throw badInput("KL_FROM_REFERENCE needs the model that this one began as; it has none.", `${field}.modelId`);
  if (reference.vocabularySize !== architecture?.vocabularySize || reference.tokenizer !== architecture.tokenizer)
    throw badInput(
      `KL_FROM_REFERENCE compares token by token; the vocabularies have ${architecture?.vocabularySize} and ${reference.vocabularySize} tokens of ${architecture?.tokenizer} and ${reference.tokenizer}.`,
      `${field}.modelId`,
    );
}
