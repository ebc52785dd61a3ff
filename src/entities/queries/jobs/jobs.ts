import type { JobErrorCode } from "../../../errors.js";
import type { JobKind, JobLane, JobStatus } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { countRows, type ListedRows, pageById } from "../page-by-id.js";
import { type KeysetRange, Parameters } from "../sql.js";

/** A job as the API reads it. */
export interface JobRecord {
  readonly id: string;
  readonly kind: JobKind;
  readonly lane: JobLane;
  readonly status: JobStatus;
  readonly config: Record<string, unknown>;
  readonly datasetId: string | null;
  readonly datasetRevision: number | null;
  readonly inputSha256: string | null;
  readonly environment: Record<string, unknown> | null;
  readonly attempts: number;
  readonly progress: {
    readonly phase: string;
    readonly step: number;
    readonly totalSteps: number;
    readonly etaSeconds: number | null;
    readonly tokensPerSecond: number | null;
  };
  readonly error: { readonly code: JobErrorCode; readonly message: string; readonly step: number | null } | null;
  readonly warnings: readonly string[];
  readonly lastSequence: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

const COLUMNS = `j.id, j.kind, j.lane, j.status, j.config, j.dataset_id as "datasetId", j.dataset_revision as "datasetRevision",
  j.input_sha256 as "inputSha256", j.environment, j.attempts,
  json_build_object('phase', j.phase, 'step', j.step, 'totalSteps', j.total_steps, 'etaSeconds', j.eta_seconds,
    'tokensPerSecond', j.tokens_per_second) as progress,
  case when j.error_code is not null then
    json_build_object('code', j.error_code, 'message', j.error_message, 'step', j.error_step) end as error,
  j.warnings, j.last_sequence as "lastSequence", j.created_by as "createdBy", j.created_at as "createdAt",
  j.started_at as "startedAt", j.finished_at as "finishedAt"`;

/** Which jobs have these ids? Index: job_pkey. */
const JOBS_BY_ID: Statement = {
  name: "jobs-by-id",
  text: `select ${COLUMNS} from job j where j.id = any($1::bigint[])`,
};

export const jobsById = (database: Database, ids: readonly string[]): Promise<JobRecord[]> =>
  database.rows<JobRecord>(JOBS_BY_ID, [ids]);

/** Which jobs do these wait for, by their ids? Index: job_dependency_pkey. */
const PREDECESSORS: Statement = {
  name: "predecessors-of-jobs",
  text: `select d.job_id as "successorId", ${COLUMNS} from job_dependency d join job j on j.id = d.depends_on_id
    where d.job_id = any($1::bigint[]) order by d.job_id, j.id`,
};

export const predecessorsOfJobs = (
  database: Database,
  ids: readonly string[],
): Promise<(JobRecord & { readonly successorId: string })[]> => database.rows(PREDECESSORS, [ids]);

/**
 * Which jobs were cancelled in the same moment as these, because they waited for them, directly or through others? What is
 * cancelled in one transaction has one time. Index: job_dependency_by_predecessor.
 */
const CANCELLED_WITH: Statement = {
  name: "jobs-cancelled-with",
  text: `with recursive waited (root, id) as (
      select j.id, d.job_id from job j join job_dependency d on d.depends_on_id = j.id where j.id = any($1::bigint[])
      union
      select w.root, d.job_id from waited w join job_dependency d on d.depends_on_id = w.id)
    select w.root as "rootId", ${COLUMNS} from waited w join job r on r.id = w.root join job j on j.id = w.id
    where j.status = 'CANCELLED' and j.error_code = 'DEPENDENCY_FAILED' and j.finished_at = r.finished_at order by w.root, j.id`,
};

export const jobsCancelledWith = (
  database: Database,
  ids: readonly string[],
): Promise<(JobRecord & { readonly rootId: string })[]> => database.rows(CANCELLED_WITH, [ids]);

/** Which jobs; null or absent: not asked. */
export interface JobFilterValues {
  readonly kinds?: readonly JobKind[] | null;
  readonly statuses?: readonly JobStatus[] | null;
  readonly lanes?: readonly JobLane[] | null;
  readonly datasetId?: string | null;
}

/** A page of the jobs of some datasets, or of all (null), the latest first. Indexes: job_pkey, job_by_dataset. */
export const jobPage = (
  database: Database,
  datasetIds: readonly string[] | null,
  filter: JobFilterValues,
  range: KeysetRange,
): Promise<JobRecord[]> => pageById<JobRecord>(database, among(datasetIds, filter), true, range);

export const countJobs = (
  database: Database,
  datasetIds: readonly string[] | null,
  filter: JobFilterValues,
): Promise<number> => countRows(database, among(datasetIds, filter));

function among(
  datasetIds: readonly string[] | null,
  { kinds, statuses, lanes, datasetId }: JobFilterValues,
): ListedRows {
  const parameters = new Parameters();
  const conditions = ["true"];
  if (datasetIds !== null) conditions.push(`j.dataset_id = any(${parameters.add(datasetIds)}::bigint[])`);
  if (kinds != null) conditions.push(`j.kind = any(${parameters.add(kinds)}::text[])`);
  if (statuses != null) conditions.push(`j.status = any(${parameters.add(statuses)}::text[])`);
  if (lanes != null) conditions.push(`j.lane = any(${parameters.add(lanes)}::text[])`);
  if (datasetId != null) conditions.push(`j.dataset_id = ${parameters.add(datasetId)}`);
  return { table: "job", alias: "j", columns: COLUMNS, condition: conditions.join(" and "), parameters };
}

/** A checkpoint as the API reads it. */
export interface CheckpointRecord {
  readonly id: string;
  readonly jobId: string;
  readonly step: number;
  readonly bytes: string;
  readonly sha256: string;
  readonly createdAt: Date;
}

const CHECKPOINT = `c.id, c.job_id as "jobId", c.step, c.bytes, c.sha256, c.created_at as "createdAt"`;

/** Index: checkpoint_pkey. */
const CHECKPOINTS_BY_ID: Statement = {
  name: "checkpoints-by-id",
  text: `select ${CHECKPOINT} from checkpoint c where c.id = any($1::bigint[])`,
};

export const checkpointsById = (database: Database, ids: readonly string[]): Promise<CheckpointRecord[]> =>
  database.rows<CheckpointRecord>(CHECKPOINTS_BY_ID, [ids]);

/** Index: checkpoint_job_id_step_key. */
const CHECKPOINTS_OF_JOBS: Statement = {
  name: "checkpoints-of-jobs",
  text: `select ${CHECKPOINT} from checkpoint c where c.job_id = any($1::bigint[]) order by c.job_id, c.step`,
};

export const checkpointsOfJobs = (database: Database, ids: readonly string[]): Promise<CheckpointRecord[]> =>
  database.rows<CheckpointRecord>(CHECKPOINTS_OF_JOBS, [ids]);

/** What a job's model said to a prompt at a step. */
export interface JobSampleRecord {
  readonly jobId: string;
  readonly step: number;
  readonly promptId: string;
  readonly text: string;
}

/** Index: job_sample_pkey. */
const SAMPLES_OF_JOBS: Statement = {
  name: "samples-of-jobs",
  text: `select job_id as "jobId", step, prompt_id as "promptId", text from job_sample
    where job_id = any($1::bigint[]) order by job_id, step, position`,
};

export const samplesOfJobs = (database: Database, ids: readonly string[]): Promise<JobSampleRecord[]> =>
  database.rows<JobSampleRecord>(SAMPLES_OF_JOBS, [ids]);

/** Which jobs are not at their end, or have come to it within the last hour? Index: job_to_claim. */
const OPEN_JOB_IDS: Statement = {
  name: "open-job-ids",
  text: `select id from job where status in ('QUEUED', 'RUNNING')
    union all select id from job where finished_at > now() - interval '1 hour'`,
};

export async function openJobIds(database: Database): Promise<string[]> {
  const rows = await database.rows<{ id: string }>(OPEN_JOB_IDS, []);
  return rows.map((row) => row.id);
}
