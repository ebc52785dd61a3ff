import type { LabelerPool, LabelerStatus } from "../../../vocabulary.js";
import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** A labeler as those who write for it need it. */
export interface LabelerFacts {
  readonly id: string;
  readonly handle: string;
  readonly pool: LabelerPool;
  readonly status: LabelerStatus;
}

/** Registers a labeler unless the handle is known. Index: labeler_handle_key. */
const INSERT_LABELER: Statement = {
  name: "insert-labeler",
  text: "insert into labeler (handle, pool, status) values ($1, $2, $3) on conflict (handle) do nothing returning id",
};

const LABELER_BY_ID: Statement = {
  name: "labeler-facts",
  text: "select id, handle, pool, status from labeler where id = $1",
};

/** Locked against a change until the transaction ends. Index: labeler_pkey. */
const LABELER_AT_WORK: Statement = {
  name: "labeler-at-work",
  text: "select id, handle, pool, status from labeler where id = $1 for share",
};

const LABELER_TO_CHANGE: Statement = {
  name: "labeler-to-change",
  text: "select id, handle, pool, status from labeler where id = $1 for update",
};

const UPDATE_LABELER: Statement = {
  name: "update-labeler",
  text: "update labeler set pool = $2, status = $3 where id = $1",
};

/** Which datasets is a labeler a member of? Index: dataset_labeler_by_labeler. */
const DATASETS_OF_LABELER: Statement = {
  name: "datasets-of-labeler",
  text: `select dataset_id as "datasetId" from dataset_labeler where labeler_id = $1 and removed_in is null
    order by dataset_id`,
};

/** Ends a labeler's memberships and begins them in another pool or status, each dataset in its own revision. */
const MOVE_MEMBERSHIPS: Statement = {
  name: "move-memberships",
  text: `with given as (
      select * from unnest($2::bigint[], $3::integer[]) as given (dataset_id, revision)),
    old as (
      update dataset_labeler m set removed_in = given.revision from given
      where m.dataset_id = given.dataset_id and m.labeler_id = $1 and m.removed_in is null
      returning m.dataset_id, given.revision)
    insert into dataset_labeler (dataset_id, labeler_id, pool, status, added_in)
    select dataset_id, $1, $4, $5, revision from old`,
};

/** The number of a new labeler, or null where the handle is known. */
export async function insertLabeler(
  connection: Queryable,
  { handle, pool, status }: Omit<LabelerFacts, "id">,
): Promise<string | null> {
  const [row] = await rowsOf<{ id: string }>(connection, INSERT_LABELER, [handle, pool, status]);
  return row?.id ?? null;
}

export async function findLabeler(connection: Queryable, id: string): Promise<LabelerFacts | null> {
  const [row] = await rowsOf<LabelerFacts>(connection, LABELER_BY_ID, [id]);
  return row ?? null;
}

export async function labelerAtWork(connection: Queryable, id: string): Promise<LabelerFacts | null> {
  const [row] = await rowsOf<LabelerFacts>(connection, LABELER_AT_WORK, [id]);
  return row ?? null;
}

export async function labelerToChange(connection: Queryable, id: string): Promise<LabelerFacts | null> {
  const [row] = await rowsOf<LabelerFacts>(connection, LABELER_TO_CHANGE, [id]);
  return row ?? null;
}

export async function updateLabelerRow(
  connection: Queryable,
  id: string,
  { pool, status }: Pick<LabelerFacts, "pool" | "status">,
): Promise<void> {
  await rowsOf(connection, UPDATE_LABELER, [id, pool, status]);
}

export async function datasetsOfLabeler(connection: Queryable, labelerId: string): Promise<string[]> {
  const rows = await rowsOf<{ datasetId: string }>(connection, DATASETS_OF_LABELER, [labelerId]);
  return rows.map(({ datasetId }) => datasetId);
}

export async function moveMemberships(
  connection: Queryable,
  labelerId: string,
  revisions: ReadonlyMap<string, number>,
  { pool, status }: Pick<LabelerFacts, "pool" | "status">,
): Promise<void> {
  const [datasetIds, from] = [[...revisions.keys()], [...revisions.values()]];
  await rowsOf(connection, MOVE_MEMBERSHIPS, [labelerId, datasetIds, from, pool, status]);
}
