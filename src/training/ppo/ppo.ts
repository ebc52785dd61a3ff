/**
 * PPO: a policy is trained against a reward model and held near what it began as (Ouyang et al. 2022, section 3.5; values:
 * appendix C.4); with a coefficient of the pretraining loss PPO-ptx.
 */
import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import { JobFailure } from "../../errors.js";
import { keyedRandom } from "../../random.js";
import type { Backend } from "../backend.js";
import { isArchitectureOf } from "../config/model-shape.js";
import type { PpoConfig } from "../config/ppo.js";
import type { PpoPrompt, TrainingPrompt } from "../config/prompts.js";
import { type ComparedTokenizer, tokenizerHash, tokenizersDiffer } from "../config/same-tokenizer.js";
import type { TensorFile, Training, TrainingEvent, TrainingRequest } from "../events/events.js";
import { readCheckpoint } from "../files/checkpoint.js";
import { type ModelFile, readModel, writeModel } from "../files/model-file.js";
import { ResponseCounts, responseOf, type SampledContext } from "../sampling/sampling.js";
import { pause } from "../shards/data-parallel.js";
import { documentCount, documentsOf, packDocuments } from "../text/corpus.js";
import { type Example, layOutContext } from "../text/text-layout.js";
import { ContextCuts } from "../text/window-cuts.js";
import { measured, TrainingEvents } from "../trainers/training-loop.js";
import { episodePrompts, pretrainingPlaces } from "./episodes.js";
import { PpoRun, warmedUp } from "./run.js";
import { rolloutMetrics } from "./statistics.js";

export interface PpoOptions {
  readonly backend: Backend;
  readonly config: PpoConfig;
  /** The frozen input, in a fixed order: those of TRAIN are answered in rollouts, the first of VALIDATION in evaluations. */
  readonly prompts: readonly PpoPrompt[];
  /** The pretraining corpus, of which TRAIN alone is read; empty without a coefficient of its loss. */
  readonly pretraining: readonly TrainingPrompt[];
  /** What the policy begins as, and its reference. */
  readonly policy: TensorFile;
  /** A reward model, with the policy's tokenizer. */
  readonly reward: TensorFile;
  /** A checkpoint of the same job, from which its run goes on. */
  readonly checkpoint: TensorFile | null;
  /** At most so many threads compute; the bits do not depend on it. */
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Milliseconds since any fixed time, for throughput alone. */
  readonly now: () => number;
}

/** A prompt as the policy reads it. */
interface Context {
  readonly prompt: PpoPrompt;
  readonly ids: readonly number[];
  /** How many tokens the whole context has. */
  readonly whole: number;
}

/** What is told of a run, and in the end asked of it. */
type Events = AsyncGenerator<TrainingEvent, void, TrainingRequest>;

/**
 * Train a policy on a reward model's scores of what it says.
 *
 * A step is an iteration: prompts of TRAIN are answered, each answer with a generator of its own from (seed, iteration,
 * place), and learned. It yields metrics at every step; and at step 0, at every evaluation and at the end the mean score and
 * the KL of the policy's average on prompts of VALIDATION, and some of its answers there. Asked for a checkpoint, it yields one
 * before the next step. A run that goes on from a checkpoint yields the same bits from there on, with any number of threads.
 * Contexts lose their beginning where a response of maxResponseTokens would not fit the window behind them.
 * @returns the average of the policy, a model of stage POLICY; null soon after it was aborted
 * @throws JobFailure UNPROCESSABLE (models of different tokenizers), INPUT_CHANGED (not the prompts that were configured),
 *   MODEL_DAMAGED (a model or the checkpoint does not fit), DIVERGED, OUT_OF_MEMORY
 */
export async function* trainPpo(options: PpoOptions): Training {
  try {
    options.signal.throwIfAborted();
    return yield* train(options);
  } catch (error) {
    if (options.signal.aborted) return null;
    throw error;
  }
}

async function* train(options: PpoOptions): Training {
  const { backend, config, checkpoint, threads, signal, now } = options;
  const events = new TrainingEvents();
  yield* events.send({ kind: "progress", phase: "preparing", step: 0, totalSteps: config.iterations, tokens: 0 });
  const { policy, reward } = await modelsOf(options);
  const state = checkpoint === null ? null : (await readCheckpoint(checkpoint, config)).state;
  const training = contextsOf("TRAIN", options, policy.tokenizer, config.trainPrompts);
  const validation = contextsOf("VALIDATION", options, policy.tokenizer, config.validationPrompts);
  const windows = config.ptxCoefficient > 0 ? windowsOf(options, policy.tokenizer) : [];
  const message = cutsSentence([...training, ...validation], config);
  if (message !== null && checkpoint === null) yield* events.send({ kind: "warning", message });
  const giveWay = async (): Promise<void> => {
    await pause();
    signal.throwIfAborted();
  };
  await giveWay();

  const run = new PpoRun({ backend, config, policy, reward, threads, signal, pause: giveWay });
  const evaluation = new Evaluation(run, config, policy.tokenizer, validation.slice(0, config.evaluationPrompts));
  try {
    if (checkpoint !== null && state !== null) run.restore(checkpoint, state);
    else yield* evaluation.events(events);
    for (;;) {
      const { step } = run.state;
      if (events.takeRequest())
        yield* events.send({ kind: "checkpoint", step, points: run.state.points, file: run.checkpoint() });
      if (step === config.iterations) break;
      await giveWay();
      yield* iterate(run, { config, training, windows, now, events });
      if (run.state.step % config.evaluateEvery === 0 || run.state.step === config.iterations)
        yield* evaluation.events(events);
    }
    return writeModel({ ...policy, stage: "POLICY", values: run.average });
  } finally {
    await run.close();
  }
}

/** One iteration: answers are sampled and learned. */
async function* iterate(
  run: PpoRun,
  work: Pick<PpoOptions, "config" | "now"> & {
    readonly training: readonly Context[];
    readonly windows: readonly Example[];
    readonly events: TrainingEvents;
  },
): Events {
  const { config, training, windows, now, events } = work;
  const { seed, minibatchSize, ptxRatio } = config;
  const { state } = run;
  const [iteration, tokensBefore] = [state.step, state.tokens];
  const began = now();
  const contexts = episodePrompts(training.length, iteration, config).map(
    (place, index): SampledContext => ({
      ids: (training[place] as Context).ids,
      random: keyedRandom([seed, "episode", iteration, index]),
    }),
  );
  const rollouts = await run.rollOut(contexts);
  const beside = (step: number): Example[] =>
    windows.length === 0
      ? []
      : pretrainingPlaces(windows.length, step, minibatchSize * ptxRatio, seed).map(
          (place) => windows[place] as Example,
        );
  const { metrics, gradientNorm, problem } = await run.learn(rollouts, beside);
  const seconds = Math.max(now() - began, 1e-3) / 1000;
  yield* events.send(
    measured(state, {
      ...metrics,
      "train/learning_rate": warmedUp(config.policyLearningRate, iteration, config.warmUpIterations),
      "train/grad_norm": gradientNorm,
      "train/tokens_per_second": (state.tokens - tokensBefore) / seconds,
    }),
  );
  if (problem !== null)
    throw new JobFailure("DIVERGED", `${problem} in iteration ${state.step}; it must be finite.`, state.step);
  const { step, tokens } = state;
  yield* events.send({ kind: "progress", phase: "training", step, totalSteps: config.iterations, tokens });
}

/** How the average of the policy answers prompts of VALIDATION. */
class Evaluation {
  constructor(
    private readonly run: PpoRun,
    private readonly config: PpoConfig,
    private readonly tokenizer: Tokenizer,
    private readonly contexts: readonly Context[],
  ) {}

  /** Each prompt has the same generator in every evaluation, so that they differ by the policy alone. */
  async *events(events: TrainingEvents): Events {
    const { run, config, contexts } = this;
    if (contexts.length === 0) return;
    const { step, tokens } = run.state;
    yield* events.send({ kind: "progress", phase: "evaluating", step, totalSteps: config.iterations, tokens });
    const { rollouts, measured: responses } = await run.evaluate(
      contexts.map(({ prompt, ids }) => ({ ids, random: keyedRandom([config.seed, "evaluation", prompt.id]) })),
    );
    const { "objective/scores": score = Number.NaN, "objective/kl": kl = Number.NaN } = rolloutMetrics(
      responses,
      config,
    );
    yield* events.send(measured(run.state, { "eval/score": score, "eval/kl": kl }));
    for (const [what, value] of [
      ["score", score],
      ["KL", kl],
    ] as const)
      if (!Number.isFinite(value))
        throw new JobFailure(
          "DIVERGED",
          `The ${what} on VALIDATION is ${value} after iteration ${step}; it must be finite.`,
          step,
        );
    const counts = new ResponseCounts();
    const samples = rollouts.slice(0, config.samplePrompts).map(({ ids, contextLength }, index) => {
      const response = responseOf(this.tokenizer, Array.from(ids.subarray(contextLength)));
      counts.add(response);
      return { promptId: (contexts[index] as Context).prompt.id, text: response.text };
    });
    yield* events.send({ kind: "samples", step, samples });
    const broken = step === config.iterations ? counts.brokenSentence("sample") : null;
    if (broken !== null) yield* events.send({ kind: "warning", message: `At the last step ${broken}` });
  }
}

/** Both models, which must be of the configuration and read the same tokens. */
async function modelsOf({ config, policy, reward }: PpoOptions): Promise<Record<"policy" | "reward", ModelFile>> {
  const models = { policy: await readModel(policy), reward: await readModel(reward) };
  for (const [what, model, asked] of [
    ["policy", models.policy, config.architecture],
    ["reward model", models.reward, config.rewardArchitecture],
  ] as const)
    if (!isArchitectureOf(model.architecture, asked))
      throw new JobFailure(
        "MODEL_DAMAGED",
        `The ${what} is ${JSON.stringify(model.architecture)}; the job was configured for ${JSON.stringify(asked)}.`,
      );
  const problem = tokenizersDiffer(compared(models.policy), compared(models.reward));
  if (problem !== null) throw new JobFailure("UNPROCESSABLE", problem);
  return models;
}

const compared = ({ tokenizer }: ModelFile): ComparedTokenizer => ({
  kind: tokenizer.kind,
  vocabularySize: tokenizer.vocabularySize,
  sha256: tokenizerHash(JSON.stringify(tokenizer)),
});

/** The prompts of a split as the policy reads them, which must be as many as the configuration was made for. */
function contextsOf(
  split: PpoPrompt["split"],
  { config, prompts }: PpoOptions,
  tokenizer: Tokenizer,
  expected: number,
): Context[] {
  const own = prompts.filter((prompt) => prompt.split === split);
  if (own.length !== expected)
    throw new JobFailure(
      "INPUT_CHANGED",
      `${split} has ${own.length} prompts; the job was configured for ${expected}.`,
    );
  return own.map((prompt) => ({
    prompt,
    ...layOutContext(prompt, tokenizer, config.window, config.maxResponseTokens),
  }));
}

/** The pretraining corpus in windows, whose documents must be as many as the configuration was made for. */
function windowsOf({ config, pretraining }: PpoOptions, tokenizer: Tokenizer): Example[] {
  const corpus = pretraining.filter(({ split }) => split === "TRAIN");
  const count = documentCount(corpus);
  if (count !== config.pretrainingDocuments)
    throw new JobFailure(
      "INPUT_CHANGED",
      `The pretraining corpus has ${count} documents; the job was configured for ${config.pretrainingDocuments}.`,
    );
  return packDocuments(documentsOf(corpus, tokenizer), config.architecture.contextLength);
}

/** The sentence of a warning about contexts that were cut, or null where none was. */
function cutsSentence(contexts: readonly Context[], { window, maxResponseTokens }: PpoConfig): string | null {
  const cuts = new ContextCuts();
  for (const { ids, whole } of contexts) cuts.add(ids.length, whole);
  return cuts.sentence(maxResponseTokens, window);
}
