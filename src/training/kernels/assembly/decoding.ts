/**
 * What a model computes token by token. Keys and values of earlier positions stand in a cache, and weights are packed once
 * for all tokens. A row's bits depend neither on how many rows there are nor on which.
 */
import { BLOCK_ROWS, multiplyPanels, packLeft, packRight, partOfDepth } from "./products";
import { causalSoftmax } from "./softmax";
import { F32, fma, loadPart, storePart, sumOfLanes } from "./vectors";

/** Bytes of a packed factor [K, N]: panels of 8 columns, the last filled up with zeros. */
export function packedBytes(K: i32, N: i32): usize {
  return <usize>(((N + 7) & ~7) * K) * F32;
}

/** Pack a right factor of any strides. */
export function pack(K: i32, N: i32, b: usize, rowStride: i32, columnStride: i32, out: usize): void {
  packRight(b, rowStride, columnStride, K, N, out);
}

/**
 * C = A·B + addend as in multiply, of a factor that was packed.
 * @param a [M, K], dense @param c [M, N], dense @param addend as in multiply
 */
export function multiplyPacked(
  M: i32,
  N: i32,
  K: i32,
  a: usize,
  packed: usize,
  c: usize,
  addend: usize,
  addendStride: i32,
  scratch: usize,
): void {
  const stride = <usize>N * F32;
  const most = partOfDepth(K);
  for (let k = 0; k < K; k += most) {
    const depth = min(most, K - k);
    const base = k == 0 ? addend : c;
    const baseStride = k == 0 ? <usize>addendStride * F32 : stride;
    for (let i = 0; i < M; i += BLOCK_ROWS) {
      const rows = min(BLOCK_ROWS, M - i);
      const left = packLeft(a + <usize>(i * K + k) * F32, K, 1, rows, depth, scratch);
      const first: usize = base == 0 ? <usize>0 : base + <usize>i * baseStride;
      const panels = packed + <usize>(k * 8) * F32;
      const into = c + <usize>i * stride;
      multiplyPanels(rows, N, depth, 1, left, panels, <usize>(K * 8) * F32, into, stride, first, baseStride, scratch);
    }
  }
}

/**
 * Put the keys and values of some positions into a cache.
 * @param qkv [count, 3C] @param keys [heads, capacity, C / heads], and values after it
 */
export function remember(
  first: i32,
  count: i32,
  capacity: i32,
  heads: i32,
  width: i32,
  qkv: usize,
  keys: usize,
): void {
  const size = width / heads;
  const bytes = <usize>size * F32;
  const values = keys + <usize>(capacity * width) * F32;
  for (let i = 0; i < count; i++) {
    const k = qkv + <usize>(i * 3 * width + width) * F32;
    const v = k + <usize>width * F32;
    for (let head = 0; head < heads; head++) {
      const place = <usize>((head * capacity + first + i) * size) * F32;
      memory.copy(keys + place, k + <usize>head * bytes, bytes);
      memory.copy(values + place, v + <usize>head * bytes, bytes);
    }
  }
}

/** Σ a·b of `count` numbers. */
@inline function dot(count: i32, a: usize, b: usize): f32 {
  const whole = <usize>(count & ~3) * F32;
  const rest = <usize>(count & 3);
  let even = f32x4.splat(0);
  let odd = f32x4.splat(0);
  let i: usize = 0;
  for (; i + 32 <= whole; i += 32) {
    even = fma(v128.load(a + i), v128.load(b + i), even);
    odd = fma(v128.load(a + i, 16), v128.load(b + i, 16), odd);
  }
  if (i < whole) even = fma(v128.load(a + i), v128.load(b + i), even);
  if (rest != 0) odd = fma(loadPart(a + whole, rest, 0), loadPart(b + whole, rest, 0), odd);
  return sumOfLanes(f32x4.add(even, odd));
}

/** y = Σ weights[t] · rows[t], of `count` rows of `size` numbers. */
@inline function mixRows(count: i32, size: i32, weights: usize, rows: usize, y: usize): void {
  const row = <usize>size * F32;
  const whole = <usize>(size & ~3) * F32;
  let i: usize = 0;
  for (; i + 64 <= whole; i += 64) {
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    let p = rows + i;
    for (let t: usize = 0; t < <usize>count; t++) {
      const weight = v128.load32_splat(weights + t * F32);
      s0 = fma(weight, v128.load(p), s0);
      s1 = fma(weight, v128.load(p, 16), s1);
      s2 = fma(weight, v128.load(p, 32), s2);
      s3 = fma(weight, v128.load(p, 48), s3);
      p += row;
    }
    v128.store(y + i, s0);
    v128.store(y + i, s1, 16);
    v128.store(y + i, s2, 32);
    v128.store(y + i, s3, 48);
  }
  for (; i < whole; i += 16) {
    let s = f32x4.splat(0);
    for (let t: usize = 0; t < <usize>count; t++) {
      s = fma(v128.load32_splat(weights + t * F32), v128.load(rows + t * row + i), s);
    }
    v128.store(y + i, s);
  }
  const rest = <usize>(size & 3);
  if (rest == 0) return;
  let s = f32x4.splat(0);
  for (let t: usize = 0; t < <usize>count; t++) {
    s = fma(v128.load32_splat(weights + t * F32), loadPart(rows + t * row + whole, rest, 0), s);
  }
  storePart(y + whole, rest, s);
}

/**
 * Attention of one position to all that a cache has up to it.
 * @param seen positions, the own one among them @param q [C] @param keys see remember @param y takes [C]
 * @param scratch seen numbers, and two more
 */
export function attend(
  seen: i32,
  capacity: i32,
  heads: i32,
  width: i32,
  q: usize,
  keys: usize,
  y: usize,
  scratch: usize,
): void {
  const size = width / heads;
  const scale: f32 = 1 / sqrt<f32>(<f32>size);
  const bytes = <usize>size * F32;
  const values = keys + <usize>(capacity * width) * F32;
  const weights = scratch + 2 * F32;
  for (let head = 0; head < heads; head++) {
    const own = q + <usize>head * bytes;
    const cache = <usize>(head * capacity) * bytes;
    for (let t: usize = 0; t < <usize>seen; t++) {
      f32.store(weights + t * F32, scale * dot(size, own, keys + cache + t * bytes));
    }
    causalSoftmax(1, seen, seen - 1, weights, scratch);
    mixRows(seen, size, weights, values + cache, y + <usize>head * bytes);
  }
}
