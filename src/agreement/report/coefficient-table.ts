import type { CoefficientName } from "../../vocabulary.js";
import type { LabelerPairTables } from "../coefficients/labeler-pairs.js";
import type { AgreementParts } from "../intervals/summed-figure.js";
import type { JudgmentTable } from "../judgments/judgment-table.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import { unitsOfTable } from "../judgments/units-of-table.js";

/** What the cell (c, k) of a table sums over the units: see TABLE_SENTENCES. */
type TableKind = "COINCIDENCES" | "PAIRS" | "UNITS" | "LABELERS";

/** The table behind a coefficient, so that a person can follow its number. */
export interface CoefficientTable {
  readonly name: CoefficientName;
  readonly kind: TableKind;
  /** What a cell counts, in a sentence. */
  readonly about: string;
  /** Whose values stand in rows and in columns, a < b; null where the table is of more than two labelers. */
  readonly labelerIds: readonly [string, string] | null;
  /** What rows and columns stand for. [q] */
  readonly categories: readonly string[];
  /** [q][q] */
  readonly cells: readonly (readonly number[])[];
  /** The agreement observed, weighted as the coefficient weighs … */
  readonly observed: number | null;
  /** … and what chance gives: value = (observed − expected) / (1 − expected). Null where the coefficient is not of this form. */
  readonly expected: number | null;
}

const TABLE_SENTENCES: Readonly<Record<TableKind, string>> = {
  COINCIDENCES:
    "Coincidences: every ordered pair of values of two labelers on a unit of m values counts 1 / (m − 1), so that each value counts once.",
  PAIRS: "Every ordered pair of values of two labelers on a unit counts 1.",
  UNITS:
    "Every ordered pair of values of two labelers on a unit of m values counts 1 / (m (m − 1)), so that each unit counts once.",
  LABELERS:
    "Units that the first labeler of a pair put in the row and the second in the column, over all pairs that enter.",
};

const ORIENTED = " Each unit is seen from either completion, and both views count one half.";

/** Which table stands behind which coefficient; those of ranks and variances have none. */
const KIND_OF: Readonly<Partial<Record<CoefficientName, TableKind>>> = {
  PERCENT_AGREEMENT: "PAIRS",
  KRIPPENDORFF_ALPHA: "COINCIDENCES",
  COHEN_KAPPA: "LABELERS",
  WEIGHTED_KAPPA_LINEAR: "LABELERS",
  WEIGHTED_KAPPA_QUADRATIC: "LABELERS",
  CONGER_KAPPA: "UNITS",
  FLEISS_KAPPA: "UNITS",
  SCOTT_PI: "PAIRS",
  BRENNAN_PREDIGER: "UNITS",
  GWET_AC1: "UNITS",
  GWET_AC2: "UNITS",
};

/** The cells of every kind of table, row by row. [q·q] */
export type TableCells = Readonly<Record<TableKind, Float64Array>>;

/**
 * Counts every kind of table.
 *
 * @param pairs the pairs of labelers that enter Cohen's kappas; null where there are none.
 * @param oriented C ← (C + C flipped) / 2, where flipping exchanges c with q−1−c on both sides.
 */
export function* countTables(
  judgments: JudgmentTable,
  pairs: LabelerPairTables | null,
  oriented: boolean,
): TimeSlices<TableCells> {
  const { q } = judgments;
  const tables = {
    COINCIDENCES: new Float64Array(q * q),
    PAIRS: new Float64Array(q * q),
    UNITS: new Float64Array(q * q),
    LABELERS: new Float64Array(q * q),
  };
  let work = 0;
  for (const { counts, values } of unitsOfTable(judgments)) {
    const m = values.length;
    for (let c = 0; c < q && m >= 2; c++) {
      for (let k = 0; k < q; k++) {
        const ordered = counts[c]! * (counts[k]! - Number(c === k));
        tables.PAIRS[c * q + k]! += ordered;
        tables.COINCIDENCES[c * q + k]! += ordered / (m - 1);
        tables.UNITS[c * q + k]! += ordered / (m * (m - 1));
      }
    }
    work += q * q;
    if (work > OPERATIONS_PER_SLICE) {
      work = 0;
      yield;
    }
  }
  for (let i = 0; i < (pairs?.counts.length ?? 0); i++) {
    tables.LABELERS[i % (q * q)]! += pairs!.counts[i]!;
  }
  if (oriented) {
    for (const cells of Object.values(tables)) {
      cells.set(cells.map((count, cell) => (count + cells[q * q - 1 - cell]!) / 2));
    }
  }
  return tables;
}

/**
 * The table behind a coefficient; null where there is none.
 *
 * @param labelerIds the first and the second of the only pair of labelers; null where there are more.
 */
export function coefficientTable(
  name: CoefficientName,
  tables: TableCells,
  { observed, expected }: AgreementParts,
  categories: readonly string[],
  oriented: boolean,
  labelerIds: readonly [string, string] | null,
): CoefficientTable | null {
  const kind = KIND_OF[name];
  if (kind === undefined) {
    return null;
  }
  const q = categories.length;
  const [a, b] = kind === "LABELERS" && labelerIds !== null ? labelerIds : ["", ""];
  const cell = (c: number, k: number): number => tables[kind][a > b ? k * q + c : c * q + k]!;
  return {
    name,
    kind,
    about: TABLE_SENTENCES[kind] + (oriented ? ORIENTED : ""),
    labelerIds: a === b ? null : a < b ? [a, b] : [b, a],
    categories,
    cells: categories.map((_, c) => categories.map((__, k) => cell(c, k))),
    observed,
    expected,
  };
}
