import type { RankingJudgment } from "../../agreement/judgments/units-from-rankings.js";
import {
  type Leaderboard,
  LeaderboardAccumulator,
  type LeaderboardOptions,
  type RatedCompletion,
} from "../../agreement/leaderboard/leaderboard.js";
import type { Database } from "../../entities/database/database.js";
import type { RankingSelection } from "../../entities/queries/judgments/ranking-page.js";
import { type RatedRanking, ratedRankings } from "../../entities/queries/judgments/rated-rankings.js";
import type { AgreementCluster } from "../../vocabulary.js";
import { giveWay, runInSlices } from "../statistics/run-in-slices.js";

/** Which rankings a leaderboard is of, as of which revision, and how it rates. */
export interface LeaderboardQuestion {
  readonly selection: RankingSelection;
  readonly cluster: AgreementCluster;
  readonly options: LeaderboardOptions;
}

/** Streams the rankings and draws the resamples in small steps, so that other questions are answered in between. */
export async function computeLeaderboard(
  database: Database,
  { selection, cluster, options }: LeaderboardQuestion,
): Promise<Leaderboard> {
  const accumulator = new LeaderboardAccumulator(options);
  await feed(accumulator, database, selection, cluster);
  return runInSlices(accumulator.finishInSlices());
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
    await runInSlices(accumulator.addPromptInSlices(first.clusterId, completions, open.map(asJudgment)));
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
    await giveWay();
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
