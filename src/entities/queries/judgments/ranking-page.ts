import type { PromptSource, UseCase } from "../../../vocabulary.js";
import type { Database } from "../../database/database.js";
import { pageByCreation } from "../page-by-creation.js";
import { countRows, type ListedRows } from "../page-by-id.js";
import { inForce, type KeysetRange, Parameters } from "../sql.js";
import { type GuidelineReading, violatesGuideline } from "./guideline.js";
import { RANKING_COLUMNS, type RankingRecord } from "./rankings.js";
import { type WorkFilterValues, workCondition } from "./work-filter.js";

/**
 * Which rankings of a dataset; withTies: those that hold a tie, or those that hold none; violatesGuideline: those with a
 * violation, or those without any.
 */
export interface RankingFilterValues extends WorkFilterValues {
  readonly useCases?: readonly UseCase[] | null;
  /** Of prompts that came from one of these. */
  readonly sources?: readonly PromptSource[] | null;
  readonly withTies?: boolean | null;
  readonly violatesGuideline?: boolean | null;
}

/** Which rankings to read: of a dataset as of a revision. */
export interface RankingSelection {
  readonly datasetId: string;
  readonly asOf: number;
  readonly filter: RankingFilterValues;
  /** Needed where the filter speaks of violations. */
  readonly guideline: GuidelineReading | null;
}

/** A page of a dataset's rankings, oldest first, one row more than asked for. Index: ranking_by_creation. */
export const rankingPage = (
  database: Database,
  selection: RankingSelection,
  range: KeysetRange,
): Promise<RankingRecord[]> => pageByCreation<RankingRecord>(database, chosen(selection), range);

/** How many rankings are there? */
export const countRankings = (database: Database, selection: RankingSelection): Promise<number> =>
  countRows(database, chosen(selection));

/** A selection as one condition on `w` (ranking). The first two placeholders are those of the dataset and of the revision. */
export function rankingCondition(
  { datasetId, asOf, filter, guideline }: RankingSelection,
  parameters: Parameters,
): string {
  const dataset = parameters.add(datasetId);
  const revision = parameters.add(asOf);
  const conditions = [`w.dataset_id = ${dataset}`, workCondition(filter, revision, parameters)];
  const hasTie = "w.tiers[cardinality(w.tiers)] < cardinality(w.tiers)";
  if (filter.useCases != null)
    conditions.push(`exists (select from prompt_state s where s.prompt_id = w.prompt_id and ${inForce("s", revision)}
      and s.use_case = any(${parameters.add(filter.useCases)}::text[]))`);
  if (filter.sources != null)
    conditions.push(`exists (select from prompt o where o.id = w.prompt_id
      and o.source = any(${parameters.add(filter.sources)}::text[]))`);
  if (filter.withTies != null) conditions.push(filter.withTies ? hasTie : `not (${hasTie})`);
  if (filter.violatesGuideline != null && guideline) {
    const violates = violatesGuideline(guideline, revision, parameters);
    conditions.push(filter.violatesGuideline ? violates : `not ${violates}`);
  }
  return conditions.join(" and ");
}

function chosen(selection: RankingSelection): ListedRows {
  const parameters = new Parameters();
  const condition = rankingCondition(selection, parameters);
  const columns = `${RANKING_COLUMNS}, $2::integer as "asOf"`;
  return { table: "ranking", alias: "w", columns, condition, parameters };
}
