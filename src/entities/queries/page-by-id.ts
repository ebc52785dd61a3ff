import type { Database } from "../database.js";
import { type KeysetRange, keyset, type Parameters } from "./sql.js";

/** A list that is ordered by id alone: its table with an alias, and which of its rows. */
export interface ListById {
  readonly table: string;
  readonly alias: string;
  readonly columns: string;
  readonly condition: string;
  readonly parameters: Parameters;
}

/** A page of such a list, one row more than asked for. Index: the table's primary key. */
export function pageById<Row>(
  database: Database,
  list: ListById,
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
export async function countById(database: Database, list: ListById): Promise<number> {
  const [row] = await database.select<{ count: number }>(
    `select count(*)::integer as count from ${list.table} ${list.alias} where ${list.condition}`,
    list.parameters.values,
  );
  return row?.count ?? 0;
}
