import type { CoefficientName } from "../../vocabulary.js";
import { analyticStandardError } from "../coefficients/analytic-standard-error.js";
import type { AnyCoefficient, LaidOut } from "../coefficients/coefficient.js";
import type { LabelerPairTables } from "../coefficients/labeler-pairs.js";
import { patternCounts, weightedSums } from "../intervals/bootstrap.js";
import { type Clusters, canonicalClusters } from "../intervals/clusters.js";
import { clusterPrecisions, type Interval, type Precision, type Resampling } from "../intervals/interval.js";
import type { Statistic } from "../intervals/statistic.js";
import type { AgreementParts } from "../intervals/summed-figure.js";
import type { GrowableRows } from "../judgments/growable-rows.js";
import type { JudgmentTable } from "../judgments/judgment-table.js";
import type { TimeSlices } from "../judgments/time-slices.js";
import { unitsOfTable } from "../judgments/units-of-table.js";

/** A coefficient's line in a report. */
export interface CoefficientResult {
  readonly name: CoefficientName;
  /** Null exactly where the statistic is undefined. */
  readonly value: number | null;
  /** Why there is no value; where there is one, why there is no interval; null where there are both. */
  readonly reason: string | null;
  readonly ci95: Interval | null;
  readonly standardError: number | null;
  /** Gwet's standard error, from units as independent draws, where he gives one; to compare with other tools. */
  readonly analyticStandardError: number | null;
  /** The units that entered. */
  readonly n: number;
}

/** A coefficient with all that a report says of it. */
export interface CoefficientLine {
  readonly result: CoefficientResult;
  /** Null where there is no value. */
  readonly precision: Precision | null;
  /** Null where there is no value; of a figure without such parts they are null. */
  readonly parts: AgreementParts | null;
  /** What was left out, each in a sentence. */
  readonly warnings: readonly string[];
  /** The tables of the pairs of labelers that entered, where the coefficient is made of them; else null. */
  readonly pairs: LabelerPairTables | null;
  /** Where the coefficient is their mean: a row (first, second, Σ τ-b, prompts) for every two labelers; else null. */
  readonly tauOfPairs: GrowableRows | null;
}

/** What the coefficients are computed from; at least one unit has two values. */
export interface CoefficientSums {
  readonly coefficients: readonly AnyCoefficient[];
  /** A table for each coefficient that is a sum over units or prompts, one row a cluster. */
  readonly sumsByCluster: readonly (GrowableRows | null)[];
  /** Who said what, in the order of feeding. */
  readonly judgmentTable: JudgmentTable;
}

export const NO_PRECISION = { ci95: null, standardError: null, analyticStandardError: null };

/**
 * The line of each coefficient: value, interval, standard errors. Coefficients of the same clusters are resampled together.
 *
 * @param canonical the judgments in their canonical order; null where no coefficient asks who said what.
 */
export function* coefficientLines(
  { coefficients, sumsByCluster, judgmentTable }: CoefficientSums,
  canonical: JudgmentTable | null,
  resampling: Resampling,
): TimeSlices<CoefficientLine[]> {
  const all: Evaluated[] = [];
  for (let i = 0; i < coefficients.length; i++) {
    const laid = yield* laidOut(coefficients[i]!, sumsByCluster[i]!, judgmentTable, canonical);
    const sums = weightedSums(laid.clusters, patternCounts(laid.clusters), new Float64Array(laid.clusters.size));
    const statistic = laid.figure.evaluate(sums);
    const parts = laid.figure.parts ?? (() => ({ observed: null, expected: null }));
    all.push({ laid, statistic, parts: statistic.value === null ? null : parts(sums) });
  }
  const precisions = yield* precisionsOf(all, resampling);
  return all.map((evaluated, i) => line(coefficients[i]!.name, evaluated, precisions.get(evaluated) ?? null));
}

interface Evaluated {
  readonly laid: LaidOut;
  readonly statistic: Statistic;
  readonly parts: AgreementParts | null;
}

function line(
  name: CoefficientName,
  { laid, statistic, parts }: Evaluated,
  precision: Precision | null,
): CoefficientLine {
  const { n, warnings, analyticStandardError: analytic, pairs = null, tauOfPairs = null } = laid;
  const result =
    statistic.value === null || precision === null
      ? { name, ...statistic, ...NO_PRECISION, n }
      : {
          name,
          value: statistic.value,
          reason: precision.reason,
          ci95: precision.ci95,
          standardError: precision.standardError,
          analyticStandardError: analytic,
          n,
        };
  return { result, precision, parts, warnings, pairs, tauOfPairs };
}

/** The precision of each that has a value. */
function* precisionsOf(all: readonly Evaluated[], resampling: Resampling): TimeSlices<Map<Evaluated, Precision>> {
  const precisions = new Map<Evaluated, Precision>();
  const together = new Map<Clusters, { readonly of: Evaluated; readonly estimate: number }[]>();
  for (const evaluated of all) {
    const { interval, clusters } = evaluated.laid;
    const { value } = evaluated.statistic;
    if (value === null) {
      continue;
    }
    if (interval !== undefined) {
      precisions.set(evaluated, { ...interval, standardError: null, clusters: null, undefinedResamples: 0 });
      continue;
    }
    const group = together.get(clusters) ?? [];
    group.push({ of: evaluated, estimate: value });
    together.set(clusters, group);
  }
  for (const [clusters, group] of together) {
    const estimated = group.map(({ of, estimate }) => ({ figure: of.laid.figure, estimate }));
    const found = yield* clusterPrecisions(clusters, estimated, resampling);
    group.forEach(({ of }, i) => {
      precisions.set(of, found[i]!);
    });
  }
  return precisions;
}

/** The sums of a coefficient by cluster, whichever kind it is. */
function* laidOut(
  coefficient: AnyCoefficient,
  table: GrowableRows | null,
  judgments: JudgmentTable,
  canonical: JudgmentTable | null,
): TimeSlices<LaidOut> {
  if ("layOut" in coefficient) {
    return yield* coefficient.layOut(canonical!);
  }
  const clusters = yield* canonicalClusters(table!);
  const sums = weightedSums(clusters, patternCounts(clusters), new Float64Array(clusters.size));
  return {
    figure: coefficient,
    clusters,
    n: sums[0]!,
    warnings: "addPrompt" in coefficient ? coefficient.warnings(totalsOf(table!)) : [],
    analyticStandardError:
      "add" in coefficient ? yield* analyticStandardError(coefficient, sums, unitsOfTable(judgments)) : null,
  };
}

/** The sums over all clusters, also those that did not enter. [size] */
function totalsOf(table: GrowableRows): Float64Array {
  const totals = new Float64Array(table.width);
  for (let row = 0; row < table.length; row++) {
    for (let column = 0; column < table.width; column++) {
      totals[column]! += table.get(row, column);
    }
  }
  return totals;
}
