import type { AgreementCluster } from "../../../vocabulary.js";
import type { Database } from "../../database/database.js";
import { fetchRows } from "../cursor.js";
import { Parameters } from "../sql.js";
import { type RankingSelection, rankingCondition } from "./ranking-page.js";

/** A ranking as a leaderboard reads it. */
export interface RatedRanking {
  readonly promptId: string;
  readonly clusterId: string;
  readonly labelerId: string;
  readonly createdAt: Date;
  readonly ordinal: number;
  /** Positions of the prompt's completions, best first. [n] */
  readonly completions: readonly number[];
  /** The tier of each, from 1. [n] */
  readonly tiers: readonly number[];
}

/** Who wrote a completion, and how long it is in code points. */
interface CompletionFacts {
  readonly promptId: string;
  readonly position: number;
  readonly source: string | null;
  readonly length: number;
}

/** Rankings of some whole prompts, and the completions of those prompts. */
export interface RatedBatch {
  readonly rankings: readonly RatedRanking[];
  readonly completions: readonly CompletionFacts[];
}

/**
 * The rankings of a selection, prompt by prompt, streamed through a cursor; a prompt's completions come with its first rankings.
 * Indexes: ranking_by_creation or a scan, the sort by prompt is done once; completion_prompt_id_position_key.
 */
export async function* ratedRankings(
  database: Database,
  selection: RankingSelection,
  cluster: AgreementCluster,
): AsyncGenerator<RatedBatch> {
  const parameters = new Parameters();
  const condition = rankingCondition(selection, parameters);
  // An author's name cannot collide with a prompt's number: one begins with "author:", the other with "prompt:".
  const clusterId = cluster === "AUTHOR" ? `coalesce('author:' || p.author, 'prompt:' || p.id)` : `'prompt:' || p.id`;
  const text = `select w.prompt_id as "promptId", ${clusterId} as "clusterId", w.labeler_id as "labelerId",
      w.created_at as "createdAt", w.position as ordinal, w.completions, w.tiers
    from ranking w join prompt p on p.id = w.prompt_id
    where ${condition}
    order by w.prompt_id, w.id`;
  let last = "";
  for await (const { rows: rankings, client } of fetchRows<RatedRanking>(database, text, parameters.values)) {
    const prompts = [...new Set(rankings.map(({ promptId }) => promptId))].filter((id) => id !== last);
    last = rankings[rankings.length - 1]?.promptId ?? last;
    const completions = await client.query(
      `select prompt_id as "promptId", position, source, char_length(text) as length
       from completion where prompt_id = any($1::bigint[])`,
      [prompts],
    );
    yield { rankings, completions: completions.rows as CompletionFacts[] };
  }
}
