import { SparseRows } from "../intervals/sparse-rows.js";
import { type Statistic, undefinedBecause } from "../intervals/statistic.js";
import type { JudgmentTable } from "../judgments/judgment-table.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import type { LabelerCoefficient, LaidOut } from "./coefficient.js";
import { ICC_FORMS, icc, iccInterval, type MeanSquares, meanSquares } from "./icc.js";

/** The completions that all labelers scored, or why there is no table of them. */
interface CompleteCases {
  readonly squares: MeanSquares | null;
  readonly reason: string;
  readonly n: number;
  readonly warnings: readonly string[];
}

/**
 * The six intraclass correlations of the complete cases: the completions that every labeler of the report scored. Others are
 * left out and counted, for a correlation of the same raters (forms 2 and 3) is of a table without gaps, and which labelers it
 * is of must not depend on the data. To look at fewer labelers, ask for a report of them.
 *
 * @param scale scale[c] is the score that category c stands for. [q]
 */
export function iccCoefficients(scale: readonly number[]): LabelerCoefficient[] {
  let known: { judgments: JudgmentTable; cases: CompleteCases } | null = null;
  return ICC_FORMS.map((name) => ({
    name,
    *layOut(judgments): TimeSlices<LaidOut> {
      if (known?.judgments !== judgments) {
        known = { judgments, cases: yield* completeCases(judgments, scale) };
      }
      const { squares, reason, n, warnings } = known.cases;
      const statistic: Statistic = squares === null ? undefinedBecause(reason) : icc(name, squares);
      return {
        figure: { minimum: Number.NEGATIVE_INFINITY, maximum: 1, evaluate: () => statistic },
        clusters: new SparseRows(0).clusters(),
        n,
        warnings,
        analyticStandardError: null,
        interval: squares === null ? { ci95: null, reason } : iccInterval(name, squares),
      };
    },
  }));
}

function* completeCases(
  { labelers, units, firstJudgment, labelerOf, categoryOf }: JudgmentTable,
  scale: readonly number[],
): TimeSlices<CompleteCases> {
  const columnOf = new Int32Array(labelers).fill(-1);
  let k = 0;
  for (const labeler of labelerOf) {
    if (columnOf[labeler] === -1) {
      columnOf[labeler] = k++;
    }
  }
  yield;
  const size = (unit: number): number => firstJudgment[unit + 1]! - firstJudgment[unit]!;
  let n = 0;
  for (let unit = 0; unit < units; unit++) {
    n += size(unit) === k ? 1 : 0;
  }
  const who = k === 2 ? "both labelers" : `all ${k} labelers`;
  if (n < 2) {
    const how = n === 0 ? "No completion was" : "Only one completion was";
    return {
      squares: null,
      reason: `${how} scored by ${who}, and an intraclass correlation needs two. Name labelers who scored the same ones in labelerIds.`,
      n: 0,
      warnings: [],
    };
  }
  const scores = new Float64Array(n * k);
  let [row, work] = [0, 0];
  for (let unit = 0; unit < units; unit++) {
    if (size(unit) !== k) {
      continue;
    }
    for (let i = firstJudgment[unit]!; i < firstJudgment[unit + 1]!; i++) {
      scores[row * k + columnOf[labelerOf[i]!]!] = scale[categoryOf[i]!]!;
    }
    row++;
    work += k;
    if (work > OPERATIONS_PER_SLICE) {
      work = 0;
      yield;
    }
  }
  return {
    squares: meanSquares(scores, k),
    reason: "",
    n,
    warnings: [
      ...(n < units
        ? [`The ICCs are of the ${n} completions that ${who} scored; ${units - n} others are left out.`]
        : []),
      "The intervals of the ICCs are F intervals: they take completions for independent and scores for normal.",
    ],
  };
}
