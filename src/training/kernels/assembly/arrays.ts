/**
 * Loops over long arrays, for numbers that stand outside of this memory and are copied through it piece by piece. But for
 * exp, the arithmetic is that of the loops in JavaScript, operation by operation, and so are the bits.
 */
import { exp } from "./vectors";

/** The first two lanes, and the last two, as doubles. */
@inline function lowDoubles(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}
@inline function highDoubles(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
}
@inline function toFloats(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** sum += addend. @param bytes a multiple of 16 */
export function addArray(bytes: usize, sum: usize, addend: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(sum + i, f32x4.add(v128.load(sum + i), v128.load(addend + i)));
}

/** x ← exp((x − most) / temperature). @param bytes a multiple of 16 */
export function softmaxWeights(bytes: usize, x: usize, most: f32, temperature: f32): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    const shifted = f32x4.sub(v128.load(x + i), f32x4.splat(most));
    v128.store(x + i, exp(f32x4.div(shifted, f32x4.splat(temperature))));
  }
}

/** sums[lane] += x², of every fourth number. @param bytes a multiple of 16 @param sums four float64 */
export function addSquares(bytes: usize, x: usize, sums: usize): void {
  let low = v128.load(sums);
  let high = v128.load(sums, 16);
  for (let i: usize = 0; i < bytes; i += 16) {
    const v = v128.load(x + i);
    const l = lowDoubles(v);
    const h = highDoubles(v);
    low = f64x2.add(low, f64x2.mul(l, l));
    high = f64x2.add(high, f64x2.mul(h, h));
  }
  v128.store(sums, low);
  v128.store(sums, high, 16);
}

/** β · old + added. */
@inline function moment(old: v128, beta: f64, added: v128): v128 {
  return f64x2.add(f64x2.mul(f64x2.splat(beta), old), added);
}

/**
 * A step of AdamW (see optimizer.ts). All arrays are changed in place.
 * @param bytes a multiple of 16
 */
export function adamW(
  bytes: usize,
  values: usize,
  gradient: usize,
  firstMoments: usize,
  secondMoments: usize,
  factor: f64,
  beta1: f64,
  beta2: f64,
  stepSize: f64,
  correction2: f64,
  epsilon: f64,
  keep: f64,
): void {
  const rest1 = f64x2.splat(1 - beta1);
  const rest2 = f64x2.splat(1 - beta2);
  for (let i: usize = 0; i < bytes; i += 16) {
    const g = v128.load(gradient + i);
    const gLow = f64x2.mul(lowDoubles(g), f64x2.splat(factor));
    const gHigh = f64x2.mul(highDoubles(g), f64x2.splat(factor));
    const m = v128.load(firstMoments + i);
    const first = toFloats(
      moment(lowDoubles(m), beta1, f64x2.mul(rest1, gLow)),
      moment(highDoubles(m), beta1, f64x2.mul(rest1, gHigh)),
    );
    v128.store(firstMoments + i, first);
    const v = v128.load(secondMoments + i);
    const second = toFloats(
      moment(lowDoubles(v), beta2, f64x2.mul(f64x2.mul(rest2, gLow), gLow)),
      moment(highDoubles(v), beta2, f64x2.mul(f64x2.mul(rest2, gHigh), gHigh)),
    );
    v128.store(secondMoments + i, second);
    const p = v128.load(values + i);
    v128.store(
      values + i,
      toFloats(
        stepped(lowDoubles(p), lowDoubles(first), lowDoubles(second), stepSize, correction2, epsilon, keep),
        stepped(highDoubles(p), highDoubles(first), highDoubles(second), stepSize, correction2, epsilon, keep),
      ),
    );
  }
}

/** p · keep − stepSize · m / (√(v / correction2) + ε). */
@inline function stepped(p: v128, m: v128, v: v128, stepSize: f64, correction2: f64, epsilon: f64, keep: f64): v128 {
  const root = f64x2.sqrt(f64x2.div(v, f64x2.splat(correction2)));
  const denominator = f64x2.add(root, f64x2.splat(epsilon));
  const change = f64x2.div(f64x2.mul(f64x2.splat(stepSize), m), denominator);
  return f64x2.sub(f64x2.mul(p, f64x2.splat(keep)), change);
}
