import type { Backend, Tensor } from "./backend.js";
import type { Shard } from "./batches.js";
import type { Architecture } from "./config/model-shape.js";
import { noDropout, residualDropout } from "./dropout.js";
import { type Model, nextTokenLogits } from "./gpt.js";
import { maskedCrossEntropy } from "./losses.js";
import type { Operations } from "./operations.js";
import { type Parameter, parametersOf } from "./parameters.js";
import type { Sequences } from "./sequences.js";

/** Residual dropout of one step; the shard's number is added to what its masks depend on. */
export interface StepDropout {
  readonly rate: number;
  readonly seed: number;
  readonly step: number;
}

/** A model whose parameters lie on a backend. Whoever makes it disposes of it. */
export class LoadedModel {
  readonly parameters: readonly Parameter[];
  private readonly operations: Operations;
  private tensors: Tensor[] = [];

  constructor(
    private readonly backend: Backend,
    private readonly architecture: Architecture,
  ) {
    this.parameters = parametersOf(architecture);
    this.operations = backend.operations;
  }

  /** Take new values, a copy: in place where that can be, else as new tensors. */
  load(values: Float32Array): void {
    const { tf, heap } = this.backend;
    if (heap === null) this.dispose();
    const areThere = this.tensors.length > 0;
    for (const [index, { shape, offset, size }] of this.parameters.entries()) {
      const part = values.subarray(offset, offset + size);
      if (heap !== null && areThere) heap.floats(this.tensors[index] as Tensor).set(part);
      else this.tensors.push(tf.tensor(part.slice(), [...shape]));
    }
  }

  dispose(): void {
    for (const tensor of this.tensors) tensor.dispose();
    this.tensors = [];
  }

  /**
   * A shard's part of the batch's loss, and its gradient.
   * @param into takes the gradient, as long as the parameters
   * @returns nats a token, over the learned tokens of the whole batch
   */
  lossAndGradient(
    shard: Shard,
    place: { readonly shard: number; readonly learnedTokens: number; readonly dropout: StepDropout },
    into: Float32Array,
  ): number {
    const { tf, heap } = this.backend;
    const { rate, seed, step } = place.dropout;
    const dropout = residualDropout(this.operations, rate, [seed, step, place.shard]);
    return tf.tidy(() => {
      const lossOf = (...tensors: Tensor[]): Tensor => {
        const loss = maskedCrossEntropy(this.modelOf(tensors, dropout), shard, place.learnedTokens);
        this.backend.checkMemory(); // all that the gradient needs is there
        return loss;
      };
      const { value, grads } = tf.valueAndGrads(lossOf)(this.tensors);
      for (const [index, { offset }] of this.parameters.entries()) {
        const gradient = grads[index] as Tensor;
        into.set(heap?.floats(gradient) ?? (gradient.dataSync() as Float32Array), offset);
      }
      return (value.dataSync() as Float32Array)[0] as number;
    });
  }

  /** Σ −log p over a shard's learned tokens, in nats, without dropout. */
  lossSum(shard: Shard): number {
    return this.backend.tf.tidy(() => {
      const loss = maskedCrossEntropy(this.modelOf(this.tensors, noDropout), shard, 1);
      this.backend.checkMemory();
      return (loss.dataSync() as Float32Array)[0] as number;
    });
  }

  /** The logits of the token after each sequence, [sequences, V] in one array. */
  nextTokenLogits(sequences: Sequences): Float32Array {
    return this.backend.tf.tidy(() => {
      const logits = nextTokenLogits(this.modelOf(this.tensors, noDropout), sequences);
      this.backend.checkMemory();
      return logits.dataSync() as Float32Array;
    });
  }

  private modelOf(tensors: readonly Tensor[], dropout: Model["dropout"]): Model {
    const byName = new Map(this.parameters.map(({ name }, index) => [name, tensors[index] as Tensor]));
    return {
      operations: this.operations,
      architecture: this.architecture,
      dropout,
      parameter: (name) => {
        const tensor = byName.get(name);
        if (tensor === undefined) throw new Error(`The model has no parameter ${name}.`);
        return tensor;
      },
    };
  }
}
