import type { Database, Statement } from "../../database/database.js";

/** A text whose length is not known yet, and about how many bytes it takes. */
export interface Uncounted {
  readonly id: string;
  readonly bytes: number;
}

/**
 * Which prompts of a dataset are not counted, from an id on? A merge of two indexes, both from that id on, so that a batch
 * costs its own rows; planned with the values, for another plan would read all. Indexes: prompt_pkey, prompt_length_pkey.
 */
const UNCOUNTED_PROMPTS = `select p.id, octet_length(p.text)
      + case when p.few_shot = '[]' then 0 else octet_length(p.few_shot::text) end as bytes
    from prompt p
    where p.dataset_id = $1 and p.id > $2
      and not exists (select from prompt_length l where l.prompt_id = p.id and l.prompt_id > $2)
    order by p.id limit $3`;

/** The same for demonstrations. Indexes: demonstration_pkey, demonstration_length_pkey. */
const UNCOUNTED_DEMONSTRATIONS = `select d.id, octet_length(d.text) as bytes from demonstration d
    where d.dataset_id = $1 and d.id > $2
      and not exists (select from demonstration_length l where l.demonstration_id = d.id and l.demonstration_id > $2)
    order by d.id limit $3`;

/** The texts to count of these prompts: what a model reads before it answers. Index: prompt_pkey. */
const PROMPT_TEXTS: Statement = {
  name: "prompt-texts",
  text: `select p.id, p.text, p.few_shot as "fewShot" from prompt p where p.id = any($1::bigint[])`,
};

const DEMONSTRATION_TEXTS: Statement = {
  name: "demonstration-texts",
  text: `select d.id, d.text, '[]'::jsonb as "fewShot" from demonstration d where d.id = any($1::bigint[])`,
};

/** Keeps lengths of what is still there: a dataset may be deleted while its texts are counted. */
const KEEP_PROMPT_LENGTHS: Statement = {
  name: "keep-prompt-lengths",
  text: `insert into prompt_length (prompt_id, tokens)
    select l.id, l.tokens from unnest($1::bigint[], $2::integer[]) as l (id, tokens)
    where exists (select from prompt p where p.id = l.id for key share)
    on conflict do nothing`,
};

const KEEP_DEMONSTRATION_LENGTHS: Statement = {
  name: "keep-demonstration-lengths",
  text: `insert into demonstration_length (demonstration_id, tokens)
    select l.id, l.tokens from unnest($1::bigint[], $2::integer[]) as l (id, tokens)
    where exists (select from demonstration d where d.id = l.id for key share)
    on conflict do nothing`,
};

/** A text as its tokens are counted, and the pairs that stand with it. */
export interface CountedText {
  readonly id: string;
  readonly text: string;
  readonly fewShot: readonly { readonly query: string; readonly response: string }[];
}

/** What is counted: the questions of prompts and those of demonstrations are alike. */
export interface CountedKind {
  uncounted(database: Database, datasetId: string, after: string, limit: number): Promise<Uncounted[]>;
  texts(database: Database, ids: readonly string[]): Promise<CountedText[]>;
  keep(database: Database, ids: readonly string[], tokens: readonly number[]): Promise<unknown>;
}

const kind = (uncounted: string, texts: Statement, keep: Statement): CountedKind => ({
  uncounted: (database, datasetId, after, limit) => database.select(uncounted, [datasetId, after, limit]),
  texts: (database, ids) => database.rows(texts, [ids]),
  keep: (database, ids, tokens) => database.rows(keep, [ids, tokens]),
});

export const COUNTED_KINDS: readonly CountedKind[] = [
  kind(UNCOUNTED_PROMPTS, PROMPT_TEXTS, KEEP_PROMPT_LENGTHS),
  kind(UNCOUNTED_DEMONSTRATIONS, DEMONSTRATION_TEXTS, KEEP_DEMONSTRATION_LENGTHS),
];
