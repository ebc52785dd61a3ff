import type { Database, Statement } from "../../database/database.js";
import { inForce } from "../sql.js";
import type { SftPromptRecord } from "./sft-prompts.js";

/** The prompts of TRAIN and VALIDATION ($1 dataset, $2 revision) that are not excluded, as `p`, their split as `a`. */
export const CORPUS = `from prompt p
    join prompt_state s on s.prompt_id = p.id and ${inForce("s", "$2")}
    join split_assignment a on a.split_group_id = s.split_group_id and ${inForce("a", "$2")}
    cross join lateral (
      select coalesce(array_agg(w.text order by w.position), '{}') as texts from demonstration w
      join dataset_labeler m on m.dataset_id = $1 and m.labeler_id = w.labeler_id and m.pool = 'TRAINING' and ${inForce("m", "$2")}
      where w.prompt_id = p.id and ${inForce("w", "$2")}) d
    where p.dataset_id = $1 and p.added_in <= $2 and a.split in ('TRAIN', 'VALIDATION') and s.exclusion_reason is null`;

/**
 * The text of a dataset ($1) as of a revision ($2), which pretraining reads: prompts with the demonstrations of TRAINING
 * labelers, of some splits ($5), in the order in which they came, after one ($3), at most so many ($4).
 * Indexes: prompt_by_dataset_and_id is the primary key's order; demonstration_prompt_id_position_key.
 */
const CORPUS_PROMPTS: Statement = {
  name: "corpus-prompts",
  text: `select p.id as "rowId", p.identity as id, a.split, p.source, p.text, p.few_shot as "fewShot", d.texts as demonstrations
    ${CORPUS} and p.id > $3 and a.split = any($5::text[]) order by p.id limit $4`,
};

export const corpusPrompts = (
  database: Database,
  datasetId: string,
  asOf: number,
  splits: readonly ("TRAIN" | "VALIDATION")[],
  afterRowId: string,
  limit: number,
): Promise<SftPromptRecord[]> =>
  database.rows<SftPromptRecord>(CORPUS_PROMPTS, [datasetId, asOf, afterRowId, limit, splits]);

/** How much text a split has: documents are its prompts and their demonstrations, each demonstration after its prompt. */
export interface CorpusSize {
  readonly split: "TRAIN" | "VALIDATION";
  readonly documents: number;
  /** In UTF-8; a prompt's text counts once more for each demonstration. */
  readonly bytes: number;
}

const CORPUS_SIZE: Statement = {
  name: "corpus-size",
  text: `select a.split, sum(1 + cardinality(d.texts))::integer as documents,
      sum((octet_length(p.text) + octet_length(p.few_shot::text)) * (1 + cardinality(d.texts))
        + octet_length(array_to_string(d.texts, '')))::double precision as bytes
    ${CORPUS} group by a.split`,
};

/** The sizes of the splits that have any prompt. */
export const corpusSizes = (database: Database, datasetId: string, asOf: number): Promise<CorpusSize[]> =>
  database.rows<CorpusSize>(CORPUS_SIZE, [datasetId, asOf]);
