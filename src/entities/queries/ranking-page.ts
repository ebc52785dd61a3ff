import type { Database } from "../database.js";
import { RANKING_COLUMNS, type RankingRecord } from "./rankings.js";
import { type KeysetRange, keyset, Parameters } from "./sql.js";
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
export function rankingPage(
  database: Database,
  selection: RankingSelection,
  range: KeysetRange,
): Promise<RankingRecord[]> {
  const parameters = new Parameters();
  const where = chosen(selection, parameters);
  const page = keyset(
    [
      { sql: "w.created_at", type: "timestamptz" },
      { sql: "w.id", type: "bigint" },
    ],
    false,
    range,
    parameters,
  );
  return database.select<RankingRecord>(
    `select ${RANKING_COLUMNS}, $2::integer as "asOf" from ranking w
      where ${where} and ${page.condition} order by ${page.order} limit ${page.limit}`,
    parameters.values,
  );
}

/** How many rankings are there? */
export async function countRankings(database: Database, selection: RankingSelection): Promise<number> {
  const parameters = new Parameters();
  const [row] = await database.select<{ count: number }>(
    `select count(*)::integer as count from ranking w where ${chosen(selection, parameters)}`,
    parameters.values,
  );
  return row?.count ?? 0;
}

/** The first two placeholders are those of the dataset and of the revision. */
function chosen({ datasetId, asOf, filter }: RankingSelection, parameters: Parameters): string {
  const dataset = parameters.add(datasetId);
  const work = workCondition(filter, parameters.add(asOf), parameters);
  const hasTie = "w.tiers[cardinality(w.tiers)] < cardinality(w.tiers)";
  const ties = filter.withTies == null ? "true" : filter.withTies ? hasTie : `not (${hasTie})`;
  return `w.dataset_id = ${dataset} and ${work} and ${ties}`;
}
