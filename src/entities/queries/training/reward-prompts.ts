import type { Database, Statement } from "../../database/database.js";
import { inStage } from "../prompts/prompt-stages.js";
import { inForce } from "../sql.js";

/** A labeler's ranking: positions of the prompt's completions, best first, and the tier of each. */
export interface ComparedRanking {
  readonly labeler: string;
  readonly completions: readonly number[];
  readonly tiers: readonly number[];
}

/** A prompt as the training of a reward model reads it. */
export interface RewardPromptRecord {
  readonly rowId: string;
  /** Its identity within the dataset. */
  readonly id: string;
  readonly split: "TRAIN" | "VALIDATION";
  readonly text: string;
  readonly fewShot: readonly { readonly query: string; readonly response: string }[];
  readonly completions: readonly { readonly position: number; readonly id: string; readonly text: string }[];
  /** Those by TRAINING labelers, in their order. */
  readonly rankings: readonly ComparedRanking[];
  /** Those by TRAINING labelers, in their order. */
  readonly demonstrations: readonly string[];
}

const OF_TRAINING = (alias: string): string =>
  `join dataset_labeler m on m.dataset_id = $1 and m.labeler_id = ${alias}.labeler_id and m.pool = 'TRAINING' and ${inForce("m", "$2")}`;

/**
 * The prompts of a dataset ($1) as of a revision ($2) that serve RM in TRAIN or VALIDATION and have a ranking by a TRAINING
 * labeler, in the order in which they came, after one ($3), at most so many ($4).
 * Indexes: prompt_by_dataset_and_id is the primary key's order; ranking_prompt_id_position_key, completion_prompt_id_position_key.
 */
const REWARD_PROMPTS: Statement = {
  name: "reward-prompts",
  text: `select p.id as "rowId", p.identity as id, a.split, p.text, p.few_shot as "fewShot", c.completions, r.rankings,
      d.texts as demonstrations
    from prompt p
    join prompt_state s on s.prompt_id = p.id and ${inForce("s", "$2")}
    join split_assignment a on a.split_group_id = s.split_group_id and ${inForce("a", "$2")}
    cross join lateral (
      select json_agg(json_build_object('labeler', l.handle, 'completions', w.completions, 'tiers', w.tiers)
        order by w.position) as rankings
      from ranking w ${OF_TRAINING("w")} join labeler l on l.id = w.labeler_id
      where w.prompt_id = p.id and ${inForce("w", "$2")}) r
    cross join lateral (
      select coalesce(json_agg(json_build_object('position', w.position, 'id', w.key, 'text', w.text)
        order by w.position), '[]') as completions
      from completion w where w.prompt_id = p.id and w.added_in <= $2) c
    cross join lateral (
      select coalesce(array_agg(w.text order by w.position), '{}') as texts from demonstration w ${OF_TRAINING("w")}
      where w.prompt_id = p.id and ${inForce("w", "$2")}) d
    where p.dataset_id = $1 and p.added_in <= $2 and p.id > $3 and a.split in ('TRAIN', 'VALIDATION')
      and r.rankings is not null
      and not coalesce('RM' = any(s.exclusion_from), false) and ${inStage("RM", "$2")}
    order by p.id limit $4`,
};

export const rewardPrompts = (
  database: Database,
  datasetId: string,
  asOf: number,
  afterRowId: string,
  limit: number,
): Promise<RewardPromptRecord[]> =>
  database.rows<RewardPromptRecord>(REWARD_PROMPTS, [datasetId, asOf, afterRowId, limit]);
