import type { PoolClient } from "pg";
import type { Database } from "../database/database.js";

/** Rows fetched at a time: parsing them holds the event loop for a few milliseconds. */
const FETCH = 1000;

/** Some rows of an answer, and the connection that they came on, for what belongs to them. */
export interface Fetched<Row> {
  readonly rows: Row[];
  readonly client: PoolClient;
}

/**
 * Streams an answer of any length through a cursor, in a transaction and on a connection of its own. While some rows are worked
 * on the next are made ready: PostgreSQL and the reader take turns no more.
 */
export async function* fetchRows<Row>(
  database: Database,
  text: string,
  values: unknown[],
): AsyncGenerator<Fetched<Row>> {
  const { client, release } = await database.openConnection();
  const fetchNext = (): Promise<{ rows: unknown[] }> => {
    const fetched = client.query(`fetch ${FETCH} from answer`);
    // Where it fails before it is waited for, whoever waits is told then.
    fetched.catch(() => {});
    return fetched;
  };
  let broken: unknown;
  try {
    await client.query("begin read only");
    await client.query(`declare answer no scroll cursor for ${text}`, values);
    let fetched = fetchNext();
    for (;;) {
      const rows = (await fetched).rows as Row[];
      if (rows.length === 0) break;
      fetched = fetchNext();
      yield { rows, client };
    }
  } catch (error) {
    broken = error;
    throw error;
  } finally {
    if (broken === undefined) await client.query("rollback").catch((error) => (broken = error));
    release(broken !== undefined);
  }
}
