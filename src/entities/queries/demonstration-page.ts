import type { Database } from "../database.js";
import { DEMONSTRATION_COLUMNS, type DemonstrationRecord } from "./demonstrations.js";
import { type KeysetRange, keyset, Parameters } from "./sql.js";
import { type WorkFilterValues, workCondition } from "./work-filter.js";

/** Which demonstrations to read: of a dataset as of a revision. */
export interface DemonstrationSelection {
  readonly datasetId: string;
  readonly asOf: number;
  readonly filter: WorkFilterValues;
}

/** A page of a dataset's demonstrations, oldest first, one row more than asked for. Index: demonstration_by_creation. */
export function demonstrationPage(
  database: Database,
  selection: DemonstrationSelection,
  range: KeysetRange,
): Promise<DemonstrationRecord[]> {
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
  return database.select<DemonstrationRecord>(
    `select ${DEMONSTRATION_COLUMNS}, $2::integer as "asOf" from demonstration w
      where ${where} and ${page.condition} order by ${page.order} limit ${page.limit}`,
    parameters.values,
  );
}

/** How many demonstrations are there? */
export async function countDemonstrations(database: Database, selection: DemonstrationSelection): Promise<number> {
  const parameters = new Parameters();
  const [row] = await database.select<{ count: number }>(
    `select count(*)::integer as count from demonstration w where ${chosen(selection, parameters)}`,
    parameters.values,
  );
  return row?.count ?? 0;
}

/** The first two placeholders are those of the dataset and of the revision. */
function chosen({ datasetId, asOf, filter }: DemonstrationSelection, parameters: Parameters): string {
  const dataset = parameters.add(datasetId);
  return `w.dataset_id = ${dataset} and ${workCondition(filter, parameters.add(asOf), parameters)}`;
}
