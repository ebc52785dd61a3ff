/**
 * A dataset of a million prompts, written straight into the tables: one in ten has 4 completions and 2 rankings without ties,
 * one in ten a demonstration, one in four is a labeler's. Every 20 prompts have an author, whose group is in the split.
 */
import { withClient } from "./scratch.mjs";

export const PROMPTS = 1_000_000;
const AUTHORS = PROMPTS / 20;

const SOURCE = "case when i % 4 = 0 then 'LABELER' else 'CUSTOMER' end";
const SPLIT = "(array['TRAIN', 'VALIDATION', 'TEST'])[greatest(0, i % 10 - 7) + 1]";
const AT = "timestamptz '2026-01-01T00:00:00Z' + i * interval '1 second'";

const STATEMENTS = [
  `insert into dataset (id, slug, name, revision) values (1, 'bench', 'bench', 1)`,
  `insert into labeler (id, handle) select i, 'w' || i from generate_series(1, 3) as i`,
  `insert into dataset_labeler (dataset_id, labeler_id, pool, added_in) select 1, id, pool, 1 from labeler`,
  `insert into split_group (id, dataset_id) select i + 1, 1 from generate_series(0, ${AUTHORS - 1}) as i`,
  `insert into author_group (dataset_id, author, split_group_id)
    select 1, 'user-' || i, i + 1 from generate_series(0, ${AUTHORS - 1}) as i`,
  `insert into split_assignment (split_group_id, split, added_in)
    select i + 1, ${SPLIT}, 1 from generate_series(0, ${AUTHORS - 1}) as i`,
  `insert into prompt (id, dataset_id, identity, external_id, text, kind, source, author, ranking_count, created_at, created_at_given, added_in)
    select i + 1, 1, md5('prompt ' || i)::uuid, 'p-' || i, 'What has happened in the year ' || i || ', and who has written of it?', 'PLAIN',
      ${SOURCE}, 'user-' || i / 20, case when i % 10 = 0 then 2 else 0 end, ${AT}, true, 1
    from generate_series(0, ${PROMPTS - 1}) as i`,
  `insert into prompt_state (prompt_id, dataset_id, split_group_id, use_case, language, added_in)
    select i + 1, 1, i / 20 + 1, (array['GENERATION', 'OPEN_QA', 'BRAINSTORMING', 'CHAT'])[i % 7 % 4 + 1], 'en', 1
    from generate_series(0, ${PROMPTS - 1}) as i`,
  `insert into completion (dataset_id, prompt_id, position, key, text, source, sample_index, version, created_at, created_at_given, added_in)
    select 1, i + 1, n, chr(65 + n), 'Much, and many have: this is answer ' || n || '.', 'sft-1', n, 1, ${AT}, true, 1
    from generate_series(0, ${PROMPTS - 1}, 10) as i, generate_series(0, 3) as n`,
  `insert into demonstration (dataset_id, prompt_id, labeler_id, position, text, identity, created_at, created_at_given, added_in)
    select 1, i + 1, 1, 0, 'Little, as far as we know.', md5('demonstration ' || i)::uuid, ${AT}, true, 1
    from generate_series(1, ${PROMPTS - 1}, 10) as i`,
  `insert into ranking (dataset_id, prompt_id, labeler_id, position, completions, tiers, strict_pairs, identity, created_at, created_at_given, added_in)
    select 1, i + 1, n + 2, n, '{2,0,3,1}', '{1,2,3,4}', 6, md5('ranking ' || i || ' ' || n)::uuid, ${AT}, true, 1
    from generate_series(0, ${PROMPTS - 1}, 10) as i, generate_series(0, 1) as n`,
  "vacuum analyze",
];

/** Fills an empty, migrated database. */
export async function writeMillion(url) {
  await withClient(url, async (client) => {
    for (const statement of STATEMENTS) await client.query(statement);
  });
}

/** What splitSizes must be, counted prompt by prompt from the rule of the tables above: stage, split and source → sizes. */
export function expectedSplitSizes() {
  const sizes = {};
  for (let i = 0; i < PROMPTS; i++) {
    const split = ["TRAIN", "VALIDATION", "TEST"][Math.max(0, (Math.floor(i / 20) % 10) - 7)];
    const source = i % 4 === 0 ? "LABELER" : "CUSTOMER";
    const [stage, examples] = i % 10 === 0 ? ["RM", 12] : i % 10 === 1 ? ["SFT", 1] : ["PPO", 1];
    if (stage === "PPO" && source === "LABELER") continue;
    sizes[`${stage} ${split} ${source}`] ??= { prompts: 0, examples: 0 };
    sizes[`${stage} ${split} ${source}`].prompts++;
    sizes[`${stage} ${split} ${source}`].examples += examples;
  }
  return sizes;
}
