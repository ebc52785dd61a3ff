import type { Database, Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** What does a reward model ($2) say of these completions? Index: completion_score_pkey. */
const SCORES_OF_COMPLETIONS: Statement = {
  name: "scores-of-completions",
  text: `select completion_id as id, score from completion_score where completion_id = any($1::bigint[]) and model_id = $2`,
};

export const scoresOfCompletions = (
  database: Database,
  completionIds: readonly string[],
  modelId: string,
): Promise<{ readonly id: string; readonly score: number }[]> =>
  database.rows(SCORES_OF_COMPLETIONS, [completionIds, modelId]);

/** A score to be stored; the completion is named by its key within the prompt. */
export interface NewScoreRow {
  readonly promptId: string;
  readonly key: string;
  readonly score: number;
}

/** A score that is there already stays: neither the model nor the completion has changed since. Index: completion_prompt_id_key_key. */
const INSERT_SCORES: Statement = {
  name: "insert-scores",
  text: `insert into completion_score (completion_id, model_id, score, job_id)
    select c.id, $1, given.score, $2
    from unnest($3::bigint[], $4::text[], $5::double precision[]) as given (prompt_id, key, score)
    join completion c on c.prompt_id = given.prompt_id and c.key = given.key
    order by c.id
    on conflict (completion_id, model_id) do nothing returning completion_id`,
};

/** Stores a model's scores; returns how many were new. */
export async function insertScores(
  connection: Queryable,
  { modelId, jobId }: { readonly modelId: string; readonly jobId: string },
  scores: readonly NewScoreRow[],
): Promise<number> {
  const rows = await rowsOf(connection, INSERT_SCORES, [
    modelId,
    jobId,
    scores.map(({ promptId }) => promptId),
    scores.map(({ key }) => key),
    scores.map(({ score }) => score),
  ]);
  return rows.length;
}
