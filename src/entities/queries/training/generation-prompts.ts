import type { Database } from "../../database/database.js";
import { type PromptFilterValues, promptCondition } from "../prompts/prompt-filter.js";
import { Parameters } from "../sql.js";

/** A prompt as generation reads it. */
export interface GenerationPromptRecord {
  readonly rowId: string;
  /** Its identity within the dataset. */
  readonly id: string;
  readonly text: string;
  readonly fewShot: readonly { readonly query: string; readonly response: string }[];
}

/** Which prompts: of a dataset as of a revision, all that a filter matches. */
export interface GenerationSelection {
  readonly datasetId: string;
  readonly asOf: number;
  readonly filter: PromptFilterValues;
}

/** The prompts after one, in the order in which they came, at most so many. Index: prompt_pkey. */
export function generationPrompts(
  database: Database,
  selection: GenerationSelection,
  afterRowId: string,
  limit: number,
): Promise<GenerationPromptRecord[]> {
  const parameters = new Parameters();
  const where = chosen(selection, parameters);
  return database.select<GenerationPromptRecord>(
    `select p.id as "rowId", p.identity as id, p.text, p.few_shot as "fewShot" from prompt p
      where ${where} and p.id > ${parameters.add(afterRowId)} order by p.id limit ${parameters.add(limit)}`,
    parameters.values,
  );
}

/** How many prompts there are, counted up to a limit. */
export async function countGenerationPrompts(
  database: Database,
  selection: GenerationSelection,
  limit: number,
): Promise<number> {
  const parameters = new Parameters();
  const where = chosen(selection, parameters);
  const [row] = await database.select<{ count: number }>(
    `select count(*)::integer as count from (select from prompt p where ${where} limit ${parameters.add(limit)}) chosen`,
    parameters.values,
  );
  return row?.count ?? 0;
}

function chosen({ datasetId, asOf, filter }: GenerationSelection, parameters: Parameters): string {
  const dataset = parameters.add(datasetId);
  const revision = parameters.add(asOf);
  return `p.dataset_id = ${dataset} and p.added_in <= ${revision} and ${promptCondition(filter, revision, false, parameters)}`;
}
