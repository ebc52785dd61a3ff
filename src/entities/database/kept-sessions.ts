import pg from "pg";

/** How long the check may take, in milliseconds; what is not known by then is found out by those who connect next. */
const CHECK_MS = 10_000;

const BACKEND = "select pg_backend_pid() as backend";

/**
 * Whether two sessions that are open at once share a connection to the database: then a pooler stands before it that gives
 * each transaction, or statement, any of its connections. False also where no answer comes, for that is told better by
 * whoever connects. A process of PostgreSQL serves one session from its beginning to its end, so that one and the same
 * process number for two sessions is a proof; and a session that hears nothing of what it listens to is one, too, where
 * the pooler has a connection to spare and gives the second session another.
 */
export async function sharesConnections(url: string): Promise<boolean> {
  const [first, second] = [connectionTo(url), connectionTo(url)];
  try {
    await first.connect();
    const before = await backendOf(first);
    await second.connect();
    if ((await backendOf(second)) === before || (await backendOf(first)) !== before) return true;
    return !(await hears(first, second));
  } catch {
    return false;
  } finally {
    for (const client of [first, second]) client.end().catch(() => {});
  }
}

function connectionTo(url: string): pg.Client {
  const times = { connectionTimeoutMillis: CHECK_MS, query_timeout: CHECK_MS };
  const client = new pg.Client({ connectionString: url, application_name: "accord check", ...times });
  client.on("error", () => {});
  return client;
}

async function backendOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ backend: number }>(BACKEND);
  return rows[0]?.backend ?? 0;
}

/** Whether one session hears what another says. */
async function hears(listener: pg.Client, speaker: pg.Client): Promise<boolean> {
  let heard = false;
  listener.on("notification", () => {
    heard = true;
  });
  const channel = `accord_check_${await backendOf(speaker)}`;
  await listener.query(`listen ${channel}`);
  await speaker.query(`notify ${channel}`);
  // What was said before a statement begins comes with its answer at the latest; the pause is for a server under load.
  for (const end = performance.now() + CHECK_MS; !heard && performance.now() < end; ) {
    await backendOf(listener);
    if (!heard) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return heard;
}
