import type { JobKind, JobLane } from "../../../vocabulary.js";
import type { Database, Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** How many attempts a job has before it fails for good. */
export const MOST_ATTEMPTS = 3;

/** The channel on which all processes hear that something about a job is new; the payload is its number. */
export const JOB_CHANNEL = "accord_job";

/** The channel on which runners hear that there may be work for them. */
export const QUEUE_CHANNEL = "accord_job_queued";

/** The channel on which the runner of a job hears at once that it was cancelled. */
export const CANCEL_CHANNEL = "accord_job_cancelled";

/** Tells listeners that a job is new in the queue, or that one has ended and others may begin, as columns of a statement. */
export const tellAll = (id: string): string =>
  `pg_notify('${JOB_CHANNEL}', ${id}::text), pg_notify('${QUEUE_CHANNEL}', ${id}::text)`;

/** A job as the runner that holds it needs it. */
export interface ClaimedJob {
  readonly id: string;
  readonly kind: JobKind;
  /** The fencing token: every write of this runner names it. */
  readonly lease: string;
  readonly modelName: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly datasetId: string | null;
  readonly datasetRevision: number | null;
  readonly inputSha256: string | null;
  readonly environment: Readonly<Record<string, unknown>> | null;
  readonly attempts: number;
  readonly stepsStored: number;
  readonly step: number;
  readonly totalSteps: number;
  readonly createdBy: string;
}

/**
 * Whether a lease on `j` is held no more. One further away than any lease reaches was given before the clock went back:
 * it counts as lapsed too, and the fencing token keeps its holder from doing harm.
 */
const lapsed = (seconds: string): string =>
  `(j.lease_until < now() or j.lease_until > now() + make_interval(secs => 2 * ${seconds}::double precision))`;

const newestCheckpoint = (job: string): string =>
  `coalesce((select max(c.step) from checkpoint c where c.job_id = ${job}.id), -1)`;
const NEWEST_CHECKPOINT = newestCheckpoint("j");

/** Where a job goes on: what it tells of its progress whenever it is put back or taken up, and no pace of an earlier run. */
export const progressWhenResumed = (job: string): string =>
  `step = greatest(${newestCheckpoint(job)}, ${job}.steps_stored, 0), eta_seconds = null, tokens_per_second = null`;

/** Backoff is never longer than this; a moment further away was meant before the clock went back. */
export const LONGEST_BACKOFF = "interval '10 minutes'";

const MAY_BEGIN = `(j.run_at <= now() or j.run_at > now() + ${LONGEST_BACKOFF})
  and not exists (select from job_dependency d join job p on p.id = d.depends_on_id
    where d.job_id = j.id and p.status <> 'SUCCEEDED')`;

/** What was begun in one environment goes on with the same bits in an equal one only. */
const sameEnvironment = (fingerprint: string): string =>
  `(j.environment is null or j.environment ->> 'fingerprint' = ${fingerprint}
    or (j.last_sequence = 0 and not exists (select from checkpoint c where c.job_id = j.id)))`;

/** Is there a job of a lane ($1) that a runner could claim, whatever its environment? Index: job_to_claim. */
const IS_WORK_WAITING: Statement = {
  name: "is-work-waiting",
  text: `select exists (select from job j where j.lane = $1 and ((j.status = 'QUEUED' and ${MAY_BEGIN})
    or (j.status = 'RUNNING' and ${lapsed("$2")}))) as waiting`,
};

export async function isWorkWaiting(database: Database, lane: JobLane, leaseSeconds: number): Promise<boolean> {
  const row = await database.row<{ waiting: boolean }>(IS_WORK_WAITING, [lane, leaseSeconds]);
  return row?.waiting === true;
}

/**
 * Claims the job of a lane ($4) that was queued first of those that wait or whose lease has lapsed, for a runner ($1) with an
 * environment ($2), for so many seconds ($3). A lapsed lease costs an attempt only if no checkpoint was gained since the last claim.
 * Index: job_to_claim.
 */
const CLAIM_JOB: Statement = {
  name: "claim-job",
  text: `update job set status = 'RUNNING', lease = lease + 1, lease_until = now() + make_interval(secs => $3::double precision), runner = $1,
      started_at = coalesce(started_at, now()), claimed_at_step = chosen.newest, phase = 'starting', ${progressWhenResumed("job")},
      attempts = attempts + case when chosen.was_running and chosen.newest > claimed_at_step then 0 else 1 end
    from (
      select j.id, j.status = 'RUNNING' as was_running, ${NEWEST_CHECKPOINT} as newest from job j
      where j.lane = $4 and ((j.status = 'QUEUED' and ${MAY_BEGIN})
          or (j.status = 'RUNNING' and ${lapsed("$3")}
            and (j.attempts < ${MOST_ATTEMPTS} or ${NEWEST_CHECKPOINT} > j.claimed_at_step)))
        and ${sameEnvironment("$2")}
      order by j.place limit 1 for update of j skip locked) chosen
    where job.id = chosen.id
    returning job.id, kind, lease, model_name as "modelName", config, dataset_id as "datasetId",
      dataset_revision as "datasetRevision", input_sha256 as "inputSha256", environment, attempts,
      steps_stored as "stepsStored", step, total_steps as "totalSteps", created_by as "createdBy",
      pg_notify('${JOB_CHANNEL}', job.id::text)`,
};

export const claimJob = (
  database: Database,
  lane: JobLane,
  runner: string,
  fingerprint: string,
  leaseSeconds: number,
): Promise<ClaimedJob | null> => database.row<ClaimedJob>(CLAIM_JOB, [runner, fingerprint, leaseSeconds, lane]);

/** Which jobs have lost their runner for the last time? Index: job_to_claim. */
const LOST_JOBS: Statement = {
  name: "lost-jobs",
  text: `select j.id, j.lease, j.attempts from job j where j.status = 'RUNNING' and ${lapsed("$1")}
    and j.attempts >= ${MOST_ATTEMPTS} and ${NEWEST_CHECKPOINT} <= j.claimed_at_step`,
};

export const lostJobs = (
  database: Database,
  leaseSeconds: number,
): Promise<{ id: string; lease: string; attempts: number }[]> => database.rows(LOST_JOBS, [leaseSeconds]);

/** The phase of a job that no runner could take up with the same bits. */
export const WAITS_FOR_ENVIRONMENT = "waiting for a runner with the environment of this job";

/** Says of jobs that could begin that they wait for another environment than this one ($1). Index: job_to_claim. */
const TELL_WAITING: Statement = {
  name: "tell-waiting",
  text: `update job j set phase = '${WAITS_FOR_ENVIRONMENT}'
    where j.status = 'QUEUED' and ${MAY_BEGIN} and not ${sameEnvironment("$1")} and j.phase = 'waiting'`,
};

export async function tellWaiting(database: Database, fingerprint: string): Promise<void> {
  await database.rows(TELL_WAITING, [fingerprint]);
}

/** How far a job is, as its runner knows. */
export interface ProgressReport {
  readonly phase: string;
  readonly step: number;
  readonly totalSteps: number;
  readonly etaSeconds: number | null;
  readonly tokensPerSecond: number | null;
}

/** The row of a job ($1) that is held by a lease ($2), locked. Index: job_pkey. */
export const HELD = "select id from job where id = $1 and lease = $2 and status = 'RUNNING' for no key update";

/** Which runs of a job ($1) are over: all up to this lease? Index: job_pkey. */
const LAST_OVER: Statement = {
  name: "last-lease-that-is-over",
  text: `select case when status = 'RUNNING' then lease - 1 else lease end as "lastOver" from job where id = $1`,
};

/** Null: there is no such job. */
export const leaseOfJob = (database: Database, id: string): Promise<{ readonly lastOver: string } | null> =>
  database.row<{ lastOver: string }>(LAST_OVER, [id]);

const HEARTBEAT: Statement = {
  name: "heartbeat",
  text: `update job set lease_until = now() + make_interval(secs => $3::double precision), phase = $4, step = $5, total_steps = $6,
      eta_seconds = $7, tokens_per_second = $8
    where id = $1 and lease = $2 and status = 'RUNNING' returning id, pg_notify('${JOB_CHANNEL}', id::text)`,
};

/** Renews a lease and tells how far the job is. False: the job is another's by now, or cancelled. */
export async function heartbeat(
  database: Database,
  { id, lease }: Pick<ClaimedJob, "id" | "lease">,
  leaseSeconds: number,
  { phase, step, totalSteps, etaSeconds, tokensPerSecond }: ProgressReport,
): Promise<boolean> {
  const values = [id, lease, leaseSeconds, phase, step, totalSteps, etaSeconds, tokensPerSecond];
  return (await database.row(HEARTBEAT, values)) !== null;
}

const PIN_INPUT: Statement = {
  name: "pin-input",
  text: `update job set input_sha256 = $3, environment = $4 where id = $1 and lease = $2 and status = 'RUNNING' returning id`,
};

/** Notes what a job trains on and where. False: the lease is lost. */
export async function pinInput(
  database: Database,
  { id, lease }: Pick<ClaimedJob, "id" | "lease">,
  inputSha256: string,
  environment: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  return (await database.row(PIN_INPUT, [id, lease, inputSha256, environment])) !== null;
}

const WARN: Statement = {
  name: "warn-of-job",
  text: `update job set warnings = warnings || $3::text where id = $1 and lease = $2 and not $3 = any(warnings) returning id`,
};

/** Adds a sentence to a job's warnings, once. */
export async function warnOfJob(
  database: Database,
  { id, lease }: Pick<ClaimedJob, "id" | "lease">,
  message: string,
): Promise<void> {
  await database.rows(WARN, [id, lease, message]);
}

const HAND_BACK: Statement = {
  name: "hand-back-job",
  text: `update job set status = 'QUEUED', lease = lease + 1, lease_until = null, runner = null, run_at = now(),
      attempts = greatest(attempts - 1, 0), phase = 'waiting', ${progressWhenResumed("job")}
    where id = $1 and lease = $2 and status = 'RUNNING' returning id, ${tellAll("id")}`,
};

/** Gives a job back to the queue, as a runner does that stops: it costs no attempt. */
export async function handBack(database: Database, { id, lease }: Pick<ClaimedJob, "id" | "lease">): Promise<void> {
  await database.rows(HAND_BACK, [id, lease]);
}

const TRY_LATER: Statement = {
  name: "try-job-later",
  text: `update job set status = 'QUEUED', lease = lease + 1, lease_until = null, runner = null, phase = 'waiting', ${progressWhenResumed("job")},
      run_at = now() + make_interval(secs => $3::double precision), error_code = $4, error_message = $5, error_step = $6
    where id = $1 and lease = $2 and status = 'RUNNING' returning id, ${tellAll("id")}`,
};

/** Puts a job back after a failure, to be tried again after so many seconds; the error is kept until it succeeds. */
export async function tryLater(
  connection: Queryable,
  { id, lease }: Pick<ClaimedJob, "id" | "lease">,
  seconds: number,
  error: { readonly code: string; readonly message: string; readonly step: number | null },
): Promise<boolean> {
  const values = [id, lease, seconds, error.code, error.message, error.step];
  return (await rowsOf(connection, TRY_LATER, values)).length > 0;
}

/** Notes that the results of so many steps are stored, within the transaction that stores them; locks the job's row. */
const NOTE_STORED: Statement = {
  name: "note-stored-steps",
  text: `update job set steps_stored = $3 where id = $1 and lease = $2 and status = 'RUNNING' returning id`,
};

/** False: the lease is lost, and the transaction must not go on. */
export async function noteStored(
  connection: Queryable,
  { id, lease }: Pick<ClaimedJob, "id" | "lease">,
  steps: number,
): Promise<boolean> {
  return (await rowsOf(connection, NOTE_STORED, [id, lease, steps])).length > 0;
}
