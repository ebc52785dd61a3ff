import type { GrowableRows } from "../judgments/growable-rows.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import type { PairCounts } from "./pair-counts.js";

/** The columns of a row of counts: of which cluster and pair, and how often each outcome came. */
export const COUNT_COLUMNS = 5;

/**
 * The comparisons of each cluster as counts of pairs of sources, so that a resample costs clusters and never comparisons. The
 * clusters stand in an order that depends on nothing but their counts; those with equal counts are kept once.
 */
export interface ClusteredCounts {
  /** Of all clusters together. */
  readonly total: PairCounts;
  /** How many clusters there are. */
  readonly count: number;
  /** patternOf[i] is the number of cluster i's counts. [count] */
  readonly patternOf: Int32Array;
  /** How often each pattern stands among the clusters. [patterns] */
  readonly multiplicities: Int32Array;
  /** The counts of pattern p stand at starts[p] … starts[p + 1] − 1 of what follows. [patterns + 1] */
  readonly starts: Int32Array;
  readonly pairs: Int32Array;
  readonly firstWins: Int32Array;
  readonly secondWins: Int32Array;
  readonly ties: Int32Array;
}

/**
 * Puts clusters into their canonical order: ascending by a hash of their counts, and by the counts themselves where hashes are equal.
 * @param rows (cluster, pair, firstWins, secondWins, ties) in any order, pairs numbered as in `total`; a cluster may have
 * several rows of one pair. [rows × 5] @param clusters how many clusters there are, each with a row.
 */
export function* clusteredCounts(total: PairCounts, rows: GrowableRows, clusters: number): TimeSlices<ClusteredCounts> {
  const { order, starts } = yield* orderByCluster(rows, clusters);
  // Each cluster's rows by pair, those of one pair added up: in place, at the front of the cluster's part.
  const entries = [0, 1, 2, 3].map(() => new Int32Array(rows.length));
  const [pairs, firstWins, secondWins, ties] = entries as [Int32Array, Int32Array, Int32Array, Int32Array];
  const ends = new Int32Array(clusters);
  const hashes = new Float64Array(clusters);
  let work = 0;
  for (let cluster = 0; cluster < clusters; cluster++) {
    const own = order.subarray(starts[cluster]!, starts[cluster + 1]!).sort((a, b) => rows.get(a, 1) - rows.get(b, 1));
    let end = starts[cluster]! - 1;
    for (const row of own) {
      const pair = rows.get(row, 1);
      if (end < starts[cluster]! || pairs[end] !== pair) {
        end++;
        pairs[end] = pair;
        firstWins[end] = secondWins[end] = ties[end] = 0;
      }
      firstWins[end]! += rows.get(row, 2);
      secondWins[end]! += rows.get(row, 3);
      ties[end]! += rows.get(row, 4);
    }
    ends[cluster] = end + 1;
    hashes[cluster] = hashOf(entries, starts[cluster]!, end + 1);
    work += 20 * own.length;
    if (work > OPERATIONS_PER_SLICE) {
      work = 0;
      yield;
    }
  }
  const compare = (a: number, b: number): number => {
    if (hashes[a] !== hashes[b]) {
      return hashes[a]! - hashes[b]!;
    }
    const [sizeA, sizeB] = [ends[a]! - starts[a]!, ends[b]! - starts[b]!];
    for (let at = 0; at < Math.min(sizeA, sizeB); at++) {
      for (const column of entries) {
        const difference = column[starts[a]! + at]! - column[starts[b]! + at]!;
        if (difference !== 0) {
          return difference;
        }
      }
    }
    return sizeA - sizeB;
  };
  // Hashes are uniform in [0, 1), so equal slices of that range are sorted one by one, with a pause in between.
  const slices: number[][] = Array.from({ length: 1 + Math.floor(clusters / 1024) }, () => []);
  for (let cluster = 0; cluster < clusters; cluster++) {
    slices[Math.floor(hashes[cluster]! * slices.length)]!.push(cluster);
  }
  const patternOf = new Int32Array(clusters);
  const representatives: number[] = [];
  let place = 0;
  for (const slice of slices) {
    slice.sort(compare);
    for (const cluster of slice) {
      const last = representatives[representatives.length - 1];
      if (last === undefined || compare(last, cluster) !== 0) {
        representatives.push(cluster);
      }
      patternOf[place++] = representatives.length - 1;
    }
    yield;
  }
  const patternStarts = new Int32Array(representatives.length + 1);
  representatives.forEach((cluster, pattern) => {
    patternStarts[pattern + 1] = patternStarts[pattern]! + ends[cluster]! - starts[cluster]!;
  });
  yield;
  const packed = entries.map((column) => {
    const kept = new Int32Array(patternStarts[representatives.length]!);
    representatives.forEach((cluster, pattern) => {
      kept.set(column.subarray(starts[cluster]!, ends[cluster]!), patternStarts[pattern]!);
    });
    return kept;
  });
  const multiplicities = new Int32Array(representatives.length);
  for (const pattern of patternOf) {
    multiplicities[pattern]!++;
  }
  return {
    total,
    count: clusters,
    patternOf,
    multiplicities,
    starts: patternStarts,
    pairs: packed[0]!,
    firstWins: packed[1]!,
    secondWins: packed[2]!,
    ties: packed[3]!,
  };
}

/** The rows of each cluster, one cluster after another. */
function* orderByCluster(rows: GrowableRows, clusters: number): TimeSlices<{ order: Int32Array; starts: Int32Array }> {
  const starts = new Int32Array(clusters + 1);
  for (let row = 0; row < rows.length; row++) {
    starts[rows.get(row, 0) + 1]!++;
  }
  for (let cluster = 0; cluster < clusters; cluster++) {
    starts[cluster + 1]! += starts[cluster]!;
  }
  yield;
  const next = starts.slice();
  const order = new Int32Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    order[next[rows.get(row, 0)]!++] = row;
  }
  return { order, starts };
}

/** A hash in [0, 1) of some entries: FNV-1a in two lanes, finished as MurmurHash3 does. */
function hashOf(entries: readonly Int32Array[], start: number, end: number): number {
  let [high, low] = [0x811c9dc5, 0x050c5d1f];
  for (const column of entries) {
    for (let at = start; at < end; at++) {
      high = Math.imul(high ^ column[at]!, 0x01000193);
      high ^= high >>> 15;
      low = Math.imul(low ^ column[at]!, 0x5bd1e995);
      low ^= low >>> 13;
    }
  }
  return finish(high) / 4294967296 + (finish(low) >>> 11) / 2 ** 53;
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The counts of a multiset of clusters: how often each pattern is taken. Overwrites `sums`. [patterns] */
export function* addUp(clusters: ClusteredCounts, weights: Int32Array, sums: PairCounts): TimeSlices<void> {
  const { starts } = clusters;
  sums.firstWins.fill(0);
  sums.secondWins.fill(0);
  sums.ties.fill(0);
  for (let from = 0; from < weights.length; ) {
    let to = from + 1;
    while (to < weights.length && starts[to + 1]! - starts[from]! < OPERATIONS_PER_SLICE) {
      to++;
    }
    addPatterns(clusters, weights, sums, from, to);
    if (to < weights.length) {
      yield;
    }
    from = to;
  }
}

/** Adds patterns from … to − 1: apart from the generator, which V8 cannot speed up in a loop. */
function addPatterns(
  { starts, pairs, firstWins, secondWins, ties }: ClusteredCounts,
  weights: Int32Array,
  sums: PairCounts,
  from: number,
  to: number,
): void {
  for (let pattern = from; pattern < to; pattern++) {
    const weight = weights[pattern]!;
    if (weight === 0) {
      continue;
    }
    for (let at = starts[pattern]!; at < starts[pattern + 1]!; at++) {
      const pair = pairs[at]!;
      sums.firstWins[pair]! += weight * firstWins[at]!;
      sums.secondWins[pair]! += weight * secondWins[at]!;
      sums.ties[pair]! += weight * ties[at]!;
    }
  }
}

/** Counts of the same pairs, all zero. */
export const emptyCounts = ({ sources, first, second }: PairCounts): PairCounts => ({
  sources,
  first,
  second,
  firstWins: new Float64Array(first.length),
  secondWins: new Float64Array(first.length),
  ties: new Float64Array(first.length),
});
