import {
  GUIDELINE_THRESHOLDS,
  type GuidelineRule,
  type GuidelineViolation,
  guidelineViolations,
  type JudgedCompletion,
  rulesInForce,
} from "../../datasets/records/guideline.js";
import type { Database } from "../../entities/database/database.js";
import type { CompletionRecord } from "../../entities/queries/completions/completions.js";
import { instructionVersionsOfDatasets } from "../../entities/queries/datasets/instruction-versions.js";
import type { GuidelineReading } from "../../entities/queries/judgments/guideline.js";
import type { RankingRecord } from "../../entities/queries/judgments/rankings.js";
import type { Loaders } from "../request/loaders.js";
import { instructionsOf } from "../request/related.js";
import { tiersOf } from "./ranked-completions.js";

/** A violation between two completions as they are read. */
export type FoundViolation = GuidelineViolation<CompletionRecord>;

/**
 * Where a ranking goes against the guideline, by the latest that its labeler said of each completion. A superseded ranking is
 * held against what was said before it was superseded.
 */
export async function violationsOf(loaders: Loaders, ranking: RankingRecord): Promise<FoundViolation[]> {
  const [tiers, judged, instructions] = await Promise.all([
    tiersOf(loaders, ranking),
    loaders.judgedOfRanking.load({ id: ranking.id, asOf: ranking.asOf }),
    instructionsOf(loaders, ranking),
  ]);
  const byPosition = new Map<number, JudgedCompletion>(judged.map((row) => [row.position, row]));
  return guidelineViolations(
    tiers,
    ({ position }) => byPosition.get(position) ?? NOTHING,
    ({ key }) => key,
    { rules: rulesInForce(instructions), highStakes: judged[0]?.highStakes ?? null },
  );
}

const NOTHING: JudgedCompletion = { overall: null, labels: {}, toxicity: null, continuity: null };

/** How the guideline is read in a dataset: under which of its instructions each rule is in force, as of a revision. */
export async function guidelineReading(database: Database, datasetId: string, asOf: number): Promise<GuidelineReading> {
  const versions = await instructionVersionsOfDatasets(database, [datasetId], asOf);
  const under = (rule: GuidelineRule) =>
    versions.filter((version) => rulesInForce(version).includes(rule)).map(({ id }) => id);
  return {
    tradeOff: under("TRADE_OFF"),
    helpFirst: under("HELP_FIRST"),
    toxicity: under("TOXICITY"),
    thresholds: GUIDELINE_THRESHOLDS,
  };
}
