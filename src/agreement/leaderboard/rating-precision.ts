import { quantile } from "../intervals/bootstrap.js";
import type { Interval, Resampling } from "../intervals/interval.js";
import { jackknifeInterval } from "../intervals/jackknife.js";
import type { TimeSlices } from "../judgments/time-slices.js";
import type { ClusteredCounts } from "./clustered-counts.js";
import { listNames } from "./finite-maximum.js";
import { bootstrapRankIntervals, jackknifeRankIntervals, type RankInterval } from "./rank-intervals.js";
import type { RatingRule } from "./rating-rule.js";
import { bootstrapRatings, leaveOneOutRatings, type RatingReplicates } from "./replicates.js";

/** What the clusters say about the precision of one source's rating. */
interface SourcePrecision {
  readonly ci95: Interval | null;
  readonly rankCi95: RankInterval | null;
  /** Why there is no interval, in a sentence. */
  readonly reason: string | null;
}

/** What the clusters say about the precision of ratings. */
export interface RatingPrecision {
  /** [sources] */
  readonly bySource: readonly SourcePrecision[];
  /** Resamples without a finite maximum. */
  readonly undefinedResamples: number;
}

/** From this many clusters on the percentile interval covers as it should. */
const PERCENTILE_FROM = 100;
/** An interval is refused where the rating is undefined in more than this share of the resamples. */
const UNDEFINED_AT_MOST = 0.05;
/** Pairs of sources times resamples: more would keep a processor for minutes. */
const MOST_PAIRS_DRAWN = 50_000_000;

/**
 * The 95 % intervals of ratings and of ranks by clusters: from 100 clusters on the percentile interval of the seeded cluster
 * bootstrap and ranks by bootstrapRankIntervals; below that jackknife-t and jackknifeRankIntervals. Null with a reason for one
 * cluster, and for a source whose rating is undefined in more than 5 % of the resamples: not compared, or no finite maximum.
 * @param ratings of the whole. [sources] @param names [sources]
 */
export function* ratingPrecision(
  clusters: ClusteredCounts,
  rule: RatingRule,
  ratings: Float64Array,
  names: readonly string[],
  { resamples, seed }: Resampling,
): TimeSlices<RatingPrecision> {
  const { sources, first } = clusters.total;
  const none = (reason: string, undefinedResamples = 0): RatingPrecision => ({
    bySource: names.map(() => ({ ci95: null, rankCi95: null, reason })),
    undefinedResamples,
  });
  if (clusters.count < 2) {
    return none("All comparisons come from one cluster; an interval needs at least two.");
  }
  if (first.length * resamples > MOST_PAIRS_DRAWN) {
    return none(
      `${resamples} resamples of ${first.length} pairs of sources are ${first.length * resamples} fits of a pair; an interval takes at most ${MOST_PAIRS_DRAWN}. Ask for fewer resamples.`,
    );
  }
  const refit = yield* rule.prepare(clusters.total);
  const drawn = yield* bootstrapRatings(clusters, refit, { resamples, seed });
  if (drawn.failures > UNDEFINED_AT_MOST * resamples) {
    return none(
      `${drawn.failures} of ${resamples} resamples have no finite maximum, and an interval needs one in at least 95 %; ${mostApart(drawn, names)}.`,
      drawn.failures,
    );
  }
  const undefinedOf = undefinedCounts(drawn);
  const reasons = names.map((name, source) =>
    undefinedOf[source]! > UNDEFINED_AT_MOST * resamples
      ? `${JSON.stringify(name)} is not rated in ${undefinedOf[source]} of ${resamples} resamples; an interval needs it in at least 95 %.`
      : null,
  );
  if (clusters.count >= PERCENTILE_FROM) {
    const ranks = yield* bootstrapRankIntervals(ratings, drawn);
    return {
      bySource: reasons.map((reason, source) => ({
        reason,
        ci95: reason === null ? percentileInterval(drawn, source) : null,
        rankCi95: reason === null ? ranks[source]! : null,
      })),
      undefinedResamples: drawn.failures,
    };
  }
  const left = yield* leaveOneOutRatings(clusters, refit);
  if (left.failures > 0) {
    return none(
      `Without one of the ${clusters.count} clusters there is no finite maximum; an interval needs one without any.`,
      drawn.failures,
    );
  }
  const ranks = yield* jackknifeRankIntervals(ratings, left, clusters.count);
  const bySource = reasons.map((reason, source): SourcePrecision => {
    const error = reason === null ? standardErrorOf(left, source, clusters.count) : null;
    if (error === null) {
      return {
        ci95: null,
        rankCi95: null,
        reason: reason ?? `${JSON.stringify(names[source])} is compared in one cluster only; an interval needs two.`,
      };
    }
    return {
      ci95: jackknifeInterval(ratings[source]!, error, clusters.count, rule),
      rankCi95: ranks[source]!,
      reason: null,
    };
  });
  return { bySource, undefinedResamples: drawn.failures };

  function undefinedCounts({ compared, count, failures }: RatingReplicates): Int32Array {
    const counts = new Int32Array(sources).fill(failures);
    for (let at = 0; at < count * sources; at++) {
      counts[at % sources]! += 1 - compared[at]!;
    }
    return counts;
  }
}

/** Which sources are to blame for resamples without a finite maximum. */
function mostApart({ apart, failures }: RatingReplicates, names: readonly string[]): string {
  const often = names.filter((_, source) => apart[source]! >= failures / 4);
  const shown = often.length > 0 ? often : names.filter((_, source) => apart[source] === Math.max(...apart));
  return `most often because ${listNames(shown)} then won all, lost all or stood apart`;
}

function percentileInterval({ values, compared, sources, count }: RatingReplicates, source: number): Interval {
  const known: number[] = [];
  for (let replicate = 0; replicate < count; replicate++) {
    const at = replicate * sources + source;
    if (compared[at] === 1) {
      known.push(values[at]!);
    }
  }
  const ascending = Float64Array.from(known).sort();
  return { low: quantile(ascending, 0.025), high: quantile(ascending, 0.975) };
}

/** The delete-one-cluster jackknife standard error (Efron and Tibshirani 1993, section 11.2); null where one is undefined. */
function standardErrorOf(
  { values, compared, weights, sources, count }: RatingReplicates,
  source: number,
  clusters: number,
): number | null {
  let [mean, squares] = [0, 0];
  for (let replicate = 0; replicate < count; replicate++) {
    const at = replicate * sources + source;
    if (compared[at] === 0) {
      return null;
    }
    mean += (weights[replicate]! * values[at]!) / clusters;
  }
  for (let replicate = 0; replicate < count; replicate++) {
    squares += weights[replicate]! * (values[replicate * sources + source]! - mean) ** 2;
  }
  return Math.sqrt(((clusters - 1) / clusters) * squares);
}
