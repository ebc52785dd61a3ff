import { fCdf } from "../intervals/f-distribution.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";

/** Below this a probability is left out of the sum: 100,000 of them are still nothing. */
const NEGLIGIBLE = 1e-40;

/**
 * P(X ≥ x) of a binomial count of n draws with success p: I_p(x, n − x + 1).
 * Source: Abramowitz and Stegun 1964, 26.5.24.
 */
export function binomialUpperTail(x: number, n: number, p: number): number {
  if (x <= 0) {
    return 1;
  }
  const [a, b] = [x, n - x + 1];
  return x > n ? 0 : fCdf((p / (1 - p)) * (b / a), 2 * a, 2 * b);
}

/**
 * P(X ≤ x) and P(X ≥ x) of the number of successes of independent draws, each with a probability of its own, exactly: the
 * distribution is folded draw by draw. Ends below 10⁻⁴⁰ are cut.
 *
 * @param probabilities each above 0 and below 1. [n]
 */
export function* successTails(
  x: number,
  probabilities: readonly number[],
): TimeSlices<{ lower: number; upper: number }> {
  const mass = new Float64Array(probabilities.length + 1);
  mass[0] = 1;
  let [low, high] = [0, 0];
  let sincePause = 0;
  // In one order, so that the same draws give the same digits.
  for (const p of [...probabilities].sort((a, b) => a - b)) {
    high++;
    for (let count = high; count >= low; count--) {
      mass[count] = mass[count]! * (1 - p) + (count > low ? mass[count - 1]! * p : 0);
    }
    while (mass[low]! < NEGLIGIBLE && low < high) {
      mass[low++] = 0;
    }
    while (mass[high]! < NEGLIGIBLE && low < high) {
      mass[high--] = 0;
    }
    sincePause += high - low;
    if (sincePause >= OPERATIONS_PER_SLICE) {
      sincePause = 0;
      yield;
    }
  }
  let [lower, upper] = [0, 0];
  for (let count = low; count <= high; count++) {
    lower += count <= x ? mass[count]! : 0;
    upper += count >= x ? mass[count]! : 0;
  }
  return { lower: Math.min(1, lower), upper: Math.min(1, upper) };
}
