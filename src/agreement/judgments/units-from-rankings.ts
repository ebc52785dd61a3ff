import { badInput } from "../../errors.js";
import type { LabelerIndex } from "./labeler-index.js";
import { OPERATIONS_PER_SLICE, runSlices, type TimeSlices } from "./time-slices.js";
import type { PromptUnits, Unit } from "./unit.js";

/** What one labeler said about some or all completions of a prompt. */
export interface RankingJudgment {
  readonly labelerId: string;
  /** The ranked completions, each by its position among the prompt's completions (0, 1, 2 …), best first. [k] */
  readonly positions: ArrayLike<number>;
  /** tiers[i] is the tier of positions[i], 1 is the best; completions of one tier are tied. [k] */
  readonly tiers: ArrayLike<number>;
  /** Milliseconds since 1970, UTC; of two judgments of one labeler the later counts … */
  readonly createdAt: number;
  /** … and of two of the same millisecond the one with the higher ordinal. */
  readonly ordinal: number;
}

/** A pair costs a look-up, as much as about ten draws. */
const PAIRS_PER_SLICE = OPERATIONS_PER_SLICE / 10;

/** The categories of a pair of completions, as seen from the one with the lower position. */
export const PREFERRED = 0;
export const TIED = 1;
export const NOT_PREFERRED = 2;

/**
 * The units of RANKING: every unordered pair of completions of the prompt that somebody ordered, with `<`, `=` or `>` from each
 * labeler who did. Labelers may rank different subsets. Where a labeler orders a pair twice the later ranking counts, and the
 * earlier value is a repeat. Takes time proportional to the pairs in all rankings.
 *
 * Refused: a position that is no integer ≥ 0, one that stands twice in a ranking, as many tiers as positions not given.
 */
export const unitsFromRankings = (rankings: readonly RankingJudgment[], labelers: LabelerIndex): PromptUnits =>
  runSlices(unitsFromRankingsInSlices(rankings, labelers));

/** The same, with a pause every few milliseconds: a prompt may have a million rankings. */
export function* unitsFromRankingsInSlices(
  rankings: readonly RankingJudgment[],
  labelers: LabelerIndex,
): TimeSlices<PromptUnits> {
  const inOrder = rankings.map((ranking) => ({ ranking, labeler: labelers.indexOf(ranking.labelerId) }));
  inOrder.sort(
    (a, b) =>
      a.labeler - b.labeler || a.ranking.createdAt - b.ranking.createdAt || a.ranking.ordinal - b.ranking.ordinal,
  );
  const unitOfPair = new Map<number, Unit>();
  let repeats = 0;
  let sincePause = 0;
  for (const { ranking, labeler } of inOrder) {
    const { positions, tiers } = ranking;
    checkRanking(ranking);
    for (let j = 1; j < positions.length; j++) {
      if (sincePause >= PAIRS_PER_SLICE) {
        yield;
        sincePause = 0;
      }
      sincePause += j;
      for (let i = 0; i < j; i++) {
        const swapped = positions[i]! > positions[j]!;
        const low = swapped ? positions[j]! : positions[i]!;
        const high = swapped ? positions[i]! : positions[j]!;
        if (low === high) {
          throw badInput(`A ranking names the completion at position ${low} twice; each may stand in one tier only.`);
        }
        const difference = swapped ? tiers[j]! - tiers[i]! : tiers[i]! - tiers[j]!;
        const value = difference < 0 ? PREFERRED : difference > 0 ? NOT_PREFERRED : TIED;
        // Pairs are numbered along the lower triangle: (0,1) (0,2) (1,2) (0,3) …
        const pair = (high * (high - 1)) / 2 + low;
        const unit = unitOfPair.get(pair);
        if (unit === undefined) {
          unitOfPair.set(pair, { labelers: [labeler], values: [value] });
        } else if (unit.labelers[unit.labelers.length - 1] === labeler) {
          // Rankings come labeler by labeler, so an earlier value of this labeler can only be the last one.
          unit.values[unit.values.length - 1] = value;
          repeats++;
        } else {
          unit.labelers.push(labeler);
          unit.values.push(value);
        }
      }
    }
  }
  return { units: [...unitOfPair.values()], repeats };
}

/** Refuses what is no ranking, but for a completion that stands in it twice. */
export function checkRanking({ positions, tiers }: RankingJudgment): void {
  if (positions.length !== tiers.length) {
    throw badInput(
      `A ranking has ${positions.length} positions and ${tiers.length} tiers; it needs one tier a position.`,
    );
  }
  for (let i = 0; i < positions.length; i++) {
    if (!Number.isSafeInteger(positions[i]!) || positions[i]! < 0) {
      throw badInput(`A ranking names position ${positions[i]}; a position is an integer from 0.`);
    }
    if (!Number.isFinite(tiers[i]!)) {
      throw badInput(`A ranking names tier ${tiers[i]}; a tier is an integer from 1.`);
    }
  }
}
