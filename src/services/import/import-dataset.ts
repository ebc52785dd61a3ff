import type { EntityManager } from "typeorm";
import { refuseOtherFile } from "../../datasets/formats/other-formats.js";
import { type Line, LineSplitter } from "../../datasets/text/ndjson.js";
import type { Database, Queryable } from "../../entities/database/database.js";
import { datasetForImport } from "../../entities/queries/files/import-write.js";
import { AppError, conflict } from "../../errors.js";
import type { RecordFormat } from "../../vocabulary.js";
import type { Viewer } from "../access/viewer.js";
import { requireRole } from "../access/visibility.js";
import { globalId } from "../input/global-id.js";
import { TimeSlice } from "../statistics/time-slice.js";
import { audit } from "../writes/audit.js";
import { beginChange } from "../writes/change-dataset.js";
import { type BatchTarget, type BegunChange, importBatch } from "./import-batch.js";
import { databaseFailure } from "./import-failure.js";
import { type PreparedLine, prepareLine } from "./import-line.js";
import { type ImportReport, ImportTally } from "./import-report.js";
import { BatchOvertaken } from "./import-write.js";

/** A batch holds at most this many lines, and ends with the line that brings it to this many characters. */
const BATCH_LINES = 1000;
const BATCH_CHARACTERS = 2 << 20;

/** A file on its way into a dataset. */
export interface ImportRequest {
  /** Checked by `checkSlug`; the dataset is made with the first line that is accepted, where there is none. */
  readonly slug: string;
  readonly format: RecordFormat;
  /** The file's bytes. An error it throws ends the import: an AppError is told, anything else is a fault. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly maxLineBytes: number;
}

/** How an import ended: its report, and the error with which it broke off. */
export interface ImportOutcome {
  readonly report: ImportReport;
  /** How many lines there were, blank ones left out: an empty file has none, one of declarations alone no prompts. */
  readonly lines: number;
  /** Null: it came to the end of the file. */
  readonly error: unknown;
}

/**
 * Imports a file of any size in memory that its size does not change. Lines are read and prepared while the batch before
 * them is written; each batch is one transaction, so that whatever breaks leaves whole prompts only, and the same file
 * sent again completes what is missing.
 * Refused: a viewer who is no ADMIN. What goes wrong later is in the outcome, beside what was stored until then.
 */
export async function importDataset(
  { database, viewer }: { readonly database: Database; readonly viewer: Viewer },
  { slug, format, body, maxLineBytes }: ImportRequest,
): Promise<ImportOutcome> {
  requireRole(viewer, "ADMIN");
  const at = new Date();
  let datasetId: string | null = null;
  const target: BatchTarget = {
    inTransaction: (work) => database.transaction(work),
    begin: (manager, connection) => begin(manager, connection, slug, datasetId),
    stored: (id) => {
      datasetId = id;
    },
    at,
    by: viewer.name,
  };
  const writer = new BatchWriter(target);
  let error: unknown = null;
  try {
    await readLines(body, maxLineBytes, writer);
  } catch (cause) {
    error = cause;
  }
  try {
    await writer.finish();
  } catch (cause) {
    error = cause;
  }
  error = databaseFailure(error) ?? error;
  const report = writer.report();
  error = (await leaveTrace(database, viewer, { slug, format, datasetId, report, error })) ?? error;
  return { report, lines: writer.added, error };
}

/**
 * Locks the dataset with this slug, made where there is none, and begins its next revision.
 * Refused: another dataset in place of that which took the lines before.
 */
async function begin(
  manager: EntityManager,
  connection: Queryable,
  slug: string,
  before: string | null,
): Promise<BegunChange> {
  const id = await datasetForImport(connection, slug);
  if (before !== null && id !== before) throw deletedMeanwhile(slug);
  if (id === null) throw new BatchOvertaken("The dataset was deleted at this very moment.");
  try {
    return { datasetId: id, revision: await beginChange(manager, id) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "NOT_FOUND") throw error;
    // It was there a moment ago. Without lines of ours in it, it is made anew.
    throw before === null ? new BatchOvertaken("The dataset was deleted at this very moment.") : deletedMeanwhile(slug);
  }
}

const deletedMeanwhile = (slug: string): AppError => conflict(`The dataset ${slug} was deleted while the import ran.`);

/** Feeds whole lines to the writer; where the input breaks off, the part of a line after the last line feed is dropped. */
async function readLines(body: AsyncIterable<Uint8Array>, maxLineBytes: number, writer: BatchWriter): Promise<void> {
  const splitter = new LineSplitter(maxLineBytes);
  const slice = new TimeSlice();
  let isFirst = true;
  const take = async (line: Line): Promise<void> => {
    if (slice.isDue) await slice.giveWay();
    if (isFirst && "text" in line) refuseOtherFile(line.text);
    isFirst = false;
    if ("error" in line) {
      await writer.add({ kind: "refused", line: line.line, message: line.error }, 0);
    } else {
      await writer.add(await prepareLine(line.line, line, slice), line.text.length);
    }
  };
  for await (const chunk of body) for (const line of splitter.push(chunk)) await take(line);
  for (const line of splitter.end()) await take(line);
}

/** Gathers lines into batches; while one is written, the next is gathered, and no more. */
class BatchWriter {
  private readonly tally = new ImportTally();
  private lines: PreparedLine[] = [];
  private characters = 0;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly target: BatchTarget) {}

  /** How many lines came. */
  added = 0;

  async add(line: PreparedLine, characters: number): Promise<void> {
    this.added++;
    this.lines.push(line);
    this.characters += characters;
    if (this.lines.length >= BATCH_LINES || this.characters >= BATCH_CHARACTERS) await this.write();
  }

  /** Writes what is left. After a failure nothing more is written, and the failure is thrown again. */
  async finish(): Promise<void> {
    if (this.lines.length > 0) await this.write();
    await this.writing;
  }

  report(): ImportReport {
    return this.tally.report();
  }

  private async write(): Promise<void> {
    const { lines } = this;
    this.lines = [];
    this.characters = 0;
    await this.writing;
    this.writing = importBatch(this.target, lines).then((report) => this.tally.add(report));
    // Whoever waits next hears of a failure; until then it is not an unhandled one.
    this.writing.catch(() => {});
  }
}

/** One audit entry for the whole import, also where it broke off. Returns why it could not be written, or null. */
async function leaveTrace(
  database: Database,
  viewer: Viewer,
  facts: {
    slug: string;
    format: RecordFormat;
    datasetId: string | null;
    report: ImportReport;
    error: unknown;
  },
): Promise<unknown> {
  const { slug, format, datasetId, report, error } = facts;
  const { accepted, rejected, duplicates } = report;
  const broke = error === null ? {} : { error: error instanceof AppError ? error.message : "a fault of the server" };
  try {
    await database.transaction((manager) =>
      audit(manager, viewer, {
        action: "importRecords",
        subject: datasetId && globalId("Dataset", datasetId),
        datasetId,
        after: { slug, format, accepted, rejected, duplicates, ...broke },
      }),
    );
    return null;
  } catch (cause) {
    return error === null ? (databaseFailure(cause) ?? cause) : null;
  }
}
