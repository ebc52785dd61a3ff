import type { Database, Statement } from "../../database/database.js";
import { heavyRows } from "../heavy.js";
import { inForce } from "../sql.js";

/** How many texts of a group have a length. */
export interface LengthCount {
  readonly group: string;
  readonly tokens: number;
  readonly count: number;
}

/** How long are a dataset's prompts by use case, as of a revision? Indexes: prompt_length_pkey or none. */
const PROMPT_LENGTHS_BY_USE_CASE: Statement = {
  name: "prompt-lengths-by-use-case",
  text: `select coalesce(s.use_case, 'NONE') as "group", l.tokens, count(*)::integer as count
    from prompt_state s join prompt_length l on l.prompt_id = s.prompt_id
    where s.dataset_id = $1 and ${inForce("s", "$2")} group by 1, 2`,
};

/** How long are the prompts that have a demonstration, and the demonstrations, by the prompt's source? */
const LENGTHS_BY_DEMONSTRATION_SOURCE: Statement = {
  name: "lengths-by-demonstration-source",
  text: `with demonstrated as materialized (
      select w.id, w.prompt_id from demonstration w where w.dataset_id = $1 and ${inForce("w", "$2")})
    select p.source || ' prompt' as "group", l.tokens, count(*)::integer as count
    from (select distinct prompt_id from demonstrated) d
    join prompt p on p.id = d.prompt_id join prompt_length l on l.prompt_id = d.prompt_id group by 1, 2
    union all
    select p.source || ' demonstration', l.tokens, count(*)::integer
    from demonstrated d
    join prompt p on p.id = d.prompt_id join demonstration_length l on l.demonstration_id = d.id group by 1, 2`,
};

export const promptLengthsByUseCase = (database: Database, datasetId: string, asOf: number): Promise<LengthCount[]> =>
  heavyRows<LengthCount>(database, PROMPT_LENGTHS_BY_USE_CASE, [datasetId, asOf]);

export const lengthsByDemonstrationSource = (
  database: Database,
  datasetId: string,
  asOf: number,
): Promise<LengthCount[]> => heavyRows<LengthCount>(database, LENGTHS_BY_DEMONSTRATION_SOURCE, [datasetId, asOf]);
