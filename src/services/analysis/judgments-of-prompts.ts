import type { RankingJudgment } from "../../agreement/judgments/units-from-rankings.js";
import type { RatingJudgment } from "../../agreement/judgments/units-from-ratings.js";
import type { Database } from "../../entities/database/database.js";
import {
  type JudgedRanking,
  type Judgment,
  type JudgmentFilter,
  rankingJudgments,
  ratingJudgments,
} from "../../entities/queries/judgments/judgments.js";
import type { AgreementMeasure } from "../../vocabulary.js";
import { giveWay } from "../statistics/run-in-slices.js";

/** What was judged of a prompt: rankings where the measure is RANKING, ratings otherwise. */
export interface JudgmentsOfPrompt {
  readonly promptId: string;
  readonly clusterId: string;
  /** Null where the measure is not RANKING. */
  readonly rankings: readonly RankingJudgment[] | null;
  readonly ratings: readonly RatingJudgment[];
}

/** Streams the judgments that a filter lets through, one whole prompt at a time, and lets other work in between. */
export async function* judgmentsByPrompt(
  database: Database,
  filter: JudgmentFilter,
  measure: AgreementMeasure,
): AsyncGenerator<JudgmentsOfPrompt> {
  if (measure === "RANKING") {
    const rows = rankingJudgments(database, filter);
    const prompts = byPrompt(rows, rankingOf);
    for await (const { judged, ...prompt } of prompts) yield { ...prompt, rankings: judged, ratings: [] };
    return;
  }
  const rows = ratingJudgments(database, filter, measure);
  const prompts = byPrompt(rows, (row) => ({ ...when(row), position: row.position, value: row.value }));
  for await (const { judged, ...prompt } of prompts) yield { ...prompt, rankings: null, ratings: judged };
}

/** Written out: a report takes some hundred thousand. */
const rankingOf = (row: JudgedRanking): RankingJudgment => ({
  labelerId: row.labelerId,
  createdAt: row.createdAt.getTime(),
  ordinal: row.ordinal,
  positions: row.completions,
  tiers: row.tiers,
});

/** By whom and when. */
export const when = ({ labelerId, createdAt, ordinal }: Judgment) => ({
  labelerId,
  createdAt: createdAt.getTime(),
  ordinal,
});

interface Judged<Value> {
  readonly promptId: string;
  readonly clusterId: string;
  readonly judged: readonly Value[];
}

/**
 * Regroups a stream that is sorted by prompt into one list a prompt, and lets other work in between batches and prompts.
 * Of a row only its value is kept: a prompt may have many.
 */
export async function* byPrompt<Row extends Judgment, Value>(
  batches: AsyncGenerator<Row[]>,
  keep: (row: Row) => Value,
): AsyncGenerator<Judged<Value>> {
  let open: Judged<Value> & { readonly judged: Value[] } = { promptId: "", clusterId: "", judged: [] };
  for await (const batch of batches) {
    for (const row of batch) {
      if (open.promptId !== row.promptId) {
        if (open.judged.length > 0) yield open;
        open = { promptId: row.promptId, clusterId: row.clusterId, judged: [] };
        await giveWay();
      }
      open.judged.push(keep(row));
    }
    await giveWay();
  }
  if (open.judged.length > 0) yield open;
}
