import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import type { CountedUnit } from "../judgments/unit.js";
import type { Coefficient } from "./coefficient.js";

const UNITS_PER_SLICE = OPERATIONS_PER_SLICE / 10;

/**
 * Gwet's standard error of a coefficient, from how far the units' shares of it scatter; units are independent draws and
 * labelers are fixed.
 *
 *   SE = √( Σ_u (κ_u − κ)² / (n (n − 1)) )
 *
 * Null where he gives none (see Coefficient.unitShares) and for fewer than two units. Pairs of one ranking are not independent:
 * there the interval over clusters is the one to use, and this one to compare with other tools.
 *
 * @param sums of all units, of which the coefficient is defined. [size]
 * Sources: Gwet 2008, "Computing inter-rater reliability and its variance in the presence of high agreement", section 4; Gwet
 * 2014, "Handbook of Inter-Rater Reliability", 4th ed., chapter 5. The correction for a finite population is left out.
 */
export function* analyticStandardError(
  coefficient: Coefficient,
  sums: Float64Array,
  units: Iterable<CountedUnit>,
): TimeSlices<number | null> {
  const { value } = coefficient.evaluate(sums);
  if (value === null || coefficient.unitShares === undefined) {
    return null;
  }
  const shares = coefficient.unitShares(sums);
  let [n, squares, seen] = [0, 0, 0];
  for (const unit of units) {
    const share = shares.of(unit);
    if (share !== null) {
      n++;
      squares += (share - shares.centre) ** 2;
    }
    if (++seen % UNITS_PER_SLICE === 0) {
      yield;
    }
  }
  return n < 2 ? null : Math.sqrt(squares / (n * (n - 1)));
}
