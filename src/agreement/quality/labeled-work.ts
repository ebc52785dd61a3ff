import { badInput } from "../../errors.js";
import { type CountedUnit } from "../judgments/unit.js";
import { checkRanking, type RankingJudgment } from "../judgments/units-from-rankings.js";
import type { RatingJudgment } from "../judgments/units-from-ratings.js";

/** What is known of a judgment beside what it says. */
interface Circumstances {
  /** False where createdAt is only when the judgment was stored: then it decides which of two counts, and nothing else. */
  readonly isTimeKnown: boolean;
  /** Milliseconds the labeler took, or null where not known. */
  readonly durationMs: number | null;
}

/** A ranking with what is known of how it was made. */
export interface RankingWork extends RankingJudgment, Circumstances {
  /** The positions of the completions as they stood before the labeler, perhaps more than were ranked; null where not known. */
  readonly displayOrder: readonly number[] | null;
}

/** A score with what is known of how it was given. */
export interface RatingWork extends RatingJudgment, Pick<Circumstances, "isTimeKnown"> {}

/** A work of the prompt at hand. */
export interface OpenWork extends Circumstances {
  readonly labeler: number;
  readonly createdAt: number;
  /** Ascending positions, with what was said of each. [k] */
  readonly positions: readonly number[];
  readonly answers: readonly number[];
  /** Indexes into positions, or null. [k] */
  readonly shown: readonly number[] | null;
  /** The units of the prompt that this work decides, with the category. */
  readonly units: number[];
  readonly categories: number[];
}

/** The units of the prompt at hand: which completions, and who decides what. */
export interface OpenUnit extends CountedUnit {
  readonly first: number;
  readonly second: number;
}

/** Refused: a completion twice, a duration below 0 or not finite, a display order that lacks a completion or has one twice. */
export function checkWork(ranking: RankingWork): void {
  checkRanking(ranking);
  const { durationMs, displayOrder } = ranking;
  const positions = Array.from(ranking.positions);
  const ranked = new Set(positions);
  if (ranked.size !== positions.length) {
    const twice = positions.find((position, i) => positions.indexOf(position) !== i);
    throw badInput(`A ranking names the completion at position ${twice} twice; each may stand in one tier only.`);
  }
  if (durationMs !== null && !(Number.isFinite(durationMs) && durationMs >= 0)) {
    throw badInput(`A ranking took ${durationMs} ms; a duration is a number from 0.`);
  }
  if (displayOrder !== null) {
    const shown = new Set(displayOrder);
    if (shown.size !== displayOrder.length || positions.some((position) => !shown.has(position))) {
      throw badInput(
        `A ranking of the completions ${positions.join(", ")} was shown as ${displayOrder.join(", ")}; each of them must have been shown, once.`,
      );
    }
  }
}

/** A ranking as a work of the prompt at hand, positions ascending. */
export function openRanking(ranking: RankingWork, labeler: number): OpenWork {
  const { positions, tiers, displayOrder, createdAt, isTimeKnown, durationMs } = ranking;
  const order = Array.from(positions, (position, i) => ({ position, tier: tiers[i]! }));
  order.sort((a, b) => a.position - b.position);
  const place = new Map(order.map(({ position }, i) => [position, i]));
  return {
    labeler,
    createdAt,
    isTimeKnown,
    durationMs,
    positions: order.map(({ position }) => position),
    answers: order.map(({ tier }) => tier),
    shown: displayOrder?.flatMap((position) => place.get(position) ?? []) ?? null,
    units: [],
    categories: [],
  };
}
