import type { AccuracyLine, EvaluationMetric } from "../../../vocabulary.js";
import type { Database, Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";
import { countRows, type ListedRows, pageById } from "../page-by-id.js";
import { type KeysetRange, keysetValue, Parameters } from "../sql.js";

/** A figure of an evaluation as the API reads it. */
interface EvaluationFigure {
  readonly metric: EvaluationMetric;
  readonly line: AccuracyLine | null;
  readonly value: number | null;
  readonly ci95: { readonly low: number; readonly high: number } | null;
  readonly reason: string | null;
  readonly n: number;
  /** The name of the reward model that judged, where one did. */
  readonly judge: string | null;
  readonly proxy: boolean;
  readonly lengthControlled: boolean;
}

/** An evaluation as the API reads it. */
export interface EvaluationRecord {
  readonly id: string;
  readonly jobId: string;
  readonly datasetId: string | null;
  readonly modelId: string | null;
  readonly input: Record<string, unknown>;
  readonly results: readonly EvaluationFigure[];
  readonly warnings: readonly string[];
  readonly createdAt: Date;
}

const COLUMNS = `e.id, e.job_id as "jobId", e.dataset_id as "datasetId", e.model_id as "modelId", e.input, e.results, e.warnings,
  e.created_at as "createdAt"`;

/** Which evaluations have these ids? Index: evaluation_pkey. */
const EVALUATIONS_BY_ID: Statement = {
  name: "evaluations-by-id",
  text: `select ${COLUMNS} from evaluation e where e.id = any($1::bigint[])`,
};

export const evaluationsById = (database: Database, ids: readonly string[]): Promise<EvaluationRecord[]> =>
  database.rows<EvaluationRecord>(EVALUATIONS_BY_ID, [ids]);

/** Which evaluations are these jobs? Index: evaluation_job_id_key. */
const EVALUATIONS_OF_JOBS: Statement = {
  name: "evaluations-of-jobs",
  text: `select ${COLUMNS} from evaluation e where e.job_id = any($1::bigint[])`,
};

export const evaluationsOfJobs = (database: Database, ids: readonly string[]): Promise<EvaluationRecord[]> =>
  database.rows<EvaluationRecord>(EVALUATIONS_OF_JOBS, [ids]);

/** A page of the evaluations of each model in some datasets ($4), or in all (null), the latest first. Index: evaluation_by_model. */
const EVALUATIONS_OF_MODELS: Statement = {
  name: "evaluations-of-models",
  text: `select w.* from unnest($1::bigint[]) with ordinality as parent (id, ordinal)
    cross join lateral (
      select ${COLUMNS} from evaluation e
      where e.model_id = parent.id and ($4::bigint[] is null or e.dataset_id = any($4)) and ($3::bigint is null or e.id < $3)
      order by e.id desc limit $2) w
    order by parent.ordinal, w.id desc`,
};

/** from: the id after which each model's page begins, or null. */
export const evaluationsOfModels = (
  database: Database,
  modelIds: readonly string[],
  datasetIds: readonly string[] | null,
  limit: number,
  from: readonly string[] | null,
): Promise<EvaluationRecord[]> => {
  const after = from ? keysetValue(from[0] ?? "", "bigint", "after") : null;
  return database.rows<EvaluationRecord>(EVALUATIONS_OF_MODELS, [modelIds, limit, after, datasetIds]);
};

/** How many evaluations does each model have in some datasets ($2), or in all (null)? Index: evaluation_by_model. */
const EVALUATIONS_COUNTED: Statement = {
  name: "evaluations-counted",
  text: `select e.model_id as id, count(*)::integer as count from evaluation e
    where e.model_id = any($1::bigint[]) and ($2::bigint[] is null or e.dataset_id = any($2)) group by e.model_id`,
};

export const countEvaluationsOfModels = (
  database: Database,
  modelIds: readonly string[],
  datasetIds: readonly string[] | null,
): Promise<{ id: string; count: number }[]> => database.rows(EVALUATIONS_COUNTED, [modelIds, datasetIds]);

/** A page of the evaluations of some datasets, or of all (null), and of one of them where given, the latest first. Indexes: evaluation_pkey, evaluation_by_dataset. */
export const evaluationPage = (
  database: Database,
  datasetIds: readonly string[] | null,
  datasetId: string | null,
  range: KeysetRange,
): Promise<EvaluationRecord[]> => pageById<EvaluationRecord>(database, among(datasetIds, datasetId), true, range);

export const countEvaluations = (
  database: Database,
  datasetIds: readonly string[] | null,
  datasetId: string | null,
): Promise<number> => countRows(database, among(datasetIds, datasetId));

function among(datasetIds: readonly string[] | null, datasetId: string | null): ListedRows {
  const parameters = new Parameters();
  const conditions = ["true"];
  if (datasetIds !== null) conditions.push(`e.dataset_id = any(${parameters.add(datasetIds)}::bigint[])`);
  if (datasetId !== null) conditions.push(`e.dataset_id = ${parameters.add(datasetId)}`);
  return { table: "evaluation", alias: "e", columns: COLUMNS, condition: conditions.join(" and "), parameters };
}

const INSERT_EVALUATION: Statement = {
  name: "insert-evaluation",
  text: "insert into evaluation (job_id, dataset_id, model_id, input) values ($1, $2, $3, $4)",
};

export async function insertEvaluation(
  connection: Queryable,
  { jobId, datasetId, modelId, input }: Pick<EvaluationRecord, "jobId" | "datasetId" | "modelId" | "input">,
): Promise<void> {
  await rowsOf(connection, INSERT_EVALUATION, [jobId, datasetId, modelId, input]);
}

const STORE_RESULTS: Statement = {
  name: "store-results",
  text: "update evaluation set results = $2::jsonb, warnings = $3 where job_id = $1",
};

/** Stores what an evaluation came to, within the transaction that ends its job. Index: evaluation_job_id_key. */
export async function storeResults(
  connection: Queryable,
  jobId: string,
  { results, warnings }: Pick<EvaluationRecord, "results" | "warnings">,
): Promise<void> {
  await rowsOf(connection, STORE_RESULTS, [jobId, JSON.stringify(results), warnings]);
}
