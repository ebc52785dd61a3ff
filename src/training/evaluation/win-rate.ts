/** How often one is preferred to another, by scores. */
import { tieCredit } from "../optimization/losses.js";

/**
 * The share of pairs (response, completion of the baseline) that the response wins; ties count half (Ouyang et al. 2022,
 * section 3.6: win rates against a baseline).
 * @param ours scores, at least one @param theirs scores, at least one @returns from 0 to 1
 */
export function winRateOf(ours: readonly number[], theirs: readonly number[]): number {
  let wins = 0;
  for (const our of ours) for (const their of theirs) wins += tieCredit(our - their);
  return wins / (ours.length * theirs.length);
}
