import { comparisons, type Pair } from "../../datasets/records/comparisons.js";
import { notation } from "../../datasets/records/notation.js";
import type { CompletionRecord } from "../../entities/queries/completions/completions.js";
import type { RankingRecord } from "../../entities/queries/judgments/rankings.js";
import type { Loaders } from "../request/loaders.js";

/** The completions of a ranking in tiers, best first. */
export async function tiersOf(
  loaders: Loaders,
  { promptId, asOf, ranked, tierNumbers }: RankingRecord,
): Promise<CompletionRecord[][]> {
  const completions = await loaders.completionsOfPrompt.load({ id: promptId, asOf });
  const tiers: CompletionRecord[][] = [];
  for (const [place, position] of ranked.entries()) {
    const tier = (tierNumbers[place] ?? 1) - 1;
    const completion = completions[position] as CompletionRecord;
    const members = tiers[tier];
    if (members) members.push(completion);
    else tiers[tier] = [completion];
  }
  return tiers;
}

/** The completions as they stood before the labeler, or null where that is not known. */
export async function displayOrderOf(
  loaders: Loaders,
  { promptId, asOf, shown }: RankingRecord,
): Promise<CompletionRecord[] | null> {
  if (shown === null) return null;
  const completions = await loaders.completionsOfPrompt.load({ id: promptId, asOf });
  return shown.map((position) => completions[position] as CompletionRecord);
}

/** One completion ranked above another. */
export type ComparedCompletions = Pair<CompletionRecord>;

/** The strict pairs of a ranking. */
export const comparisonsOf = async (loaders: Loaders, ranking: RankingRecord): Promise<ComparedCompletions[]> =>
  comparisons(await tiersOf(loaders, ranking));

/** The canonical notation of a ranking, such as "A>B>C=D". */
export async function notationOf(loaders: Loaders, ranking: RankingRecord): Promise<string> {
  const tiers = await tiersOf(loaders, ranking);
  return notation(tiers.map((tier) => tier.map((completion) => completion.key)));
}
