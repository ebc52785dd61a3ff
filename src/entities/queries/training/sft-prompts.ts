import type { PromptSource, Split } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { inStage } from "../prompts/prompt-stages.js";
import { inForce } from "../sql.js";

/** A prompt as supervised fine-tuning reads it. */
export interface SftPromptRecord {
  readonly rowId: string;
  /** Its identity within the dataset: the same wherever the dataset is imported. */
  readonly id: string;
  readonly split: Split;
  readonly source: PromptSource;
  readonly text: string;
  readonly fewShot: readonly { readonly query: string; readonly response: string }[];
  /** Those by TRAINING labelers, in their order. */
  readonly demonstrations: readonly string[];
}

/** Prompts ($1 dataset, $2 revision) that serve SFT in TRAIN or VALIDATION and hold an example, as `p`, their split as `a`. */
export const SFT_PROMPTS_OF = `from prompt p
    join prompt_state s on s.prompt_id = p.id and ${inForce("s", "$2")}
    join split_assignment a on a.split_group_id = s.split_group_id and ${inForce("a", "$2")}
    cross join lateral (
      select coalesce(array_agg(w.text order by w.position), '{}') as texts from demonstration w
      join dataset_labeler m on m.dataset_id = $1 and m.labeler_id = w.labeler_id and m.pool = 'TRAINING' and ${inForce("m", "$2")}
      where w.prompt_id = p.id and ${inForce("w", "$2")}) d
    where p.dataset_id = $1 and p.added_in <= $2 and a.split in ('TRAIN', 'VALIDATION')
      and not coalesce('SFT' = any(s.exclusion_from), false) and ${inStage("SFT", "$2")}
      and (cardinality(d.texts) > 0 or (p.source = 'LABELER' and p.few_shot <> '[]'))`;

/**
 * The prompts of a dataset ($1) as of a revision ($2) that serve SFT in TRAIN or VALIDATION and hold an example, in the order
 * in which they came, after one ($3), at most so many ($4). The same prompts and examples as splitSizes counts.
 * Indexes: prompt_by_dataset_and_id is the primary key's order; demonstration_prompt_id_position_key.
 */
const SFT_PROMPTS: Statement = {
  name: "sft-prompts",
  text: `select p.id as "rowId", p.identity as id, a.split, p.source, p.text, p.few_shot as "fewShot", d.texts as demonstrations
    ${SFT_PROMPTS_OF} and p.id > $3
    order by p.id limit $4`,
};

export const sftPrompts = (
  database: Database,
  datasetId: string,
  asOf: number,
  afterRowId: string,
  limit: number,
): Promise<SftPromptRecord[]> => database.rows<SftPromptRecord>(SFT_PROMPTS, [datasetId, asOf, afterRowId, limit]);
