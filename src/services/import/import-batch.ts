import type { EntityManager } from "typeorm";
import { isConnectionLoss, type Queryable } from "../../entities/database/database.js";
import { connectionOf } from "../../entities/database/queryable.js";
import { AppError } from "../../errors.js";
import { TimeSlice } from "../statistics/time-slice.js";
import { type ImportBatch, loadBatch } from "./import-batch-state.js";
import { addDeclaration } from "./import-declaration.js";
import type { PreparedLine } from "./import-line.js";
import { addPrompt } from "./import-prompt.js";
import { type ImportReport, ImportTally } from "./import-report.js";
import { addsNothing, BatchOvertaken, writeBatch } from "./import-write.js";

/** Runs work in a transaction, or in a savepoint of one: all of it or nothing. */
type InTransaction = <T>(work: (manager: EntityManager) => Promise<T>) => Promise<T>;

/** The dataset that is being changed, and the revision that the change will be. */
export interface BegunChange {
  readonly datasetId: string;
  readonly revision: number;
}

/** Where the lines go. */
export interface BatchTarget {
  readonly inTransaction: InTransaction;
  /** Locks the dataset within the transaction and begins its next revision. */
  readonly begin: (manager: EntityManager, connection: Queryable) => Promise<BegunChange>;
  /** Told when a batch that adds something is stored. */
  readonly stored?: (datasetId: string) => void;
  /** The moment of the import. */
  readonly at: Date;
  /** Who imports. */
  readonly by: string;
}

const MOST_ATTEMPTS = 5;

/** A deadlock, a serialization failure, or another transaction that was first: the same work may succeed now. */
const TRY_AGAIN = /^(40001|40P01|23505)$/;

/** Data that a rule of the database refuses: data exceptions, broken constraints, limits of size. */
const REFUSED_DATA = /^(22|23|54)/;

/**
 * Imports a batch of lines as one change of the dataset: one transaction, one revision, each line whole or not at all.
 * A batch that adds nothing leaves no revision behind. Where the database itself refuses a line that had passed every
 * check, the batch is halved until that line stands alone, and only it is rejected.
 */
export async function importBatch(target: BatchTarget, lines: readonly PreparedLine[]): Promise<ImportReport> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptBatch(target, lines);
    } catch (error) {
      const code = codeOf(error);
      const overtaken = error instanceof BatchOvertaken || TRY_AGAIN.test(code);
      if (overtaken && attempt < MOST_ATTEMPTS && !isConnectionLoss(error)) continue;
      if (!REFUSED_DATA.test(code)) throw error;
      return await halve(target, lines, error as Error);
    }
  }
}

/** The report of a transaction that is undone because nothing was to be written. */
class NothingToWrite extends Error {
  constructor(readonly report: ImportReport) {
    super("nothing to write");
  }
}

async function attemptBatch(target: BatchTarget, lines: readonly PreparedLine[]): Promise<ImportReport> {
  try {
    const { report, datasetId } = await target.inTransaction(async (manager) => {
      const connection = await connectionOf(manager);
      const { datasetId, revision } = await target.begin(manager, connection);
      const batch = await loadBatch(connection, datasetId, lines, target);
      const report = await sortLines(batch, lines);
      if (addsNothing(batch)) throw new NothingToWrite(report);
      await writeBatch(connection, batch, revision);
      return { report, datasetId };
    });
    target.stored?.(datasetId);
    return report;
  } catch (error) {
    if (error instanceof NothingToWrite) return error.report;
    throw error;
  }
}

/** Adds each line to the batch in turn, as if it came alone after those before it. */
async function sortLines(batch: ImportBatch, lines: readonly PreparedLine[]): Promise<ImportReport> {
  const tally = new ImportTally();
  const slice = new TimeSlice();
  for (const line of lines) {
    if (slice.isDue) await slice.giveWay();
    if (line.kind === "refused") {
      tally.reject(line.line, line.message);
      continue;
    }
    if (batch.hashes.has(line.hash)) {
      if (line.kind === "prompt") tally.repeat();
      continue;
    }
    try {
      if (line.kind === "declaration") {
        addDeclaration(batch, line);
        tally.lose(line.losses);
      } else {
        const { isDuplicate, losses } = addPrompt(batch, line);
        if (isDuplicate) tally.repeat();
        else tally.accept(losses);
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      tally.reject(line.line, error.message);
    }
  }
  return tally.report();
}

async function halve(target: BatchTarget, lines: readonly PreparedLine[], error: Error): Promise<ImportReport> {
  const tally = new ImportTally();
  const [only] = lines;
  if (lines.length === 1 && only) {
    tally.reject(only.line, `The database refuses the line: ${refusal(error)}.`);
    return tally.report();
  }
  const middle = Math.floor(lines.length / 2);
  for (const half of [lines.slice(0, middle), lines.slice(middle)]) tally.add(await importBatch(target, half));
  return tally.report();
}

/** A refusal of the database in words that name no row of others. */
function refusal(error: Error): string {
  const { constraint, column, table } = error as { constraint?: string; column?: string; table?: string };
  if (constraint) return `it breaks the rule ${constraint} of ${table ?? "a table"}`;
  if (column) return `a value does not fit ${table ?? "a table"}.${column}`;
  return error.message.replace(/\.$/, "");
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? "");
