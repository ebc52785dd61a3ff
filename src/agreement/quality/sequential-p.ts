import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";

/** After so many draws at least as extreme as the data, more draws would change nothing that matters. */
const ENOUGH_EXTREME = 10;
/** The smallest probability that can be told is one over one more than this. */
const MOST_DRAWS = 9_999;

/**
 * The Monte Carlo probability of data at least as extreme: draws are made until 10 of them are, or 9,999 are made;
 *
 *   p = 10 / l where the 10th came at draw l,   p = (g + 1) / 10,000 where only g < 10 came.
 *
 * Under the hypothesis P(p ≤ a) ≤ a for every a, though a labeler with nothing remarkable costs only some dozens of draws.
 *
 * @param isExtreme makes a draw and says whether it is at least as extreme as the data
 * @param work about how many elementary operations a draw costs
 * @param atLeast a probability by other means; the answer is the larger of the two, and no draw is made that cannot raise it
 * Source: Besag and Clifford 1991, "Sequential Monte Carlo p-values", Biometrika 78.
 */
export function* sequentialP(isExtreme: () => boolean, work: number, atLeast = 0): TimeSlices<number> {
  let extreme = 0;
  let sincePause = 0;
  for (let draw = 1; draw <= MOST_DRAWS; draw++) {
    if (isExtreme() && ++extreme === ENOUGH_EXTREME) {
      return Math.max(atLeast, ENOUGH_EXTREME / draw);
    }
    if (ENOUGH_EXTREME / draw <= atLeast) {
      return atLeast;
    }
    sincePause += work;
    if (sincePause >= OPERATIONS_PER_SLICE) {
      sincePause = 0;
      yield;
    }
  }
  return Math.max(atLeast, (extreme + 1) / (MOST_DRAWS + 1));
}
