import type { Statistic } from "./statistic.js";

/** What intervals need of a coefficient, or of any other figure that is a function of sums over clusters. */
export interface SummedFigure {
  /** The range of values that the figure can take; its interval stays within. */
  readonly minimum: number;
  readonly maximum: number;
  /** The value from the sums over any multiset of clusters. [size] */
  evaluate(sums: Float64Array): Statistic;
  /** The two shares that a value = (observed − expected) / (1 − expected) is made of, where it is defined. [size] */
  parts?(sums: Float64Array): AgreementParts;
}

/** Observed agreement and agreement by chance; null where a figure has no such part. */
export interface AgreementParts {
  readonly observed: number | null;
  readonly expected: number | null;
}
