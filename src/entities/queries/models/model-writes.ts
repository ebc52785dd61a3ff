import type { ModelStage, TokenizerKind } from "../../../vocabulary.js";
import type { Database, Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** A model to be stored. */
export interface NewModel {
  readonly name: string;
  readonly stage: ModelStage;
  readonly jobId: string | null;
  readonly datasetId: string | null;
  readonly architecture: Readonly<Record<string, unknown>>;
  readonly tokenizer: TokenizerKind;
  readonly parameterCount: number;
  readonly sha256: string;
  readonly bytes: number;
  readonly parentIds: readonly string[];
  /** Of an imported model what its import left out; null: it was made here. */
  readonly importNotes: readonly string[] | null;
}

const INSERT_MODEL: Statement = {
  name: "insert-model",
  text: `with made as (
      insert into model (name, stage, job_id, dataset_id, architecture, tokenizer, parameter_count, sha256, bytes,
        import_notes)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $11) returning id),
    descends as (
      insert into model_parent (model_id, position, parent_id)
      select made.id, given.position, given.id from made, unnest($10::bigint[]) with ordinality as given (id, position))
    select id from made`,
};

export async function insertModel(connection: Queryable, model: NewModel): Promise<string> {
  const [row] = await rowsOf<{ id: string }>(connection, INSERT_MODEL, [
    model.name,
    model.stage,
    model.jobId,
    model.datasetId,
    model.architecture,
    model.tokenizer,
    model.parameterCount,
    model.sha256,
    model.bytes,
    model.parentIds,
    model.importNotes,
  ]);
  return (row as { id: string }).id;
}

/** A model that a job takes, as its runner needs it. */
export interface TakenModel {
  readonly role: string;
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly isDeleted: boolean;
  readonly datasetId: string | null;
  readonly importNotes: readonly string[] | null;
}

/** Which models does a job take: given to it, or made by those it waited for? Indexes: job_model_pkey, job_dependency_pkey. */
const MODELS_OF_JOB: Statement = {
  name: "models-that-a-job-takes",
  text: `select t.role, m.id, m.name, m.sha256, m.deleted_at is not null as "isDeleted",
      m.dataset_id as "datasetId", m.import_notes as "importNotes" from (
      select role, model_id from job_model where job_id = $1
      union all
      select d.role, m.id from job_dependency d join model m on m.job_id = d.depends_on_id where d.job_id = $1) t
    join model m on m.id = t.model_id order by t.role`,
};

export const modelsTakenBy = (database: Database, jobId: string): Promise<TakenModel[]> =>
  database.rows<TakenModel>(MODELS_OF_JOB, [jobId]);

/** The same within a transaction. */
export const modelsTakenWithin = (connection: Queryable, jobId: string): Promise<TakenModel[]> =>
  rowsOf<TakenModel>(connection, MODELS_OF_JOB, [jobId]);

/** A model, locked until the transaction ends. */
export interface ModelToDelete {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly stage: ModelStage;
  readonly jobId: string | null;
  readonly datasetId: string | null;
  readonly isDeleted: boolean;
}

const MODEL_TO_DELETE: Statement = {
  name: "model-to-delete",
  text: `select id, name, sha256, stage, job_id as "jobId", dataset_id as "datasetId", deleted_at is not null as "isDeleted"
    from model where id = $1 for update`,
};

export async function modelToDelete(connection: Queryable, id: string): Promise<ModelToDelete | null> {
  const [row] = await rowsOf<ModelToDelete>(connection, MODEL_TO_DELETE, [id]);
  return row ?? null;
}

/** Which jobs that are not at their end take a model ($1), or wait for the job that made it? Index: job_model_by_model. */
const JOBS_THAT_NEED: Statement = {
  name: "jobs-that-need-a-model",
  text: `select j.id from job j where j.status in ('QUEUED', 'RUNNING') and (
      exists (select from job_model t where t.job_id = j.id and t.model_id = $1)
      or exists (select from job_dependency d join model m on m.job_id = d.depends_on_id where d.job_id = j.id and m.id = $1))
    order by j.id limit 10`,
};

export async function jobsThatNeed(connection: Queryable, modelId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(connection, JOBS_THAT_NEED, [modelId]);
  return rows.map((row) => row.id);
}

const MARK_DELETED: Statement = {
  name: "mark-model-deleted",
  text: "update model set deleted_at = now() where id = $1",
};

/** The name of the lock that guards the file of a hash between who stores a model of it and who removes one. */
const LOCK_FILE: Statement = {
  name: "lock-model-file",
  text: "select pg_advisory_xact_lock(hashtextextended('accord model ' || $1, 0))",
};

const IS_USED: Statement = {
  name: "is-model-file-used",
  text: "select exists (select from model where sha256 = $1 and deleted_at is null) as used",
};

/** Keeps others from adding or removing the file of a hash until the transaction ends. */
export async function lockModelFile(connection: Queryable, sha256: string): Promise<void> {
  await rowsOf(connection, LOCK_FILE, [sha256]);
}

/** Whether a model that is not deleted has the file of a hash. Index: model_by_sha256. */
export async function isModelFileUsed(connection: Queryable, sha256: string): Promise<boolean> {
  const [row] = await rowsOf<{ used: boolean }>(connection, IS_USED, [sha256]);
  return row?.used !== false;
}

export async function markDeleted(connection: Queryable, id: string): Promise<void> {
  await rowsOf(connection, MARK_DELETED, [id]);
}
