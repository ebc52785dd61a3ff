import type { Database, Statement } from "../../database/database.js";
import { HELD, JOB_CHANNEL } from "./job-queue.js";

/** The lease by which a runner writes. */
export interface Lease {
  readonly id: string;
  readonly lease: string;
}

/** A point to be logged. reason: why the value is null. */
export interface NewPoint {
  readonly sequence: number;
  readonly name: string;
  readonly step: number;
  readonly value: number | null;
  readonly reason: string | null;
}

/**
 * Appends points to a job's log and tells all listeners. A point whose place is taken is there already: a resumed run
 * computes it again. Index: metric_point_pkey.
 */
const APPEND_POINTS: Statement = {
  name: "append-points",
  text: `with held as (${HELD}),
    added as (
      insert into metric_point (job_id, sequence, name, step, value, reason)
      select held.id, given.* from held,
        unnest($3::integer[], $4::text[], $5::integer[], $6::double precision[], $7::text[]) as given
      on conflict do nothing)
    update job set last_sequence = greatest(last_sequence, $8) from held where job.id = held.id
    returning job.id, pg_notify('${JOB_CHANNEL}', job.id::text)`,
};

/** False: the lease is lost, and nothing was written. */
export async function appendPoints(database: Database, held: Lease, points: readonly NewPoint[]): Promise<boolean> {
  const last = points.at(-1)?.sequence ?? 0;
  const values = [
    held.id,
    held.lease,
    points.map(({ sequence }) => sequence),
    points.map(({ name }) => name),
    points.map(({ step }) => step),
    points.map(({ value }) => value),
    points.map(({ reason }) => reason),
    last,
  ];
  return (await database.row(APPEND_POINTS, values)) !== null;
}

/** Prompts are named by their identity within the dataset ($3). Index: prompt_dataset_id_identity_key. */
const ADD_SAMPLES: Statement = {
  name: "add-job-samples",
  text: `with held as (${HELD}),
    added as (
      insert into job_sample (job_id, step, position, prompt_id, text)
      select held.id, $4, given.position - 1, p.id, given.text
      from held, unnest($5::uuid[], $6::text[]) with ordinality as given (identity, text, position)
      join prompt p on p.dataset_id = $3 and p.identity = given.identity
      on conflict do nothing)
    select held.id, pg_notify('${JOB_CHANNEL}', held.id::text) from held`,
};

export async function addSamples(
  database: Database,
  held: Lease,
  datasetId: string,
  step: number,
  samples: readonly { readonly promptId: string; readonly text: string }[],
): Promise<boolean> {
  const values = [
    held.id,
    held.lease,
    datasetId,
    step,
    samples.map(({ promptId }) => promptId),
    samples.map(({ text }) => text),
  ];
  return (await database.row(ADD_SAMPLES, values)) !== null;
}

/** A checkpoint as its job needs it. */
export interface StoredCheckpoint {
  readonly id: string;
  readonly step: number;
  readonly points: number;
  readonly bytes: string;
  readonly sha256: string;
  /** Its place below DATA_DIR. */
  readonly file: string;
}

const CHECKPOINT_COLUMNS = "id, step, points, bytes, sha256, file";

/**
 * Notes a checkpoint and forgets all but the newest $8 of its job, in one statement: nobody ever sees more. One of the same step,
 * of a run that was cut off, gives way to it. Index: checkpoint_job_id_step_key.
 */
const ADD_CHECKPOINT: Statement = {
  name: "add-checkpoint",
  text: `with held as (${HELD}),
    added as (
      insert into checkpoint (job_id, step, points, bytes, sha256, file) select held.id, $3, $4, $5, $6, $7 from held
      on conflict (job_id, step) do update set points = excluded.points, bytes = excluded.bytes, sha256 = excluded.sha256,
        file = excluded.file, created_at = now()
      returning id, pg_notify('${JOB_CHANNEL}', job_id::text)),
    old as (
      delete from checkpoint where id in (
        select c.id from checkpoint c join held on c.job_id = held.id where c.step <> $3
        order by c.step desc offset $8::integer - 1)
      returning file)
    select (select id from added) as id, array(select file from old) as files from held`,
};

/** Returns the files of those that are forgotten, to which nothing refers any more; null where the lease is lost. */
export async function addCheckpoint(
  database: Database,
  held: Lease,
  { step, points, bytes, sha256, file }: Omit<StoredCheckpoint, "id">,
  kept: number,
): Promise<string[] | null> {
  const values = [held.id, held.lease, step, points, bytes, sha256, file, kept];
  return (await database.row<{ files: string[] }>(ADD_CHECKPOINT, values))?.files ?? null;
}

/** Which checkpoints does a job have, the newest first? Index: checkpoint_job_id_step_key. */
const CHECKPOINTS: Statement = {
  name: "checkpoints-to-resume",
  text: `select ${CHECKPOINT_COLUMNS} from checkpoint where job_id = $1 order by step desc`,
};

export const storedCheckpoints = (database: Database, jobId: string): Promise<StoredCheckpoint[]> =>
  database.rows<StoredCheckpoint>(CHECKPOINTS, [jobId]);

/** Forgets checkpoints ($3); their files may go then. */
const FORGET_CHECKPOINTS: Statement = {
  name: "forget-checkpoints",
  text: `with held as (${HELD})
    delete from checkpoint using held where checkpoint.job_id = held.id and checkpoint.id = any($3::bigint[])
    returning checkpoint.file`,
};

/** Returns the files that nothing refers to any more; none where the lease is lost. */
export async function forgetCheckpoints(database: Database, held: Lease, ids: readonly string[]): Promise<string[]> {
  const rows = await database.rows<{ file: string }>(FORGET_CHECKPOINTS, [held.id, held.lease, ids]);
  return rows.map(({ file }) => file);
}
