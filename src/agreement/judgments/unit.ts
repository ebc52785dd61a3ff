/**
 * One thing that labelers judged: a pair of completions (RANKING) or a completion (every other measure).
 * values[i] is the category, 0 … q−1, that the labeler numbered labelers[i] gave; a labeler stands in a unit at most once.
 */
export interface Unit {
  readonly labelers: number[];
  readonly values: number[];
}

/** A unit with its histogram: counts[c] labelers gave category c. [q] */
export interface CountedUnit extends Unit {
  readonly counts: Int32Array;
}

/** The units of one prompt, in no particular order, and how many judgments a later one of the same labeler replaced. */
export interface PromptUnits {
  readonly units: Unit[];
  readonly repeats: number;
}

/** Counts the categories of a unit into a given histogram [q], which is overwritten. */
export function countCategories(unit: Unit, counts: Int32Array): CountedUnit {
  counts.fill(0);
  for (const value of unit.values) {
    counts[value]!++;
  }
  return { labelers: unit.labelers, values: unit.values, counts };
}
