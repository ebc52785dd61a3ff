import type { Database, Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** What a model's responses depend on beside the prompt; seed: of all samples, each with a generator of its own. */
export interface SamplingSettings {
  /** The logits are divided by it; 0 takes the likeliest token. */
  readonly temperature: number;
  /** A response is cut after so many tokens. */
  readonly maxResponseTokens: number;
  readonly seed: number;
}

/** How completions were sampled that are stored. */
export interface SamplingRecord extends SamplingSettings {
  readonly id: string;
  readonly modelId: string;
  /** Null where the job is no more. */
  readonly jobId: string | null;
  /** The fingerprint of the environment. */
  readonly environment: string;
}

/** The sampling of a job's completions in one environment, which may be there. Index: sampling_of_job. */
const INSERT_SAMPLING: Statement = {
  name: "insert-sampling",
  text: `insert into sampling (dataset_id, model_id, job_id, temperature, max_response_tokens, seed, environment)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (job_id, environment) where job_id is not null do update set seed = excluded.seed returning id`,
};

/** The number of the sampling that completions of a job are stored with. */
export async function samplingOf(
  connection: Queryable,
  sampling: Omit<SamplingRecord, "id"> & { readonly datasetId: string },
): Promise<string> {
  const { datasetId, modelId, jobId, temperature, maxResponseTokens, seed, environment } = sampling;
  const values = [datasetId, modelId, jobId, temperature, maxResponseTokens, seed, environment];
  const [row] = await rowsOf<{ id: string }>(connection, INSERT_SAMPLING, values);
  return row?.id as string;
}

/** How were models ($2 by number, $3 by name) sampled in a dataset ($1)? Indexes: sampling_by_model, model_name_key. */
const SAMPLINGS_OF_MODELS: Statement = {
  name: "samplings-of-models",
  text: `select s.id, s.model_id as "modelId", s.job_id as "jobId", s.temperature,
      s.max_response_tokens as "maxResponseTokens", s.seed, s.environment
    from sampling s join model m on m.id = s.model_id
    where s.dataset_id = $1 and (m.id = $2 or m.name = any($3::text[])) order by s.id`,
};

export const samplingsOfModels = (
  database: Database,
  datasetId: string,
  modelId: string | null,
  names: readonly string[],
): Promise<SamplingRecord[]> => database.rows(SAMPLINGS_OF_MODELS, [datasetId, modelId, names]);
