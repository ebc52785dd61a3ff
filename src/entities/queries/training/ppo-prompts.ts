import type { Database } from "../../database/database.js";
import { type PromptFilterValues, promptCondition } from "../prompts/prompt-filter.js";
import { inForce, Parameters } from "../sql.js";

/** A prompt as PPO answers it. */
export interface PpoPromptRecord {
  readonly rowId: string;
  /** Its identity within the dataset. */
  readonly id: string;
  readonly split: "TRAIN" | "VALIDATION";
  readonly text: string;
  readonly fewShot: readonly { readonly query: string; readonly response: string }[];
}

/** Which prompts: of a dataset as of a revision, in TRAIN or VALIDATION and not excluded from PPO, all that a filter matches. */
export interface PpoSelection {
  readonly datasetId: string;
  readonly asOf: number;
  readonly filter: PromptFilterValues;
}

/** The prompts after one, in the order in which they came, at most so many. Index: prompt_pkey. */
export function ppoPrompts(
  database: Database,
  selection: PpoSelection,
  afterRowId: string,
  limit: number,
): Promise<PpoPromptRecord[]> {
  const parameters = new Parameters();
  const chosen = from(selection, parameters);
  return database.select<PpoPromptRecord>(
    `select p.id as "rowId", p.identity as id, a.split, p.text, p.few_shot as "fewShot" ${chosen}
      and p.id > ${parameters.add(afterRowId)} order by p.id limit ${parameters.add(limit)}`,
    parameters.values,
  );
}

/** How many prompts each split has of them. */
export async function countPpoPrompts(
  database: Database,
  selection: PpoSelection,
): Promise<{ readonly train: number; readonly validation: number }> {
  const parameters = new Parameters();
  const rows = await database.select<{ split: string; count: number }>(
    `select a.split, count(*)::integer as count ${from(selection, parameters)} group by a.split`,
    parameters.values,
  );
  const countOf = (split: string) => rows.find((row) => row.split === split)?.count ?? 0;
  return { train: countOf("TRAIN"), validation: countOf("VALIDATION") };
}

function from({ datasetId, asOf, filter }: PpoSelection, parameters: Parameters): string {
  const dataset = parameters.add(datasetId);
  const revision = `${parameters.add(asOf)}::integer`;
  return `from prompt p
    join prompt_state s on s.prompt_id = p.id and ${inForce("s", revision)}
    join split_assignment a on a.split_group_id = s.split_group_id and ${inForce("a", revision)}
    where p.dataset_id = ${dataset} and p.added_in <= ${revision} and a.split in ('TRAIN', 'VALIDATION')
      and not coalesce('PPO' = any(s.exclusion_from), false) and ${promptCondition(filter, revision, false, parameters)}`;
}
