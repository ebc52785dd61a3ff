import type { Database } from "../database.js";
import { pageByCreation } from "./page-by-creation.js";
import { countRows, type ListedRows } from "./page-by-id.js";
import { RANKING_COLUMNS, type RankingRecord } from "./rankings.js";
import { type KeysetRange, Parameters } from "./sql.js";
import { type WorkFilterValues, workCondition } from "./work-filter.js";

/** Which rankings of a dataset; withTies: those that hold a tie, or those that hold none. */
export interface RankingFilterValues extends WorkFilterValues {
  readonly withTies?: boolean | null;
}

/** Which rankings to read: of a dataset as of a revision. */
export interface RankingSelection {
  readonly datasetId: string;
  readonly asOf: number;
  readonly filter: RankingFilterValues;
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

/** The first two placeholders are those of the dataset and of the revision. */
function chosen({ datasetId, asOf, filter }: RankingSelection): ListedRows {
  const parameters = new Parameters();
  const dataset = parameters.add(datasetId);
  const work = workCondition(filter, parameters.add(asOf), parameters);
  const hasTie = "w.tiers[cardinality(w.tiers)] < cardinality(w.tiers)";
  const ties = filter.withTies == null ? "true" : filter.withTies ? hasTie : `not (${hasTie})`;
  const condition = `w.dataset_id = ${dataset} and ${work} and ${ties}`;
  const columns = `${RANKING_COLUMNS}, $2::integer as "asOf"`;
  return { table: "ranking", alias: "w", columns, condition, parameters };
}
