import { patternCounts, weightedSums } from "./bootstrap.js";
import type { Clusters } from "./clusters.js";
import { studentTQuantile } from "./student-t.js";
import type { SummedFigure } from "./summed-figure.js";

/**
 * The values of a coefficient with each cluster left out in turn, once for every distinct vector, with its multiplicity; null
 * where one of them is undefined. The sums are added up anew each time, so that a zero stays a zero. Takes distinct² · size.
 */
export function leaveOneOut(
  clusters: Clusters,
  coefficient: SummedFigure,
): { values: Float64Array; counts: Int32Array } | null {
  const counts = patternCounts(clusters);
  const weights = counts.slice();
  const sums = new Float64Array(clusters.size);
  const values = new Float64Array(counts.length);
  for (let pattern = 0; pattern < counts.length; pattern++) {
    weights[pattern]!--;
    const { value } = coefficient.evaluate(weightedSums(clusters, weights, sums));
    if (value === null) {
      return null;
    }
    values[pattern] = value;
    weights[pattern]!++;
  }
  return { values, counts };
}

/**
 * The delete-one-cluster jackknife standard error, √((n − 1)/n · Σ_i (θ_(i) − θ̄_(·))²); null where some θ_(i) is undefined.
 * Source: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section 11.2.
 */
export function jackknifeStandardError(clusters: Clusters, coefficient: SummedFigure): number | null {
  const left = leaveOneOut(clusters, coefficient);
  if (left === null) {
    return null;
  }
  const { values, counts } = left;
  const n = clusters.count;
  let mean = 0;
  for (let i = 0; i < values.length; i++) {
    mean += (counts[i]! * values[i]!) / n;
  }
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    squares += counts[i]! * (values[i]! - mean) ** 2;
  }
  return Math.sqrt(((n - 1) / n) * squares);
}

/**
 * The 95 % jackknife-t interval, taken on the logit of where the estimate θ stands in the coefficient's range [a, b], so that it
 * stays inside and is wider on the side where there is room:
 *
 *   λ = ln((θ − a) / (b − θ)),   λ ± t(0.975, n − 1) · SE · (b − a) / ((θ − a)(b − θ)),   back by θ = a + (b − a) / (1 + e^−λ)
 *
 * Where b is ∞ this is the interval of ln(θ − a), to which the logit then tends but for a constant; where a is −∞, too, that of
 * θ itself, and so for an estimate below a, where units with one value let kappas fall. A standard error of 0, which an estimate at either end always has, gives an interval of no width.
 * Sources: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapters 11 and 12 (a bounded parameter is
 * transformed, the interval transformed back); Tukey 1958 for n − 1 degrees of freedom.
 */
export function jackknifeInterval(
  estimate: number,
  standardError: number,
  clusters: number,
  { minimum, maximum }: Pick<SummedFigure, "minimum" | "maximum">,
): { low: number; high: number } {
  const [below, above] = [estimate - minimum, maximum - estimate];
  if (standardError === 0 || below === 0 || above <= 0) {
    return { low: estimate, high: estimate };
  }
  const spread = studentTQuantile(0.975, clusters - 1) * standardError;
  if (below === Number.POSITIVE_INFINITY || below < 0) {
    return { low: estimate - spread, high: estimate + spread };
  }
  if (above === Number.POSITIVE_INFINITY) {
    return { low: minimum + below * Math.exp(-spread / below), high: minimum + below * Math.exp(spread / below) };
  }
  const range = maximum - minimum;
  const logit = Math.log(below / above);
  const half = (spread * range) / (below * above);
  const back = (lambda: number): number => minimum + range / (1 + Math.exp(-lambda));
  return { low: back(logit - half), high: back(logit + half) };
}
