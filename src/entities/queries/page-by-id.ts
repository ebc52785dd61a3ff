import type { Database } from "../database/database.js";
import { type KeysetRange, keyset, type Parameters } from "./sql.js";

/** The rows of a list: its table with an alias, and which of them. */
export interface ListedRows {
  readonly table: string;
  readonly alias: string;
  readonly columns: string;
  readonly condition: string;
  readonly parameters: Parameters;
}

/** A page of a list ordered by id alone, one row more than asked for. Index: the table's primary key. */
export function pageById<Row>(
  database: Database,
  list: ListedRows,
  descending: boolean,
  range: KeysetRange,
): Promise<Row[]> {
  const { table, alias, columns, condition, parameters } = list;
  const page = keyset([{ sql: `${alias}.id`, type: "bigint" }], descending, range, parameters);
  return database.select<Row>(
    `select ${columns} from ${table} ${alias}
      where ${condition} and ${page.condition} order by ${page.order} limit ${page.limit}`,
    parameters.values,
  );
}

/** How many rows such a list has. */
export async function countRows(database: Database, list: ListedRows): Promise<number> {
  const [row] = await database.select<{ count: number }>(
    `select count(*)::integer as count from ${list.table} ${list.alias} where ${list.condition}`,
    list.parameters.values,
  );
  return row?.count ?? 0;
}
