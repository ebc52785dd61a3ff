import type { Queryable, Statement } from "../database/database.js";
import { rowsOf } from "../database/queryable.js";

/**
 * Draws ids from a table's sequence, told as runs of consecutive numbers: others draw from it at the same time, so a
 * block need not be one run.
 */
const NEW_IDS: Statement = {
  name: "new-ids",
  text: `with sequence as materialized (select pg_get_serial_sequence($1, 'id')::regclass as name),
    drawn as materialized (select nextval(sequence.name) as n from sequence, generate_series(1, $2::integer)),
    run as (select n, n - row_number() over (order by n) as start from drawn)
    select min(n)::text as first, count(*)::integer as length from run group by start order by min(n)`,
};

/** Draws `count` new ids of a table, ascending. */
export async function newIds(connection: Queryable, table: string, count: number): Promise<string[]> {
  if (count === 0) return [];
  const runs = await rowsOf<{ first: string; length: number }>(connection, NEW_IDS, [table, count]);
  return runs.flatMap(({ first, length }) => Array.from({ length }, (_, i) => String(Number(first) + i)));
}
