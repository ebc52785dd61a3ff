import type { GrowableRows } from "./growable-rows.js";
import { OPERATIONS_PER_STEP, type Steps } from "./steps.js";

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
export function* canonicalClusters(rows: GrowableRows): Steps<Clusters> {
  const size = rows.width;
  const entered: number[] = [];
  const hashes = new Float64Array(rows.length);
  let work = 0;
  for (let row = 0; row < rows.length; row++) {
    if (rows.get(row, 0) > 0) {
      entered.push(row);
      hashes[row] = hashOf(rows.row(row));
    }
    work += size;
    if (work > OPERATIONS_PER_STEP) {
      work = 0;
      yield;
    }
  }
  // Hashes are uniform in [0, 1), so equal slices of that range are sorted one by one, with a pause in between.
  const slices: number[][] = Array.from({ length: 1 + Math.floor(entered.length / 1024) }, () => []);
  for (const row of entered) {
    slices[Math.floor(hashes[row]! * slices.length)]!.push(row);
  }
  const patternOf = new Int32Array(entered.length);
  const distinct: number[] = [];
  let cluster = 0;
  for (const slice of slices) {
    slice.sort((a, b) => hashes[a]! - hashes[b]!);
    for (const row of slice) {
      const last = distinct[distinct.length - 1];
      if (last === undefined || hashes[last] !== hashes[row] || !equalRows(rows, last, row)) {
        distinct.push(row);
      }
      patternOf[cluster++] = distinct.length - 1;
    }
    yield;
  }
  const vectors = new Float64Array(distinct.length * size);
  distinct.forEach((row, pattern) => {
    vectors.set(rows.row(row), pattern * size);
  });
  return { count: entered.length, size, vectors, sparse: null, patternOf };
}

function equalRows(rows: GrowableRows, a: number, b: number): boolean {
  for (let column = 0; column < rows.width; column++) {
    if (rows.get(a, column) !== rows.get(b, column)) {
      return false;
    }
  }
  return true;
}

/** A hash in [0, 1) of a vector rounded to 10⁻⁹: FNV-1a over 32-bit words in two lanes, finished as MurmurHash3 does. */
function hashOf(vector: Float64Array): number {
  let [high, low] = [0x811c9dc5, 0x050c5d1f];
  for (const entry of vector) {
    const rounded = Math.round(entry * 1e9);
    const words = [rounded >>> 0, Math.floor(rounded / 4294967296) >>> 0];
    for (const word of words) {
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
