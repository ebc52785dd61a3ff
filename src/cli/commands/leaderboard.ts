import { csvCell } from "../../datasets/formats/csv-cell.js";
import { count, countOf } from "../../datasets/text/counted.js";
import { type Client, Refusal } from "../server/client.js";
import { fraction, print, printJson, table } from "../terminal/output.js";
import { type JudgmentOptions, judgmentInput } from "./agreement.js";

const LEADERBOARD = `query ($slug: String!, $method: RatingMethod!, $filter: RankingFilter, $cluster: AgreementCluster!, $resamples: Int!, $seed: Int!) {
  dataset(slug: $slug) {
    leaderboard(method: $method, filter: $filter, cluster: $cluster, resamples: $resamples, seed: $seed) {
      method comparisons ties sameSourceDropped unknownSourceDropped repeats clusters tieParameter reason warnings
      entries {
        source rating ci95 { low high } rank rankCi95 { low high } reason wins losses ties winRate
        lengthControlledWinRate lengthControlledReason
      }
    }
  }
}`;

interface Range {
  readonly low: number;
  readonly high: number;
}

/** A leaderboard as the command line asks for it. */
interface LeaderboardAnswer {
  readonly method: string;
  readonly comparisons: number;
  readonly ties: number;
  readonly sameSourceDropped: number;
  readonly unknownSourceDropped: number;
  readonly repeats: number;
  readonly clusters: number;
  readonly tieParameter: number | null;
  readonly reason: string | null;
  readonly warnings: readonly string[];
  readonly entries: readonly {
    readonly source: string;
    readonly rating: number | null;
    readonly ci95: Range | null;
    readonly rank: number;
    readonly rankCi95: Range | null;
    readonly reason: string | null;
    readonly wins: number;
    readonly losses: number;
    readonly ties: number;
    readonly winRate: number | null;
    readonly lengthControlledWinRate: number | null;
    readonly lengthControlledReason: string | null;
  }[];
}

export interface LeaderboardFlags extends JudgmentOptions {
  readonly method: string;
  readonly cluster: string;
  readonly resamples: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** Prints which source is preferred to which, with intervals of rating and rank. */
export async function showLeaderboard(client: Client, slug: string, options: LeaderboardFlags): Promise<void> {
  const { method, cluster, resamples, seed, json, csv } = options;
  const variables = { slug, method, filter: judgmentInput(options), cluster, resamples, seed };
  const { dataset } = await client.graphql<{ dataset: { leaderboard: LeaderboardAnswer } | null }>(
    LEADERBOARD,
    variables,
  );
  if (!dataset) throw new Refusal(`There is no dataset ${slug}.`);
  if (json) return printJson(dataset.leaderboard);
  if (csv) return printCsv(dataset.leaderboard);
  printLeaderboard(dataset.leaderboard);
}

function printLeaderboard(board: LeaderboardAnswer): void {
  print(
    `${board.method}: ${countOf(board.comparisons, "comparison")}, ${count(board.ties)} of them ties; ${countOf(board.clusters, "cluster")}, ` +
      `${countOf(board.repeats, "repeat")}; dropped: ${count(board.sameSourceDropped)} of one source, ${count(board.unknownSourceDropped)} without a source`,
  );
  print();
  const digits = board.method === "ELO" ? 1 : 3;
  const range = (interval: Range | null, places: number) =>
    interval ? `${interval.low.toFixed(places)} … ${interval.high.toFixed(places)}` : null;
  print(
    table(
      ["rank", "95 %", "source", "rating", "95 % interval", "won", "lost", "tied", "win rate", "at equal length"],
      board.entries.map((entry) => [
        entry.rank,
        range(entry.rankCi95, 0),
        entry.source,
        entry.rating?.toFixed(digits),
        range(entry.ci95, digits),
        entry.wins,
        entry.losses,
        entry.ties,
        fraction(entry.winRate),
        fraction(entry.lengthControlledWinRate),
      ]),
    ),
  );
  if (board.tieParameter !== null) print(`ν ${board.tieParameter.toFixed(3)}`);
  if (board.reason) print(board.reason);
  else for (const reason of new Set(board.entries.map((entry) => entry.reason))) if (reason) print(reason);
  for (const warning of board.warnings) print(`Note: ${warning}`);
}

/** Every digit, a line a source. */
function printCsv({ entries }: LeaderboardAnswer): void {
  print("rank,rankLow,rankHigh,source,rating,low,high,wins,losses,ties,winRate,lengthControlledWinRate");
  for (const { rank, rankCi95, source, rating, ci95, wins, losses, ties, ...rates } of entries) {
    const { winRate, lengthControlledWinRate } = rates;
    const counts = [wins, losses, ties, winRate, lengthControlledWinRate];
    const cells = [rank, rankCi95?.low, rankCi95?.high, source, rating, ci95?.low, ci95?.high, ...counts];
    print(cells.map(csvCell).join(","));
  }
}
