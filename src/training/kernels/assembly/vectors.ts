/** Four float32 at a time: what all kernels are made of. Sums over lanes are in one fixed order, so that bits repeat. */

/** Bytes of a float32. */
@inline export const F32: usize = 4;

/** a · b + c, rounded once where the build has relaxed SIMD, else twice. */
@inline export function fma(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(c, f32x4.mul(a, b));
}

@inline export function sumOfLanes(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

@inline export function largestLane(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/** The first `count` numbers of an address, 0 < count < 4, and `rest` in the other lanes: nothing behind them is read. */
export function loadPart(address: usize, count: usize, rest: f32): v128 {
  let v = f32x4.replace_lane(f32x4.splat(rest), 0, f32.load(address));
  if (count > 1) v = f32x4.replace_lane(v, 1, f32.load(address, 4));
  if (count > 2) v = f32x4.replace_lane(v, 2, f32.load(address, 8));
  return v;
}

/** Store the first `count` lanes, 0 < count < 4. */
export function storePart(address: usize, count: usize, v: v128): void {
  f32.store(address, f32x4.extract_lane(v, 0));
  if (count > 1) f32.store(address, f32x4.extract_lane(v, 1), 4);
  if (count > 2) f32.store(address, f32x4.extract_lane(v, 2), 8);
}

/** 1.5 · 2²³: a number that is added to it is rounded to a whole one, which then stands in the lowest bits. */
@inline const ROUNDER: f32 = 12582912;

/**
 * eˣ within 2 units in the last place (Moshier's Cephes, expf: eˣ = 2ⁿ·eʳ with |r| ≤ ½ ln 2); 0 below −87.3, for such
 * small numbers play no part in a sum with 1, and at most e⁸⁸. NaN stays NaN.
 */
@inline export function exp(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87.3)), f32x4.splat(88.0));
  const rounded = fma(bounded, f32x4.splat(1.44269504), f32x4.splat(ROUNDER));
  const n = f32x4.sub(rounded, f32x4.splat(ROUNDER));
  // ln 2 in two parts, the first of which is exact for every n.
  let r = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.98756915e-4);
  p = fma(p, r, f32x4.splat(1.3981999507e-3));
  p = fma(p, r, f32x4.splat(8.3334519073e-3));
  p = fma(p, r, f32x4.splat(4.1665795894e-2));
  p = fma(p, r, f32x4.splat(1.6666665459e-1));
  p = fma(p, r, f32x4.splat(5.0000001201e-1));
  p = fma(p, f32x4.mul(r, r), f32x4.add(r, f32x4.splat(1)));
  const power = i32x4.shl(i32x4.add(rounded, i32x4.splat(127)), 23);
  const isTooSmall = f32x4.lt(x, f32x4.splat(-87.3));
  return v128.andnot(f32x4.mul(p, power), isTooSmall);
}

/** tanh x = 1 − 2 / (e²ˣ + 1). */
@inline export function tanh(x: v128): v128 {
  const e = exp(f32x4.add(x, x));
  return f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))));
}
