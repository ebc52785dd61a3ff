import type { CoefficientName } from "../vocabulary.js";
import type { Statistic } from "./statistic.js";
import type { CountedUnit } from "./unit.js";

/**
 * A coefficient of agreement as a function of sums over units. What it needs to know of the data is a vector that adds up: units
 * to clusters, clusters to the whole or to a bootstrap resample. So a resample costs clusters and never judgments.
 */
export interface Coefficient {
  readonly name: CoefficientName;
  /** The length of the vector of sums. */
  readonly size: number;
  /** The range of values that the coefficient can take; its interval stays within. */
  readonly minimum: number;
  readonly maximum: number;
  /** Adds what a unit contributes. sums[0] counts the units that entered; a unit that says nothing leaves all as it is. [size] */
  add(sums: Float64Array, unit: CountedUnit): void;
  /** The value from the sums over any multiset of units. [size] */
  evaluate(sums: Float64Array): Statistic;
}

/** What intervals need of a coefficient, or of any other figure that is a function of sums over clusters. */
export type SummedFigure = Pick<Coefficient, "minimum" | "maximum" | "evaluate">;

/** The coefficient of one set of units, each counted once. */
export function evaluateUnits(coefficient: Coefficient, units: Iterable<CountedUnit>): Statistic {
  const sums = new Float64Array(coefficient.size);
  for (const unit of units) {
    coefficient.add(sums, unit);
  }
  return coefficient.evaluate(sums);
}
