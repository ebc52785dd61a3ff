import { badInput } from "../../errors.js";
import type { LabelerIndex } from "./labeler-index.js";
import type { PromptUnits, Unit } from "./unit.js";

/** What one labeler said about one completion on a declared scale (overall 1–7, a label as 0 or 1, …). */
export interface RatingJudgment {
  readonly labelerId: string;
  /** The completion's position among the prompt's completions. */
  readonly position: number;
  /** A value of the measure's scale. A missing value (null, absent) is left out by the caller: it is not a value. */
  readonly value: number;
  /** Milliseconds since 1970, UTC; of two judgments of one labeler on one completion the later counts … */
  readonly createdAt: number;
  /** … and of two of the same millisecond the one with the higher ordinal. */
  readonly ordinal: number;
}

/**
 * The units of every measure but RANKING: each completion that somebody scored, with the latest value of each labeler.
 * A value that a later one of the same labeler replaces is a repeat.
 *
 * @param scale the declared values in order, e.g. 1 … 7; category c of a unit is scale[c]. A value outside is refused.
 */
export function unitsFromRatings(
  ratings: readonly RatingJudgment[],
  scale: readonly number[],
  labelers: LabelerIndex,
): PromptUnits {
  const inOrder = ratings.map((rating) => ({ rating, labeler: labelers.indexOf(rating.labelerId) }));
  inOrder.sort(
    (a, b) => a.labeler - b.labeler || a.rating.createdAt - b.rating.createdAt || a.rating.ordinal - b.rating.ordinal,
  );
  const unitOfPosition = new Map<number, Unit>();
  let repeats = 0;
  for (const { rating, labeler } of inOrder) {
    const value = scale.indexOf(rating.value);
    if (value < 0) {
      throw badInput(`A rating is ${rating.value}; the scale is ${scale.join(", ")}.`);
    }
    const unit = unitOfPosition.get(rating.position);
    if (unit === undefined) {
      unitOfPosition.set(rating.position, { labelers: [labeler], values: [value] });
    } else if (unit.labelers[unit.labelers.length - 1] === labeler) {
      // Ratings come labeler by labeler, so an earlier value of this labeler can only be the last one.
      unit.values[unit.values.length - 1] = value;
      repeats++;
    } else {
      unit.labelers.push(labeler);
      unit.values.push(value);
    }
  }
  return { units: [...unitOfPosition.values()], repeats };
}
