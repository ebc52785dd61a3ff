import type { Backend } from "../backend.js";
import type { Architecture } from "../config/model-shape.js";
import type { KernelSet } from "../kernels/kernel-operations.js";
import { Decoder, type DecoderOptions } from "../model/decoder.js";
import { noDropout, residualDropout } from "../model/dropout.js";
import { logitsAt, type Model, nextTokenLogits } from "../model/gpt.js";
import { type Parameter, parametersOf } from "../model/parameters.js";
import { lossOf, outputsOf, type Shard } from "../optimization/objectives.js";
import type { Operations } from "../tensors/operations.js";
import type { Sequences } from "../tensors/sequences.js";
import type { Tensor } from "../tensors/tensorflow.js";

/** Residual dropout of one step; the shard's number is added to what its masks depend on. */
export interface StepDropout {
  readonly rate: number;
  readonly seed: number;
  readonly step: number;
}

/** A shard's part of its batch's loss and of further figures of the batch, all divided by its divisor. */
export interface ShardLoss {
  readonly loss: number;
  readonly figures: readonly number[];
}

/** A gradient that is left where the kernels put it. It ends with whoever takes it: by `addTo`, `writeTo` or `dispose`. */
export class KeptGradient {
  constructor(
    private readonly set: KernelSet,
    private readonly parameters: readonly Parameter[],
    private readonly tensors: readonly Tensor[],
  ) {}

  /** sum ← sum + this, element by element, each rounded to float32: the bits of shards.ts' addInto. */
  addTo(sum: KeptGradient): void {
    const { kernels, heap } = this.set;
    for (const [index, { size }] of this.parameters.entries())
      kernels.addRow(size, heap.address(sum.tensors[index] as Tensor), heap.address(this.tensors[index] as Tensor));
    this.dispose();
  }

  writeTo(into: Float32Array): void {
    for (const [index, { offset }] of this.parameters.entries())
      into.set(this.set.heap.floats(this.tensors[index] as Tensor), offset);
    this.dispose();
  }

  dispose(): void {
    for (const tensor of this.tensors) tensor.dispose();
  }
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
    const { tf, kernels } = this.backend;
    const heap = kernels?.heap ?? null;
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
   * A shard's part of the batch's loss, and its gradient. The loss is a function of a few numbers that the model says, and
   * computed from them in doubles; their derivatives times its slopes are the gradient.
   * @param place dropout, and the shard's number, of which its masks are
   * @param into takes the gradient, as long as the parameters
   */
  lossAndGradient(shard: Shard, place: StepDropout & { readonly shard: number }, into: Float32Array): ShardLoss {
    const { kernels } = this.backend;
    return this.differentiate(shard, place, (gradients) => {
      for (const [index, { offset }] of this.parameters.entries()) {
        const gradient = gradients[index] as Tensor;
        into.set(kernels?.heap.floats(gradient) ?? read(gradient), offset);
      }
    });
  }

  /** The same with the gradient left on the heap; null where there are no kernels that could add it there. */
  lossAndKeptGradient(
    shard: Shard,
    place: StepDropout & { readonly shard: number },
  ): { readonly loss: ShardLoss; readonly gradient: KeptGradient } | null {
    const { tf, kernels } = this.backend;
    if (kernels === null) return null;
    let kept: readonly Tensor[] = [];
    const loss = this.differentiate(shard, place, (gradients) => {
      kept = gradients.map((gradient) => tf.keep(gradient));
    });
    return { loss, gradient: new KeptGradient(kernels, this.parameters, kept) };
  }

  /** @param take is given the gradient of each parameter, which goes with its return unless it is kept */
  private differentiate(
    shard: Shard,
    place: StepDropout & { readonly shard: number },
    take: (gradients: readonly Tensor[]) => void,
  ): ShardLoss {
    const { tf } = this.backend;
    const { operations } = this;
    const dropout = residualDropout(operations, place.rate, [place.seed, place.step, place.shard]);
    let result: ShardLoss = { loss: Number.NaN, figures: [] };
    tf.tidy(() => {
      const slopedSum = (...tensors: Tensor[]): Tensor => {
        const outputs = outputsOf(this.modelOf(tensors, dropout), shard);
        this.backend.checkMemory(); // all that the gradient needs is there
        const { sum, slopes, figures } = lossOf(outputs.map(read), shard);
        result = { loss: sum / shard.divisor, figures: figures.map((figure) => figure / shard.divisor) };
        return operations.sum(operations.scale(outputs[0] as Tensor, slopes), 1 / shard.divisor); // []
      };
      const { grads } = tf.valueAndGrads(slopedSum)(this.tensors);
      take(grads);
    });
    return result;
  }

  /** What the model says of a shard, without dropout: the vectors of its objective. */
  outputs(shard: Shard): Float32Array[] {
    return this.backend.tf.tidy(() => {
      const outputs = outputsOf(this.modelOf(this.tensors, noDropout), shard);
      this.backend.checkMemory();
      return outputs.map(read);
    });
  }

  /** The logits of the tokens that follow some positions, [k, V] in one array. */
  logitsAt(sequences: Sequences, positions: Int32Array): Float32Array {
    return this.backend.tf.tidy(() => {
      const logits = logitsAt(this.modelOf(this.tensors, noDropout), sequences, positions);
      this.backend.checkMemory();
      return read(logits);
    });
  }

  /** The logits of the token after each sequence, [sequences, V] in one array. */
  nextTokenLogits(sequences: Sequences): Float32Array {
    return this.backend.tf.tidy(() => {
      const logits = nextTokenLogits(this.modelOf(this.tensors, noDropout), sequences);
      this.backend.checkMemory();
      return read(logits);
    });
  }

  /**
   * The model as it is now, token by token; null where there are no kernels for that. Whoever makes it disposes of it, before
   * the model changes.
   */
  decoder(of: Pick<DecoderOptions, "capacities" | "longestBeginning">): Decoder | null {
    const { kernels } = this.backend;
    if (kernels === null) return null;
    const { parameter } = this.modelOf(this.tensors, noDropout);
    return new Decoder(kernels, { architecture: this.architecture, parameter, ...of });
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

const read = (tensor: Tensor): Float32Array => tensor.dataSync() as Float32Array;
