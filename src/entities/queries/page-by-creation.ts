import type { Database } from "../database/database.js";
import type { ListedRows } from "./page-by-id.js";
import { type KeysetRange, keyset } from "./sql.js";

/** A page of a list ordered by time, oldest first, one row more than asked for. Index: the table's `…_by_creation`. */
export function pageByCreation<Row>(database: Database, list: ListedRows, range: KeysetRange): Promise<Row[]> {
  const { table, alias, columns, condition, parameters } = list;
  const page = keyset(
    [
      { sql: `${alias}.created_at`, type: "timestamptz" },
      { sql: `${alias}.id`, type: "bigint" },
    ],
    false,
    range,
    parameters,
  );
  return database.select<Row>(
    `select ${columns} from ${table} ${alias}
      where ${condition} and ${page.condition} order by ${page.order} limit ${page.limit}`,
    parameters.values,
  );
}
