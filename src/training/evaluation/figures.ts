/** Figures of an evaluation, each with its interval. */
import { canonicalClusters } from "../../agreement/intervals/clusters.js";
import { clusterPrecision, type Interval, type Resampling } from "../../agreement/intervals/interval.js";
import { defined, undefinedBecause } from "../../agreement/intervals/statistic.js";
import type { SummedFigure } from "../../agreement/intervals/summed-figure.js";
import { GrowableRows } from "../../agreement/judgments/growable-rows.js";
import { runSlices } from "../../agreement/judgments/time-slices.js";

/** A value with its interval; the reason says why either is missing. */
export interface Figure {
  readonly value: number | null;
  readonly ci95: Interval | null;
  readonly reason: string | null;
  /** What it is a mean of. */
  readonly n: number;
  /** The prompts that entered. */
  readonly prompts: number;
}

/** The range of a figure: its interval stays within. */
export interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

export const SHARE: Range = { minimum: 0, maximum: 1 };
export const AT_LEAST_0: Range = { minimum: 0, maximum: Number.POSITIVE_INFINITY };
export const ANY: Range = { minimum: Number.NEGATIVE_INFINITY, maximum: Number.POSITIVE_INFINITY };

/** The sums of a ratio, prompt by prompt: a prompt's are never taken apart, for they are not independent. */
export class Tally {
  private readonly rows = new GrowableRows(3);
  private sum = 0;
  private weight = 0;
  private n = 0;

  /**
   * What a prompt adds; nothing where n is 0.
   * @param n how many things it is a sum over @param sum of the numerator @param weight of the denominator
   */
  add(n: number, sum: number, weight = n): void {
    if (n === 0) return;
    const row = this.rows.push();
    this.rows.set(row, 0, n);
    this.rows.set(row, 1, sum);
    this.rows.set(row, 2, weight);
    this.n += n;
    this.sum += sum;
    this.weight += weight;
  }

  /**
   * The ratio Σ sum / Σ weight over all prompts, with the interval of the cluster bootstrap over prompts: percentile from 100
   * prompts on, jackknife-t below (see clusterPrecision).
   * @param nothing why there is no value, where no prompt entered
   */
  figure(range: Range, resampling: Resampling, nothing: string): Figure {
    const prompts = this.rows.length;
    const none = (reason: string): Figure => ({ value: null, ci95: null, reason, n: this.n, prompts });
    if (prompts === 0) return none(nothing);
    const value = this.sum / this.weight;
    if (!Number.isFinite(value)) return none(`The value is ${Number.isNaN(value) ? "not a number" : "infinite"}.`);
    const ratio: SummedFigure = {
      ...range,
      evaluate: ([, sum, weight]) => {
        const replicate = (sum as number) / (weight as number);
        return Number.isFinite(replicate) ? defined(replicate) : undefinedBecause("The value is not finite.");
      },
    };
    const clusters = runSlices(canonicalClusters(this.rows));
    const { ci95, reason } = runSlices(clusterPrecision(clusters, ratio, value, resampling));
    return { value, ci95, reason, n: this.n, prompts };
  }
}

/** exp of a figure and of the ends of its interval, for exp keeps their order; without a value where it is infinite. */
export function exponentialOf(figure: Figure): Figure {
  if (figure.value === null) return figure;
  const value = Math.exp(figure.value);
  if (!Number.isFinite(value)) return { ...figure, value: null, ci95: null, reason: "The value is infinite." };
  if (figure.ci95 === null) return { ...figure, value };
  const ci95 = { low: Math.exp(figure.ci95.low), high: Math.exp(figure.ci95.high) };
  return Number.isFinite(ci95.high)
    ? { ...figure, value, ci95 }
    : { ...figure, value, ci95: null, reason: "The upper end of the interval is infinite." };
}
