import type { Database, Statement } from "../../database/database.js";

/** A completion as the API reads it. */
export interface CompletionRecord {
  readonly id: string;
  readonly datasetId: string;
  readonly promptId: string;
  readonly position: number;
  readonly key: string;
  readonly text: string;
  readonly source: string | null;
  readonly sampleIndex: number;
  readonly version: number;
  readonly modelId: string | null;
  readonly ended: boolean | null;
  readonly createdAt: Date;
  readonly asOf: number;
}

const COLUMNS = `c.id, c.dataset_id as "datasetId", c.prompt_id as "promptId", c.position, c.key, c.text, c.source,
  c.sample_index as "sampleIndex", c.version, c.model_id as "modelId", c.ended, c.created_at as "createdAt", $2::integer as "asOf"`;

/** Which completions have these ids? Index: completion_pkey. */
const COMPLETIONS_BY_ID: Statement = {
  name: "completions-by-id",
  text: `select ${COLUMNS} from completion c where c.id = any($1::bigint[]) and c.added_in <= $2`,
};

/** Which completions do these prompts have as of a revision, by position? Index: completion_prompt_id_position_key. */
const COMPLETIONS_OF_PROMPTS: Statement = {
  name: "completions-of-prompts",
  text: `select ${COLUMNS} from completion c where c.prompt_id = any($1::bigint[]) and c.added_in <= $2
    order by c.prompt_id, c.position`,
};

export const completionsById = (
  database: Database,
  ids: readonly string[],
  asOf: number,
): Promise<CompletionRecord[]> => database.rows<CompletionRecord>(COMPLETIONS_BY_ID, [ids, asOf]);

export const completionsOfPrompts = (
  database: Database,
  promptIds: readonly string[],
  asOf: number,
): Promise<CompletionRecord[]> => database.rows<CompletionRecord>(COMPLETIONS_OF_PROMPTS, [promptIds, asOf]);
