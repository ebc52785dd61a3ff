import type { Random } from "../../random.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import { drawBinomial } from "./binomial.js";
import type { Clusters } from "./clusters.js";
import type { SummedFigure } from "./summed-figure.js";

/** A resample of more clusters than this is drawn with pauses. */
const DRAWS_PER_SLICE = OPERATIONS_PER_SLICE;

/** From so many clusters on … */
const MULTINOMIAL_FROM = 1_000;
/** … of which each distinct one stands for so many, it is counted how often each is drawn: a binomial costs about as many draws. */
const DRAWS_PER_BINOMIAL = 20;

/** The values of a coefficient on resamples of the clusters. */
export interface Replicates {
  /** Where it was defined, ascending. */
  readonly values: Float64Array;
  /** How many resamples there were … */
  readonly resamples: number;
  /** … and in how many of them it was undefined. */
  readonly undefinedCount: number;
}

/**
 * The cluster bootstrap: each resample draws as many clusters as there are, with replacement, and adds up their vectors, so it
 * costs clusters and not judgments. Judgments of one cluster are never taken apart: they are not independent. Where many clusters
 * are equal it costs distinct clusters only: how often each is drawn is a multinomial draw.
 *
 * @param figures of the same sums; each has the replicates that it would have alone, and they are drawn once. [f]
 * @returns the replicates of each. [f]
 * Source: Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 3.8.
 */
export function* bootstrapReplicates(
  clusters: Clusters,
  figures: readonly SummedFigure[],
  resamples: number,
  random: Random,
): TimeSlices<Replicates[]> {
  const { count, size, vectors } = clusters;
  const distinct = distinctVectors(clusters);
  // Draws jump about in it, so it is kept as small as it can be.
  const patternOf =
    distinct <= 256
      ? Uint8Array.from(clusters.patternOf)
      : distinct <= 65_536
        ? Uint16Array.from(clusters.patternOf)
        : clusters.patternOf;
  const frequencies = patternCounts(clusters);
  const isMultinomial = count >= MULTINOMIAL_FROM && distinct * DRAWS_PER_BINOMIAL <= count;
  const draws = isMultinomial ? distinct * DRAWS_PER_BINOMIAL : Math.min(count, DRAWS_PER_SLICE);
  const drawn = new Int32Array(distinct);
  const sums = new Float64Array(size);
  const values = figures.map(() => new Float64Array(resamples));
  const defined = figures.map(() => 0);
  const vectorsPerSlice = Math.ceil((distinct * OPERATIONS_PER_SLICE) / Math.max(1, vectors.length));
  let work = 0;
  for (let resample = 0; resample < resamples; resample++) {
    drawn.fill(0);
    if (isMultinomial) {
      drawMultinomial(drawn, frequencies, count, random);
    } else {
      for (let done = 0; done < count; done += DRAWS_PER_SLICE) {
        drawInto(drawn, patternOf, Math.min(count - done, DRAWS_PER_SLICE), random);
        if (count > DRAWS_PER_SLICE) {
          yield;
        }
      }
    }
    sums.fill(0);
    for (let first = 0; first < distinct; first += vectorsPerSlice) {
      addWeighted(clusters, drawn, sums, first, Math.min(first + vectorsPerSlice, distinct));
      if (distinct > vectorsPerSlice) {
        yield;
      }
    }
    for (let i = 0; i < figures.length; i++) {
      const { value } = figures[i]!.evaluate(sums);
      if (value !== null) {
        values[i]![defined[i]!++] = value;
      }
    }
    work += draws + Math.min(vectors.length, OPERATIONS_PER_SLICE) + size * figures.length;
    if (work > OPERATIONS_PER_SLICE) {
      work = 0;
      yield;
    }
  }
  return values.map((all, i) => ({
    values: all.slice(0, defined[i]!).sort(),
    resamples,
    undefinedCount: resamples - defined[i]!,
  }));
}

/**
 * How often each distinct cluster stands in `count` draws with replacement, without drawing one by one: the first is binomial,
 * the second is binomial among the draws that are left, and so on.
 *
 * @param drawn overwritten; adds up to count. [distinct]
 * @param frequencies how often each stands among the clusters; they add up to count. [distinct]
 * Source: Davis 1993, "The computer generation of multinomial random variates", the conditional method.
 */
export function drawMultinomial(drawn: Int32Array, frequencies: Int32Array, count: number, random: Random): void {
  let [draws, left] = [count, count];
  for (let pattern = 0; pattern < frequencies.length; pattern++) {
    const frequency = frequencies[pattern]!;
    const times = drawBinomial(draws, frequency / left, random);
    drawn[pattern] = times;
    draws -= times;
    left -= frequency;
  }
}

/** Draws so many clusters with replacement and counts their vectors: apart from the generator, which V8 cannot speed up in a loop. */
export function drawInto(
  drawn: Int32Array,
  patternOf: Int32Array | Uint16Array | Uint8Array,
  draws: number,
  random: Random,
): void {
  const count = patternOf.length;
  for (let i = 0; i < draws; i++) {
    drawn[patternOf[random.nextBelow(count)]!]!++;
  }
}

/** Σ_d weight_d · vector_d into sums, which is overwritten. [distinct] → [size] */
export function weightedSums(clusters: Clusters, weights: Int32Array, sums: Float64Array): Float64Array {
  sums.fill(0);
  addWeighted(clusters, weights, sums, 0, weights.length);
  return sums;
}

/** The same for the vectors first … end − 1, added to what is there. */
function addWeighted(
  { vectors, sparse }: Clusters,
  weights: Int32Array,
  sums: Float64Array,
  first: number,
  end: number,
): void {
  if (sparse !== null) {
    const { starts, columns } = sparse;
    for (let pattern = first; pattern < end; pattern++) {
      const weight = weights[pattern]!;
      if (weight === 0) {
        continue;
      }
      for (let i = starts[pattern]!; i < starts[pattern + 1]!; i++) {
        sums[columns[i]!]! += weight * vectors[i]!;
      }
    }
    return;
  }
  const size = sums.length;
  for (let pattern = first; pattern < end; pattern++) {
    const weight = weights[pattern]!;
    if (weight === 0) {
      continue;
    }
    for (let column = 0; column < size; column++) {
      sums[column]! += weight * vectors[pattern * size + column]!;
    }
  }
}

/** The number of distinct vectors. */
const distinctVectors = ({ vectors, size, sparse }: Clusters): number =>
  sparse === null ? vectors.length / size : sparse.starts.length - 1;

/** How often each distinct vector stands among the clusters. [distinct] */
export function patternCounts(clusters: Clusters): Int32Array {
  const counts = new Int32Array(distinctVectors(clusters));
  for (const pattern of clusters.patternOf) {
    counts[pattern]!++;
  }
  return counts;
}

/**
 * The quantile p of values in ascending order, interpolated at rank p·(B + 1): the one with which a percentile interval of B
 * replicates has its nominal coverage. Source: Hyndman and Fan 1996, definition 6.
 */
export function quantile(ascending: Float64Array, p: number): number {
  const rank = Math.min(Math.max(p * (ascending.length + 1), 1), ascending.length);
  const below = Math.floor(rank);
  const low = ascending[below - 1]!;
  const high = ascending[Math.min(below, ascending.length - 1)]!;
  return low + (rank - below) * (high - low);
}

/** The standard deviation of the values, with divisor B − 1; null for fewer than two. */
export function standardDeviation(values: Float64Array): number | null {
  if (values.length < 2) {
    return null;
  }
  let mean = 0;
  for (const value of values) {
    mean += value / values.length;
  }
  let squares = 0;
  for (const value of values) {
    squares += (value - mean) ** 2;
  }
  return Math.sqrt(squares / (values.length - 1));
}
