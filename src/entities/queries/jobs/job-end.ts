import type { Database, Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";
import { CANCEL_CHANNEL, JOB_CHANNEL, progressWhenResumed, tellAll } from "./job-queue.js";

/** Why a job ended as it did; null: it succeeded. */
export interface EndError {
  readonly code: string;
  readonly message: string;
  readonly step: number | null;
}

/** Ends a job that a lease ($2) holds. */
const END_HELD: Statement = {
  name: "end-held-job",
  text: `update job set status = $3, lease = lease + 1, lease_until = null, finished_at = now(),
      phase = case when $3 = 'SUCCEEDED' then 'done' else 'failed' end,
      step = case when $3 = 'SUCCEEDED' then total_steps else step end, eta_seconds = null,
      tokens_per_second = case when $3 = 'SUCCEEDED' then tokens_per_second end, error_code = $4, error_message = $5, error_step = $6
    where id = $1 and lease = $2 and status = 'RUNNING' returning id, ${tellAll("id")}`,
};

/** Ends a job as its runner. False: the lease is lost, and nothing was done. */
export async function endHeld(
  connection: Queryable,
  { id, lease }: { readonly id: string; readonly lease: string },
  status: "SUCCEEDED" | "FAILED",
  error: EndError | null,
): Promise<boolean> {
  const values = [id, lease, status, error?.code ?? null, error?.message ?? null, error?.step ?? null];
  return (await rowsOf(connection, END_HELD, values)).length > 0;
}

/** Cancels a job in whatever state before its end it is; its runner, if it has one, is fenced off. */
const CANCEL: Statement = {
  name: "cancel-job",
  text: `update job set status = 'CANCELLED', lease = lease + 1, lease_until = null, finished_at = now(), phase = 'cancelled',
      eta_seconds = null, tokens_per_second = null
    where id = $1 and status in ('QUEUED', 'RUNNING')
    returning id, pg_notify('${JOB_CHANNEL}', id::text), pg_notify('${CANCEL_CHANNEL}', id::text)`,
};

export async function cancel(connection: Queryable, id: string): Promise<boolean> {
  return (await rowsOf(connection, CANCEL, [id])).length > 0;
}

/** Cancels what waits for a job ($1) that ended without a model. Index: job_dependency_by_predecessor. */
const CANCEL_DEPENDENTS: Statement = {
  name: "cancel-dependents",
  text: `update job set status = 'CANCELLED', lease = lease + 1, lease_until = null, finished_at = now(), phase = 'cancelled',
      error_code = 'DEPENDENCY_FAILED', error_message = $2
    from job_dependency d where d.depends_on_id = $1 and job.id = d.job_id and job.status = 'QUEUED'
    returning job.id, pg_notify('${JOB_CHANNEL}', job.id::text)`,
};

/** Returns the jobs that were cancelled; what waits for them waits still. */
export async function cancelDependents(connection: Queryable, id: string, message: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(connection, CANCEL_DEPENDENTS, [id, message]);
  return rows.map((row) => row.id);
}

/** Which jobs ended without a model while others wait for them? Indexes: job_to_claim, job_dependency_pkey. */
const WAITED_FOR_IN_VAIN: Statement = {
  name: "jobs-waited-for-in-vain",
  text: `select distinct p.id, p.status from job j join job_dependency d on d.job_id = j.id join job p on p.id = d.depends_on_id
    where j.status = 'QUEUED' and p.status in ('FAILED', 'CANCELLED') order by p.id limit 100`,
};

export const jobsWaitedForInVain = (
  database: Database,
): Promise<{ readonly id: string; readonly status: "FAILED" | "CANCELLED" }[]> => database.rows(WAITED_FOR_IN_VAIN, []);

/**
 * Which jobs were cancelled because they waited for a job ($1), directly or through others that were? In the order of their
 * making, in which each comes after those that it waits for. Index: job_dependency_by_predecessor.
 */
const CANCELLED_DEPENDENTS: Statement = {
  name: "cancelled-dependents",
  text: `with recursive waited (id) as (
      select d.job_id from job_dependency d where d.depends_on_id = $1
      union
      select d.job_id from waited w join job j on j.id = w.id and j.status = 'CANCELLED' and j.error_code = 'DEPENDENCY_FAILED'
        join job_dependency d on d.depends_on_id = w.id)
    select j.id from waited w join job j on j.id = w.id
    where j.status = 'CANCELLED' and j.error_code = 'DEPENDENCY_FAILED' order by j.id`,
};

export async function cancelledDependents(connection: Queryable, id: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(connection, CANCELLED_DEPENDENTS, [id]);
  return rows.map((row) => row.id);
}

/** Puts an ended job back into the queue, behind all others, to go on from its last checkpoint, with all its attempts. */
const RETRY: Statement = {
  name: "retry-job",
  text: `update job set status = 'QUEUED', lease = lease + 1, attempts = 0, run_at = now(), place = nextval('job_place'), finished_at = null, ${progressWhenResumed("job")},
      phase = 'waiting', error_code = null, error_message = null, error_step = null,
      environment = case when $2 then null else environment end
    where id = $1 and status in ('FAILED', 'CANCELLED') returning id, ${tellAll("id")}`,
};

export async function retry(connection: Queryable, id: string, elsewhere: boolean): Promise<boolean> {
  return (await rowsOf(connection, RETRY, [id, elsewhere])).length > 0;
}
