import { checkHandle } from "../../datasets/records/names.js";
import { show } from "../../datasets/text/code-points.js";
import { LATEST_REVISION } from "../../entities/database/database.js";
import {
  datasetsOfLabeler,
  findLabeler,
  insertLabeler,
  labelerToChange,
  moveMemberships,
  updateLabelerRow,
} from "../../entities/queries/labelers/labeler-writes.js";
import { AppError, badInput, conflict } from "../../errors.js";
import type { LabelerPool, LabelerStatus } from "../../vocabulary.js";
import { globalId, localId } from "../input/global-id.js";
import { missing } from "../input/input-rules.js";
import { audit } from "./audit.js";
import { beginChange } from "./change-dataset.js";
import { type Change, runChange, type Writer } from "./run-change.js";

export interface NewLabeler {
  readonly handle: string;
  readonly pool: LabelerPool;
  readonly status: LabelerStatus;
  readonly idempotencyKey?: string | null;
}

/** Registers a labeler. Refused: a handle against the rule, or known (CONFLICT). Returns the labeler's number. */
export async function registerLabeler(writer: Writer, input: NewLabeler): Promise<string> {
  const { handle, pool, status } = input;
  const check = () => checkHandle(handle, "input.handle");
  return runChange(writer, { mutation: "registerLabeler", input, check }, async ({ connection, manager, viewer }) => {
    const id = await insertLabeler(connection, { handle, pool, status });
    if (id === null) throw conflict(`A labeler with the handle ${show(handle)} is registered already.`);
    const after = { handle, pool, status };
    await audit(manager, viewer, { action: "registerLabeler", subject: globalId("Labeler", id), after });
    return id;
  });
}

/** What is left out stays as it is. */
export interface LabelerChange {
  readonly id: string;
  readonly pool?: LabelerPool | null;
  readonly status?: LabelerStatus | null;
}

/** A labeler joined a dataset, or one was deleted, while the change was being made: it begins again. */
class MembershipsChanged extends Error {}

const TRIES = 5;

/**
 * Changes a labeler's pool or status. It counts in every dataset the labeler is a member of, from a new revision of each
 * on; what was read as of an earlier revision stays as it was. Refused: neither given, null for either.
 * @returns the labeler's number
 */
export async function updateLabeler(writer: Writer, input: LabelerChange): Promise<string> {
  const { pool, status } = input;
  const check = () => {
    if (pool === null || status === null) {
      const field = pool === null ? "pool" : "status";
      throw badInput(`input.${field} is null; leave it out to keep it as it is.`, `input.${field}`);
    }
    if (pool === undefined && status === undefined)
      throw badInput("Give the pool or the status that is to be changed.", "input");
  };
  for (let tries = 1; ; tries++) {
    try {
      return await runChange(writer, { mutation: "updateLabeler", input, check }, (change) =>
        applyChange(change, input),
      );
    } catch (error) {
      if (!(error instanceof MembershipsChanged)) throw error;
      if (tries === TRIES)
        throw conflict("The labeler's memberships keep changing at this moment; nothing was changed. Try again.");
    }
  }
}

async function applyChange({ connection, manager, viewer }: Change, input: LabelerChange): Promise<string> {
  const id = localId("Labeler", input.id, "input.id");
  // Datasets are locked before the labeler, as by those who store a labeler's work: so neither waits for the other in a ring.
  const seen = await findLabeler(connection, id);
  const datasetIds = seen && differs(seen, input) ? await datasetsOfLabeler(connection, id) : [];
  const revisions = await beginChanges(manager, datasetIds);
  const before = await labelerToChange(connection, id);
  if (!before) throw missing("Labeler", id, "input.id");
  const after = { pool: input.pool ?? before.pool, status: input.status ?? before.status };
  if (differs(before, after)) {
    const joined = (await datasetsOfLabeler(connection, id)).some((datasetId) => !revisions.has(datasetId));
    if (joined) throw new MembershipsChanged();
    await moveMemberships(connection, id, revisions, after);
  }
  await updateLabelerRow(connection, id, after);
  await audit(manager, viewer, {
    action: "updateLabeler",
    subject: input.id,
    before: { pool: before.pool, status: before.status },
    after: { ...after, ...(revisions.size > 0 ? { datasets: datasetIds.map((one) => globalId("Dataset", one)) } : {}) },
  });
  return id;
}

/** Whether what is wanted, where it is said, is not what stands. */
const differs = (
  stands: Pick<NewLabeler, "pool" | "status">,
  wanted: Pick<LabelerChange, "pool" | "status">,
): boolean =>
  (wanted.pool != null && wanted.pool !== stands.pool) || (wanted.status != null && wanted.status !== stands.status);

async function beginChanges(manager: Change["manager"], datasetIds: readonly string[]): Promise<Map<string, number>> {
  const revisions = new Map<string, number>();
  for (const datasetId of datasetIds) {
    const revision = await beginChange(manager, datasetId).catch((error: unknown) => {
      throw error instanceof AppError && error.code === "NOT_FOUND" ? new MembershipsChanged() : error;
    });
    revisions.set(datasetId, revision);
  }
  return revisions;
}

/** The key of a labeler in the pool it has at present. */
export const atPresent = (id: string) => ({ id, datasetId: null, asOf: LATEST_REVISION });
