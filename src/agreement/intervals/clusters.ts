import type { GrowableRows } from "../judgments/growable-rows.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";

/**
 * The clusters that a bootstrap draws from, each as the vector of sums that a coefficient needs (see Coefficient), in an order
 * that depends on nothing but the vectors: the same data in another order, or under other ids, gives the same resamples.
 * Clusters with equal vectors are kept once, so that a million prompts with few distinct patterns stay cheap.
 */
export interface Clusters {
  /** The number of clusters. */
  readonly count: number;
  readonly size: number;
  /** The distinct vectors, one after another. [distinct·size]; where sparse, only their entries [entries] */
  readonly vectors: Float64Array;
  /** Where most entries are zero: vector d has the entries starts[d] … starts[d + 1] − 1, each with its column. Else null. */
  readonly sparse: { readonly starts: Int32Array; readonly columns: Int32Array } | null;
  /** patternOf[i] is the number of cluster i's vector. [count] */
  readonly patternOf: Int32Array;
}

/**
 * Puts the clusters that entered (row[0] > 0) into their canonical order: ascending by a hash of the vector, whose entries are
 * first rounded to a billionth so that the order of summation does not show. Feed order decides only between equal hashes.
 *
 * @param rows one vector of sums a cluster; row[0] is the number of units that entered. [clusters × size]
 */
export function* canonicalClusters(rows: GrowableRows): TimeSlices<Clusters> {
  const size = rows.width;
  const groups = new Map<number, number>();
  const firstRow: number[] = [];
  const frequency: number[] = [];
  /** The next group with the same hash, or −1: as good as never. */
  const nextAlike: number[] = [];
  const hashes: number[] = [];
  let count = 0;
  let work = 0;
  for (let row = 0; row < rows.length; row++) {
    if (rows.get(row, 0) > 0) {
      const hash = hashOf(rows, row);
      let group = groups.get(hash) ?? -1;
      const alike = group;
      while (group >= 0 && !equalRows(rows, firstRow[group]!, row)) {
        group = nextAlike[group]!;
      }
      if (group < 0) {
        group = firstRow.length;
        firstRow.push(row);
        frequency.push(0);
        hashes.push(hash);
        nextAlike.push(alike);
        groups.set(hash, group);
      }
      frequency[group]!++;
      count++;
    }
    work += size;
    if (work > OPERATIONS_PER_SLICE) {
      work = 0;
      yield;
    }
  }
  const order = yield* ascendingGroups(hashes);
  const patternOf = new Int32Array(count);
  const vectors = new Float64Array(order.length * size);
  let cluster = 0;
  order.forEach((group, pattern) => {
    vectors.set(rows.row(firstRow[group]!), pattern * size);
    patternOf.fill(pattern, cluster, cluster + frequency[group]!);
    cluster += frequency[group]!;
  });
  return { count, size, vectors, sparse: null, patternOf };
}

/** The groups by ascending hash; equal hashes in feed order. */
function* ascendingGroups(hashes: readonly number[]): TimeSlices<number[]> {
  // Hashes are uniform in [0, 1), so equal slices of that range are sorted one by one, with a pause in between.
  const slices: number[][] = Array.from({ length: 1 + Math.floor(hashes.length / 1024) }, () => []);
  hashes.forEach((hash, group) => {
    slices[Math.floor(hash * slices.length)]!.push(group);
  });
  for (const slice of slices) {
    slice.sort((a, b) => hashes[a]! - hashes[b]! || a - b);
    yield;
  }
  return slices.flat();
}

function equalRows(rows: GrowableRows, a: number, b: number): boolean {
  for (let column = 0; column < rows.width; column++) {
    if (rows.get(a, column) !== rows.get(b, column)) {
      return false;
    }
  }
  return true;
}

/** A hash in [0, 1) of a row rounded to 10⁻⁹: FNV-1a over 32-bit words in two lanes, finished as MurmurHash3 does. */
function hashOf(rows: GrowableRows, row: number): number {
  let [high, low] = [0x811c9dc5, 0x050c5d1f];
  for (let column = 0; column < rows.width; column++) {
    const rounded = Math.round(rows.get(row, column) * 1e9);
    for (let half = 0; half < 2; half++) {
      const word = half === 0 ? rounded >>> 0 : Math.floor(rounded / 4294967296) >>> 0;
      high = Math.imul(high ^ word, 0x01000193);
      high ^= high >>> 15;
      low = Math.imul(low ^ word, 0x5bd1e995);
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
