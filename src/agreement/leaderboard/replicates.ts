import { createRandom } from "../../random.js";
import { drawInto } from "../intervals/bootstrap.js";
import type { Resampling } from "../intervals/interval.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import { addUp, type ClusteredCounts, emptyCounts } from "./clustered-counts.js";
import { membersOf, strongComponents } from "./components.js";
import type { PairCounts } from "./pair-counts.js";
import type { Refit } from "./rating-rule.js";

/** Ratings on multisets of the clusters. */
export interface RatingReplicates {
  readonly sources: number;
  /** How many of them have ratings. */
  readonly count: number;
  /** One replicate after another. [count·sources] */
  readonly values: Float64Array;
  /** 1 where the source was compared with any other; its value means nothing where it was not. [count·sources] */
  readonly compared: Uint8Array;
  /** How often each stands for, where patterns are left out in turn; else 1. [count] */
  readonly weights: Int32Array;
  /** How many have no ratings: no finite maximum. */
  readonly failures: number;
  /** In how many of those each source was not among the largest set of sources that have a finite maximum. [sources] */
  readonly apart: Int32Array;
}

/**
 * The cluster bootstrap of ratings: each resample draws as many clusters as there are, with replacement, and adds up their counts.
 * Comparisons of one cluster are never taken apart: they are not independent.
 * Source: Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 3.8.
 */
export function* bootstrapRatings(
  clusters: ClusteredCounts,
  refit: Refit,
  { resamples, seed }: Resampling,
): TimeSlices<RatingReplicates> {
  const random = createRandom(seed);
  const drawn = new Int32Array(clusters.multiplicities.length);
  const collected = new Collected(clusters, resamples);
  let work = 0;
  for (let resample = 0; resample < resamples; resample++) {
    drawn.fill(0);
    for (let done = 0; done < clusters.count; done += OPERATIONS_PER_SLICE) {
      const draws = Math.min(clusters.count - done, OPERATIONS_PER_SLICE);
      drawInto(drawn, clusters.patternOf, draws, random);
      work += draws;
      if (work >= OPERATIONS_PER_SLICE) {
        work = 0;
        yield;
      }
    }
    yield* collected.add(drawn, refit, 1);
    // Adding up and looking for components; a fit counts its own work.
    work += clusters.pairs.length + 10 * clusters.total.first.length;
  }
  return collected.close();
}

/** The ratings without each cluster in turn, once for every pattern, which `weights` counts. */
export function* leaveOneOutRatings(clusters: ClusteredCounts, refit: Refit): TimeSlices<RatingReplicates> {
  const { multiplicities } = clusters;
  const weights = multiplicities.slice();
  const collected = new Collected(clusters, multiplicities.length);
  for (let pattern = 0; pattern < weights.length; pattern++) {
    weights[pattern]!--;
    yield* collected.add(weights, refit, multiplicities[pattern]!);
    weights[pattern]!++;
    yield;
  }
  return collected.close();
}

class Collected {
  private readonly sums: PairCounts;
  private readonly sources: number;
  private readonly values: Float64Array;
  private readonly compared: Uint8Array;
  private readonly weights: Int32Array;
  private readonly apart: Int32Array;
  private count = 0;
  private failures = 0;

  constructor(
    private readonly clusters: ClusteredCounts,
    most: number,
  ) {
    this.sums = emptyCounts(clusters.total);
    this.sources = clusters.total.sources;
    this.values = new Float64Array(most * this.sources);
    this.compared = new Uint8Array(most * this.sources);
    this.weights = new Int32Array(most);
    this.apart = new Int32Array(this.sources);
  }

  *add(weights: Int32Array, refit: Refit, weight: number): TimeSlices<void> {
    yield* addUp(this.clusters, weights, this.sums);
    const ratings = yield* refit(this.sums);
    if (ratings === null) {
      this.failures++;
      noteApart(this.sums, this.apart);
      return;
    }
    const at = this.count * this.sources;
    this.values.set(ratings, at);
    noteCompared(this.sums, this.compared.subarray(at, at + this.sources));
    this.weights[this.count++] = weight;
  }

  close(): RatingReplicates {
    const { sources, count, failures, apart } = this;
    return {
      sources,
      count,
      values: this.values.subarray(0, count * sources),
      compared: this.compared.subarray(0, count * sources),
      weights: this.weights.subarray(0, count),
      failures,
      apart,
    };
  }
}

function noteCompared({ first, second, firstWins, secondWins, ties }: PairCounts, compared: Uint8Array): void {
  for (let pair = 0; pair < first.length; pair++) {
    if (firstWins[pair]! + secondWins[pair]! + ties[pair]! > 0) {
      compared[first[pair]!] = 1;
      compared[second[pair]!] = 1;
    }
  }
}

function noteApart(counts: PairCounts, apart: Int32Array): void {
  const groups = membersOf(strongComponents(counts)).sort((a, b) => b.length - a.length);
  for (const group of groups.slice(1)) {
    for (const source of group) {
      apart[source]!++;
    }
  }
}
