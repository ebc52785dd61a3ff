import type { TimeSlices } from "../judgments/time-slices.js";

/** A step uphill: writes where it leads from x, and answers the height at x. [size], [size] */
export type UphillStep = (x: Float64Array, next: Float64Array) => TimeSlices<number>;

export const MOST_STEPS = 3_000;
/** Ends where a step rises by less than this share of the height. */
const RISES_BY = 1e-11;

/**
 * Climbs to where a map such as one of expectation and maximisation no longer moves. Such maps rise at every step but slowly, each
 * step being about the one before shortened; so from two steps r and then r + v the way ahead is foretold,
 *
 *   x' = x + 2 a r + a² v,   a = max(1, |r| / |v|)
 *
 * and kept where it stands no lower than one plain step leads; else two plain steps are.
 *
 * @param most steps that are taken at most
 * @returns where it ends, the heights of all points kept, never falling, and false where so many steps did not end
 * Source: Varadhan and Roland 2008, "Simple and Globally Convergent Methods for Accelerating the Convergence of Any EM Algorithm",
 * scheme S3.
 */
export function* climb(
  step: UphillStep,
  start: Float64Array,
  most = MOST_STEPS,
): TimeSlices<{ at: Float64Array; objective: number[]; settled: boolean }> {
  const { length } = start;
  let x = start.slice();
  let one = new Float64Array(length);
  let two = new Float64Array(length);
  let ahead = new Float64Array(length);
  const objective: number[] = [];
  let height = yield* step(x, one);
  objective.push(height);
  const isLevel = (from: number, to: number): boolean => to - from <= RISES_BY * (1 + Math.abs(to));
  for (let steps = 1; steps < most; ) {
    const afterOne = yield* step(one, two);
    steps++;
    objective.push(afterOne);
    if (isLevel(height, afterOne)) {
      return { at: one, objective, settled: true };
    }
    let [rr, vv] = [0, 0];
    for (let i = 0; i < length; i++) {
      const r = one[i]! - x[i]!;
      const v = two[i]! - one[i]! - r;
      rr += r * r;
      vv += v * v;
    }
    const a = vv > 0 ? Math.max(1, Math.sqrt(rr / vv)) : 1;
    for (let i = 0; i < length; i++) {
      const r = one[i]! - x[i]!;
      const v = two[i]! - one[i]! - r;
      ahead[i] = x[i]! + 2 * a * r + a * a * v;
    }
    // x is no longer needed: it takes what the step from ahead leads to.
    const afterAhead = yield* step(ahead, x);
    steps++;
    if (afterAhead >= afterOne) {
      [x, one, ahead] = [ahead, x, one];
      height = afterAhead;
    } else {
      [x, two] = [two, x];
      height = yield* step(x, one);
      steps++;
    }
    objective.push(height);
  }
  return { at: x, objective, settled: false };
}
