import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import { graphOf, type PairCounts, totalsOf } from "./pair-counts.js";

/** Sources that the counts cannot tell apart, in an order that depends on the counts alone. */
export interface Cells {
  readonly count: number;
  /** cellOf[i] is the cell of source i. [sources] */
  readonly cellOf: Int32Array;
  /** How many sources a cell holds. [count] */
  readonly sizes: Int32Array;
}

/**
 * The coarsest equitable partition of the sources: two of one cell have the same wins, losses and ties against each cell,
 * pair by pair. So they have the same rating under every rule that looks at counts only, and a rating may be computed for
 * cells instead of sources; the cells are numbered by what they are, so that no name, key or order of input shows, down to
 * the last bit. Begins with (wins, losses, ties) and splits cells by their members' pairs until nothing splits; compares
 * exactly, without hashes. Usually every source is a cell of its own after the first look.
 * Source: Weisfeiler and Leman 1968 (colour refinement), on a graph whose edges carry counts.
 */
export function* canonicalCells(counts: PairCounts): TimeSlices<Cells> {
  const { sources } = counts;
  const { wins, losses, ties } = totalsOf(counts);
  const graph = graphOf(counts);
  const cellOf = new Int32Array(sources);
  let cells: number[][] = splitBy(
    Array.from({ length: sources }, (_, source) => source),
    (source) => [wins[source]!, losses[source]!, ties[source]!],
  );
  let work = 0;
  for (;;) {
    cells.forEach((members, cell) => {
      for (const source of members) {
        cellOf[source] = cell;
      }
    });
    const split: number[][] = [];
    for (const members of cells) {
      if (members.length === 1) {
        split.push(members);
        continue;
      }
      const signatures = new Map<number, number[]>();
      for (const source of members) {
        const rows: number[][] = [];
        for (let at = graph.starts[source]!; at < graph.starts[source + 1]!; at++) {
          const pair = graph.pairs[at]!;
          const isFirst = counts.first[pair] === source;
          const own = isFirst ? counts.firstWins[pair]! : counts.secondWins[pair]!;
          const other = isFirst ? counts.secondWins[pair]! : counts.firstWins[pair]!;
          rows.push([cellOf[graph.neighbors[at]!]!, own, other, counts.ties[pair]!]);
        }
        signatures.set(source, rows.sort(compareLists).flat());
        work += 40 * rows.length;
        if (work > OPERATIONS_PER_SLICE) {
          work = 0;
          yield;
        }
      }
      split.push(...splitBy(members, (source) => signatures.get(source)!));
    }
    if (split.length === cells.length) {
      return { count: cells.length, cellOf, sizes: Int32Array.from(cells, ({ length }) => length) };
    }
    cells = split;
  }
}

/** The members grouped by equal signatures, in ascending order of signature. */
function splitBy(members: readonly number[], signature: (source: number) => readonly number[]): number[][] {
  const signed = members.map((source) => ({ source, signature: signature(source) }));
  signed.sort((a, b) => compareLists(a.signature, b.signature));
  const groups: number[][] = [];
  signed.forEach((one, i) => {
    const before = signed[i - 1];
    if (before === undefined || compareLists(before.signature, one.signature) !== 0) {
      groups.push([]);
    }
    groups[groups.length - 1]!.push(one.source);
  });
  return groups;
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    if (a[i] !== b[i]) {
      return a[i]! - b[i]!;
    }
  }
  return a.length - b.length;
}

/** The counts between cells instead of sources: what a cell's members did together. */
export function mergedCounts(counts: PairCounts, { count, cellOf }: Cells): PairCounts {
  const { first, second, firstWins, secondWins, ties } = counts;
  // At most 1,000 sources: a place for every two of them is 4 MB, and finds them in order without sorting.
  const placeOf = new Int32Array(count * count).fill(-1);
  const keys = new Int32Array(first.length);
  for (let pair = 0; pair < keys.length; pair++) {
    const a = cellOf[first[pair]!]!;
    const b = cellOf[second[pair]!]!;
    keys[pair] = a > b ? b * count + a : a * count + b;
    placeOf[keys[pair]!] = 0;
  }
  const distinct: number[] = [];
  for (let key = 0; key < placeOf.length; key++) {
    if (placeOf[key]! >= 0) {
      placeOf[key] = distinct.push(key) - 1;
    }
  }
  const merged = {
    sources: count,
    first: Int32Array.from(distinct, (key) => Math.floor(key / count)),
    second: Int32Array.from(distinct, (key) => key % count),
    firstWins: new Float64Array(distinct.length),
    secondWins: new Float64Array(distinct.length),
    ties: new Float64Array(distinct.length),
  };
  for (let pair = 0; pair < keys.length; pair++) {
    const place = placeOf[keys[pair]!]!;
    const swapped = cellOf[first[pair]!]! > cellOf[second[pair]!]!;
    merged.firstWins[place]! += swapped ? secondWins[pair]! : firstWins[pair]!;
    merged.secondWins[place]! += swapped ? firstWins[pair]! : secondWins[pair]!;
    merged.ties[place]! += ties[pair]!;
  }
  for (let place = 0; place < distinct.length; place++) {
    // Which of two members of one cell stands first is chance: each gets half of what was decided between them.
    if (merged.first[place] === merged.second[place]) {
      const decided = merged.firstWins[place]! + merged.secondWins[place]!;
      merged.firstWins[place] = merged.secondWins[place] = decided / 2;
    }
  }
  return merged;
}
