import type { Loss } from "../../datasets/records/losses.js";
import type { Database } from "../../entities/database/database.js";
import { leftBehind } from "../../entities/queries/files/export-report.js";
import type { RecordFormat } from "../../vocabulary.js";
import type { DatasetExport } from "./export-dataset.js";

/** What an export would hold, and what it would leave out. */
export interface ExportReport {
  readonly format: RecordFormat;
  readonly revision: number;
  readonly prompts: number;
  /** Only what there is: a loss that would lose nothing is not listed. */
  readonly losses: readonly Loss[];
}

/**
 * Says beforehand what an export loses. The native format holds the dataset as of one revision: of the past it holds
 * nothing, and of groups only the splits.
 */
export async function exportReport(
  database: Database,
  { selection }: DatasetExport,
  format: RecordFormat,
): Promise<ExportReport> {
  const { prompts, ...counts } = await leftBehind(database, selection);
  const losses: Loss[] = [
    { what: "rankings that were superseded", count: counts.rankings },
    { what: "demonstrations that were superseded", count: counts.demonstrations },
    { what: "assessments that were superseded", count: counts.assessments },
    { what: "earlier states of prompts", count: counts.states },
    { what: "groups that keep prompts of several authors in one split (the splits are kept)", count: counts.groups },
  ];
  return { format, revision: selection.revision, prompts, losses: losses.filter(({ count }) => count > 0) };
}
