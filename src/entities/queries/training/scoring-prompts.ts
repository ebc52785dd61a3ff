import type { Database } from "../../database/database.js";
import { type PromptFilterValues, promptCondition } from "../prompts/prompt-filter.js";
import { Parameters } from "../sql.js";

/** A prompt as scoring reads it. */
export interface ScoringPromptRecord {
  readonly rowId: string;
  /** Its identity within the dataset. */
  readonly id: string;
  readonly text: string;
  readonly fewShot: readonly { readonly query: string; readonly response: string }[];
  /** At least one; id: its key within the prompt. */
  readonly completions: readonly { readonly id: string; readonly text: string }[];
}

/** Which completions: of a dataset as of a revision, of all prompts that a filter matches, of some sources or of all (null). */
export interface ScoringSelection {
  readonly datasetId: string;
  readonly asOf: number;
  readonly filter: PromptFilterValues;
  readonly sources: readonly string[] | null;
}

/** The prompts after one that have a completion, in the order in which they came, at most so many. Indexes: prompt_pkey, completion_prompt_id_position_key. */
export function scoringPrompts(
  database: Database,
  selection: ScoringSelection,
  afterRowId: string,
  limit: number,
): Promise<ScoringPromptRecord[]> {
  const parameters = new Parameters();
  const { prompts, completions } = chosen(selection, parameters);
  return database.select<ScoringPromptRecord>(
    `select p.id as "rowId", p.identity as id, p.text, p.few_shot as "fewShot", c.completions from prompt p
      cross join lateral (
        select json_agg(json_build_object('id', c.key, 'text', c.text) order by c.position) as completions
        from completion c where ${completions}) c
      where ${prompts} and c.completions is not null and p.id > ${parameters.add(afterRowId)}
      order by p.id limit ${parameters.add(limit)}`,
    parameters.values,
  );
}

/** How many completions there are, and how many prompts have them. */
export async function countScoring(
  database: Database,
  selection: ScoringSelection,
): Promise<{ readonly prompts: number; readonly completions: number }> {
  const parameters = new Parameters();
  const { prompts, completions } = chosen(selection, parameters);
  const [row] = await database.select<{ prompts: number; completions: number }>(
    `select count(distinct p.id)::integer as prompts, count(*)::integer as completions from prompt p
      join completion c on ${completions} where ${prompts}`,
    parameters.values,
  );
  return row ?? { prompts: 0, completions: 0 };
}

function chosen(
  { datasetId, asOf, filter, sources }: ScoringSelection,
  parameters: Parameters,
): { prompts: string; completions: string } {
  const dataset = parameters.add(datasetId);
  const revision = parameters.add(asOf);
  const ofSources = sources === null ? "true" : `c.source = any(${parameters.add(sources)}::text[])`;
  return {
    prompts: `p.dataset_id = ${dataset} and p.added_in <= ${revision} and ${promptCondition(filter, revision, false, parameters)}`,
    completions: `c.prompt_id = p.id and c.added_in <= ${revision} and ${ofSources}`,
  };
}
