import type { Interval } from "../agreement/intervals/interval.js";
import { type CsvCell, csvCell } from "../datasets/formats/csv-cell.js";
import type { AgreementDocument } from "../services/analysis/agreement-document.js";

/** The columns of the CSV, in this order; docs/agreement.md says what each holds. */
export const CSV_COLUMNS = [
  "table",
  "id",
  "name",
  "other_id",
  "other_name",
  "n",
  "shared",
  "value",
  "ci95_low",
  "ci95_high",
  "standard_error",
  "analytic_standard_error",
  "kappa",
  "tau_b",
  "rank",
  "rank_ci95_low",
  "rank_ci95_high",
  "win_rate",
  "length_controlled_win_rate",
  "reason",
] as const;

type Row = Readonly<Partial<Record<(typeof CSV_COLUMNS)[number], CsvCell>>>;

/**
 * Every figure of an agreement document as one table of tidy rows: RFC 4180 with CRLF, UTF-8, numbers with all their digits,
 * an empty cell for what is null. A text that a spreadsheet would take for a formula gets an apostrophe before it.
 */
export function agreementCsv(document: AgreementDocument): string {
  const rows: Row[] = [
    ...document.coefficients.map(({ name, value, reason, ci95, standardError, analyticStandardError, n }) => ({
      ...{ table: "coefficient", name, n, value, reason, standard_error: standardError },
      analytic_standard_error: analyticStandardError,
      ...endsOf(ci95),
    })),
    ...document.byLabeler.map(({ labeler, value, n, ci95 }) => ({
      ...{ table: "labeler", id: labeler.id, name: labeler.handle, n, value },
      ...endsOf(ci95),
    })),
    ...document.matrix.map(({ a, b, value, n, shared, kappa, tauB }) => ({
      ...{ table: "labeler_pair", id: a.id, name: a.handle, other_id: b.id, other_name: b.handle },
      ...{ n, shared, value, kappa, tau_b: tauB },
    })),
    ...document.mostContested.map(({ id, externalId, value, n }) => ({
      ...{ table: "contested_prompt", id, name: externalId, n, value },
    })),
    ...(document.leaderboard?.entries ?? []).map((entry) => ({
      ...{ table: "source", name: entry.source, n: entry.wins + entry.losses + entry.ties, value: entry.rating },
      ...endsOf(entry.ci95),
      ...{ rank: entry.rank, rank_ci95_low: entry.rankCi95?.low, rank_ci95_high: entry.rankCi95?.high },
      ...{ win_rate: entry.winRate, length_controlled_win_rate: entry.lengthControlledWinRate, reason: entry.reason },
    })),
    ...document.warnings.map((reason) => ({ table: "warning", reason })),
  ];
  const lines = rows.map((row) => CSV_COLUMNS.map((column) => csvCell(row[column])).join(","));
  return [CSV_COLUMNS.join(","), ...lines, ""].join("\r\n");
}

const endsOf = (ci95: Interval | null): Row => ({ ci95_low: ci95?.low, ci95_high: ci95?.high });
