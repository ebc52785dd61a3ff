import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import type { Backend } from "../backend.js";
import { affordableThreads } from "../config/estimates.js";
import type { Architecture } from "../config/model-shape.js";
import type { TensorFile } from "../events/events.js";
import { type RunArrays, type RunState, restoreArrays, writeCheckpoint } from "../files/checkpoint.js";
import { type Parameter, parametersOf, totalSize } from "../model/parameters.js";
import { lossOf, type Shard, type TrainingBatch } from "../optimization/objectives.js";
import { AdamW, type AdamWConfig, clipFactor, globalNorm } from "../optimization/optimizer.js";
import { inBatches } from "../shards/batches.js";
import { makeScoreBatch } from "../shards/comparisons.js";
import { DataParallel } from "../shards/data-parallel.js";
import type { LoadedModel, StepDropout } from "../shards/loaded-model.js";

export interface RunOptions {
  readonly backend: Backend;
  readonly architecture: Architecture;
  readonly tokenizer: Tokenizer;
  readonly config: AdamWConfig & { readonly batchSize: number; readonly gradientNorm: number };
  /** Sequences in a row of a batch, at most; 1 by default. */
  readonly sequencesEach?: number;
  /** At most; fewer where their memory does not suffice. */
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** Arrays as long as the parameters that stand beside those of DataParallel: two moments, and the best parameters. */
const ARRAYS = 3;
/** A checkpoint copies the parameters, the moments and the best parameters. */
const CHECKPOINT_ARRAYS = 4;

/** A model in training: its parameters, optimizer and threads, and where the run stands. */
export class TrainingRun {
  readonly parameters: readonly Parameter[];
  readonly state: RunState = { step: 0, points: 0, tokens: 0, best: null };
  private readonly parallel: DataParallel;
  private readonly optimizer: AdamW;
  private readonly bestValues: Float32Array;
  /** Bytes of one array as long as the parameters. */
  private readonly arrayBytes: number;

  constructor(private readonly options: RunOptions) {
    const { backend, architecture, config, signal } = options;
    this.parameters = parametersOf(architecture);
    const size = totalSize(this.parameters);
    this.arrayBytes = size * Float32Array.BYTES_PER_ELEMENT;
    backend.budget.take(ARRAYS * this.arrayBytes);
    this.optimizer = new AdamW(this.parameters, config);
    this.bestValues = new Float32Array(size);
    const { batchSize } = config;
    const need = { batchSize, threads: options.threads, sequencesEach: options.sequencesEach ?? 1 };
    const threads = affordableThreads(architecture, need, backend.budget.limitBytes);
    this.parallel = new DataParallel({ backend, architecture, threads, batchSize, hasGradients: true, signal });
  }

  /** All parameters; set only before the first step. */
  get values(): Float32Array {
    return this.parallel.values;
  }

  /** The parameters as they are now, on this thread's backend. */
  model(): LoadedModel {
    return this.parallel.upToDateModel();
  }

  /**
   * One step of the optimizer.
   * @returns the batch's loss before the step and its further figures, and the norm of its gradient; where either is not
   *   finite nothing has changed
   */
  async train(
    batch: TrainingBatch,
    learningRate: number,
    dropout: StepDropout,
  ): Promise<{ loss: number; figures: readonly number[]; gradientNorm: number }> {
    const { loss, figures, gradient } = await this.parallel.gradient(batch, dropout);
    const gradientNorm = globalNorm(gradient);
    if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) {
      const factor = clipFactor(gradientNorm, this.options.config.gradientNorm);
      this.optimizer.step(this.parameters, this.values, gradient, factor, learningRate);
      this.parallel.changed();
    }
    this.state.step++;
    this.state.tokens += batch.tokens;
    return { loss, figures, gradientNorm };
  }

  /** The loss of some batches together, by the weight of all, without dropout. */
  async evaluate(batches: Iterable<TrainingBatch>): Promise<number> {
    let [sum, weight] = [0, 0];
    for (const batch of batches) {
      for (const [index, outputs] of (await this.parallel.outputs(batch)).entries()) {
        const part = lossOf(outputs, batch.shards[index] as Shard);
        sum += part.sum;
        weight += part.weight;
      }
    }
    return sum / weight;
  }

  /** Keep the parameters where the loss of an evaluation is lower than ever; of equal ones the earlier stays. */
  keepIfBest(loss: number): void {
    if (this.state.best !== null && loss >= this.state.best.loss) return;
    this.bestValues.set(this.values);
    this.state.best = { step: this.state.step, loss };
  }

  /** The parameters that were kept, else the present ones. */
  selectedValues(): Float32Array {
    return this.state.best === null ? this.values : this.bestValues;
  }

  /** Make the parameters that were kept the present ones; no step may follow. */
  select(): void {
    this.values.set(this.selectedValues());
    this.parallel.changed();
  }

  /** The score of each text at its last position, in their order, without dropout. */
  async scores(texts: readonly Int32Array[]): Promise<number[]> {
    const { config, sequencesEach = 1 } = this.options;
    const scores: number[] = [];
    for (const batch of inBatches(texts, config.batchSize * sequencesEach, makeScoreBatch)) {
      for (const [part] of await this.parallel.outputs(batch)) scores.push(...(part as Float32Array));
    }
    return scores;
  }

  /** All that is needed to go on from here, a copy. */
  checkpoint(config: object): TensorFile {
    const { budget } = this.options.backend;
    budget.take(CHECKPOINT_ARRAYS * this.arrayBytes);
    budget.give(CHECKPOINT_ARRAYS * this.arrayBytes); // whoever stores it holds it only while it is written
    return writeCheckpoint(config, this.options, this.state, this.arrays(), this.parameters);
  }

  /** Go on where a checkpoint was written. */
  restore(file: TensorFile, state: RunState): void {
    Object.assign(this.state, state);
    restoreArrays(file, state, this.arrays(), this.parameters);
    this.optimizer.steps = state.step;
    this.parallel.changed();
  }

  async close(): Promise<void> {
    await this.parallel.close();
    this.options.backend.budget.give(ARRAYS * this.arrayBytes);
  }

  private arrays(): RunArrays {
    return { values: this.values, optimizer: this.optimizer, bestValues: this.bestValues };
  }
}
