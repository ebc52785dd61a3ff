import {
  checkLeaderboardOptions,
  type Leaderboard,
  type LeaderboardOptions,
} from "../agreement/leaderboard/leaderboard.js";
import type { Database } from "../entities/database.js";
import type { RankingFilterValues } from "../entities/queries/ranking-page.js";
import type { AgreementCluster } from "../vocabulary.js";
import { analyse } from "./analysis-thread.js";
import { RevisionCache } from "./revision-cache.js";
import { rankingSelection } from "./work-lists.js";

/** The arguments of a leaderboard, as a client gives them. */
export interface LeaderboardRequest extends LeaderboardOptions {
  readonly filter?: RankingFilterValues | null;
  readonly cluster: AgreementCluster;
}

/** Leaderboards kept in memory, over all datasets. */
const KEPT = 64;

const caches = new WeakMap<Database, RevisionCache<Leaderboard>>();

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
  checkLeaderboardOptions(options);
  const selection = await rankingSelection(database, dataset.id, dataset.asOf, filter);
  const cache = caches.get(database) ?? new RevisionCache<Leaderboard>(KEPT);
  caches.set(database, cache);
  return cache.get(dataset.id, dataset.asOf, { filter: selection.filter, cluster, options }, () =>
    analyse(database, "leaderboard", { selection, cluster, options }),
  );
}
