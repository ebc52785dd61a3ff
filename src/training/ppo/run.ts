/** PPO between two iterations: four models, and how an iteration measures and learns its rollouts. */

import { JobFailure } from "../../errors.js";
import type { Backend } from "../backend.js";
import type { PpoConfig } from "../config/ppo.js";
import { affordablePpoThreads } from "../config/ppo-memory.js";
import type { TensorFile } from "../events/events.js";
import type { MetricName } from "../events/metrics.js";
import { type CheckpointPart, checkpointOf, type RunState, restoreParts } from "../files/checkpoint.js";
import type { ModelFile } from "../files/model-file.js";
import type { TrainingBatch } from "../optimization/objectives.js";
import { globalNorm } from "../optimization/optimizer.js";
import { type SampledContext, sampleTokens } from "../sampling/sampling.js";
import { learnedTokens, makeBatch } from "../shards/batches.js";
import type { BatchGradient } from "../shards/data-parallel.js";
import type { Example } from "../text/text-layout.js";
import { moveAverage } from "./average.js";
import { minibatches } from "./episodes.js";
import { type Experience, ppoTargetsOf } from "./experience.js";
import {
  byRow,
  type Episode,
  policyBatch,
  type Rollout,
  responseLength,
  rolloutOf,
  scoreBatch,
  statisticsBatch,
  tokenBatch,
  valueBatch,
  valueUpdateBatch,
} from "./rollouts.js";
import { type MeasuredResponse, rolloutMetrics, UpdateStatistics } from "./statistics.js";
import { TrainedModel } from "./trained-model.js";

export interface PpoRunOptions {
  readonly backend: Backend;
  readonly config: PpoConfig;
  /** What the policy begins as, and its reference. */
  readonly policy: ModelFile;
  /** What scores, and what the value model begins as. */
  readonly reward: ModelFile;
  /** At most; fewer where their memory does not suffice. */
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Awaited between two tokens of all that are sampled. */
  readonly pause: () => Promise<void>;
}

/** What came of an iteration. */
export interface Iteration {
  readonly metrics: Partial<Record<MetricName, number>>;
  /** The largest norm of a gradient of the policy. */
  readonly gradientNorm: number;
  /** What was not finite, and so not learned, as the beginning of a sentence; null: everything was. */
  readonly problem: string | null;
}

export class PpoRun {
  readonly state: RunState = { step: 0, points: 0, tokens: 0, best: null };
  /** The average of the policy: it is what is evaluated, and what becomes the model. */
  readonly average: Float32Array;
  private readonly policy: TrainedModel;
  private readonly value: TrainedModel;
  /** The policy's gradient with that of the pretraining text; only where there is one. */
  private readonly sum: Float32Array | null;
  private readonly bytes: number;

  constructor(private readonly options: PpoRunOptions) {
    const { backend, config, policy, reward, signal } = options;
    const threads = affordablePpoThreads({ ...config, threads: options.threads }, backend.budget.limitBytes);
    const common = { backend, config, batchSize: config.minibatchSize, threads, signal };
    this.bytes = (config.ptxCoefficient > 0 ? 2 : 1) * policy.values.byteLength;
    const opened: TrainedModel[] = [];
    const open = ({ architecture, values }: ModelFile): TrainedModel => {
      opened.push(new TrainedModel({ ...common, architecture, start: values }));
      return opened.at(-1) as TrainedModel;
    };
    try {
      this.policy = open(policy);
      this.value = open(reward);
      backend.budget.take(this.bytes);
    } catch (error) {
      for (const model of opened) void model.close(); // there is no memory for all: nothing is left behind
      throw error;
    }
    this.average = policy.values.slice();
    this.sum = config.ptxCoefficient > 0 ? new Float32Array(policy.values.length) : null;
  }

  /** Let the policy answer contexts. */
  rollOut(contexts: readonly SampledContext[]): Promise<Rollout[]> {
    return this.answer(this.policy.values, contexts);
  }

  /** Let the average answer contexts, and measure what it says. */
  async evaluate(
    contexts: readonly SampledContext[],
  ): Promise<{ readonly rollouts: readonly Rollout[]; readonly measured: readonly MeasuredResponse[] }> {
    const rollouts = await this.answer(this.average, contexts);
    return { rollouts, measured: await this.measure(this.average, rollouts) };
  }

  /**
   * Learn from the rollouts of an iteration.
   * @param rollouts batchSize of them, which the policy as it is has said
   * @param pretraining the windows that stand beside each minibatch, by the number of its step in the whole run
   */
  async learn(rollouts: readonly Rollout[], pretraining: (step: number) => readonly Example[]): Promise<Iteration> {
    const { config } = this.options;
    // 1. Old log-probabilities and values: by the very forward pass of the update, in the first inner epoch's minibatches.
    const measured = await this.measure(this.policy.values, rollouts);
    const values = await this.read(this.value, this.value.values, rollouts, valueBatch, ({ states }) => states);
    // 2. Rewards, advantages and returns.
    const experiences = measured.map(
      (one, index): Experience => ({ ...one, values: values[index]?.[0] as Float32Array }),
    );
    const lessons = ppoTargetsOf(experiences, config);
    const episodes = rollouts.map((rollout, index): Episode => {
      const { logProbs, values } = experiences[index] as Experience;
      const old = { oldLogProbs: Float32Array.from(logProbs), oldValues: Float32Array.from(values) };
      return { ...rollout, ...old, ...(lessons[index] as (typeof lessons)[number]) };
    });
    // 3. Inner epochs of minibatches.
    const update = await this.update(episodes, pretraining);
    // 4. The average, once an iteration.
    if (update.problem === null) moveAverage(this.average, this.policy.values, config.emaDecay);
    this.state.step++;
    this.state.tokens += rollouts.reduce((sum, { ids }) => sum + ids.length, 0);
    return { ...update, metrics: { ...rolloutMetrics(measured, config), ...update.metrics } };
  }

  /** All that is needed to go on from here, a copy; the frozen models are files of their own. */
  checkpoint(): TensorFile {
    const { backend, config, policy } = this.options;
    const parts = this.parts();
    const bytes = parts.reduce((sum, { values }) => sum + values.byteLength, 0);
    backend.budget.take(bytes);
    backend.budget.give(bytes); // whoever stores it holds it only while it is written
    return checkpointOf(config, policy, this.state, parts);
  }

  /** Go on where a checkpoint was written. */
  restore(file: TensorFile, state: RunState): void {
    const { innerEpochs, batchSize, minibatchSize } = this.options.config;
    Object.assign(this.state, state);
    restoreParts(file, this.parts());
    for (const model of [this.policy, this.value])
      model.restored((state.step * innerEpochs * batchSize) / minibatchSize);
  }

  async close(): Promise<void> {
    await Promise.all([this.policy.close(), this.value.close()]);
    this.options.backend.budget.give(this.bytes);
  }

  private async update(
    episodes: readonly Episode[],
    pretraining: (step: number) => readonly Example[],
  ): Promise<Iteration> {
    const { config } = this.options;
    const { step: iteration } = this.state;
    const statistics = new UpdateStatistics();
    const policyRate = warmedUp(config.policyLearningRate, iteration, config.warmUpIterations);
    const valueRate = warmedUp(config.valueLearningRate, iteration, config.warmUpIterations);
    let gradientNorm = 0;
    let step = (iteration * config.innerEpochs * config.batchSize) / config.minibatchSize;
    for (let innerEpoch = 0; innerEpoch < config.innerEpochs; innerEpoch++) {
      for (const places of minibatches(config, iteration, innerEpoch)) {
        const minibatch = places.map((place) => episodes[place] as Episode);
        const policy = await this.policyGradient(minibatch, pretraining(step++), statistics);
        const valueLoss = valueUpdateBatch(minibatch, config);
        const value = await this.value.gradient(valueLoss);
        statistics.addValues({ ...value, divisor: divisorOf(valueLoss) });
        const [policyNorm, valueNorm] = [globalNorm(policy.gradient), globalNorm(value.gradient)];
        gradientNorm = Math.max(gradientNorm, policyNorm);
        const problem = problemOf([
          ["policy's loss", policy.loss],
          ["value model's loss", value.loss],
          ["norm of the policy's gradient", policyNorm],
          ["norm of the value model's gradient", valueNorm],
        ]);
        if (problem !== null) return { metrics: statistics.metrics(), gradientNorm, problem };
        this.policy.step(policy.gradient, policyNorm, policyRate);
        this.value.step(value.gradient, valueNorm, valueRate);
      }
    }
    return { metrics: statistics.metrics(), gradientNorm, problem: null };
  }

  /** The gradient of a minibatch, with that of the pretraining windows added before there is a step. */
  private async policyGradient(
    minibatch: readonly Episode[],
    windows: readonly Example[],
    statistics: UpdateStatistics,
  ): Promise<Pick<BatchGradient, "loss" | "gradient">> {
    const { ptxCoefficient, minibatchSize } = this.options.config;
    const batch = policyBatch(minibatch, this.options.config);
    const own = await this.policy.gradient(batch);
    statistics.addPolicy({ ...own, divisor: divisorOf(batch) });
    if (this.sum === null) return own;
    this.sum.set(own.gradient);
    const tokens = learnedTokens(windows);
    let pretrainingLoss = 0;
    for (let first = 0; first < windows.length; first += minibatchSize) {
      const { loss, gradient } = await this.policy.gradient(
        makeBatch(windows.slice(first, first + minibatchSize), tokens),
      );
      pretrainingLoss += loss;
      for (let i = 0; i < gradient.length; i++) this.sum[i]! += ptxCoefficient * gradient[i]!;
    }
    statistics.addPretraining(pretrainingLoss, tokens);
    return { loss: own.loss + ptxCoefficient * pretrainingLoss, gradient: this.sum };
  }

  private async answer(values: Float32Array, contexts: readonly SampledContext[]): Promise<Rollout[]> {
    const { config, policy, pause } = this.options;
    const { endOfText } = policy.tokenizer;
    const { maxResponseTokens: maxTokens, temperature } = config;
    const model = this.policy.model(values);
    const responses = await sampleTokens(model, { contexts, endOfText, maxTokens, temperature, pause }).catch(
      (error) => {
        if (!(error instanceof JobFailure) || error.code !== "DIVERGED") throw error;
        throw new JobFailure("DIVERGED", error.message, this.state.step);
      },
    );
    return responses.map((response, index) =>
      rolloutOf((contexts[index] as SampledContext).ids, response, endOfText, config),
    );
  }

  /** What all models but the value model say of some rollouts. @param values of the policy that is measured */
  private async measure(values: Float32Array, rollouts: readonly Rollout[]): Promise<MeasuredResponse[]> {
    const { temperature } = this.options.config;
    const statistics = (rows: readonly Rollout[]) => statisticsBatch(rows, temperature);
    const tokens = (rows: readonly Rollout[]) => tokenBatch(rows, temperature);
    const own = await this.read(this.policy, values, rollouts, statistics, responseLength);
    const reference = await this.read(this.policy, this.policy.frozen, rollouts, tokens, responseLength);
    const scores = await this.read(this.value, this.value.frozen, rollouts, scoreBatch, () => 1);
    return rollouts.map(({ hasEnded }, index) => ({
      logProbs: negated(own[index]?.[0] as Float32Array),
      entropies: own[index]?.[1] as Float32Array,
      referenceLogProbs: negated(reference[index]?.[0] as Float32Array),
      score: scores[index]![0]![0]!,
      hasEnded,
    }));
  }

  /** What some parameters say of rollouts, in the minibatches in which they are learned first: of each rollout the vectors. */
  private async read(
    model: TrainedModel,
    values: Float32Array,
    rollouts: readonly Rollout[],
    batchOf: (rows: readonly Rollout[]) => TrainingBatch,
    countOf: (row: Rollout) => number,
  ): Promise<Float32Array[][]> {
    const { minibatchSize } = this.options.config;
    const results: Float32Array[][] = [];
    for (let first = 0; first < rollouts.length; first += minibatchSize) {
      const rows = rollouts.slice(first, first + minibatchSize);
      const outputs = await model.outputs(values, batchOf(rows));
      results.push(...byRow(outputs, rows.map(countOf)));
    }
    return results;
  }

  private parts(): CheckpointPart[] {
    const { policy, value, average } = this;
    const averagePart = { prefix: "average.", values: average, parameters: policy.parameters };
    return [...policy.parts("policy"), averagePart, ...value.parts("value")];
  }
}

/** A learning rate that grows from a tenth in the first iterations and then stays (Ouyang et al. 2022, appendix C.4). */
export const warmedUp = (peak: number, iteration: number, warmUpIterations: number): number =>
  iteration < warmUpIterations ? peak * (0.1 + (0.9 * iteration) / warmUpIterations) : peak;

const divisorOf = (batch: TrainingBatch): number => batch.shards[0]?.divisor as number;

const negated = (numbers: Float32Array): Float32Array => numbers.map((x) => -x);

function problemOf(numbers: readonly (readonly [what: string, value: number])[]): string | null {
  const found = numbers.find(([, value]) => !Number.isFinite(value));
  return found === undefined ? null : `The ${found[0]} is ${found[1]}`;
}
