/**
 * What a transformer is computed with, each operation with its gradient written out. These use plain TensorFlow.js; kernels
 * that compute the same may take the place of each. Products are always of untransposed matrices, with the transposition
 * before: on wasm that is ten times as fast as a transposed product.
 */

import { differentiableOn } from "./differentiable.js";
import { startsOf } from "./sequences.js";
import type { Tensor, Tensor1D, Tf } from "./tensorflow.js";

export interface Operations {
  /**
   * Rows of a table, table[ids]. Also picks rows out of hidden states.
   * @param table [N, C] @param ids n of 0 … N − 1 @returns [n, C]
   */
  embedding(table: Tensor, ids: Int32Array): Tensor;
  /** x·W + b. @param x [n, in] @param weight [in, out] @param bias [out] @returns [n, out] */
  linear(x: Tensor, weight: Tensor, bias: Tensor): Tensor;
  /**
   * (x − mean) / √(variance + 1e-5) · gain + bias over each row, the variance divided by C (Ba et al. 2016).
   * @param x [n, C] @param gain [C] @param bias [C] @returns [n, C]
   */
  layerNorm(x: Tensor, gain: Tensor, bias: Tensor): Tensor;
  /** ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), GPT-2's approximation (Hendrycks and Gimpel 2016). Any shape. */
  gelu(x: Tensor): Tensor;
  /**
   * Each position's mean of the values up to itself, weighted by softmax(q·kᵀ/√(C/heads)), in every head (Vaswani et al.
   * 2017, section 3.2). Sequences stand one after another without padding, and none sees another.
   * @param qkv [n, 3C]: query, key and value of each position, each of them its heads side by side
   * @param lengths the positions of each sequence; their sum is n @returns [n, C]
   */
  causalAttention(qkv: Tensor, lengths: readonly number[], heads: number): Tensor;
  /**
   * −log softmax(hidden·unembeddingᵀ)[target] for each row, in nats.
   * @param hidden [n, C] @param unembedding [V, C] @param targets n of 0 … V − 1 @returns [n], each at least 0
   */
  crossEntropy(hidden: Tensor, unembedding: Tensor, targets: Int32Array): Tensor;
  /**
   * −Σ p log p of each row's p = softmax(hidden·unembeddingᵀ), in nats: it has no gradient.
   * @param hidden [n, C] @param unembedding [V, C] @returns [n], each from 0 to ln V
   */
  entropies(hidden: Tensor, unembedding: Tensor): Tensor;
  /** hidden·unembeddingᵀ, for sampling: it has no gradient. @param hidden [n, C] @param unembedding [V, C] @returns [n, V] */
  logits(hidden: Tensor, unembedding: Tensor): Tensor;
  /** a + b, of one shape. */
  add(a: Tensor, b: Tensor): Tensor;
  /** x · factors, which are constants. @param x any shape @param factors as many as x has numbers */
  scale(x: Tensor, factors: Float32Array): Tensor;
  /** Σ x · factor. @returns a scalar */
  sum(x: Tensor, factor: number): Tensor;
}

const EPSILON = 1e-5;
const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;
/** Added to the scores of later positions: exp of it is exactly 0. */
const NEVER = -1e9;

export function tfjsOperations(tf: Tf): Operations {
  const integers = (values: Int32Array): Tensor => tf.tensor1d(values, "int32");
  const transposed = (x: Tensor): Tensor => tf.transpose(x);

  const differentiable = differentiableOn(tf);

  const embedding: Operations["embedding"] = (table, ids) =>
    differentiable(
      [table],
      () => ({ value: tf.gather(table, integers(ids)), kept: [] }), // [n, C]
      (dy) => [tf.unsortedSegmentSum(dy, integers(ids) as Tensor1D, table.shape[0]!)], // [N, C]
    );

  const linear: Operations["linear"] = (x, weight, bias) =>
    differentiable(
      [x, weight, bias],
      () => ({ value: tf.add(tf.matMul(x, weight), bias), kept: [x, weight] }), // [n, out]
      (dy, [x, weight]) => [
        tf.matMul(dy, transposed(weight as Tensor)), // [n, in]
        tf.matMul(transposed(x as Tensor), dy), // [in, out]
        tf.sum(dy, 0), // [out]
      ],
    );

  const layerNorm: Operations["layerNorm"] = (x, gain, bias) =>
    differentiable(
      [x, gain, bias],
      () => {
        const centred = tf.sub(x, tf.mean(x, 1, true)); // [n, C]
        const deviation = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), EPSILON)); // [n, 1]: 1 / σ
        const normal = tf.mul(centred, deviation); // [n, C]
        return { value: tf.add(tf.mul(normal, gain), bias), kept: [normal, deviation, gain] };
      },
      (dy, kept) => {
        const [normal, deviation, gain] = kept as [Tensor, Tensor, Tensor];
        const d = tf.mul(dy, gain); // [n, C]: gradient of normal
        const along = tf.mul(normal, tf.mean(tf.mul(d, normal), 1, true)); // [n, C]
        const dx = tf.mul(deviation, tf.sub(tf.sub(d, tf.mean(d, 1, true)), along));
        return [dx, tf.sum(tf.mul(dy, normal), 0), tf.sum(dy, 0)];
      },
    );

  const gelu: Operations["gelu"] = (x) =>
    differentiable(
      [x],
      () => {
        const inner = tf.mul(GELU_SCALE, tf.add(x, tf.mul(GELU_CUBIC, tf.mul(x, tf.square(x)))));
        const t = tf.tanh(inner);
        return { value: tf.mul(tf.mul(0.5, x), tf.add(1, t)), kept: [x, t] };
      },
      (dy, kept) => {
        const [x, t] = kept as [Tensor, Tensor];
        const dInner = tf.mul(GELU_SCALE, tf.add(1, tf.mul(3 * GELU_CUBIC, tf.square(x))));
        const slope = tf.mul(tf.mul(x, tf.sub(1, tf.square(t))), dInner);
        return [tf.mul(dy, tf.mul(0.5, tf.add(tf.add(1, t), slope)))];
      },
    );

  /** [length, C] as its heads one after another: [heads, length, C / heads]. */
  const toHeads = (x: Tensor, heads: number): Tensor => {
    const [length, width] = x.shape as [number, number];
    return tf.transpose(tf.reshape(x, [length, heads, width / heads]), [1, 0, 2]);
  };
  /** The inverse of toHeads. */
  const fromHeads = (x: Tensor): Tensor => {
    const [heads, length, size] = x.shape as [number, number, number];
    return tf.reshape(tf.transpose(x, [1, 0, 2]), [length, heads * size]);
  };
  /** Query, key and value of the positions from `start` on, each [heads, length, C / heads]. */
  const headsOf = (qkv: Tensor, start: number, length: number, heads: number): [Tensor, Tensor, Tensor] => {
    const width = qkv.shape[1]! / 3;
    const part = (which: number): Tensor => toHeads(tf.slice(qkv, [start, which * width], [length, width]), heads);
    return [part(0), part(1), part(2)];
  };
  const laterPositions = (length: number): Tensor => {
    const mask = new Float32Array(length * length);
    for (let row = 0; row < length; row++) mask.fill(NEVER, row * length + row + 1, (row + 1) * length);
    return tf.tensor2d(mask, [length, length]);
  };

  const causalAttention: Operations["causalAttention"] = (qkv, lengths, heads) => {
    const scale = 1 / Math.sqrt(qkv.shape[1]! / 3 / heads);
    const starts = startsOf(lengths);
    return differentiable(
      [qkv],
      () => {
        const rows = lengths.map((length, row) => {
          const [q, k, v] = headsOf(qkv, starts[row]!, length, heads);
          const scores = tf.mul(tf.matMul(q, k, false, true), scale); // [heads, length, length]
          const weights = tf.softmax(tf.add(scores, laterPositions(length))); // [heads, length, length]
          return { weights, value: fromHeads(tf.matMul(weights, v)) }; // [length, C]
        });
        return { value: tf.concat(rows.map(({ value }) => value)), kept: [qkv, ...rows.map(({ weights }) => weights)] };
      },
      (dy, [qkv, ...weightsOfRows]) => {
        const gradients = lengths.map((length, row) => {
          const start = starts[row]!;
          const weights = weightsOfRows[row] as Tensor; // [heads, length, length]
          const [q, k, v] = headsOf(qkv as Tensor, start, length, heads);
          const d = toHeads(tf.slice(dy, [start, 0], [length, dy.shape[1]!]), heads); // [heads, length, C / heads]
          const dWeights = tf.matMul(d, v, false, true); // [heads, length, length]
          const mean = tf.sum(tf.mul(dWeights, weights), 2, true); // [heads, length, 1]
          const dScores = tf.mul(tf.mul(weights, tf.sub(dWeights, mean)), scale); // [heads, length, length]
          const dq = tf.matMul(dScores, k);
          const dk = tf.matMul(dScores, q, true, false);
          const dv = tf.matMul(weights, d, true, false);
          return tf.concat([dq, dk, dv].map(fromHeads), 1); // [length, 3C]
        });
        return [tf.concat(gradients)];
      },
    );
  };

  const logits: Operations["logits"] = (hidden, unembedding) => tf.matMul(hidden, transposed(unembedding));

  const crossEntropy: Operations["crossEntropy"] = (hidden, unembedding, targets) => {
    const vocabulary = unembedding.shape[0]!;
    const places = targets.map((target, row) => row * vocabulary + target); // of the targets among all logits
    return differentiable(
      [hidden, unembedding],
      () => {
        const all = logits(hidden, unembedding); // [n, V]
        const shifted = tf.sub(all, tf.max(all, 1, true)); // [n, V], the largest of each row 0
        const exponentials = tf.exp(shifted); // [n, V]
        const sums = tf.sum(exponentials, 1, true); // [n, 1]
        const chosen = tf.gather(tf.reshape(shifted, [-1]), integers(places)); // [n]
        const losses = tf.sub(tf.log(tf.reshape(sums, [-1])), chosen); // [n]
        return { value: losses, kept: [hidden, unembedding, tf.div(exponentials, sums)] };
      },
      (dy, kept) => {
        const [hidden, unembedding, probabilities] = kept as [Tensor, Tensor, Tensor];
        const excess = tf.sub(probabilities, tf.oneHot(integers(targets), vocabulary)); // [n, V]
        const d = tf.mul(excess, tf.reshape(dy, [-1, 1])); // [n, V]: gradient of the logits
        return [tf.matMul(d, unembedding), tf.matMul(transposed(d), hidden)];
      },
    );
  };

  const entropies: Operations["entropies"] = (hidden, unembedding) => {
    const all = logits(hidden, unembedding); // [n, V]
    const shifted = tf.sub(all, tf.max(all, 1, true)); // [n, V], the largest of each row 0
    const exponentials = tf.exp(shifted); // [n, V]
    const sums = tf.sum(exponentials, 1); // [n]
    const mean = tf.div(tf.sum(tf.mul(exponentials, shifted), 1), sums); // [n]: Σ p · shifted
    return tf.maximum(tf.sub(tf.log(sums), mean), 0); // [n]; 0 where rounding would leave it below
  };

  return {
    embedding,
    linear,
    layerNorm,
    gelu,
    causalAttention,
    crossEntropy,
    entropies,
    logits,
    add: (a, b) => tf.add(a, b),
    scale: (x, factors) => tf.mul(x, tf.tensor(factors, x.shape)),
    sum: (x, factor) => tf.mul(tf.sum(x), factor),
  };
}
