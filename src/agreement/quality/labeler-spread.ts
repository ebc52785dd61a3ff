import { studentTCdf } from "../intervals/student-t.js";

/** Where a labeler stands against a mean, and the variance that chance alone gives that. */
export interface Standing {
  readonly y: number;
  /** Above 0. */
  readonly variance: number;
}

/**
 * Habits of honest people have longer tails than a normal distribution: they are taken for Student's t with at most so many degrees of
 * freedom. With a normal one 2.1 % of honest labelers were flagged where tastes for ties differ (see bench/labeler-quality.mjs).
 */
const MOST_DEGREES = 5;

/**
 * How probable is it that a further honest labeler stands as low (or lower) as each one does, given the others? Honest labelers
 * differ: y_i ~ N(μ, τ² + s_i²). For each i, μ and τ² are those of the k others (DerSimonian and Laird's moments), and
 *
 *   p_i = P(t_{k−1} ≤ (y_i − μ) / √(τ² + s_i² + var μ))
 *
 * So a labeler is only remarkable beside how much the others differ among themselves, however much they judged.
 *
 * @returns p_i of a low y; 1 − p_i is that of a high one. Null where fewer than two others stand anywhere. [labelers]
 * Source: Spiegelhalter 2005, "Handling over-dispersion of performance indicators", section 3.3; the interval of a new study of
 * Higgins, Thompson and Spiegelhalter 2009, section 4.
 */
export function lowTails(standings: readonly Standing[]): (number | null)[] {
  if (standings.length < 3) {
    return standings.map(() => null);
  }
  // One with the smallest variance does not rule: it would leave the others' digits to rounding.
  const floor = 1e-6 * median(standings.map(({ variance }) => variance));
  const centre = median(standings.map(({ y }) => y));
  const all = standings.map(({ y, variance }) => ({ y: y - centre, variance: Math.max(variance, floor) }));
  const fixed = momentsWithoutEach(all, 0);
  const between = betweenVariance(momentsOf(all, 0));
  const random = momentsWithoutEach(all, between);
  return all.map(({ y, variance }, i) => {
    const tau2 = betweenVariance(fixed[i]!);
    const { weights, weightedSum, count } = random[i]!;
    const z = (y - weightedSum / weights) / Math.sqrt(tau2 + variance + 1 / weights);
    return studentTCdf(z, Math.min(MOST_DEGREES, count - 1));
  });
}

interface Moments {
  readonly count: number;
  readonly weights: number;
  readonly squaredWeights: number;
  readonly weightedSum: number;
  readonly weightedSquares: number;
}

const NO_MOMENTS: Moments = { count: 0, weights: 0, squaredWeights: 0, weightedSum: 0, weightedSquares: 0 };

const sumOf = (a: Moments, b: Moments): Moments => ({
  count: a.count + b.count,
  weights: a.weights + b.weights,
  squaredWeights: a.squaredWeights + b.squaredWeights,
  weightedSum: a.weightedSum + b.weightedSum,
  weightedSquares: a.weightedSquares + b.weightedSquares,
});

function momentsOfOne({ y, variance }: Standing, between: number): Moments {
  const w = 1 / (variance + between);
  return { count: 1, weights: w, squaredWeights: w * w, weightedSum: w * y, weightedSquares: w * y * y };
}

const momentsOf = (standings: readonly Standing[], between: number): Moments =>
  standings.map((standing) => momentsOfOne(standing, between)).reduce(sumOf, NO_MOMENTS);

/** The moments of all but each one: those before it and those after it added, for a difference would lose digits. */
function momentsWithoutEach(standings: readonly Standing[], between: number): Moments[] {
  const after = new Array<Moments>(standings.length + 1).fill(NO_MOMENTS);
  for (let i = standings.length - 1; i >= 0; i--) {
    after[i] = sumOf(momentsOfOne(standings[i]!, between), after[i + 1]!);
  }
  let before = NO_MOMENTS;
  return standings.map((standing, i) => {
    const others = sumOf(before, after[i + 1]!);
    before = sumOf(before, momentsOfOne(standing, between));
    return others;
  });
}

/** τ² of DerSimonian and Laird 1986: (Q − (k − 1)) / (Σw − Σw²/Σw), not below 0. */
function betweenVariance({ count, weights, squaredWeights, weightedSum, weightedSquares }: Moments): number {
  const q = weightedSquares - (weightedSum * weightedSum) / weights;
  const scale = weights - squaredWeights / weights;
  return !(scale > 0) ? 0 : Math.max(0, (q - (count - 1)) / scale);
}

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
