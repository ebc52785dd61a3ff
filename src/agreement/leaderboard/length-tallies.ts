import type { Statistic } from "../intervals/statistic.js";
import { defined, undefinedBecause } from "../intervals/statistic.js";
import { interceptAtEqualLength } from "./length-regression.js";

/** Each source's comparisons by how much longer its completion was: all that a length-controlled win rate needs. */
export class LengthTallies {
  /** For each source: difference in characters → [comparisons, wins; a tie is half]. */
  private readonly bySource: Map<number, [number, number]>[] = [];

  /** A comparison, as each of the two sees it. @param order −1 the first won, 0 tied, 1 the second @param difference first − second */
  add(first: number, second: number, difference: number, order: -1 | 0 | 1): void {
    this.addTo(first, difference, (1 - order) / 2);
    this.addTo(second, -difference, (1 + order) / 2);
  }

  private addTo(source: number, difference: number, win: number): void {
    let tallies = this.bySource[source];
    if (tallies === undefined) {
      tallies = new Map();
      this.bySource[source] = tallies;
    }
    const tally = tallies.get(difference);
    if (tally === undefined) {
      tallies.set(difference, [1, win]);
    } else {
      tally[0]++;
      tally[1] += win;
    }
  }

  /**
   * The win rate that a source would have with completions as long as those it is compared with: σ(a) of interceptAtEqualLength over
   * its comparisons with all others, lengths in characters (code points). Undefined, in a sentence, where no finite parameters are
   * likeliest.
   */
  winRate(source: number): Statistic {
    const tallies = this.bySource[source] ?? new Map<number, [number, number]>();
    const rows = [...tallies].map(([difference, [n, wins]]) => ({ difference, n, wins }));
    if (rows.length === 0) {
      return undefinedBecause("Nothing was compared.");
    }
    rows.sort((a, b) => a.difference - b.difference);
    const intercept = interceptAtEqualLength(rows);
    if (intercept !== null) {
      return defined(1 / (1 + Math.exp(-intercept)));
    }
    const [n, wins] = rows.reduce(([all, won], row) => [all + row.n, won + row.wins], [0, 0]);
    return undefinedBecause(
      wins === 0 || wins === n
        ? `All ${n} comparisons are ${wins === 0 ? "lost" : "won"}, so nothing can be said about lengths.`
        : "Lengths tell wins and losses fully apart: no finite parameters fit them best.",
    );
  }
}
