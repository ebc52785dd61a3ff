import { fQuantile } from "../intervals/f-distribution.js";
import type { Interval } from "../intervals/interval.js";
import { defined, type Statistic, undefinedBecause } from "../intervals/statistic.js";

/** The six forms of Shrout and Fleiss; K is a mean of all k raters' scores. */
export const ICC_FORMS = ["ICC_1_1", "ICC_2_1", "ICC_3_1", "ICC_1_K", "ICC_2_K", "ICC_3_K"] as const;
export type IccForm = (typeof ICC_FORMS)[number];

/** Mean squares of a table of n things by k raters without gaps, all times one factor, which no correlation shows. */
export interface MeanSquares {
  readonly n: number;
  readonly k: number;
  /** Between things, n − 1 degrees of freedom: MSR (Shrout and Fleiss: BMS). */
  readonly between: number;
  /** Between raters, k − 1: MSC (JMS). */
  readonly raters: number;
  /** What is left, (n − 1)(k − 1): MSE (EMS). */
  readonly error: number;
  /** Within things, n (k − 1): MSW (WMS). */
  readonly within: number;
}

/**
 * The mean squares of a two-way table with one score a cell. From whole scores they are whole numbers times one factor, so that
 * a variance of 0 comes out as 0.
 *
 * @param scores row by row, n things by k raters; n and k are 2 or more. [n·k]
 * Source: Shrout and Fleiss 1979, "Intraclass correlations: uses in assessing rater reliability", Table 1.
 */
export function meanSquares(scores: ArrayLike<number>, k: number): MeanSquares {
  const n = scores.length / k;
  // Scores from one of them on: sums stay small.
  const origin = scores[0]!;
  const columns = new Float64Array(k);
  let [total, squares, rowSquares] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < k; j++) {
      const score = scores[i * k + j]! - origin;
      row += score;
      columns[j]! += score;
      squares += score * score;
    }
    total += row;
    rowSquares += row * row;
  }
  const columnSquares = columns.reduce((sum, column) => sum + column * column, 0);
  // Sums of squares times n k …
  const all = n * k * squares - total * total;
  const between = n * rowSquares - total * total;
  const raters = k * columnSquares - total * total;
  // … and mean squares times n k and n (n − 1)(k − 1).
  return {
    n,
    k,
    between: n * (k - 1) * between,
    raters: n * (n - 1) * raters,
    error: n * (all - between - raters),
    within: (n - 1) * (all - between),
  };
}

/**
 * An intraclass correlation: the share of a score's variance that lies between the things scored.
 *
 *   ICC(1,1) = (R − W) / (R + (k − 1) W)                       each thing by raters of its own
 *   ICC(2,1) = (R − E) / (R + (k − 1) E + k (C − E) / n)       the same raters, a sample of many: absolute agreement
 *   ICC(3,1) = (R − E) / (R + (k − 1) E)                       these raters and no others: consistency
 *   ICC(1,k) = (R − W) / R,   ICC(2,k) = (R − E) / (R + (C − E) / n),   ICC(3,k) = (R − E) / R     of the mean of k scores
 *
 * R, C, E, W: mean squares between things, between raters, of the error, within things. At most 1; below 0 where things differ
 * less than scores of one thing do. Undefined where all scores are equal, and where the denominator is not above 0.
 * Sources: Shrout and Fleiss 1979; McGraw and Wong 1996, "Forming inferences about some intraclass correlation coefficients".
 */
export function icc(form: IccForm, squares: MeanSquares): Statistic {
  const { n, k, between: R, raters: C, error: E, within: W } = squares;
  if (R === 0 && W === 0) {
    return undefinedBecause("All scores are equal: there is no variance, and nothing that a share of it could be.");
  }
  const [numerator, denominator] = {
    ICC_1_1: [R - W, R + (k - 1) * W],
    ICC_2_1: [n * (R - E), n * R + (n * (k - 1) - k) * E + k * C],
    ICC_3_1: [R - E, R + (k - 1) * E],
    ICC_1_K: [R - W, R],
    ICC_2_K: [n * (R - E), n * R + C - E],
    ICC_3_K: [R - E, R],
  }[form] as [number, number];
  if (denominator > 0) {
    return defined(numerator / denominator);
  }
  return undefinedBecause(
    R === 0
      ? "The means of all completions are equal: there is no variance between them to be a share of."
      : "The variance of the scores is estimated at 0 or below, because completions differ less than the labelers' scores of one.",
  );
}

/** An interval, or the reason why there is none. */
export type IccInterval =
  | { readonly ci95: Interval; readonly reason: null }
  | { readonly ci95: null; readonly reason: string };

/**
 * The exact 95 % F interval of an intraclass correlation; of ICC(2,·) Satterthwaite's approximation, as McGraw and Wong's case 2A
 * has it:
 *
 *   ν = R² / ((a C)² / (k − 1) + (b E)² / ((n − 1)(k − 1))),   a = (R − E) / (C + (n − 1) E),   b = 1 + (n − 1) a
 *
 * (their (a MSC + b MSE)² is R²). It takes things for independent and scores for normal. None where the error's or the things'
 * variance is 0, and where ν is so small that a limit is no number or on the wrong side of the estimate.
 * Source: McGraw and Wong 1996, Table 7; Shrout and Fleiss 1979 (forms 1 and 3).
 */
export function iccInterval(form: IccForm, squares: MeanSquares): IccInterval {
  const { n, k, between: R, raters: C, error: E, within: W } = squares;
  const none = (reason: string): IccInterval => ({ ci95: null, reason });
  const limits = (low: number, high: number): IccInterval =>
    Number.isFinite(low) && Number.isFinite(high)
      ? { ci95: { low, high }, reason: null }
      : none("A limit of its F interval is not a number: completions differ too little.");
  const agreement = form === "ICC_2_1" || form === "ICC_2_K";
  const error = form === "ICC_1_1" || form === "ICC_1_K" ? W : E;
  if (R === 0) {
    return none("The means of all completions are equal: without variance between them there is no F interval.");
  }
  if (agreement ? C + E === 0 : error === 0) {
    return none(
      "The labelers differ by nothing but a constant, if at all: without variance of the error there is no F interval.",
    );
  }
  const ofMean = form.endsWith("K");
  if (!agreement) {
    const errorFreedom = (form.startsWith("ICC_1") ? n : n - 1) * (k - 1);
    const low = R / error / fQuantile(0.975, n - 1, errorFreedom);
    const high = (R / error) * fQuantile(0.975, errorFreedom, n - 1);
    return ofMean ? limits(1 - 1 / low, 1 - 1 / high) : limits((low - 1) / (low + k - 1), (high - 1) / (high + k - 1));
  }
  const a = (R - E) / (C + (n - 1) * E);
  const b = 1 + (n - 1) * a;
  const freedom = (R * R) / ((a * C) ** 2 / (k - 1) + (b * E) ** 2 / ((n - 1) * (k - 1)));
  const below = fQuantile(0.975, n - 1, freedom);
  const above = fQuantile(0.975, freedom, n - 1);
  if (!(above >= 1 && below < Number.POSITIVE_INFINITY)) {
    return none(
      `Its F interval would have ${freedom.toPrecision(2)} degrees of freedom: completions differ too little beside the labelers' scores.`,
    );
  }
  // The estimate is limit(1); limit falls.
  const limit = (f: number): number => {
    const denominator = ofMean ? f * (C - E) + n * R : f * (k * C + (k * n - k - n) * E) + n * R;
    return denominator > 0 ? (n * (R - f * E)) / denominator : Number.NaN;
  };
  return limits(limit(below), limit(1 / above));
}
