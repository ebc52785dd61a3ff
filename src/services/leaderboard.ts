import {
  type Leaderboard,
  LeaderboardAccumulator,
  type LeaderboardOptions,
  type RatedCompletion,
} from "../agreement/leaderboard/leaderboard.js";
import type { RankingJudgment } from "../agreement/units-from-rankings.js";
import type { Database } from "../entities/database.js";
import type { RankingFilterValues, RankingSelection } from "../entities/queries/ranking-page.js";
import { type RatedRanking, ratedRankings } from "../entities/queries/rated-rankings.js";
import type { AgreementCluster } from "../vocabulary.js";
import { patiently } from "./agreement.js";
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
 * Which source's completions are preferred to which, as of a revision: by the rankings that pass the filter. They are streamed and
 * the resamples drawn in small steps, so that other requests are answered in between. Excluded prompts count: they were judged
 * like the others. Refused: resamples outside 200 to 20,000, ids that are none, more than 1,000 sources.
 */
export async function leaderboardOf(
  database: Database,
  dataset: { readonly id: string; readonly asOf: number },
  { filter, cluster, method, resamples, seed }: LeaderboardRequest,
): Promise<Leaderboard> {
  // Made before the cache is asked: it refuses wrong resamples and seeds.
  const accumulator = new LeaderboardAccumulator({ method, resamples, seed });
  const selection = await rankingSelection(database, dataset.id, dataset.asOf, filter);
  const cache = caches.get(database) ?? new RevisionCache<Leaderboard>(KEPT);
  caches.set(database, cache);
  const question = { filter: selection.filter, cluster, method, resamples, seed };
  return cache.get(dataset.id, dataset.asOf, question, async () => {
    await feed(accumulator, database, selection, cluster);
    return patiently(accumulator.finishSteps());
  });
}

/** Streams the rankings into the accumulator, one whole prompt at a time. */
async function feed(
  accumulator: LeaderboardAccumulator,
  database: Database,
  selection: RankingSelection,
  cluster: AgreementCluster,
): Promise<void> {
  const completionsOf = new Map<string, RatedCompletion[]>();
  let open: RatedRanking[] = [];
  const close = async (): Promise<void> => {
    const first = open[0];
    if (first === undefined) return;
    const completions = completionsOf.get(first.promptId) ?? [];
    completionsOf.delete(first.promptId);
    await patiently(accumulator.addPromptSteps(first.clusterId, completions, open.map(asJudgment)));
    open = [];
  };
  for await (const { rankings, completions } of ratedRankings(database, selection, cluster)) {
    for (const { promptId, position, source, length } of completions) {
      const ofPrompt = completionsOf.get(promptId) ?? [];
      completionsOf.set(promptId, ofPrompt);
      ofPrompt[position] = { source, length };
    }
    for (const ranking of rankings) {
      if (open[0] !== undefined && open[0].promptId !== ranking.promptId) await close();
      open.push(ranking);
    }
    await new Promise(setImmediate);
  }
  await close();
}

const asJudgment = ({ labelerId, completions, tiers, createdAt, ordinal }: RatedRanking): RankingJudgment => ({
  labelerId,
  positions: completions,
  tiers,
  createdAt: createdAt.getTime(),
  ordinal,
});
