import type { ModelStage, TokenizerKind } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { countRows, type ListedRows, pageById } from "../page-by-id.js";
import { type KeysetRange, Parameters } from "../sql.js";

/** A model as the API reads it. */
export interface ModelRecord {
  readonly id: string;
  readonly name: string;
  readonly stage: ModelStage;
  readonly jobId: string | null;
  readonly datasetId: string | null;
  readonly architecture: Record<string, unknown>;
  readonly tokenizer: TokenizerKind;
  readonly parameterCount: string;
  readonly sha256: string;
  readonly bytes: string;
  /** What its import left out, a sentence each; null: it was made here. */
  readonly importNotes: readonly string[] | null;
  readonly createdAt: Date;
  readonly deletedAt: Date | null;
}

const COLUMNS = `m.id, m.name, m.stage, m.job_id as "jobId", m.dataset_id as "datasetId", m.architecture, m.tokenizer,
  m.parameter_count as "parameterCount", m.sha256, m.bytes, m.import_notes as "importNotes", m.created_at as "createdAt", m.deleted_at as "deletedAt"`;

/** Which models have these ids? Index: model_pkey. */
const MODELS_BY_ID: Statement = {
  name: "models-by-id",
  text: `select ${COLUMNS} from model m where m.id = any($1::bigint[])`,
};

export const modelsById = (database: Database, ids: readonly string[]): Promise<ModelRecord[]> =>
  database.rows<ModelRecord>(MODELS_BY_ID, [ids]);

/** Which models did these jobs make? Index: model_job_id_key. */
const MODELS_OF_JOBS: Statement = {
  name: "models-of-jobs",
  text: `select ${COLUMNS} from model m where m.job_id = any($1::bigint[])`,
};

export const modelsOfJobs = (database: Database, ids: readonly string[]): Promise<ModelRecord[]> =>
  database.rows<ModelRecord>(MODELS_OF_JOBS, [ids]);

/** Which models were these made from? Index: model_parent_pkey. */
const PARENTS: Statement = {
  name: "parents-of-models",
  text: `select p.model_id as "childId", ${COLUMNS} from model_parent p join model m on m.id = p.parent_id
    where p.model_id = any($1::bigint[]) order by p.model_id, p.position`,
};

export const parentsOfModels = (
  database: Database,
  ids: readonly string[],
): Promise<(ModelRecord & { readonly childId: string })[]> => database.rows(PARENTS, [ids]);

/** Which models: of some datasets, or of all (null), and the imported ones; of one stage, or of any (null). */
export interface ModelSelection {
  readonly datasetIds: readonly string[] | null;
  readonly stage: ModelStage | null;
}

/** A page of the models whose files are there, oldest first. Indexes: model_pkey, model_by_dataset. */
export const modelPage = (database: Database, selection: ModelSelection, range: KeysetRange): Promise<ModelRecord[]> =>
  pageById<ModelRecord>(database, among(selection), false, range);

export const countModels = (database: Database, selection: ModelSelection): Promise<number> =>
  countRows(database, among(selection));

function among({ datasetIds, stage }: ModelSelection): ListedRows {
  const parameters = new Parameters();
  const conditions = ["m.deleted_at is null"];
  if (datasetIds !== null)
    conditions.push(`(m.dataset_id = any(${parameters.add(datasetIds)}::bigint[]) or m.import_notes is not null)`);
  if (stage !== null) conditions.push(`m.stage = ${parameters.add(stage)}`);
  return { table: "model", alias: "m", columns: COLUMNS, condition: conditions.join(" and "), parameters };
}
