import { checkResampling } from "../../agreement/intervals/interval.js";
import type { Leaderboard, LeaderboardOptions } from "../../agreement/leaderboard/leaderboard.js";
import type { Database } from "../../entities/database/database.js";
import type { RankingFilterValues } from "../../entities/queries/judgments/ranking-page.js";
import type { AgreementCluster } from "../../vocabulary.js";
import { rankingSelection } from "../reads/work-lists.js";
import { type Kept, RevisionCaches } from "../statistics/revision-cache.js";
import { analyse } from "./analysis-thread.js";

/** The arguments of a leaderboard, as a client gives them. */
export interface LeaderboardRequest extends LeaderboardOptions {
  readonly filter?: RankingFilterValues | null;
  readonly cluster: AgreementCluster;
}

/** Leaderboards kept in memory, over all datasets. */
export const KEPT_LEADERBOARDS: Kept = { answers: 64, bytes: 32 << 20 };

const leaderboards = new RevisionCaches<Leaderboard>(KEPT_LEADERBOARDS);

/**
 * Which source's completions are preferred to which, as of a revision: by the rankings that pass the filter. They are
 * counted in the thread that analyses. Excluded prompts count: they were judged like the others. Refused: resamples outside 200 to 20,000, ids that are none, more than 1,000 sources.
 */
export async function leaderboardOf(
  database: Database,
  dataset: { readonly id: string; readonly asOf: number },
  { filter, cluster, method, resamples, seed }: LeaderboardRequest,
): Promise<Leaderboard> {
  const options = { method, resamples, seed };
  checkResampling(options, "");
  const selection = await rankingSelection(database, dataset.id, dataset.asOf, filter);
  return leaderboards
    .of(database)
    .get(dataset.id, dataset.asOf, { filter: selection.filter, cluster, options }, () =>
      analyse(database, "leaderboard", { selection, cluster, options }),
    );
}
