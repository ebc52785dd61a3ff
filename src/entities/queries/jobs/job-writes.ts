import type { JobKind, JobStatus } from "../../../vocabulary.js";
import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";
import { tellAll } from "./job-queue.js";

/** A job to be queued. */
export interface NewJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly modelName: string | null;
  readonly config: Readonly<Record<string, unknown>>;
  readonly datasetId: string;
  readonly datasetRevision: number;
  readonly totalSteps: number;
  readonly createdBy: string;
  /** Jobs it waits for, and models it was given; role: what each is to it. */
  readonly dependsOn: readonly { readonly jobId: string; readonly role: string }[];
  readonly models: readonly { readonly modelId: string; readonly role: string }[];
}

const NEXT_JOB_ID: Statement = {
  name: "next-job-id",
  text: "select nextval(pg_get_serial_sequence('job', 'id'))::bigint as id",
};

/** The number that the next job shall have. */
export async function nextJobId(connection: Queryable): Promise<string> {
  const [row] = await rowsOf<{ id: string }>(connection, NEXT_JOB_ID, []);
  return (row as { id: string }).id;
}

const INSERT_JOB: Statement = {
  name: "insert-job",
  text: `with made as (
      insert into job (id, kind, model_name, config, dataset_id, dataset_revision, total_steps, created_by)
      values ($1, $2, $3, $4, $5, $6, $7, $8) returning id),
    waits as (
      insert into job_dependency (job_id, depends_on_id, role)
      select made.id, given.* from made, unnest($9::bigint[], $10::text[]) as given),
    takes as (
      insert into job_model (job_id, model_id, role)
      select made.id, given.* from made, unnest($11::bigint[], $12::text[]) as given)
    select ${tellAll("id")} from made`,
};

/** Queues a job and wakes the runners once the transaction commits. */
export async function insertJob(connection: Queryable, job: NewJob): Promise<void> {
  await rowsOf(connection, INSERT_JOB, [
    job.id,
    job.kind,
    job.modelName,
    job.config,
    job.datasetId,
    job.datasetRevision,
    job.totalSteps,
    job.createdBy,
    job.dependsOn.map(({ jobId }) => jobId),
    job.dependsOn.map(({ role }) => role),
    job.models.map(({ modelId }) => modelId),
    job.models.map(({ role }) => role),
  ]);
}

/** Is a name a model's, or will it be? Indexes: model_name_key, job_by_model_name. */
const NAME_TAKEN: Statement = {
  name: "model-name-taken",
  text: `select exists (select from model where name = $1)
    or exists (select from job where model_name = $1 and status in ('QUEUED', 'RUNNING') and id <> $2) as taken`,
};

/** Whether a model has a name, or a job that may still make one; but for the job itself. */
export async function isNameTaken(connection: Queryable, name: string, jobId: string): Promise<boolean> {
  const [row] = await rowsOf<{ taken: boolean }>(connection, NAME_TAKEN, [name, jobId]);
  return row?.taken === true;
}

/** The status of a job and of those it waits for, locked until the transaction ends. */
export interface JobState {
  readonly id: string;
  readonly kind: JobKind;
  readonly status: JobStatus;
  readonly modelName: string | null;
  readonly datasetId: string | null;
  /** The global id of the dataset whose text it learns beside, whether or not that is still there; null: none. */
  readonly pretrainingDatasetId: string | null;
}

const JOB_TO_CHANGE: Statement = {
  name: "job-to-change",
  text: `select id, kind, status, model_name as "modelName", dataset_id as "datasetId",
      config ->> 'pretrainingDatasetId' as "pretrainingDatasetId" from job where id = $1 for no key update`,
};

export async function jobToChange(connection: Queryable, id: string): Promise<JobState | null> {
  const [row] = await rowsOf<JobState>(connection, JOB_TO_CHANGE, [id]);
  return row ?? null;
}

/**
 * The jobs that a job waits for, locked until the transaction ends: whoever cancels or fails one of them meanwhile waits,
 * and then sees that this job waits for it. Index: job_dependency_pkey.
 */
const LOCK_PREDECESSORS: Statement = {
  name: "lock-predecessors",
  text: `select p.id, p.status, p.dataset_id as "datasetId" from job p where p.id in (select depends_on_id from job_dependency where job_id = $1)
    order by p.id for share`,
};

export const lockPredecessors = (
  connection: Queryable,
  id: string,
): Promise<{ readonly id: string; readonly status: string; readonly datasetId: string | null }[]> =>
  rowsOf(connection, LOCK_PREDECESSORS, [id]);

/** Which jobs read a dataset ($1), or its text as pretraining ($2, its global id)? Asked rarely: no index. */
const JOBS_OF_DATASET: Statement = {
  name: "jobs-of-dataset",
  text: "select id from job where dataset_id = $1 or config ->> 'pretrainingDatasetId' = $2 order by id",
};

export async function jobsOfDataset(connection: Queryable, datasetId: string, globalId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(connection, JOBS_OF_DATASET, [datasetId, globalId]);
  return rows.map((row) => row.id);
}

/** Which jobs that are not at their end read a dataset ($1), or its text as pretraining ($2, its global id)? Index: job_to_claim. */
const OPEN_JOBS: Statement = {
  name: "open-jobs-of-dataset",
  text: `select id from job where status in ('QUEUED', 'RUNNING') and (dataset_id = $1 or config ->> 'pretrainingDatasetId' = $2)
    order by id limit 10`,
};

export async function openJobsOfDataset(connection: Queryable, datasetId: string, globalId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(connection, OPEN_JOBS, [datasetId, globalId]);
  return rows.map((row) => row.id);
}
