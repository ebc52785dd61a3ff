/**
 * How every two sources fared against each other. It is all that a rating needs to know of the comparisons, so a fit costs
 * pairs of sources and never comparisons. Pairs stand once, ascending by (first, second), with first ≤ second; a pair of one
 * source with itself arises only where several sources are counted as one (see mergedCounts).
 */
export interface PairCounts {
  readonly sources: number;
  /** [pairs] */
  readonly first: Int32Array;
  /** [pairs] */
  readonly second: Int32Array;
  /** How often the first was preferred. [pairs] */
  readonly firstWins: Float64Array;
  /** How often the second was preferred. [pairs] */
  readonly secondWins: Float64Array;
  /** How often they were tied. [pairs] */
  readonly ties: Float64Array;
}

/** What a source did against all others together. */
export interface Totals {
  /** [sources] */
  readonly wins: Float64Array;
  /** [sources] */
  readonly losses: Float64Array;
  /** [sources] */
  readonly ties: Float64Array;
}

/**
 * The counts of a table of wins.
 * @param wins wins[i][j]: how often i was preferred to j; the diagonal is not read. [sources × sources]
 * @param ties ties[i][j]: how often they were tied, read above the diagonal. [sources × sources]
 */
export function countsOfTable(
  wins: readonly (readonly number[])[],
  ties: readonly (readonly number[])[] = [],
): PairCounts {
  const rows: number[][] = [];
  for (let i = 0; i < wins.length; i++) {
    for (let j = i + 1; j < wins.length; j++) {
      const row = [i, j, wins[i]![j]!, wins[j]![i]!, ties[i]?.[j] ?? 0];
      if (row[2]! + row[3]! + row[4]! > 0) {
        rows.push(row);
      }
    }
  }
  const column = (c: number): number[] => rows.map((row) => row[c]!);
  return {
    sources: wins.length,
    first: Int32Array.from(column(0)),
    second: Int32Array.from(column(1)),
    firstWins: Float64Array.from(column(2)),
    secondWins: Float64Array.from(column(3)),
    ties: Float64Array.from(column(4)),
  };
}

/** What each source did against all others together. */
export function totalsOf({ sources, first, second, firstWins, secondWins, ties }: PairCounts): Totals {
  const totals = {
    wins: new Float64Array(sources),
    losses: new Float64Array(sources),
    ties: new Float64Array(sources),
  };
  for (let pair = 0; pair < first.length; pair++) {
    const [i, j] = [first[pair]!, second[pair]!];
    totals.wins[i]! += firstWins[pair]!;
    totals.losses[j]! += firstWins[pair]!;
    totals.wins[j]! += secondWins[pair]!;
    totals.losses[i]! += secondWins[pair]!;
    totals.ties[i]! += ties[pair]!;
    totals.ties[j]! += ties[pair]!;
  }
  return totals;
}

/** The pairs of each source, one source after another: the comparisons as a graph. */
export interface PairGraph {
  /** The pairs of source i stand at starts[i] … starts[i + 1] − 1. [sources + 1] */
  readonly starts: Int32Array;
  /** The other source of the pair. [2·pairs] */
  readonly neighbors: Int32Array;
  /** The number of the pair. [2·pairs] */
  readonly pairs: Int32Array;
}

/** The pairs of each source; neighbors in ascending order of pairs. */
export function graphOf({ sources, first, second }: PairCounts): PairGraph {
  const starts = new Int32Array(sources + 1);
  for (const ends of [first, second]) {
    for (const source of ends) {
      starts[source + 1]!++;
    }
  }
  for (let source = 0; source < sources; source++) {
    starts[source + 1]! += starts[source]!;
  }
  const next = starts.slice();
  const neighbors = new Int32Array(2 * first.length);
  const pairs = new Int32Array(2 * first.length);
  for (let pair = 0; pair < first.length; pair++) {
    const [i, j] = [first[pair]!, second[pair]!];
    neighbors[next[i]!] = j;
    pairs[next[i]!++] = pair;
    neighbors[next[j]!] = i;
    pairs[next[j]!++] = pair;
  }
  return { starts, neighbors, pairs };
}
