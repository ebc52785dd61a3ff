import { GrowableRows } from "../judgments/growable-rows.js";
import type { TimeSlices } from "../judgments/time-slices.js";
import { canonicalCells } from "./canonical-cells.js";
import { type ClusteredCounts, COUNT_COLUMNS, clusteredCounts } from "./clustered-counts.js";
import type { PairCounts } from "./pair-counts.js";

const [WHOSE, PAIR, FIRST_WINS, SECOND_WINS, TIES] = [0, 1, 2, 3, 4] as const;

/** More sources than this are not counted: time and memory grow with their square. */
export const MOST_SOURCES = 1000;
/** Above the number of any pair of sources: a key and a number of a pair fit one double. */
const PAIRS_BOUND = 2 ** 20;

/** Counts comparisons by pair of sources, in all and cluster by cluster. Sources are numbered as they are met. */
export class ComparisonCounts {
  private readonly numbers = new Map<number, number>();
  private readonly firstOf: number[] = [];
  private readonly secondOf: number[] = [];
  /** (cluster, pair, firstWins, secondWins, ties): one row for each pair in each prompt. */
  private readonly rows = new GrowableRows(COUNT_COLUMNS);
  private rowOfPair = new Map<number, number>();
  private readonly compared: boolean[] = [];
  private cluster = 0;
  private clusters = -1;

  /** What follows is of this cluster, a number from 0. */
  begin(cluster: number): void {
    this.cluster = cluster;
    this.rowOfPair = new Map();
  }

  /** A comparison of two sources. @param order −1 the first was preferred, 0 tied, 1 the second */
  add(first: number, second: number, order: -1 | 0 | 1): void {
    const [low, high] = first < second ? [first, second] : [second, first];
    const key = low * (MOST_SOURCES + 1) + high;
    let pair = this.numbers.get(key);
    if (pair === undefined) {
      pair = this.numbers.size;
      this.numbers.set(key, pair);
      this.firstOf.push(low);
      this.secondOf.push(high);
      this.compared[low] = true;
      this.compared[high] = true;
    }
    let row = this.rowOfPair.get(pair);
    if (row === undefined) {
      row = this.rows.push();
      this.rowOfPair.set(pair, row);
      this.rows.set(row, WHOSE, this.cluster);
      this.rows.set(row, PAIR, pair);
      this.clusters = Math.max(this.clusters, this.cluster);
    }
    this.rows.add(row, order === 0 ? TIES : order < 0 === first < second ? FIRST_WINS : SECOND_WINS, 1);
  }

  /** Whether the source was compared with any other. */
  isCompared(source: number): boolean {
    return this.compared[source] === true;
  }

  /**
   * The counts with the compared sources in an order in which no order of input shows, and names only where the counts cannot tell
   * sources apart. Ends the counting.
   * @param names by number of source @returns `order`: the sources by their new numbers. [compared sources]
   */
  *close(names: readonly string[]): TimeSlices<{ order: readonly number[]; clusters: ClusteredCounts }> {
    const met = names.map((_, source) => source).filter((source) => this.isCompared(source));
    const { cellOf } = yield* canonicalCells(this.renumber(met).counts);
    const places = met.map((source, i) => ({ source, cell: cellOf[i]!, name: names[source]! }));
    places.sort((a, b) => a.cell - b.cell || (a.name < b.name ? -1 : 1));
    const order = places.map(({ source }) => source);
    yield;
    const { counts, placeOf, isSwapped } = this.renumber(order);
    for (let row = 0; row < this.rows.length; row++) {
      const pair = this.rows.get(row, PAIR);
      this.rows.set(row, PAIR, placeOf[pair]!);
      if (isSwapped[pair] === 1) {
        const firstWins = this.rows.get(row, FIRST_WINS);
        this.rows.set(row, FIRST_WINS, this.rows.get(row, SECOND_WINS));
        this.rows.set(row, SECOND_WINS, firstWins);
      }
    }
    yield;
    return { order, clusters: yield* clusteredCounts(counts, this.rows, this.clusters + 1) };
  }

  /** All counts with sources numbered by their place in `order`; where each pair went, and whether it was turned round. */
  private renumber(order: readonly number[]): { counts: PairCounts; placeOf: Int32Array; isSwapped: Uint8Array } {
    const pairs = this.firstOf.length;
    const newNumber = new Map(order.map((source, place) => [source, place]));
    const keys = Float64Array.from({ length: pairs }, (_, pair) => {
      const [a, b] = [newNumber.get(this.firstOf[pair]!)!, newNumber.get(this.secondOf[pair]!)!];
      return (Math.min(a, b) * (MOST_SOURCES + 1) + Math.max(a, b)) * PAIRS_BOUND + pair;
    }).sort();
    const placeOf = new Int32Array(pairs);
    const isSwapped = new Uint8Array(pairs);
    keys.forEach((key, place) => {
      const pair = key % PAIRS_BOUND;
      placeOf[pair] = place;
      isSwapped[pair] = newNumber.get(this.firstOf[pair]!)! > newNumber.get(this.secondOf[pair]!)! ? 1 : 0;
    });
    const counts: PairCounts = {
      sources: order.length,
      first: Int32Array.from(keys, (key) => Math.floor(key / PAIRS_BOUND / (MOST_SOURCES + 1))),
      second: Int32Array.from(keys, (key) => Math.floor(key / PAIRS_BOUND) % (MOST_SOURCES + 1)),
      firstWins: new Float64Array(pairs),
      secondWins: new Float64Array(pairs),
      ties: new Float64Array(pairs),
    };
    for (let row = 0; row < this.rows.length; row++) {
      const pair = this.rows.get(row, PAIR);
      const place = placeOf[pair]!;
      const [one, other] = isSwapped[pair] === 1 ? [SECOND_WINS, FIRST_WINS] : [FIRST_WINS, SECOND_WINS];
      counts.firstWins[place]! += this.rows.get(row, one);
      counts.secondWins[place]! += this.rows.get(row, other);
      counts.ties[place]! += this.rows.get(row, TIES);
    }
    return { counts, placeOf, isSwapped };
  }
}
