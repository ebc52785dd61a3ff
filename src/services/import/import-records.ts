import { badInput } from "../../errors.js";
import { requireDataset, requireRole } from "../access/visibility.js";
import { recordFormat } from "../export/record-format.js";
import { checkEach } from "../input/check-each.js";
import { globalId, localId } from "../input/global-id.js";
import { checkItems } from "../input/input-rules.js";
import { TimeSlice } from "../statistics/time-slice.js";
import { audit } from "../writes/audit.js";
import { beginChange } from "../writes/change-dataset.js";
import type { Writer } from "../writes/run-change.js";
import { runOnce } from "../writes/run-once.js";
import { importBatch } from "./import-batch.js";
import { type PreparedLine, prepareLine } from "./import-line.js";
import type { ImportReport } from "./import-report.js";

export interface GivenRecords {
  readonly datasetId: string;
  readonly format: string;
  readonly records: readonly Record<string, unknown>[];
  readonly idempotencyKey?: string | null;
}

/** A record's own fields and its metadata, which may lie 64 levels deep. */
const MOST_LEVELS = 70;

/**
 * Imports a small batch of records into a dataset that is there: the rules of a file, one transaction, at most once for
 * an idempotency key. The report's lines are the records' places in the list, from 1.
 * Refused: an unknown format, no records or more than 1,000, a record nested too deep.
 */
export async function importRecords(writer: Writer, input: GivenRecords): Promise<ImportReport> {
  const { viewer, database } = writer;
  requireRole(viewer, "ADMIN");
  const format = recordFormat(input.format, "input.format");
  checkItems(input.records, "input.records");
  checkEach(input.records, (record, index) => {
    if (liesWithin(record, MOST_LEVELS)) return;
    const place = `input.records.${index}`;
    throw badInput(`${place} is nested deeper than ${MOST_LEVELS} levels.`, place);
  });
  const datasetId = localId("Dataset", input.datasetId, "input.datasetId");
  requireDataset(viewer, datasetId);
  const lines: PreparedLine[] = [];
  const slice = new TimeSlice();
  for (const [index, value] of input.records.entries()) {
    if (slice.isDue) await slice.giveWay();
    lines.push(await prepareLine(index + 1, { value }, slice));
  }
  const { idempotencyKey } = input;
  return runOnce(database, viewer, { mutation: "importRecords", input, idempotencyKey }, async (manager) => {
    const report = await importBatch(
      {
        inTransaction: (work) => manager.transaction(work),
        begin: async (change) => ({ datasetId, revision: await beginChange(change, datasetId) }),
        at: new Date(),
        by: viewer.name,
      },
      lines,
    );
    const { accepted, rejected, duplicates } = report;
    await audit(manager, viewer, {
      action: "importRecords",
      subject: globalId("Dataset", datasetId),
      datasetId,
      after: { format, accepted, rejected, duplicates },
    });
    return report;
  });
}

function liesWithin(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((item) => liesWithin(item, levels - 1));
}
