import type { Database } from "../../database/database.js";
import { promptCondition } from "../prompts/prompt-filter.js";
import { inForce, Parameters } from "../sql.js";
import type { ExportSelection } from "./export-prompts.js";

/** How much of what an export selects has no place in a file of the present state. */
export interface LeftBehind {
  readonly prompts: number;
  readonly rankings: number;
  readonly demonstrations: number;
  readonly assessments: number;
  readonly states: number;
  readonly groups: number;
}

/** Counts what is out of force as of a revision, and groups that hold prompts of several authors. */
export async function leftBehind(database: Database, selection: ExportSelection): Promise<LeftBehind> {
  const parameters = new Parameters();
  const revision = parameters.add(selection.revision);
  const gone = (table: string) =>
    `(select count(*)::integer from ${table} c join selected on selected.id = c.prompt_id where c.removed_in <= ${revision})`;
  const [counts] = await database.select<LeftBehind>(
    `with selected as materialized (select p.id, p.author from prompt p
        where p.dataset_id = ${parameters.add(selection.datasetId)} and p.added_in <= ${revision}
          and ${promptCondition(selection.filter, revision, selection.atPresent, parameters)})
      select (select count(*)::integer from selected) as prompts,
        ${gone("ranking")} as rankings, ${gone("demonstration")} as demonstrations,
        ${gone("assessment")} as assessments, ${gone("prompt_state")} as states,
        (select count(*)::integer from (select s.split_group_id from prompt_state s
            join selected on selected.id = s.prompt_id where ${inForce("s", revision)}
            group by s.split_group_id
            having count(distinct selected.author) + count(*) filter (where selected.author is null) > 1) joined) as groups`,
    parameters.values,
  );
  return counts as LeftBehind;
}
