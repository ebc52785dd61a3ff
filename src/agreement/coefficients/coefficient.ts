import type { CoefficientName } from "../../vocabulary.js";
import type { Clusters } from "../intervals/clusters.js";
import type { Interval } from "../intervals/interval.js";
import type { Statistic } from "../intervals/statistic.js";
import type { SummedFigure } from "../intervals/summed-figure.js";
import type { GrowableRows } from "../judgments/growable-rows.js";
import type { JudgedPrompt } from "../judgments/judged-prompt.js";
import type { JudgmentTable } from "../judgments/judgment-table.js";
import type { TimeSlices } from "../judgments/time-slices.js";
import type { CountedUnit } from "../judgments/unit.js";
import type { LabelerPairTables } from "./labeler-pairs.js";

/**
 * A coefficient of agreement as a function of sums over units. What it needs to know of the data is a vector that adds up: units
 * to clusters, clusters to the whole or to a bootstrap resample. So a resample costs clusters and never judgments.
 */
export interface Coefficient extends SummedFigure {
  readonly name: CoefficientName;
  /** The length of the vector of sums. */
  readonly size: number;
  /**
   * Adds what a unit contributes; a unit may have a single value. sums[0] counts the units that entered; a unit that says
   * nothing leaves all as it is. [size]
   */
  add(sums: Float64Array, unit: CountedUnit): void;
  /** Where Gwet gives a standard error: each unit's share of the value that the sums of all units have. [size] */
  unitShares?(sums: Float64Array): UnitShares;
}

/** Numbers for units, whose scatter about the centre is the precision of a coefficient (see analyticStandardError). */
export interface UnitShares {
  readonly centre: number;
  /** Null for a unit that does not enter. */
  of(unit: CountedUnit): number | null;
}

/** A coefficient whose sums are over prompts: it compares whole rankings, or all ratings of a prompt. */
export interface PromptCoefficient extends SummedFigure {
  readonly name: CoefficientName;
  /** The length of the vector of sums. */
  readonly size: number;
  /** Adds what a prompt contributes. sums[0] counts the units that entered; a prompt that says nothing leaves that as it is. [size] */
  addPrompt(sums: Float64Array, prompt: JudgedPrompt): void;
  /** What was left out, each in a sentence, from the sums over all prompts, also those that did not enter. [size] */
  warnings(totals: Float64Array): string[];
}

/**
 * A coefficient whose sums depend on who said what, such as a table for every pair of labelers: which sums there are is known
 * only when all judgments are in. A cluster's row then holds its few entries that are not zero (see SparseRows), so a resample
 * costs these and never judgments.
 */
export interface LabelerCoefficient {
  readonly name: CoefficientName;
  /** Lays out the sums, once. The table has at least one unit with two labelers. */
  layOut(judgments: JudgmentTable): TimeSlices<LaidOut>;
}

/** The sums of a labeler coefficient by cluster, and what they mean. */
export interface LaidOut {
  readonly figure: SummedFigure;
  /** In the order of the table's clusters, those that did not enter left out. */
  readonly clusters: Clusters;
  /** The units that entered. */
  readonly n: number;
  /** What was left out, each in a sentence. */
  readonly warnings: readonly string[];
  /** Gwet's standard error where he gives one. */
  readonly analyticStandardError: number | null;
  /** Where the coefficient has an interval of its own instead of one over clusters. */
  readonly interval?: { readonly ci95: Interval | null; readonly reason: string | null };
  /** The tables of the pairs of labelers that entered, where the coefficient is made of them. */
  readonly pairs?: LabelerPairTables;
  /** Where the coefficient is their mean: a row (first, second, Σ τ-b, prompts) for every two labelers, ascending. */
  readonly tauOfPairs?: GrowableRows;
}

export type AnyCoefficient = Coefficient | PromptCoefficient | LabelerCoefficient;

/** The coefficient of one set of units, each counted once. */
export function evaluateUnits(coefficient: Coefficient, units: Iterable<CountedUnit>): Statistic {
  const sums = new Float64Array(coefficient.size);
  for (const unit of units) {
    coefficient.add(sums, unit);
  }
  return coefficient.evaluate(sums);
}
