import type { Database, Statement } from "../../database/database.js";
import { heavyRows } from "../heavy.js";

/** Whether a row came or went after a revision ($2), up to another ($3): one branch each, so that each has its index. */
const EVENTS = ["added_in", "removed_in"].map(
  (event) => (row: string) => `${row}.${event} > $2 and ${row}.${event} <= $3`,
);

const BRANCHES = EVENTS.flatMap((happened) => [
  ...["prompt_state", "demonstration", "ranking", "assessment"].map(
    (table) => `select w.prompt_id from ${table} w where w.dataset_id = $1 and ${happened("w")}`,
  ),
  // A split is its group's, a pool its labeler's: a change of either is one of all their prompts.
  `select s.prompt_id from split_assignment a
     join split_group g on g.dataset_id = $1 and g.id = a.split_group_id
     join prompt_state s on s.split_group_id = a.split_group_id where ${happened("a")}`,
  ...["demonstration", "ranking"].map(
    (table) => `select w.prompt_id from dataset_labeler m
     join ${table} w on w.labeler_id = m.labeler_id and w.dataset_id = $1 where m.dataset_id = $1 and ${happened("m")}`,
  ),
]);

/**
 * Of which prompts did anything change that decides their stages, split or examples, after one revision and up to another?
 * A prompt may come several times. Indexes: *_by_addition and *_by_removal of each table, prompt_state_by_group,
 * demonstration_by_labeler, ranking_by_labeler.
 */
const CHANGED_PROMPTS: Statement = {
  name: "changed-prompts",
  text: `select prompt_id as id from (${BRANCHES.join("\n    union all ")}) changed limit $4`,
};

/** The prompts of a dataset that changed; null where their changes are more than a limit. */
export async function changedPrompts(
  database: Database,
  datasetId: string,
  after: number,
  upTo: number,
  limit: number,
): Promise<string[] | null> {
  const rows = await heavyRows<{ id: string }>(database, CHANGED_PROMPTS, [datasetId, after, upTo, limit + 1]);
  return rows.length > limit ? null : [...new Set(rows.map((row) => row.id))];
}
