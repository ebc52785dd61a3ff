import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** A completion of a prompt, as what refers to it needs it. */
export interface PlacedCompletion {
  readonly id: string;
  readonly promptId: string;
  readonly datasetId: string;
  readonly position: number;
  readonly key: string;
}

/** A stored completion of some prompt, and which sample of its source it is. */
export interface SampledCompletion extends PlacedCompletion {
  readonly source: string | null;
  readonly sampleIndex: number;
  readonly version: number;
}

const COLUMNS = `id, prompt_id as "promptId", dataset_id as "datasetId", position, key`;

/** Which completions do these prompts have, in their order? Index: completion_prompt_id_position_key. */
const COMPLETIONS_OF_PROMPTS: Statement = {
  name: "samples-of-prompts",
  text: `select ${COLUMNS}, source, sample_index as "sampleIndex", version
    from completion where prompt_id = any($1::bigint[]) order by prompt_id, position`,
};

/** Which prompts do these completions belong to, and where do they stand? Index: completion_pkey. */
const PLACES_OF_COMPLETIONS: Statement = {
  name: "places-of-completions",
  text: `select ${COLUMNS} from completion where id = any($1::bigint[])`,
};

export const sampledCompletionsOfPrompts = (
  connection: Queryable,
  promptIds: readonly string[],
): Promise<SampledCompletion[]> => rowsOf(connection, COMPLETIONS_OF_PROMPTS, [promptIds]);

export const placesOfCompletions = (connection: Queryable, ids: readonly string[]): Promise<PlacedCompletion[]> =>
  rowsOf(connection, PLACES_OF_COMPLETIONS, [ids]);

/** A completion to be stored. */
export interface NewCompletionRow {
  readonly promptId: string;
  readonly position: number;
  readonly key: string;
  readonly text: string;
  readonly source: string | null;
  readonly sampleIndex: number;
  readonly version: number;
  readonly ended: boolean | null;
}

const INSERT_COMPLETIONS: Statement = {
  name: "insert-completions",
  text: `insert into completion (dataset_id, prompt_id, position, key, text, source, sample_index, version,
      created_at, created_at_given, added_in, model_id, ended, sampling_id)
    select $1, prompt_id, position, key, text, source, sample_index, version, $9, true, $10, $11, ended, $13
    from unnest($2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::integer[], $12::boolean[])
      with ordinality as given (prompt_id, position, key, text, source, sample_index, version, ended, ordinal)
    order by ordinal
    returning id, prompt_id as "promptId", position`,
};

/** Where completions came from: a model of ours and how it was sampled, or neither is known. */
export interface CompletionOrigin {
  readonly createdAt: Date;
  readonly revision: number;
  readonly modelId: string | null;
  readonly samplingId: string | null;
}

/** Stores completions; returns their numbers in the order given. */
export async function insertCompletions(
  connection: Queryable,
  datasetId: string,
  completions: readonly NewCompletionRow[],
  { createdAt, revision, modelId, samplingId }: CompletionOrigin,
): Promise<string[]> {
  const rows = await rowsOf<{ id: string; promptId: string; position: number }>(connection, INSERT_COMPLETIONS, [
    datasetId,
    completions.map(({ promptId }) => promptId),
    completions.map(({ position }) => position),
    completions.map(({ key }) => key),
    completions.map(({ text }) => text),
    completions.map(({ source }) => source),
    completions.map(({ sampleIndex }) => sampleIndex),
    completions.map(({ version }) => version),
    createdAt,
    revision,
    modelId,
    completions.map(({ ended }) => ended),
    samplingId,
  ]);
  const ids = new Map(rows.map(({ id, promptId, position }) => [`${promptId}/${position}`, id]));
  return completions.map(({ promptId, position }) => ids.get(`${promptId}/${position}`) as string);
}
