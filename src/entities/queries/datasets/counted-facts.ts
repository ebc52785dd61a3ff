import type { Database, Statement } from "../../database/database.js";
import type { AlikePrompts } from "../prompts/prompt-facts.js";

/** What was counted of a dataset's prompts, and as of which revision. */
export interface CountedFacts {
  readonly revision: number;
  readonly facts: readonly AlikePrompts[];
}

/** What was last counted of a dataset ($1), as of a revision ($2) or an earlier one? Index: counted_facts_pkey. */
const COUNTED: Statement = {
  name: "counted-facts",
  text: "select revision, facts from counted_facts where dataset_id = $1 and revision <= $2",
};

/** Keeps the newest count. A dataset deleted meanwhile keeps none. */
const KEEP: Statement = {
  name: "keep-counted-facts",
  text: `insert into counted_facts (dataset_id, revision, facts) select id, $2, $3::jsonb from dataset where id = $1 for key share
    on conflict (dataset_id) do update set revision = excluded.revision, facts = excluded.facts
    where counted_facts.revision < excluded.revision`,
};

export const countedFacts = (database: Database, datasetId: string, asOf: number): Promise<CountedFacts | null> =>
  database.row<CountedFacts>(COUNTED, [datasetId, asOf]);

export async function keepCountedFacts(database: Database, datasetId: string, counted: CountedFacts): Promise<void> {
  await database.rows(KEEP, [datasetId, counted.revision, JSON.stringify(counted.facts)]);
}
