/**
 * Causal attention of one sequence in all heads. Weights exist for a few positions at a time and are computed again for the
 * gradient from each row's largest score and sum, so that memory grows with the length alone (Dao et al. 2022).
 */
import { multiply } from "./products";
import { causalSoftmax, causalSoftmaxAgain, causalSoftmaxGradient } from "./softmax";
import { F32 } from "./vectors";

/** Positions whose weights exist at a time: panels of 6 fill it, and it leaves little above the diagonal. */
@inline const BLOCK: i32 = 48;

/** Bytes of scratch that the attention of `length` positions needs, and its gradient. */
export function attentionScratchBytes(length: i32): usize {
  return <usize>(2 * BLOCK * length) * F32;
}

/**
 * @param width C @param qkv [length, 3C] @param y takes [length, C] @param parts takes [heads, length, 2]
 * @param products scratch of multiply
 */
export function causalAttention(
  length: i32,
  heads: i32,
  width: i32,
  qkv: usize,
  y: usize,
  parts: usize,
  scratch: usize,
  products: usize,
): void {
  const size = width / heads;
  const scale: f32 = 1 / sqrt<f32>(<f32>size);
  const w3 = 3 * width;
  for (let head = 0; head < heads; head++) {
    const q = qkv + <usize>(head * size) * F32;
    const k = q + <usize>width * F32;
    const v = k + <usize>width * F32;
    for (let first = 0; first < length; first += BLOCK) {
      const rows = min(BLOCK, length - first);
      const columns = first + rows;
      const own = q + <usize>(first * w3) * F32;
      multiply(rows, columns, size, scale, own, w3, 1, k, 1, w3, scratch, columns, 0, 0, products);
      causalSoftmax(rows, columns, first, scratch, parts + <usize>(head * length + first) * 8);
      const out = y + <usize>(first * width + head * size) * F32;
      multiply(rows, size, columns, 1, scratch, columns, 1, v, w3, 1, out, width, 0, 0, products);
    }
  }
}

/** The gradient of qkv from that of y. @param dy [length, C] @param parts those of causalAttention @param d takes [length, 3C] */
export function causalAttentionGradient(
  length: i32,
  heads: i32,
  width: i32,
  qkv: usize,
  dy: usize,
  parts: usize,
  d: usize,
  scratch: usize,
  products: usize,
): void {
  const size = width / heads;
  const scale: f32 = 1 / sqrt<f32>(<f32>size);
  const w3 = 3 * width;
  const part = <usize>width * F32;
  const weights = scratch;
  const dWeights = scratch + <usize>(BLOCK * length) * F32;
  const lastBlock = ((length - 1) / BLOCK) * BLOCK;
  for (let head = 0; head < heads; head++) {
    const q = qkv + <usize>(head * size) * F32;
    const k = q + part;
    const v = k + part;
    const dq = d + <usize>(head * size) * F32;
    const dk = dq + part;
    const dv = dk + part;
    // From the last block on, which sees all positions: it writes what the others add to.
    for (let first = lastBlock; first >= 0; first -= BLOCK) {
      const rows = min(BLOCK, length - first);
      const columns = first + rows;
      const isLast = first == lastBlock;
      const own = <usize>(first * w3) * F32;
      multiply(rows, columns, size, scale, q + own, w3, 1, k, 1, w3, weights, columns, 0, 0, products);
      causalSoftmaxAgain(rows, columns, first, weights, parts + <usize>(head * length + first) * 8);
      const dyOwn = dy + <usize>(first * width + head * size) * F32;
      multiply(columns, size, rows, 1, weights, 1, columns, dyOwn, width, 1, dv, w3, isLast ? 0 : dv, w3, products);
      multiply(rows, columns, size, 1, dyOwn, width, 1, v, 1, w3, dWeights, columns, 0, 0, products);
      causalSoftmaxGradient(rows, columns, weights, dWeights);
      multiply(rows, size, columns, scale, dWeights, columns, 1, k, w3, 1, dq + own, w3, 0, 0, products);
      multiply(columns, size, rows, scale, dWeights, 1, columns, q + own, w3, 1, dk, w3, isLast ? 0 : dk, w3, products);
    }
  }
}
