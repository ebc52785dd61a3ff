import type { Database, Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

const NOTE: Statement = {
  name: "note-file-removals",
  text: "insert into file_removal (place) select unnest($1::text[]) on conflict do nothing",
};

/**
 * Notes files and folders below DATA_DIR that nothing refers to any more once the transaction commits: whoever dies before
 * they are removed leaves the note behind.
 */
export async function noteRemovals(connection: Queryable, places: readonly string[]): Promise<void> {
  if (places.length > 0) await rowsOf(connection, NOTE, [places]);
}

/** What is to be removed, the oldest first? */
const NOTED: Statement = { name: "noted-file-removals", text: "select place from file_removal order by since, place" };

export async function notedRemovals(database: Database): Promise<string[]> {
  return (await database.rows<{ place: string }>(NOTED, [])).map(({ place }) => place);
}

/** Index: file_removal_pkey. */
const FORGET: Statement = {
  name: "forget-file-removals",
  text: "delete from file_removal where place = any($1::text[])",
};

/** Says of places that they have been removed. */
export async function forgetRemovals(database: Database, places: readonly string[]): Promise<void> {
  if (places.length > 0) await database.rows(FORGET, [places]);
}

/** Forgets all checkpoints of jobs ($1) but the newest of each, and notes their files. Index: checkpoint_job_id_step_key. */
const KEEP_NEWEST: Statement = {
  name: "keep-newest-checkpoints",
  text: `with old as (
      delete from checkpoint c where c.job_id = any($1::bigint[])
        and exists (select from checkpoint newer where newer.job_id = c.job_id and newer.step > c.step)
      returning file),
    noted as (insert into file_removal (place) select file from old on conflict do nothing)
    select file from old`,
};

/** Keeps one checkpoint of each job that ends; returns the places of the others, which are noted to be removed. */
export async function keepNewestCheckpoints(connection: Queryable, jobIds: readonly string[]): Promise<string[]> {
  return (await rowsOf<{ file: string }>(connection, KEEP_NEWEST, [jobIds])).map(({ file }) => file);
}

/** Forgets all checkpoints of jobs ($1). Index: checkpoint_job_id_step_key. */
const FORGET_CHECKPOINTS: Statement = {
  name: "forget-checkpoints-of-jobs",
  text: "delete from checkpoint where job_id = any($1::bigint[])",
};

export async function forgetCheckpointsOf(connection: Queryable, jobIds: readonly string[]): Promise<void> {
  await rowsOf(connection, FORGET_CHECKPOINTS, [jobIds]);
}
