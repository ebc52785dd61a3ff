import type { Backend } from "../backend.js";
import type { Architecture } from "../config/model-shape.js";
import type { CheckpointPart } from "../files/checkpoint.js";
import { type Parameter, parametersOf } from "../model/parameters.js";
import type { TrainingBatch } from "../optimization/objectives.js";
import { AdamW, type AdamWConfig, clipFactor } from "../optimization/optimizer.js";
import { type BatchGradient, DataParallel } from "../shards/data-parallel.js";
import type { LoadedModel } from "../shards/loaded-model.js";

export interface TrainedModelOptions {
  readonly backend: Backend;
  readonly architecture: Architecture;
  /** What it begins with. */
  readonly start: Float32Array;
  readonly config: AdamWConfig & { readonly gradientNorm: number };
  /** The most rows of a batch. */
  readonly batchSize: number;
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** Arrays beside those of DataParallel: the parameters, what they began with, and two moments. */
const ARRAYS = 4;
/** PPO has no dropout: the policy that is updated is the one that sampled. */
const NO_DROPOUT = { rate: 0, seed: 0, step: 0 } as const;

/**
 * A model in training, and the one that it began as, which stays: the policy and its reference, the value model and the
 * reward model. All arrays of one shape take turns on the same threads, so that only one of them lies there at a time.
 */
export class TrainedModel {
  readonly parameters: readonly Parameter[];
  /** The parameters in training; whoever else writes them does so before they are first used. */
  readonly values: Float32Array;
  /** Those that stay; they are only read. */
  readonly frozen: Float32Array;
  private readonly optimizer: AdamW;
  private readonly parallel: DataParallel;
  private readonly bytes: number;
  /** The array whose copy lies on the threads. */
  private loaded: Float32Array | null = null;

  constructor(private readonly options: TrainedModelOptions) {
    const { backend, architecture, start, config, batchSize, threads, signal } = options;
    this.parameters = parametersOf(architecture);
    this.bytes = ARRAYS * start.byteLength;
    backend.budget.take(this.bytes);
    this.frozen = start;
    this.values = start.slice();
    this.optimizer = new AdamW(this.parameters, config);
    try {
      this.parallel = new DataParallel({ backend, architecture, threads, batchSize, hasGradients: true, signal });
    } catch (error) {
      backend.budget.give(this.bytes);
      throw error;
    }
  }

  /** What some parameters say of each shard of a batch. @param values all of the model's shape */
  outputs(values: Float32Array, batch: TrainingBatch): Promise<readonly (readonly Float32Array[])[]> {
    this.load(values);
    return this.parallel.outputs(batch);
  }

  /** Some parameters on this thread's backend. */
  model(values: Float32Array): LoadedModel {
    this.load(values);
    return this.parallel.upToDateModel();
  }

  /** The loss of a batch under the parameters in training, and its gradient, which is valid until the next call. */
  gradient(batch: TrainingBatch): Promise<BatchGradient> {
    this.load(this.values);
    return this.parallel.gradient(batch, NO_DROPOUT);
  }

  /** One step of the optimizer. @param norm that of the gradient, which is shortened where it is too long */
  step(gradient: Float32Array, norm: number, learningRate: number): void {
    const factor = clipFactor(norm, this.options.config.gradientNorm);
    this.optimizer.step(this.parameters, this.values, gradient, factor, learningRate);
    this.loaded = null;
  }

  /** What a checkpoint has of it. @param prefix of the names */
  parts(prefix: string): CheckpointPart[] {
    const { parameters, values, optimizer } = this;
    return [
      { prefix: `${prefix}.`, values, parameters },
      { prefix: `${prefix}_first_moments.`, values: optimizer.firstMoments, parameters },
      { prefix: `${prefix}_second_moments.`, values: optimizer.secondMoments, parameters },
    ];
  }

  /** Go on after so many steps; the parts were filled. */
  restored(steps: number): void {
    this.optimizer.steps = steps;
    this.loaded = null;
  }

  async close(): Promise<void> {
    await this.parallel.close();
    this.options.backend.budget.give(this.bytes);
  }

  private load(values: Float32Array): void {
    if (this.loaded === values) return;
    this.parallel.values.set(values);
    this.parallel.changed();
    this.loaded = values;
  }
}
