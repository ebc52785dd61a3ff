import type { AgreementMeasure, CoefficientName, TiePolicy } from "../vocabulary.js";
import { analyticStandardError } from "./analytic-standard-error.js";
import { patternCounts, weightedSums } from "./bootstrap.js";
import { canonicalJudgments } from "./canonical-judgments.js";
import { canonicalClusters } from "./clusters.js";
import type { AgreementParts, AnyCoefficient, LaidOut } from "./coefficient.js";
import { type CoefficientTable, coefficientTable, countTables, type TableCells } from "./coefficient-table.js";
import type { GrowableRows } from "./growable-rows.js";
import { clusterPrecision, type Interval, type Precision, type Resampling } from "./interval.js";
import type { JudgmentTable } from "./judgment-table.js";
import type { LabelerAgreements } from "./labeler-agreement.js";
import type { LabelerIndex } from "./labeler-index.js";
import { type LabelerPairAgreement, labelerMatrix } from "./labeler-matrix.js";
import { type LabelerPairTables, tabulateLabelerPairs } from "./labeler-pairs.js";
import { MEASURES } from "./measures.js";
import type { ContestedPrompt } from "./most-contested.js";
import type { PairCredits } from "./percent-agreement.js";
import { undefinedBecause } from "./statistic.js";
import type { Steps } from "./steps.js";
import { unitsOfTable } from "./units-of-table.js";

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

/** How one labeler agrees with all others, under the report's tie policy. */
export interface LabelerAgreement {
  readonly labelerId: string;
  readonly value: number | null;
  /** The units in which the labeler can be compared with anybody. */
  readonly n: number;
}

/** What the judgments of a measure say about agreement. */
export interface AgreementReport {
  readonly measure: AgreementMeasure;
  readonly tiePolicy: TiePolicy;
  /** What anybody judged … */
  readonly units: number;
  /** … and what at least two labelers judged: only these say something about agreement. */
  readonly pairableUnits: number;
  /** Labelers with a judgment. */
  readonly labelers: number;
  /** Values of one labeler on one unit that count; a ranking of k completions is k(k−1)/2 of them. */
  readonly judgments: number;
  /** Values that a later one of the same labeler on the same unit replaced; they are not in `judgments`. */
  readonly repeats: number;
  /** Clusters with a pairable unit: what a resample draws from. */
  readonly clusters: number;
  readonly coefficients: readonly CoefficientResult[];
  readonly warnings: readonly string[];
  /** Every labeler with a judgment, by ascending id. */
  readonly byLabeler: readonly LabelerAgreement[];
  /** The 95 % interval of one labeler's line, computed when asked; null below two clusters and for an unknown labeler. */
  labelerInterval(labelerId: string): Steps<Interval | null>;
  /** The labeler pairs that share at least `minUnits` units that count, by ascending a, then b. */
  matrix(minUnits: number): LabelerPairAgreement[];
  /** The table behind a coefficient of this report, to follow its number; null where it has none or is not listed. */
  table(name: CoefficientName): Steps<CoefficientTable | null>;
  /** The prompts with the lowest percent agreement, at most 20, lowest first. */
  readonly mostContested: readonly ContestedPrompt[];
}

/** What has been counted once all prompts are in. */
export interface AgreementCounts {
  readonly measure: AgreementMeasure;
  readonly tiePolicy: TiePolicy;
  readonly units: number;
  readonly pairableUnits: number;
  readonly judgments: number;
  readonly repeats: number;
  readonly labelers: LabelerIndex;
  /** hasJudged[i]: the labeler numbered i has a judgment. */
  readonly hasJudged: readonly boolean[];
  readonly coefficients: readonly AnyCoefficient[];
  /** A table for each coefficient that is a sum over units or prompts, one row a cluster. */
  readonly sumsByCluster: readonly (GrowableRows | null)[];
  /** Clusters with a pairable unit. */
  readonly clusters: number;
  readonly byLabeler: LabelerAgreements | null;
  /** Who said what, in the order of feeding. */
  readonly judgmentTable: JudgmentTable;
  readonly matrix: boolean;
  readonly credits: PairCredits;
  readonly mostContested: readonly ContestedPrompt[];
}

const NO_PRECISION = { ci95: null, standardError: null, analyticStandardError: null };

/** Fewer clusters than this make an interval doubtful, and the report says so. */
const FEW_CLUSTERS = 20;

const TIE_POLICY_SENTENCES: Readonly<Record<TiePolicy, string>> = {
  EXACT: "PERCENT_AGREEMENT is under tie policy EXACT: `<`, `=` and `>` must match.",
  HALF_CREDIT: "PERCENT_AGREEMENT is under tie policy HALF_CREDIT: a tie against a strict order counts one half.",
  STRICT_ONLY: "PERCENT_AGREEMENT is under tie policy STRICT_ONLY: only pairs that both labelers order strictly count.",
};

/** Turns the counts into the report: values, intervals, reasons, warnings. The long part, resampling, yields on the way. */
export function* reportOf(counts: AgreementCounts, resampling: Resampling): Steps<AgreementReport> {
  const { measure, tiePolicy, units, pairableUnits, judgments, repeats, labelers, hasJudged } = counts;
  const { oriented, categoryNames } = MEASURES[measure];
  const asksWho = counts.matrix || counts.coefficients.some((coefficient) => "layOut" in coefficient);
  const who = asksWho ? yield* canonicalJudgments(counts.judgmentTable, oriented) : null;
  const coefficients: CoefficientResult[] = [];
  const precisions = new Map<CoefficientName, Precision>();
  const parts = new Map<CoefficientName, AgreementParts>();
  let cohensPairs: LabelerPairTables | null = null;
  let taus: GrowableRows | null = null;
  // A set: coefficients of the same cases say the same of them.
  const leftOut = new Set<string>();
  for (let i = 0; i < counts.coefficients.length; i++) {
    const { name } = counts.coefficients[i]!;
    if (pairableUnits === 0) {
      coefficients.push({ name, ...undefinedBecause(nothingToCompare(counts)), ...NO_PRECISION, n: 0 });
      continue;
    }
    const laid = yield* laidOut(counts.coefficients[i]!, counts.sumsByCluster[i]!, counts.judgmentTable, who?.table);
    const { figure, clusters, n, warnings, analyticStandardError: analytic } = laid;
    for (const warning of warnings) {
      leftOut.add(warning);
    }
    cohensPairs ??= laid.pairs ?? null;
    taus ??= laid.tauOfPairs ?? null;
    const sums = weightedSums(clusters, patternCounts(clusters), new Float64Array(clusters.size));
    const statistic = figure.evaluate(sums);
    if (statistic.value === null) {
      coefficients.push({ name, ...statistic, ...NO_PRECISION, n });
      continue;
    }
    parts.set(name, figure.parts?.(sums) ?? { observed: null, expected: null });
    const precision: Precision =
      laid.interval === undefined
        ? yield* clusterPrecision(clusters, figure, statistic.value, resampling)
        : { ...laid.interval, standardError: null, clusters: null, undefinedResamples: 0 };
    precisions.set(name, precision);
    const { ci95, standardError, reason } = precision;
    coefficients.push({
      name,
      value: statistic.value,
      reason,
      ci95,
      standardError,
      analyticStandardError: analytic,
      n,
    });
  }
  if (counts.byLabeler !== null) {
    yield* counts.byLabeler.close(labelers.ids.length);
  }
  const pairs = counts.matrix && who !== null ? yield* tabulateLabelerPairs(who.table, 1) : null;
  let tables: TableCells | null = null;
  const idOf = (labeler: number): string => labelers.ids[who!.labelerAt[labeler]!]!;
  const onlyPair = onlyPairOf(cohensPairs, idOf);
  const judged = labelers.ids.filter((_, index) => hasJudged[index]).sort();
  return {
    measure,
    tiePolicy,
    units,
    pairableUnits,
    labelers: judged.length,
    judgments,
    repeats,
    clusters: counts.clusters,
    coefficients,
    warnings: [
      ...(measure === "RANKING" ? [TIE_POLICY_SENTENCES[tiePolicy]] : []),
      ...leftOut,
      ...precisionWarnings(precisions, resampling),
      ...(typeof pairs === "string" ? [pairs] : []),
    ],
    byLabeler: judged.map((labelerId) => {
      const share = counts.byLabeler?.share(labelers.indexOf(labelerId));
      return { labelerId, value: share?.value ?? null, n: share?.n ?? 0 };
    }),
    *labelerInterval(labelerId) {
      const index = labelers.find(labelerId);
      return index === undefined || counts.byLabeler === null
        ? null
        : yield* counts.byLabeler.interval(index, resampling);
    },
    matrix: (minUnits) =>
      pairs === null || typeof pairs === "string"
        ? []
        : labelerMatrix(pairs, taus, idOf, counts.credits, oriented, minUnits),
    *table(name) {
      if (!coefficients.some((coefficient) => coefficient.name === name)) {
        return null;
      }
      tables ??= yield* countTables(counts.judgmentTable, cohensPairs, oriented);
      const ofWhich = parts.get(name) ?? { observed: null, expected: null };
      return coefficientTable(name, tables, ofWhich, categoryNames, oriented, onlyPair);
    },
    mostContested: counts.mostContested,
  };
}

/** The sums of a coefficient by cluster, whichever kind it is. */
function* laidOut(
  coefficient: AnyCoefficient,
  table: GrowableRows | null,
  judgments: JudgmentTable,
  canonical: JudgmentTable | undefined,
): Steps<LaidOut> {
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

function onlyPairOf(
  pairs: LabelerPairTables | null,
  idOf: (labeler: number) => string,
): readonly [string, string] | null {
  return pairs?.length === 1 ? [idOf(pairs.first[0]!), idOf(pairs.second[0]!)] : null;
}

/** Why no unit has two values. */
function nothingToCompare({ judgments, hasJudged, units }: AgreementCounts): string {
  const labelers = hasJudged.filter(Boolean).length;
  if (judgments === 0) {
    return "There are no judgments, so there is nothing to compare.";
  }
  return labelers === 1
    ? `All ${judgments} judgments are of one labeler; agreement needs at least two.`
    : `No unit was judged by two labelers: ${labelers} labelers judged ${units} units, each unit once.`;
}

function precisionWarnings(precisions: ReadonlyMap<CoefficientName, Precision>, { resamples }: Resampling): string[] {
  const warnings: string[] = [];
  const fewClusters = new Map<number, CoefficientName[]>();
  for (const [name, { ci95, reason, clusters, undefinedResamples }] of precisions) {
    if (ci95 === null) {
      warnings.push(`${name} has no interval. ${reason}`);
      continue;
    }
    if (clusters !== null && clusters < FEW_CLUSTERS) {
      fewClusters.set(clusters, [...(fewClusters.get(clusters) ?? []), name]);
    }
    if (undefinedResamples > 0) {
      warnings.push(`${name} was undefined in ${undefinedResamples} of ${resamples} resamples, which are left out.`);
    }
    if (ci95.high === ci95.low) {
      warnings.push(
        `The interval of ${name} has no width: all ${clusters} clusters say the same, so its precision is not known.`,
      );
    }
  }
  for (const [clusters, names] of fewClusters) {
    warnings.push(
      `Intervals from fewer than ${FEW_CLUSTERS} clusters are rough: ${names.join(", ")} rest on ${clusters} clusters.`,
    );
  }
  return warnings;
}
