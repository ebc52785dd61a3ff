/**
 * How exact a computation in float32 can be. A random model may be ill-conditioned: where its attention is sharp, a rounding
 * of a parameter moves a logit by a hundred roundings. No fixed tolerance holds for every seed; a multiple of those moves does.
 */
import type { Random } from "../datasets/random.js";

/** Parameters are moved by so many of float32's roundings of 2^-24, so that the answer's own rounding is small beside it. */
const ROUNDINGS = 256;
const DRAWS = 4;

/**
 * Of 400 random models beside PyTorch's float64, the furthest off was 7.9 moves of one rounding here and 7.1 in PyTorch's own
 * float32, in logits, losses and gradients. What is off by several times that is a fault.
 */
const MOST_MOVES = 64;

/**
 * How far any number of an answer may be off that is computed of some parameters in float32.
 * @param answer of the parameters
 * @param parts whose tolerances differ, as [start, end) of the answer; absent, the whole is one
 * @returns the tolerance of each part
 */
export function tolerancesOf(
  random: Random,
  values: Float32Array,
  answer: (values: Float32Array) => ArrayLike<number>,
  parts?: readonly (readonly [start: number, end: number])[],
): number[] {
  const before = Float64Array.from(answer(values));
  const largest = new Float64Array(before.length); // of the moves of each number
  for (let draw = 0; draw < DRAWS; draw++) {
    const moved = values.map((value) => value * (1 + (random.chance(0.5) ? 1 : -1) * ROUNDINGS * 2 ** -24));
    for (const [i, after] of Array.from(answer(moved)).entries()) {
      const move = Math.abs(after - before[i]!) / ROUNDINGS;
      largest[i] = Math.max(largest[i]!, move);
    }
  }
  return (parts ?? [[0, before.length] as const]).map(
    ([start, end]) => 1e-6 + MOST_MOVES * largest.subarray(start, end).reduce((a, b) => Math.max(a, b), 0),
  );
}
