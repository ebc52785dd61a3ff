import type { Database, Statement } from "../../database/database.js";

/**
 * Was a model ($1), or the one that has a name ($2), trained on the scores of a reward model ($3): it, or a language model that
 * it descends from, has that one among its parents? Indexes: model_pkey, model_name_key, model_parent_pkey.
 */
const TRAINED_BY: Statement = {
  name: "was-trained-by-judge",
  text: `with recursive line (id) as (
      select id from model where id = $1 or name = $2
      union
      select p.parent_id from line join model_parent p on p.model_id = line.id
        join model m on m.id = p.parent_id and m.stage <> 'REWARD')
    select exists (select from line join model_parent p on p.model_id = line.id where p.parent_id = $3) as trained`,
};

/** evaluated: a model by its number, or a source, which may be the name of one. */
export async function wasTrainedBy(
  database: Database,
  evaluated: { readonly modelId: string | null; readonly source: string | null },
  judgeId: string,
): Promise<boolean> {
  const row = await database.row<{ trained: boolean }>(TRAINED_BY, [evaluated.modelId, evaluated.source, judgeId]);
  return row?.trained === true;
}
