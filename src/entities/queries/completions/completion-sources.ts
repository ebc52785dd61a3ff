import type { Database, Statement } from "../../database/database.js";
import { heavyRows } from "../heavy.js";

/** A policy that wrote completions, as the API reads it. */
export interface CompletionSourceRecord {
  readonly name: string;
  readonly completions: number;
  readonly prompts: number;
  readonly latestVersion: number;
}

/**
 * Who wrote a dataset's completions as of a revision? Grouped by prompt first, which spares a sort for the distinct
 * prompts. Index: completion_by_source.
 */
const SOURCES: Statement = {
  name: "completion-sources",
  text: `select source as name, sum(completions)::integer as completions, count(*)::integer as prompts,
      max(version)::integer as "latestVersion"
    from (select source, count(*) as completions, max(version) as version from completion
      where dataset_id = $1 and added_in <= $2 and source is not null group by source, prompt_id) of_prompt
    group by source order by source collate "C"`,
};

export const completionSources = (
  database: Database,
  datasetId: string,
  asOf: number,
): Promise<CompletionSourceRecord[]> => heavyRows<CompletionSourceRecord>(database, SOURCES, [datasetId, asOf]);
