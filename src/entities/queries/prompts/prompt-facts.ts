import type { PromptSource, Split, Stage } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { heavyRows } from "../heavy.js";
import { inForce } from "../sql.js";

/** Prompts of a dataset that are alike in all that decides their stages, counted; those without a split are left out. */
export interface AlikePrompts {
  readonly source: PromptSource;
  readonly split: Split;
  readonly explicitStages: readonly Stage[] | null;
  readonly exclusionFrom: readonly Stage[] | null;
  readonly fewShotPairs: number;
  /** What was said of them, the sum of SAID; null: nothing. */
  readonly said: number | null;
  readonly prompts: number;
  /** Demonstrations by TRAINING labelers. */
  readonly written: number;
  /** Strict pairs by TRAINING labelers. */
  readonly compared: number;
}

/** What can be said of a prompt, as bits. */
export const SAID = { demonstration: 1, ranking: 2, strictPair: 4, assessment: 8 } as const;

/** `pool` of a record's labeler in the dataset ($1) as of the revision ($2). */
const inPool = (table: string): string => `${table} w
      left join dataset_labeler m on m.dataset_id = $1 and m.labeler_id = w.labeler_id and ${inForce("m", "$2")}
      where w.dataset_id = $1 and ${inForce("w", "$2")}`;

/**
 * What was said of each prompt of a dataset ($1) as of a revision ($2), gathered once for all kinds of record. Where an
 * assessment came with a ranking, the prompt has a ranking in force (superseded only by another), which says more.
 */
const work = (ofPrompts: string): string => `work as (
    select prompt_id, bit_or(said) as said, sum(written)::integer as written, sum(compared)::integer as compared from (
      select w.prompt_id, ${SAID.demonstration} as said, (m.pool = 'TRAINING')::integer as written, 0 as compared
      from ${inPool("demonstration")}${ofPrompts}
      union all
      select w.prompt_id, case when w.strict_pairs > 0 then ${SAID.ranking + SAID.strictPair} else ${SAID.ranking} end, 0,
        case when m.pool = 'TRAINING' then w.strict_pairs else 0 end
      from ${inPool("ranking")}${ofPrompts}
      union all
      select w.prompt_id, ${SAID.assessment}, 0, 0 from assessment w
      where w.dataset_id = $1 and w.ranking_id is null and ${inForce("w", "$2")}${ofPrompts}
    ) of_records group by prompt_id)`;

const FACTS = `coalesce(p.source, 'CUSTOMER') as source, a.split, s.stages as "explicitStages",
    s.exclusion_from as "exclusionFrom", coalesce(p.pairs, 0) as "fewShotPairs", work.said`;

/** Prompts that are not looked up are a customer's without pairs: most are, which keeps the hash table small. */
const PROMPTS_WITH_WORK = `prompt_state s
    left join (select id, source, jsonb_array_length(few_shot) as pairs from prompt
      where dataset_id = $1 and (source <> 'CUSTOMER' or few_shot <> '[]')) p on p.id = s.prompt_id
    join split_assignment a on a.split_group_id = s.split_group_id and ${inForce("a", "$2")}
    left join work on work.prompt_id = s.prompt_id`;

const OF_DATASET = `s.dataset_id = $1 and ${inForce("s", "$2")}`;

const facts = (ofPrompts: (column: string) => string): string => `with ${work(ofPrompts("w.prompt_id"))}
    select ${FACTS}, count(*)::integer as prompts, coalesce(sum(work.written), 0)::double precision as written,
      coalesce(sum(work.compared), 0)::double precision as compared
    from ${PROMPTS_WITH_WORK} where ${OF_DATASET}${ofPrompts("s.prompt_id")}
    group by 1, 2, 3, 4, 5, 6`;

/**
 * How many prompts of a dataset are alike, as of a revision? Reads every table once and joins by hash; the rule of stages
 * is applied to the few kinds that come out, not to a million rows. Indexes: none.
 */
const PROMPT_FACTS: Statement = { name: "prompt-facts", text: facts(() => "") };

/** The same of some prompts ($3) only. Indexes: the tables' own on prompt_id, split_assignment_pkey. */
const FACTS_OF_PROMPTS: Statement = {
  name: "facts-of-prompts",
  text: facts((column) => ` and ${column} = any($3::bigint[])`),
};

/** The same kinds with the length of their prompts, in tokens. */
const PROMPT_FACTS_BY_LENGTH: Statement = {
  name: "prompt-facts-by-length",
  text: `with ${work("")}
    select ${FACTS}, l.tokens, count(*)::integer as prompts, 0 as written, 0 as compared
    from ${PROMPTS_WITH_WORK} join prompt_length l on l.prompt_id = s.prompt_id where ${OF_DATASET}
    group by 1, 2, 3, 4, 5, 6, 7`,
};

export const promptFacts = (database: Database, datasetId: string, asOf: number): Promise<AlikePrompts[]> =>
  heavyRows<AlikePrompts>(database, PROMPT_FACTS, [datasetId, asOf]);

export const factsOfPrompts = (
  database: Database,
  datasetId: string,
  asOf: number,
  promptIds: readonly string[],
): Promise<AlikePrompts[]> => heavyRows<AlikePrompts>(database, FACTS_OF_PROMPTS, [datasetId, asOf, promptIds]);

export const promptFactsByLength = (
  database: Database,
  datasetId: string,
  asOf: number,
): Promise<(AlikePrompts & { readonly tokens: number })[]> =>
  heavyRows(database, PROMPT_FACTS_BY_LENGTH, [datasetId, asOf]);
