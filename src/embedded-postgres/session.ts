import { randomBytes } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import pg from "pg";
import { passwordOf, SUPERUSER } from "./cluster.js";
import { isAlive } from "./server-process.js";
import { EmbeddedPostgresError, errorCode, sleep } from "./start-error.js";

/** The role and the database of the server: an owner without a superuser's rights. */
const OWNER = "accord";

/** The key of the advisory lock that an instance holds while it lives; any number of our own. */
const INSTANCE_LOCK = 7_226_673_002;

/** How long a dead instance's session may take to be noticed by PostgreSQL, in milliseconds. */
const LOCK_MS = 10_000;

const applicationName = (pid: number) => `accord launcher ${pid}`;

/**
 * Connects to the launcher's database as superuser. Instead of a session: "starting" from a PostgreSQL that starts,
 * recovers or shuts down, "silent" where nobody answers.
 * Refused: a password that is not the cluster's, and a server that serves another cluster.
 */
export async function openSession(cluster: string, port: number): Promise<pg.Client | "starting" | "silent"> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port,
    user: SUPERUSER,
    password: passwordOf(cluster),
    database: "postgres",
    application_name: applicationName(process.pid),
    connectionTimeoutMillis: 5000,
    keepAlive: true,
  });
  // Without a listener a connection that breaks would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>("show data_directory");
    const served = rows[0]?.data_directory ?? "";
    if (existsSync(served) && realpathSync(served) === realpathSync(cluster)) return client;
    throw new EmbeddedPostgresError(
      `The PostgreSQL that runs on port ${port} serves ${served}, not ${cluster}. Was the folder moved while it ran? ` +
        "Stop that process first.",
    );
  } catch (error) {
    client.end().catch(() => {});
    if (error instanceof EmbeddedPostgresError) throw error;
    if (errorCode(error) === "28P01") {
      throw new EmbeddedPostgresError(
        `The PostgreSQL on port ${port} does not take the password that is kept in ${cluster}.`,
      );
    }
    return errorCode(error) === "57P03" ? "starting" : "silent";
  }
}

/**
 * Takes the lock of the data directory for as long as this session lives: PostgreSQL itself frees it when the process
 * is gone, however it went. Refused with the holder's process number while another instance lives.
 */
export async function takeInstanceLock(client: pg.Client, dataDirectory: string): Promise<void> {
  for (let waited = 0; ; waited += 50) {
    const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [
      INSTANCE_LOCK,
    ]);
    if (rows[0]?.taken === true) return;
    const holder = await lockHolder(client);
    if (holder !== null && (isAlive(holder.pid) || waited >= LOCK_MS)) {
      throw new EmbeddedPostgresError(
        `Another Accord (process ${holder.pid}, since ${holder.since}) runs on the data directory ${dataDirectory}. ` +
          "Stop it first, or set DATA_DIR to another folder.",
      );
    }
    await sleep(50);
  }
}

/** Who holds the lock: the process number it told, and since when. Null when nobody does any more. */
async function lockHolder(client: pg.Client): Promise<{ pid: number; since: string } | null> {
  const { rows } = await client.query<{ application_name: string; backend_start: Date }>(
    `select a.application_name, a.backend_start
       from pg_locks l
       join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.granted
        and l.classid = ($1::bigint >> 32)::int and l.objid = ($1::bigint & 4294967295)::int8::oid`,
    [INSTANCE_LOCK],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return { pid: Number(row.application_name.split(" ").at(-1)), since: row.backend_start.toISOString() };
}

/**
 * Makes the server's role and database where they are missing, gives the role a new password, and ends the sessions
 * that an instance before left behind: from here on nobody writes but the holder of the lock.
 * Returns the password, which is kept nowhere.
 */
export async function provisionOwner(client: pg.Client): Promise<string> {
  const password = randomBytes(24).toString("base64url");
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [OWNER]);
  // Role and password are literals in SQL's grammar; both hold letters, digits, - and _ only.
  await client.query(
    `${rowCount === 0 ? "create" : "alter"} role ${OWNER} login createdb nosuperuser password '${password}'`,
  );
  await client.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", [OWNER]);
  const known = await client.query("select from pg_database where datname = $1", [OWNER]);
  if (known.rowCount === 0) await client.query(`create database ${OWNER} owner ${OWNER}`);
  return password;
}

/** The URL that the server connects with. */
export const urlOf = (port: number, password: string): string =>
  `postgres://${OWNER}:${password}@127.0.0.1:${port}/${OWNER}`;
