import { badInput } from "../../errors.js";
import { createRandom } from "../../random.js";
import type { TimeSlices } from "../judgments/time-slices.js";
import { bootstrapReplicates, quantile, type Replicates, standardDeviation } from "./bootstrap.js";
import type { Clusters } from "./clusters.js";
import { jackknifeInterval, jackknifeStandardError } from "./jackknife.js";
import type { SummedFigure } from "./summed-figure.js";

/** A range that holds the true value in 95 of 100 data sets like this one. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What the clusters say about the precision of an estimate. */
export interface Precision {
  /** Null for the reason given. */
  readonly ci95: Interval | null;
  readonly standardError: number | null;
  readonly reason: string | null;
  /** The clusters that entered; null where the interval is not over clusters. */
  readonly clusters: number | null;
  /** In how many resamples the coefficient was undefined. */
  readonly undefinedResamples: number;
}

/** How often and from which stream to resample. */
export interface Resampling {
  readonly resamples: number;
  readonly seed: number;
}

/**
 * Refused: resamples outside 200 to 20,000, and a seed that is no integer of 32 bits.
 * @param field the argument of which resamples and seed are parts, with a dot behind it; nothing where they stand alone
 */
export function checkResampling({ resamples, seed }: Resampling, field = "input."): void {
  if (!Number.isInteger(resamples) || resamples < 200 || resamples > 20_000) {
    throw badInput(`Resamples are ${resamples}; they must be an integer from 200 to 20000.`, `${field}resamples`);
  }
  createRandom(seed);
}

/** From this many clusters on the percentile interval covers as it should. */
const PERCENTILE_FROM = 100;
/** An interval is refused where the coefficient is undefined in more than this share of the resamples. */
const UNDEFINED_AT_MOST = 0.05;

/**
 * The 95 % interval of an estimate by clusters: from 100 clusters on the percentile interval of the seeded cluster bootstrap
 * with its standard error; below that jackknife-t on the logit of the estimate within its range (see jackknifeInterval) with
 * the delete-one-cluster standard error. Null with a reason for one cluster, and where the coefficient is undefined in more
 * than 5 % of the resamples. It depends on the data and the seed alone, not on the order or the ids.
 *
 * Why: how often the intervals of 2,000 simulated data sets held the truth, lowest to highest of four worlds (moderate and
 * nearly full agreement on rankings, prompts and authors as clusters, ratings 1–7) and both coefficients. Reproduce with
 * `node bench/agreement-coverage.mjs` (1,000 resamples, seed 1); two standard errors of such a share are 0.010.
 *
 * | clusters | percentile  | BCa         | jackknife-t | jackknife-t of the logit |
 * |----------|-------------|-------------|-------------|--------------------------|
 * | 8        | 0.832–0.884 | 0.875–0.916 | 0.859–0.955 | 0.927–0.951              |
 * | 16       | 0.903–0.925 | 0.910–0.926 | 0.914–0.953 | 0.944–0.967              |
 * | 32       | 0.926–0.943 | 0.931–0.947 | 0.929–0.954 | 0.944–0.956              |
 * | 64       | 0.934–0.953 | 0.934–0.957 | 0.942–0.960 | 0.943–0.959              |
 * | 100      | 0.936–0.948 | 0.941–0.948 | 0.941–0.951 | 0.943–0.952              |
 * | 200      | 0.939–0.954 | 0.939–0.954 | 0.942–0.953 | 0.942–0.957              |
 *
 * @param estimate the coefficient of all clusters together, which is defined.
 */
export function* clusterPrecision(
  clusters: Clusters,
  coefficient: SummedFigure,
  estimate: number,
  resampling: Resampling,
): TimeSlices<Precision> {
  const [precision] = yield* clusterPrecisions(clusters, [{ figure: coefficient, estimate }], resampling);
  return precision!;
}

/** The precision of several figures of the same sums, from the same resamples: of each what it would be alone. [f] → [f] */
export function* clusterPrecisions(
  clusters: Clusters,
  estimated: readonly { readonly figure: SummedFigure; readonly estimate: number }[],
  { resamples, seed }: Resampling,
): TimeSlices<Precision[]> {
  if (clusters.count < 2) {
    const reason = "All judgments come from one cluster; an interval needs at least two.";
    return estimated.map(() => withoutInterval(reason, clusters));
  }
  const figures = estimated.map(({ figure }) => figure);
  const replicates = yield* bootstrapReplicates(clusters, figures, resamples, createRandom(seed));
  return estimated.map(({ figure, estimate }, i) => precisionOf(clusters, figure, estimate, replicates[i]!));
}

function precisionOf(
  clusters: Clusters,
  figure: SummedFigure,
  estimate: number,
  { values, resamples, undefinedCount }: Replicates,
): Precision {
  if (undefinedCount > UNDEFINED_AT_MOST * resamples) {
    return withoutInterval(
      `The coefficient is undefined in ${undefinedCount} of ${resamples} resamples; an interval needs it in at least 95 %.`,
      clusters,
      undefinedCount,
    );
  }
  const known = { reason: null, clusters: clusters.count, undefinedResamples: undefinedCount };
  if (clusters.count >= PERCENTILE_FROM) {
    const ci95 = { low: quantile(values, 0.025), high: quantile(values, 0.975) };
    return { ...known, ci95, standardError: standardDeviation(values) };
  }
  const standardError = jackknifeStandardError(clusters, figure);
  if (standardError === null) {
    return withoutInterval(
      `Without one of its ${clusters.count} clusters the coefficient is undefined; an interval needs it without any.`,
      clusters,
      undefinedCount,
    );
  }
  return { ...known, ci95: jackknifeInterval(estimate, standardError, clusters.count, figure), standardError };
}

const withoutInterval = (reason: string, { count }: Clusters, undefinedResamples = 0): Precision => ({
  ci95: null,
  standardError: null,
  reason,
  clusters: count,
  undefinedResamples,
});
