import type { Database } from "../../database/database.js";
import { pageByCreation } from "../page-by-creation.js";
import { countRows, type ListedRows } from "../page-by-id.js";
import { type KeysetRange, Parameters } from "../sql.js";
import { DEMONSTRATION_COLUMNS, type DemonstrationRecord } from "./demonstrations.js";
import { type WorkFilterValues, workCondition } from "./work-filter.js";

/** Which demonstrations to read: of a dataset as of a revision. */
export interface DemonstrationSelection {
  readonly datasetId: string;
  readonly asOf: number;
  readonly filter: WorkFilterValues;
}

/** A page of a dataset's demonstrations, oldest first, one row more than asked for. Index: demonstration_by_creation. */
export const demonstrationPage = (
  database: Database,
  selection: DemonstrationSelection,
  range: KeysetRange,
): Promise<DemonstrationRecord[]> => pageByCreation<DemonstrationRecord>(database, chosen(selection), range);

/** How many demonstrations are there? */
export const countDemonstrations = (database: Database, selection: DemonstrationSelection): Promise<number> =>
  countRows(database, chosen(selection));

/** The first two placeholders are those of the dataset and of the revision. */
function chosen({ datasetId, asOf, filter }: DemonstrationSelection): ListedRows {
  const parameters = new Parameters();
  const dataset = parameters.add(datasetId);
  const condition = `w.dataset_id = ${dataset} and ${workCondition(filter, parameters.add(asOf), parameters)}`;
  const columns = `${DEMONSTRATION_COLUMNS}, $2::integer as "asOf"`;
  return { table: "demonstration", alias: "w", columns, condition, parameters };
}
