/** The operations as kernels of our own on the memory of the wasm backend; operations.ts says what each computes. */

import { differentiableOn } from "../tensors/differentiable.js";
import { type Operations, tfjsOperations } from "../tensors/operations.js";
import { startsOf } from "../tensors/sequences.js";
import type { Tensor, Tf } from "../tensors/tensorflow.js";
import type { Kernels } from "./load-kernels.js";
import type { WasmHeap } from "./wasm-heap.js";

const FLOAT_BYTES = 4;
const INTEGER_BYTES = 4;
/** Two numbers that a softmax leaves of each row for its gradient. */
const PART_BYTES = 2 * FLOAT_BYTES;
/** How many bytes of logits may stand from the forward pass to the backward pass; more are computed again, some rows at a time. */
const MOST_LOGIT_BYTES = 32 * 2 ** 20;

/** The kernels of a backend. */
export interface KernelSet {
  readonly kernels: Kernels;
  readonly heap: WasmHeap;
  /** The address of the scratch that products need. */
  readonly products: number;
}

/** A factor of a product: where it stands, and how far apart its rows and columns are, in numbers. */
type Factor = readonly [address: number, rowStride: number, columnStride: number];
const asItStands = (address: number, width: number): Factor => [address, width, 1];
const transposed = (address: number, width: number): Factor => [address, 1, width];

/** @param mostLogitBytes see MOST_LOGIT_BYTES */
export function kernelOperations(tf: Tf, set: KernelSet, mostLogitBytes = MOST_LOGIT_BYTES): Operations {
  const { kernels, heap, products } = set;
  const differentiable = differentiableOn(tf);
  const at = (tensor: Tensor): number => heap.address(tensor);
  const matrixShape = (matrix: Tensor): [rows: number, width: number] => matrix.shape as [number, number];

  /** Ids where kernels can read them: these look at no bounds. */
  const integers = (values: Int32Array, below: number): Tensor => {
    const wrong = values.find((value) => value < 0 || value >= below);
    if (wrong !== undefined) throw new Error(`An id is ${wrong}; it must be one of 0 … ${below - 1}.`);
    return tf.tensor1d(values, "int32");
  };

  /** left·right + addend into an address, [rows, columns]; the addend is 0 for none, or has its rows addendStride apart. */
  const multiply = (
    [rows, columns, depth]: readonly [number, number, number],
    left: Factor,
    right: Factor,
    into: number,
    addend = 0,
    addendStride = 0,
  ): void =>
    kernels.multiply(rows, columns, depth, 1, ...left, ...right, into, columns, addend, addendStride, products);

  const embedding: Operations["embedding"] = (table, ids) => {
    const [tableRows, width] = matrixShape(table);
    return differentiable(
      [table],
      () => {
        const rows = integers(ids, tableRows);
        const value = heap.output([ids.length, width]);
        kernels.takeRows(ids.length, width, at(table), at(rows), at(value));
        return { value, kept: [rows] };
      },
      (dy, [rows]) => {
        const dTable = heap.output([tableRows, width]);
        kernels.takeRowsGradient(ids.length, width, at(dy), at(rows as Tensor), at(dTable), tableRows);
        return [dTable];
      },
    );
  };

  const linear: Operations["linear"] = (x, weight, bias) => {
    const [n] = matrixShape(x);
    const [from, to] = matrixShape(weight);
    return differentiable(
      [x, weight, bias],
      () => {
        const value = heap.output([n, to]);
        multiply([n, to, from], asItStands(at(x), from), asItStands(at(weight), to), at(value), at(bias));
        return { value, kept: [x, weight] };
      },
      (dy, kept) => {
        const [x, weight] = kept as [Tensor, Tensor];
        const dx = heap.output([n, from]);
        multiply([n, from, to], asItStands(at(dy), to), transposed(at(weight), to), at(dx));
        const dWeight = heap.output([from, to]);
        multiply([from, to, n], transposed(at(x), from), asItStands(at(dy), to), at(dWeight));
        const dBias = heap.output([to]);
        kernels.sumOfRows(n, to, at(dy), at(dBias));
        return [dx, dWeight, dBias];
      },
    );
  };

  const layerNorm: Operations["layerNorm"] = (x, gain, bias) => {
    const [n, width] = matrixShape(x);
    return differentiable(
      [x, gain, bias],
      () => {
        const value = heap.output([n, width]);
        const statistics = heap.output([n, 2]); // mean, 1 / σ
        kernels.layerNorm(n, width, at(x), at(gain), at(bias), at(value), at(statistics));
        return { value, kept: [x, gain, statistics] };
      },
      (dy, kept) => {
        const [x, gain, statistics] = kept as [Tensor, Tensor, Tensor];
        const [dx, dGain, dBias] = [heap.output([n, width]), heap.output([width]), heap.output([width])];
        const from = [at(x), at(gain), at(dy), at(statistics)] as const;
        kernels.layerNormGradient(n, width, ...from, at(dx), at(dGain), at(dBias));
        return [dx, dGain, dBias];
      },
    );
  };

  const gelu: Operations["gelu"] = (x) =>
    differentiable(
      [x],
      () => {
        const value = heap.output(x.shape);
        kernels.gelu(x.size, at(x), at(value));
        return { value, kept: [x] };
      },
      (dy, kept) => {
        const [x] = kept as [Tensor];
        const dx = heap.output(x.shape);
        kernels.geluGradient(x.size, at(x), at(dy), at(dx));
        return [dx];
      },
    );

  const causalAttention: Operations["causalAttention"] = (qkv, lengths, heads) => {
    const [n, width3] = matrixShape(qkv);
    const width = width3 / 3;
    const starts = startsOf(lengths);
    const scratchShape = [kernels.attentionScratchBytes(Math.max(0, ...lengths)) / FLOAT_BYTES];
    return differentiable(
      [qkv],
      () => {
        const value = heap.output([n, width]);
        const parts = heap.output([n, heads, 2]);
        const scratch = heap.output(scratchShape);
        for (const [row, length] of lengths.entries()) {
          const start = starts[row]!;
          const addresses = [at(qkv) + start * width3 * FLOAT_BYTES, at(value) + start * width * FLOAT_BYTES] as const;
          const own = at(parts) + start * heads * PART_BYTES;
          kernels.causalAttention(length, heads, width, ...addresses, own, at(scratch), products);
        }
        return { value, kept: [qkv, parts] };
      },
      (dy, kept) => {
        const [qkv, parts] = kept as [Tensor, Tensor];
        const dQkv = heap.output([n, width3]);
        const scratch = heap.output(scratchShape);
        for (const [row, length] of lengths.entries()) {
          const start = starts[row]!;
          const from = [at(qkv) + start * width3 * FLOAT_BYTES, at(dy) + start * width * FLOAT_BYTES] as const;
          const own = at(parts) + start * heads * PART_BYTES;
          const into = at(dQkv) + start * width3 * FLOAT_BYTES;
          kernels.causalAttentionGradient(length, heads, width, ...from, own, into, at(scratch), products);
        }
        return [dQkv];
      },
    );
  };

  const logits: Operations["logits"] = (hidden, unembedding) => {
    const [n, width] = matrixShape(hidden);
    const [vocabulary] = matrixShape(unembedding);
    const value = heap.output([n, vocabulary]);
    multiply([n, vocabulary, width], asItStands(at(hidden), width), transposed(at(unembedding), width), at(value));
    return value;
  };

  const crossEntropy: Operations["crossEntropy"] = (hidden, unembedding, targets) => {
    const [n, width] = matrixShape(hidden);
    const [vocabulary] = matrixShape(unembedding);
    const mostRows = Math.max(1, Math.floor(mostLogitBytes / (vocabulary * FLOAT_BYTES)));
    const rowsAtOnce = Math.min(n, mostRows);
    const areKept = rowsAtOnce === n;
    const blocks = areKept ? [0] : Array.from({ length: Math.ceil(n / mostRows) }, (_, block) => block * mostRows);

    /** exp(logits − max) of the rows from a first one on, and the parts of their losses. */
    const compute = (first: number, [hidden, unembedding, ids, parts, scores]: readonly Tensor[]): void => {
      const rows = Math.min(rowsAtOnce, n - first);
      const left = asItStands(at(hidden as Tensor) + first * width * FLOAT_BYTES, width);
      const into = at(scores as Tensor);
      multiply([rows, vocabulary, width], left, transposed(at(unembedding as Tensor), width), into);
      const ownIds = at(ids as Tensor) + first * INTEGER_BYTES;
      kernels.crossEntropy(rows, vocabulary, into, ownIds, at(parts as Tensor) + first * PART_BYTES);
    };

    return differentiable(
      [hidden, unembedding],
      () => {
        const ids = integers(targets, vocabulary);
        const parts = heap.output([n, 2]); // Σ exp(logits − max), max − logits[target]
        const scores = heap.output([rowsAtOnce, vocabulary]);
        for (const first of blocks) compute(first, [hidden, unembedding, ids, parts, scores]);
        const value = heap.output([n]);
        const [losses, numbers] = [heap.floats(value), heap.floats(parts)];
        for (let row = 0; row < n; row++) losses[row] = Math.log(numbers[2 * row]!) + numbers[2 * row + 1]!;
        return { value, kept: [hidden, unembedding, ids, parts, ...(areKept ? [scores] : [])] };
      },
      (dy, kept) => {
        const [hidden, unembedding, ids, parts] = kept as [Tensor, Tensor, Tensor, Tensor];
        const scores = kept[4] ?? heap.output([rowsAtOnce, vocabulary]);
        const [dHidden, dUnembedding] = [heap.output([n, width]), heap.output([vocabulary, width])];
        for (const first of blocks) {
          const rows = Math.min(rowsAtOnce, n - first);
          if (!areKept) compute(first, [hidden, unembedding, ids, parts, scores]);
          const ownIds = at(ids) + first * INTEGER_BYTES;
          const own = [at(parts) + first * PART_BYTES, at(dy) + first * FLOAT_BYTES] as const;
          // What was kept of the scores becomes their gradient.
          kernels.crossEntropyGradient(rows, vocabulary, at(scores), ownIds, ...own);
          const d = asItStands(at(scores), vocabulary);
          const rowsOf = (matrix: Tensor): number => at(matrix) + first * width * FLOAT_BYTES;
          multiply([rows, width, vocabulary], d, asItStands(at(unembedding), width), rowsOf(dHidden));
          const sum = at(dUnembedding);
          const before = first === 0 ? 0 : sum;
          const dTransposed = transposed(at(scores), vocabulary);
          multiply([vocabulary, width, rows], dTransposed, asItStands(rowsOf(hidden), width), sum, before, width);
        }
        return [dHidden, dUnembedding];
      },
    );
  };

  const entropies: Operations["entropies"] = (hidden, unembedding) =>
    tf.tidy(() => {
      const [n, width] = matrixShape(hidden);
      const [vocabulary] = matrixShape(unembedding);
      const mostRows = Math.max(1, Math.floor(mostLogitBytes / (vocabulary * FLOAT_BYTES)));
      const parts = heap.output([n, 2]); // Σ e, Σ e·(logits − max), where e = exp(logits − max)
      const scores = heap.output([Math.min(n, mostRows), vocabulary]);
      for (let first = 0; first < n; first += mostRows) {
        const rows = Math.min(mostRows, n - first);
        const left = asItStands(at(hidden) + first * width * FLOAT_BYTES, width);
        multiply([rows, vocabulary, width], left, transposed(at(unembedding), width), at(scores));
        kernels.entropy(rows, vocabulary, at(scores), at(parts) + first * PART_BYTES);
      }
      const value = heap.output([n]);
      const [entropies, numbers] = [heap.floats(value), heap.floats(parts)];
      for (let row = 0; row < n; row++) {
        const [sum, along] = [numbers[2 * row]!, numbers[2 * row + 1]!];
        entropies[row] = Math.max(0, Math.log(sum) - along / sum); // rounding may leave it below 0
      }
      return value;
    });

  return {
    ...tfjsOperations(tf),
    embedding,
    linear,
    layerNorm,
    gelu,
    causalAttention,
    logits,
    crossEntropy,
    entropies,
  };
}
