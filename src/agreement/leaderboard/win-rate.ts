import { type PairCounts, totalsOf } from "./pair-counts.js";

/**
 * The share of its comparisons that each source won, over all opponents together; ties count half:
 *
 *   winRate_i = (wins_i + ties_i / 2) / (wins_i + losses_i + ties_i)
 *
 * Opponents are not weighed: who met only weak ones looks strong.
 * @param counts of all comparisons, at least one a source @returns from 0 to 1. [sources]
 * Source: Dubois et al. 2023, "AlpacaFarm", section 3 (a tie is half a win).
 */
export function winRates(counts: PairCounts): Float64Array {
  const { wins, losses, ties } = totalsOf(counts);
  return wins.map((won, i) => (won + ties[i]! / 2) / (won + losses[i]! + ties[i]!));
}
