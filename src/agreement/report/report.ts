import type { AgreementMeasure, CoefficientName, TiePolicy } from "../../vocabulary.js";
import { type LabelerPairTables, tabulateLabelerPairs } from "../coefficients/labeler-pairs.js";
import { MEASURES } from "../coefficients/measures.js";
import type { PairCredits } from "../coefficients/percent-agreement.js";
import type { Interval, Resampling } from "../intervals/interval.js";
import { undefinedBecause } from "../intervals/statistic.js";
import { canonicalJudgments } from "../judgments/canonical-judgments.js";
import type { LabelerIndex } from "../judgments/labeler-index.js";
import type { TimeSlices } from "../judgments/time-slices.js";
import {
  type CoefficientLine,
  type CoefficientResult,
  type CoefficientSums,
  coefficientLines,
  NO_PRECISION,
} from "./coefficient-lines.js";
import { type CoefficientTable, coefficientTable, countTables, type TableCells } from "./coefficient-table.js";
import type { LabelerAgreements } from "./labeler-agreement.js";
import { type LabelerPairAgreement, labelerMatrix } from "./labeler-matrix.js";
import type { ContestedPrompt } from "./most-contested.js";

/** How one labeler agrees with all others, under the report's tie policy. */
export interface LabelerAgreement {
  readonly labelerId: string;
  readonly value: number | null;
  /** The units in which the labeler can be compared with anybody. */
  readonly n: number;
}

/** What the judgments of a measure say about agreement. */
export interface AgreementFigures {
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
  labelerInterval(labelerId: string): TimeSlices<Interval | null>;
  /** The labeler pairs that share at least `minUnits` units, by ascending a, then b. */
  matrix(minUnits: number): LabelerPairAgreement[];
  /** The table behind a coefficient of this report, to follow its number; null where it has none or is not listed. */
  table(name: CoefficientName): TimeSlices<CoefficientTable | null>;
  /** The prompts with the lowest percent agreement, at most 20, lowest first. */
  readonly mostContested: readonly ContestedPrompt[];
}

/** What has been counted once all prompts are in. */
export interface AgreementCounts extends CoefficientSums {
  readonly measure: AgreementMeasure;
  readonly tiePolicy: TiePolicy;
  readonly units: number;
  readonly pairableUnits: number;
  readonly judgments: number;
  readonly repeats: number;
  readonly labelers: LabelerIndex;
  /** hasJudged[i]: the labeler numbered i has a judgment. */
  readonly hasJudged: readonly boolean[];
  /** Clusters with a pairable unit. */
  readonly clusters: number;
  readonly byLabeler: LabelerAgreements | null;
  readonly matrix: boolean;
  readonly credits: PairCredits;
  readonly mostContested: readonly ContestedPrompt[];
}

/** Fewer clusters than this make an interval doubtful, and the report says so. */
const FEW_CLUSTERS = 20;

const TIE_POLICY_SENTENCES: Readonly<Record<TiePolicy, string>> = {
  EXACT: "PERCENT_AGREEMENT is under tie policy EXACT: `<`, `=` and `>` must match.",
  HALF_CREDIT: "PERCENT_AGREEMENT is under tie policy HALF_CREDIT: a tie against a strict order counts one half.",
  STRICT_ONLY: "PERCENT_AGREEMENT is under tie policy STRICT_ONLY: only pairs that both labelers order strictly count.",
};

/** Turns the counts into the report: values, intervals, reasons, warnings. The long part, resampling, yields on the way. */
export function* reportOf(counts: AgreementCounts, resampling: Resampling): TimeSlices<AgreementFigures> {
  const { measure, tiePolicy, units, pairableUnits, judgments, repeats, labelers, hasJudged } = counts;
  const { oriented, categoryNames } = MEASURES[measure];
  const asksWho = counts.matrix || counts.coefficients.some((coefficient) => "layOut" in coefficient);
  const who = asksWho ? yield* canonicalJudgments(counts.judgmentTable, oriented) : null;
  const lines = pairableUnits > 0 ? yield* coefficientLines(counts, who?.table ?? null, resampling) : [];
  const coefficients =
    pairableUnits > 0
      ? lines.map(({ result }) => result)
      : counts.coefficients.map(({ name }) => ({
          name,
          ...undefinedBecause(nothingToCompare(counts)),
          ...NO_PRECISION,
          n: 0,
        }));
  const parts = new Map(lines.map((line) => [line.result.name, line.parts]));
  const cohensPairs = lines.find((line) => line.pairs !== null)?.pairs ?? null;
  const taus = lines.find((line) => line.tauOfPairs !== null)?.tauOfPairs ?? null;
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
      // A set: coefficients of the same cases say the same of them.
      ...new Set(lines.flatMap(({ warnings }) => warnings)),
      ...precisionWarnings(lines, resampling),
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
    return "There are no judgments, or none that the filters let through: there is nothing to compare.";
  }
  return labelers === 1
    ? `All ${judgments} judgments are of one labeler; agreement needs at least two.`
    : `No unit was judged by two labelers: ${labelers} labelers judged ${units} units, each unit once.`;
}

function precisionWarnings(lines: readonly CoefficientLine[], { resamples }: Resampling): string[] {
  const warnings: string[] = [];
  const fewClusters = new Map<number, CoefficientName[]>();
  for (const { result, precision } of lines) {
    if (precision === null) {
      continue;
    }
    const { name } = result;
    const { ci95, reason, clusters, undefinedResamples } = precision;
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
