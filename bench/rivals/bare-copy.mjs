/** COPY of the rows of one database into the same tables of another: as fast as PostgreSQL takes them. */
import { createReadStream, createWriteStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import copyStreams from "pg-copy-streams";
import { mustBe, timed } from "../support/figures.mjs";
import { singleValue, withClient } from "../support/scratch.mjs";

/** Tables that no import writes. */
const OTHERS = ["migration", "api_key", "api_key_dataset", "audit_entry", "idempotent_request"];

/** The tables of a database that an import writes, each after those it refers to. */
async function tablesOf(client) {
  const { rows } = await client.query(`
    select t.relname as name, array(select distinct f.confrelid::regclass::text from pg_constraint f
        where f.conrelid = t.oid and f.contype = 'f' and f.confrelid <> t.oid) as needs
    from pg_class t where t.relkind = 'r' and t.relnamespace = 'public'::regnamespace order by t.relname`);
  const left = new Map(rows.map(({ name, needs }) => [name, needs]).filter(([name]) => !OTHERS.includes(name)));
  const order = [];
  while (left.size > 0) {
    const [next] = [...left].find(([, needs]) => needs.every((name) => !left.has(name)));
    order.push(next);
    left.delete(next);
  }
  return order;
}

/** How many rows each table has. */
export async function countRows(url) {
  return withClient(url, async (client) => {
    const counts = {};
    for (const table of await tablesOf(client)) {
      counts[table] = Number(await singleValue(client, `select count(*) from ${table}`));
    }
    return counts;
  });
}

/**
 * Writes all rows of a database to files and copies them into another, one statement a table. Returns how many rows there
 * are and how many milliseconds the copying in took. folder: where the files may stand.
 */
export async function bareCopy(from, to, folder) {
  const fileOf = (table) => path.join(folder, `${table}.copy`);
  const tables = await withClient(from, async (client) => {
    const order = await tablesOf(client);
    for (const table of order) {
      await pipeline(client.query(copyStreams.to(`copy ${table} to stdout`)), createWriteStream(fileOf(table)));
    }
    return order;
  });
  const { ms } = await timed(() =>
    withClient(to, async (client) => {
      for (const table of tables) {
        const file = createReadStream(fileOf(table), { highWaterMark: 1 << 18 });
        await pipeline(file, client.query(copyStreams.from(`copy ${table} from stdin`)));
      }
    }),
  );
  const counts = await countRows(to);
  mustBe("what COPY wrote", counts, await countRows(from));
  return { ms, rows: Object.values(counts).reduce((sum, count) => sum + count, 0) };
}
