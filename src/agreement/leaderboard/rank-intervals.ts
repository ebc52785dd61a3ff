import { quantile } from "../intervals/bootstrap.js";
import { studentTQuantile } from "../intervals/student-t.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import type { RatingReplicates } from "./replicates.js";

/** The ranks that a source may have. */
export interface RankInterval {
  readonly low: number;
  readonly high: number;
}

/** Where too few replicates compare two sources, nothing is said about which is better. */
const SHARE_NEEDED = 0.95;

/**
 * The 95 % interval of each source's rank from a bootstrap of the ratings: between 1 + the sources that are surely better and
 * sources − those that are surely worse, "surely" for all of them at once. Source j is told from i where
 *
 *   |θ_j − θ_i| > c_i · s_ij,   s_ij the standard deviation of θ*_j − θ*_i,
 *   c_i the 95 % quantile over resamples of max_j |(θ*_j − θ*_i) − (θ_j − θ_i)| / s_ij.
 *
 * A rank's own bootstrap distribution would not do: it is too narrow, or wrong, where ratings are nearly equal.
 * @param ratings of the whole. [sources]
 * Source: Mogstad, Romano, Shaikh and Wilhelm 2024, "Inference for Ranks", Review of Economic Studies 91, section 3; the bootstrap of
 * ranks: Xie, Singh and Zhang 2009.
 */
export function* bootstrapRankIntervals(
  ratings: Float64Array,
  replicates: RatingReplicates,
): TimeSlices<RankInterval[]> {
  const { sources, count, values, compared } = replicates;
  const intervals: RankInterval[] = [];
  const largest = new Float64Array(count);
  for (let i = 0; i < sources; i++) {
    const errors = yield* differenceErrors(ratings, replicates, i);
    largest.fill(0);
    let [known, work] = [0, 0];
    for (let replicate = 0; replicate < count; replicate++) {
      const at = replicate * sources;
      if (compared[at + i] === 0) {
        continue;
      }
      let most = 0;
      for (let j = 0; j < sources; j++) {
        const error = errors[j]!;
        if (error > 0 && compared[at + j] === 1) {
          const moved = values[at + j]! - values[at + i]! - (ratings[j]! - ratings[i]!);
          most = Math.max(most, Math.abs(moved) / error);
        }
      }
      largest[known++] = most;
      work += sources;
      if (work > OPERATIONS_PER_SLICE) {
        work = 0;
        yield;
      }
    }
    const critical = quantile(largest.slice(0, known).sort(), 0.95);
    intervals.push(rankInterval(ratings, i, (j) => critical * errors[j]!));
  }
  return intervals;
}

/** The standard deviation of θ*_j − θ*_i over the replicates that compare both, for each j; NaN where they are too few. */
function* differenceErrors(
  ratings: Float64Array,
  { sources, count, values, compared }: RatingReplicates,
  i: number,
): TimeSlices<Float64Array> {
  const known = new Float64Array(sources);
  const sums = new Float64Array(sources);
  const squares = new Float64Array(sources);
  let work = 0;
  for (let replicate = 0; replicate < count; replicate++) {
    const at = replicate * sources;
    if (compared[at + i] === 1) {
      addDifferences(ratings, values, compared, at, i, known, sums, squares);
    }
    work += 3 * sources;
    if (work > OPERATIONS_PER_SLICE) {
      work = 0;
      yield;
    }
  }
  return known.map((n, j) =>
    j === i || n < SHARE_NEEDED * count || n < 2
      ? Number.NaN
      : Math.sqrt(Math.max(0, squares[j]! - (sums[j]! * sums[j]!) / n) / (n - 1)),
  );
}

/** Adds a replicate's differences from those of the whole, so that sums of squares lose nothing. */
function addDifferences(
  ratings: Float64Array,
  values: Float64Array,
  compared: Uint8Array,
  at: number,
  i: number,
  known: Float64Array,
  sums: Float64Array,
  squares: Float64Array,
): void {
  for (let j = 0; j < ratings.length; j++) {
    if (compared[at + j] === 1) {
      const moved = values[at + j]! - values[at + i]! - (ratings[j]! - ratings[i]!);
      known[j]!++;
      sums[j]! += moved;
      squares[j]! += moved * moved;
    }
  }
}

/**
 * The same from the ratings without each cluster in turn, where clusters are few: j is told from i where θ_j − θ_i is further from 0
 * than its jackknife standard error times Student's t for n − 1 degrees of freedom at 0.05 / (2 (sources − 1)): Bonferroni's
 * bound over the other sources.
 * @param clusters how many there are @param ratings of the whole. [sources]
 * Sources: Mogstad et al. 2024, section 3; Efron and Tibshirani 1993, section 11.2.
 */
export function* jackknifeRankIntervals(
  ratings: Float64Array,
  { sources, count, values, compared, weights }: RatingReplicates,
  clusters: number,
): TimeSlices<RankInterval[]> {
  const critical = studentTQuantile(1 - 0.05 / (2 * Math.max(1, sources - 1)), clusters - 1);
  const intervals: RankInterval[] = [];
  const margins = new Float64Array(sources);
  for (let i = 0; i < sources; i++) {
    for (let j = 0; j < sources; j++) {
      // NaN where one of the two is not compared: nothing is told.
      const difference = (replicate: number): number => {
        const at = replicate * sources;
        return compared[at + i]! * compared[at + j]! === 1 ? values[at + j]! - values[at + i]! : Number.NaN;
      };
      let [mean, squares] = [0, 0];
      for (let replicate = 0; replicate < count; replicate++) {
        mean += (weights[replicate]! * difference(replicate)) / clusters;
      }
      for (let replicate = 0; replicate < count; replicate++) {
        squares += weights[replicate]! * (difference(replicate) - mean) ** 2;
      }
      margins[j] = critical * Math.sqrt(((clusters - 1) / clusters) * squares);
      if (j % 500 === 0) {
        yield;
      }
    }
    intervals.push(rankInterval(ratings, i, (j) => margins[j]!));
  }
  return intervals;
}

/** Ranks that are left where sources further than their margin are told apart; a NaN margin tells nothing. */
function rankInterval(ratings: Float64Array, i: number, marginOf: (j: number) => number): RankInterval {
  let [better, worse] = [0, 0];
  for (let j = 0; j < ratings.length; j++) {
    const difference = ratings[j]! - ratings[i]!;
    if (j !== i && difference > marginOf(j) + 1e-9) {
      better++;
    } else if (j !== i && -difference > marginOf(j) + 1e-9) {
      worse++;
    }
  }
  return { low: 1 + better, high: ratings.length - worse };
}
