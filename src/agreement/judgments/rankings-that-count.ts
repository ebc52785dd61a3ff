import { pairNumber } from "./ranked-sets.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "./time-slices.js";
import type { RankingJudgment } from "./units-from-rankings.js";

/** A pair costs a look-up, as much as about ten elementary operations. */
const PAIRS_PER_SLICE = OPERATIONS_PER_SLICE / 10;

/**
 * The rankings of one prompt of which at least one pair of completions counts, earlier ones first (by createdAt, then by
 * ordinal). A pair of a ranking counts unless a later ranking of the same labeler has both its completions, as in
 * unitsFromRankings. So of several rankings of the very same set only the last is left.
 *
 * @param among only pairs of these completions are asked for; all where it is not given.
 */
export function* rankingsThatCount(
  rankings: readonly RankingJudgment[],
  among?: ReadonlySet<number>,
): TimeSlices<RankingJudgment[]> {
  const inOrder = [...rankings].sort((a, b) => a.createdAt - b.createdAt || a.ordinal - b.ordinal);
  const decidedBy = new Map<string, Set<number>>();
  const latestFirst: RankingJudgment[] = [];
  let sincePause = 0;
  for (const ranking of inOrder.reverse()) {
    const decided = decidedBy.get(ranking.labelerId) ?? new Set<number>();
    decidedBy.set(ranking.labelerId, decided);
    const decidedLater = decided.size;
    const positions = Array.from(ranking.positions).filter((position) => among?.has(position) ?? true);
    for (let j = 1; j < positions.length; j++) {
      for (let i = 0; i < j; i++) decided.add(pairNumber(positions[i]!, positions[j]!));
      sincePause += j;
      if (sincePause >= PAIRS_PER_SLICE) {
        yield;
        sincePause = 0;
      }
    }
    if (decided.size > decidedLater) latestFirst.push(ranking);
  }
  return latestFirst.reverse();
}
