/** A model that goes on with several sequences, one token at a time, and remembers keys and values of what it has read. */

import type { Architecture } from "../config/model-shape.js";
import type { KernelSet } from "../kernels/kernel-operations.js";
import type { Tensor } from "../tensors/tensorflow.js";
import { unembeddingOf } from "./gpt.js";

const FLOAT_BYTES = 4;

export interface DecoderOptions {
  readonly architecture: Architecture;
  /** A parameter by GPT-2's name. */
  readonly parameter: (name: string) => Tensor;
  /** How many positions each sequence will have at most. */
  readonly capacities: readonly number[];
  /** How many of them are read at once at most: those of the longest beginning. */
  readonly longestBeginning: number;
}

/** Addresses of what one layer is computed with; weights are packed. */
interface Layer {
  readonly norms: readonly [first: Norm, second: Norm];
  readonly qkv: Linear;
  readonly attended: Linear;
  readonly inner: Linear;
  readonly fed: Linear;
}
interface Norm {
  readonly gain: number;
  readonly bias: number;
}
interface Linear {
  readonly packed: number;
  readonly bias: number;
  readonly from: number;
  readonly to: number;
}

/**
 * It lives as long as the model's parameters stay as they are. What it says of a sequence has the same bits whichever other
 * sequences there are. Its memory is that of the parameters once more, and 8·layers·width bytes for each position.
 */
export class Decoder {
  private readonly layers: readonly Layer[];
  private readonly last: Norm;
  private readonly unembedding: Linear;
  private readonly caches: readonly Tensor[];
  private readonly tensors: Tensor[] = [];
  /** Numbers of so many rows: the residual stream, a normalised copy, queries with keys and values, and the rest. */
  private readonly work: Readonly<Record<"x" | "normal" | "qkv" | "mixed" | "inner" | "parts" | "logits", Tensor>>;
  private readonly attention: Tensor;

  constructor(
    private readonly set: KernelSet,
    private readonly options: DecoderOptions,
  ) {
    const { architecture, capacities, longestBeginning } = options;
    const { layers, heads, width, vocabularySize } = architecture;
    try {
      this.layers = Array.from({ length: layers }, (_, layer) => this.packLayer(`h.${layer}`));
      this.last = this.norm("ln_f");
      this.unembedding = this.packUnembedding();
      this.caches = capacities.map((capacity) => this.allocate([layers, 2, heads, capacity, width / heads]));
      const rows = Math.max(longestBeginning, capacities.length);
      this.work = {
        x: this.allocate([rows, width]),
        normal: this.allocate([rows, width]),
        qkv: this.allocate([rows, 3 * width]),
        mixed: this.allocate([rows, width]),
        inner: this.allocate([rows, 4 * width]),
        parts: this.allocate([rows, heads, 2]),
        logits: this.allocate([capacities.length, vocabularySize]),
      };
      const { kernels } = set;
      const ofBeginning = kernels.attentionScratchBytes(longestBeginning) / FLOAT_BYTES;
      this.attention = this.allocate([Math.max(ofBeginning, Math.max(0, ...capacities) + 2)]);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * Read the beginning of a sequence.
   * @param ids at least one
   * @returns the logits of the next token [V], valid until the next call
   */
  begin(sequence: number, ids: readonly number[]): Float32Array {
    const { kernels, products } = this.set;
    const { heads, width } = this.options.architecture;
    const capacity = this.options.capacities[sequence]!;
    const { mixed, qkv, parts } = this.work;
    const count = ids.length;
    this.embed(ids.map((id, position) => [id, position]));
    this.throughLayers(count, (layer) => {
      kernels.remember(0, count, capacity, heads, width, this.at(qkv), this.cache(sequence, layer));
      kernels.causalAttention(
        count,
        heads,
        width,
        this.at(qkv),
        this.at(mixed),
        this.at(parts),
        this.at(this.attention),
        products,
      );
    });
    return this.logitsOf(count - 1, 1);
  }

  /** Begin a sequence as another has begun, with the same ids; both have the same capacity. */
  beginAs(sequence: number, other: number): void {
    const { heap } = this.set;
    heap.floats(this.caches[sequence] as Tensor).set(heap.floats(this.caches[other] as Tensor));
  }

  /**
   * Read one more token of some sequences.
   * @param next each sequence, its token, and the position of that
   * @returns the logits of the token after each [next, V], valid until the next call
   */
  step(next: readonly { readonly sequence: number; readonly id: number; readonly position: number }[]): Float32Array {
    const { kernels } = this.set;
    const { heads, width } = this.options.architecture;
    const { mixed, qkv } = this.work;
    this.embed(next.map(({ id, position }) => [id, position]));
    this.throughLayers(next.length, (layer) => {
      for (const [row, { sequence, position }] of next.entries()) {
        const capacity = this.options.capacities[sequence]!;
        const cache = this.cache(sequence, layer);
        const own = this.at(qkv) + row * 3 * width * FLOAT_BYTES;
        kernels.remember(position, 1, capacity, heads, width, own, cache);
        const into = this.at(mixed) + row * width * FLOAT_BYTES;
        kernels.attend(position + 1, capacity, heads, width, own, cache, into, this.at(this.attention));
      }
    });
    return this.logitsOf(0, next.length);
  }

  dispose(): void {
    for (const tensor of this.tensors) tensor.dispose();
    this.tensors.length = 0;
  }

  /** Token and position embeddings of some rows. */
  private embed(places: readonly (readonly [id: number, position: number])[]): void {
    const { kernels, heap } = this.set;
    const { width, vocabularySize, contextLength } = this.options.architecture;
    const [tokens, positions] = [heap.floats(this.of("wte.weight")), heap.floats(this.of("wpe.weight"))];
    const x = heap.floats(this.work.x);
    for (const [row, [id, position]] of places.entries()) {
      if (!(id >= 0 && id < vocabularySize))
        throw new Error(`An id is ${id}; it must be one of 0 … ${vocabularySize - 1}.`);
      if (position >= contextLength)
        throw new Error(`A sequence has more than ${position} positions; the window is of ${contextLength}.`);
      x.set(tokens.subarray(id * width, (id + 1) * width), row * width);
      kernels.addRow(
        width,
        this.at(this.work.x) + row * width * FLOAT_BYTES,
        positions.byteOffset + position * width * FLOAT_BYTES,
      );
    }
  }

  /** The layers of gpt.ts on x [rows, C]; `attend` fills mixed from qkv. */
  private throughLayers(rows: number, attend: (layer: number) => void): void {
    const { kernels } = this.set;
    const { width } = this.options.architecture;
    const { x, normal, qkv, mixed, inner } = this.work;
    for (const [index, layer] of this.layers.entries()) {
      this.normalise(rows, this.at(x), layer.norms[0]);
      this.multiply(rows, layer.qkv, this.at(normal), this.at(qkv));
      attend(index);
      this.multiply(rows, layer.attended, this.at(mixed), this.at(normal));
      kernels.addRow(rows * width, this.at(x), this.at(normal));
      this.normalise(rows, this.at(x), layer.norms[1]);
      this.multiply(rows, layer.inner, this.at(normal), this.at(inner));
      kernels.gelu(rows * 4 * width, this.at(inner), this.at(inner));
      this.multiply(rows, layer.fed, this.at(inner), this.at(normal));
      kernels.addRow(rows * width, this.at(x), this.at(normal));
    }
  }

  /** The logits of some rows of x. */
  private logitsOf(first: number, rows: number): Float32Array {
    const { width, vocabularySize } = this.options.architecture;
    const { x, normal, logits } = this.work;
    this.normalise(rows, this.at(x) + first * width * FLOAT_BYTES, this.last);
    this.multiply(rows, this.unembedding, this.at(normal), this.at(logits));
    return this.set.heap.floats(logits).subarray(0, rows * vocabularySize);
  }

  private normalise(rows: number, x: number, { gain, bias }: Norm): void {
    const { normal, parts } = this.work;
    this.set.kernels.layerNorm(rows, this.options.architecture.width, x, gain, bias, this.at(normal), this.at(parts));
  }

  private multiply(rows: number, { packed, bias, from, to }: Linear, x: number, y: number): void {
    this.set.kernels.multiplyPacked(rows, to, from, x, packed, y, bias, 0, this.set.products);
  }

  private packLayer(name: string): Layer {
    return {
      norms: [this.norm(`${name}.ln_1`), this.norm(`${name}.ln_2`)],
      qkv: this.packLinear(`${name}.attn.c_attn`),
      attended: this.packLinear(`${name}.attn.c_proj`),
      inner: this.packLinear(`${name}.mlp.c_fc`),
      fed: this.packLinear(`${name}.mlp.c_proj`),
    };
  }

  private norm(name: string): Norm {
    return { gain: this.at(this.of(`${name}.weight`)), bias: this.at(this.of(`${name}.bias`)) };
  }

  private packLinear(name: string): Linear {
    const weight = this.of(`${name}.weight`);
    const [from, to] = weight.shape as [number, number];
    return { packed: this.pack(from, to, this.at(weight), to, 1), bias: this.at(this.of(`${name}.bias`)), from, to };
  }

  /** The embedding transposed. */
  private packUnembedding(): Linear {
    const { width, vocabularySize } = this.options.architecture;
    const packed = this.pack(width, vocabularySize, this.at(unembeddingOf(this.options)), 1, width);
    return { packed, bias: 0, from: width, to: vocabularySize };
  }

  private pack(from: number, to: number, weight: number, rowStride: number, columnStride: number): number {
    const { kernels } = this.set;
    const packed = this.at(this.allocate([kernels.packedBytes(from, to) / FLOAT_BYTES]));
    kernels.pack(from, to, weight, rowStride, columnStride, packed);
    return packed;
  }

  private allocate(shape: readonly number[]): Tensor {
    const tensor = this.set.heap.output(shape);
    this.tensors.push(tensor);
    return tensor;
  }

  private of(name: string): Tensor {
    return this.options.parameter(name);
  }

  private at(tensor: Tensor): number {
    return this.set.heap.address(tensor);
  }

  /** The address of a sequence's keys of a layer. */
  private cache(sequence: number, layer: number): number {
    const numbers = 2 * this.options.capacities[sequence]! * this.options.architecture.width;
    return this.at(this.caches[sequence] as Tensor) + layer * numbers * FLOAT_BYTES;
  }
}
