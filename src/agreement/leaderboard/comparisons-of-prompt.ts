import { badInput } from "../../errors.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import type { RankingJudgment } from "../judgments/units-from-rankings.js";

/** A pair costs a look-up, as much as about ten draws. */
const PAIRS_PER_SLICE = OPERATIONS_PER_SLICE / 10;

/** What a labeler said about two completions: −1 the first is preferred, 0 tied, 1 the second. Positions ascend. */
export type VisitComparison = (first: number, second: number, order: -1 | 0 | 1) => void;

/**
 * Visits every pair of completions that each labeler ordered, once a labeler: where a labeler orders a pair twice the later
 * ranking counts, as in agreement. Answers how often that was so. Takes time proportional to the pairs in all rankings.
 * Refused: as many tiers as positions not given, a position that stands twice or is no integer ≥ 0.
 */
export function* visitComparisons(rankings: readonly RankingJudgment[], visit: VisitComparison): TimeSlices<number> {
  const byLabeler = new Map<string, RankingJudgment[]>();
  for (const ranking of rankings) {
    checkRanking(ranking);
    const own = byLabeler.get(ranking.labelerId);
    if (own === undefined) {
      byLabeler.set(ranking.labelerId, [ranking]);
    } else {
      own.push(ranking);
    }
  }
  let [repeats, work] = [0, 0];
  for (const own of byLabeler.values()) {
    // The latest first; what is seen again is an earlier value.
    own.sort((a, b) => b.createdAt - a.createdAt || b.ordinal - a.ordinal);
    const seen = own.length > 1 ? new Set<number>() : null;
    for (const { positions, tiers } of own) {
      for (let j = 1; j < positions.length; j++) {
        if (work > PAIRS_PER_SLICE) {
          work = 0;
          yield;
        }
        work += j;
        for (let i = 0; i < j; i++) {
          const swapped = positions[i]! > positions[j]!;
          const [low, high] = swapped ? [positions[j]!, positions[i]!] : [positions[i]!, positions[j]!];
          if (seen !== null) {
            // Pairs are numbered along the lower triangle: (0,1) (0,2) (1,2) (0,3) …
            const pair = (high * (high - 1)) / 2 + low;
            if (seen.has(pair)) {
              repeats++;
              continue;
            }
            seen.add(pair);
          }
          const order = Math.sign(tiers[i]! - tiers[j]!);
          visit(low, high, (swapped ? -order : order) as -1 | 0 | 1);
        }
      }
    }
  }
  return repeats;
}

function checkRanking({ positions, tiers }: RankingJudgment): void {
  if (positions.length !== tiers.length) {
    throw badInput(
      `A ranking has ${positions.length} positions and ${tiers.length} tiers; it needs one tier a position.`,
    );
  }
  const seen = new Set<number>();
  for (let i = 0; i < positions.length; i++) {
    if (!Number.isSafeInteger(positions[i]!) || positions[i]! < 0 || seen.has(positions[i]!)) {
      throw badInput(`A ranking names position ${positions[i]}; a position is an integer from 0 and stands once.`);
    }
    seen.add(positions[i]!);
  }
}
