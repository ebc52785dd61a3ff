import { totalmem } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Config } from "./config/config.js";
import { REFUSED_PORTS } from "./config/refused-ports.js";
import { startEmbeddedPostgres } from "./embedded-postgres/embedded-postgres.js";
import { chooseDataDirectory } from "./embedded-postgres/system-user.js";
import { Database } from "./entities/database/database.js";
import { sharesConnections } from "./entities/database/kept-sessions.js";
import { migrateDataSource, pendingMigrations } from "./entities/database/migrate.js";
import { DataDirectory } from "./files/data-directory.js";
import { JobRunner } from "./jobs/job-runner.js";
import { createServer } from "./server/http.js";
import { createHealthServer } from "./server/routes/health.js";
import { ensureAdminKey } from "./services/access/api-keys.js";
import { Notifications } from "./services/feeds/notifications.js";
import { forgetOldRequests } from "./services/writes/run-once.js";
import { reasonOf } from "./system-errors.js";

/** A server that is up. */
export interface Accord {
  /** Where it listens, such as http://127.0.0.1:4000. */
  readonly url: string;
  /** The secret of a first ADMIN key made at this start, to be shown this once; null where a key exists. */
  readonly firstKey: string | null;
  /** Resolves, with the reason, when the embedded database is lost for good: the server can only stop. */
  readonly lost: Promise<Error>;
  /** Refuses new work, finishes what was begun, and stops; the embedded database too. A second call waits for the first. */
  stop(): Promise<void>;
}

/** The server cannot start, for a reason that a person can mend. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** The oldest PostgreSQL whose SQL we use, as server_version_num. */
const OLDEST_SERVER = 140_000;

/** The same folder seen from the sources and from the build. */
const EXPLORER_FOLDER = fileURLToPath(new URL("../dist/explorer", import.meta.url));

const HOUR_MS = 3_600_000;

/** How long the database's connections may take to close after the last request, in milliseconds. */
const CLOSE_MS = 5_000;

/**
 * Builds the house and opens the door: database (embedded unless DATABASE_URL is set), migrations, a first key,
 * notifications, HTTP. dataName: the folder's name below the working directory when DATA_DIR is not set.
 */
export async function startAccord(config: Config, log: Logger, dataName = ".data"): Promise<Accord> {
  const undo: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= undoAll(undo, log);
    return stopping;
  };
  let onLost: (error: Error) => void = () => {};
  const lost = new Promise<Error>((resolve) => {
    onLost = resolve;
  });
  try {
    let url = config.DATABASE_URL;
    const directory = chooseDirectory(config, log, dataName);
    if (!url) {
      const embedded = await startEmbeddedPostgres({ dataDirectory: directory.root, log, onLost });
      undo.push(() => embedded.stop());
      url = embedded.url;
    }
    const { database, notifications } = await open(url, config, log, undo);
    const firstKey = await ensureAdminKey(database, config.ADMIN_API_KEY);
    const timer = setInterval(
      () => forgetOldRequests(database).catch((err) => log.warn({ err }, "old idempotency keys stay")),
      HOUR_MS,
    );
    timer.unref();
    undo.push(async () => clearInterval(timer));
    const parts = { config, database, notifications, directory, log };
    const app = await createServer({ ...parts, explorerFolder: EXPLORER_FOLDER });
    warnOfMemory(config, log);
    const runner = new JobRunner(parts);
    undo.push(async () => void (await Promise.all([app.close(), runner.stop(config.DRAIN_MS)])));
    const address = await listen(app, config);
    runner.start();
    return { url: address, firstKey, lost, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A process that runs jobs and serves nothing but its health. */
export interface JobWorker {
  /** Where its health is told. */
  readonly url: string;
  /** Takes no more jobs, hands back those that run, and stops. A second call waits for the first. */
  stop(): Promise<void>;
}

/** Runs jobs of a database that others share, in the same DATA_DIR. Refused: no DATABASE_URL, no slot in either lane. */
export async function startJobWorker(config: Config, log: Logger): Promise<JobWorker> {
  const { DATABASE_URL: url } = config;
  if (!url) throw new StartError("A worker shares a database with a server: set DATABASE_URL to that database.");
  if (config.JOB_SLOTS + config.SHORT_SLOTS === 0)
    throw new StartError("JOB_SLOTS and SHORT_SLOTS are 0; a worker must run at least 1 job at once.");
  const undo: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= undoAll(undo, log);
    return stopping;
  };
  try {
    const directory = chooseDirectory(config, log, ".data");
    const { database, notifications } = await open(url, config, log, undo);
    const app = createHealthServer(database, log);
    undo.push(async () => app.close());
    const address = await listen(app, config);
    warnOfMemory(config, log);
    const runner = new JobRunner({ config, database, notifications, directory, log });
    undo.push(() => runner.stop(config.DRAIN_MS));
    runner.start();
    return { url: address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Says of slots that may together take more memory than the machine has. */
function warnOfMemory({ JOB_MEMORY_BYTES: each, JOB_SLOTS, SHORT_SLOTS }: Config, log: Logger): void {
  const slots = JOB_SLOTS + SHORT_SLOTS;
  if (slots * each <= totalmem()) return;
  log.warn(
    `JOB_MEMORY_BYTES is ${each} for each of ${slots} slots, ${slots * each} in all; this machine has ${totalmem()}. Jobs that fill it get the process killed.`,
  );
}

/** Connects, checks the server and its migrations, and listens. What is to be undone is added to undo. */
async function open(
  url: string,
  config: Config,
  log: Logger,
  undo: (() => Promise<void>)[],
): Promise<{ database: Database; notifications: Notifications }> {
  const database = await connect(url);
  undo.push(() => within(CLOSE_MS, database.close()));
  if (config.DATABASE_URL) await refuseSharedConnections(url);
  await checkServer(database);
  if (config.MIGRATE) {
    const done = await migrateDataSource(database.dataSource);
    if (done.length > 0) log.info({ migrations: done }, "the schema is up to date");
  } else {
    const pending = await pendingMigrations(database.dataSource);
    if (pending.length > 0)
      throw new StartError(`MIGRATE is false and these migrations have not run: ${pending.join(", ")}.`);
  }
  const notifications = new Notifications(url, log);
  undo.push(() => notifications.stop());
  await notifications.start();
  return { database, notifications };
}

/** Stops what was started, the last first; a step that fails does not keep the others from being taken. */
async function undoAll(undo: (() => Promise<void>)[], log: Logger): Promise<void> {
  for (const step of undo.splice(0).reverse()) {
    await step().catch((err) => log.error({ err }, "a part of the server did not stop cleanly"));
  }
}

/** Waits for work, but not for ever. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** A pooler that gives each transaction another connection loses what a session keeps, and without an error. */
async function refuseSharedConnections(url: string): Promise<void> {
  if (!(await sharesConnections(url))) return;
  throw new StartError(
    `DATABASE_URL leads to a pooler at ${new URL(url).host} whose sessions share connections, such as PgBouncer with pool_mode=transaction. ` +
      "Accord needs sessions of its own: it listens for notices (LISTEN), holds a lock while it migrates, and prepares statements. " +
      "Name PostgreSQL itself, or a pool in session mode.",
  );
}

/** Connects; a server that does not let us in is told in a sentence, without its password. */
async function connect(url: string): Promise<Database> {
  try {
    return await Database.connect(url);
  } catch (error) {
    const { host, pathname } = new URL(url);
    throw new StartError(`The database ${pathname.slice(1)} at ${host} does not let us in: ${reasonOf(error)}.`);
  }
}

/** The data directory: DATA_DIR, or a folder of a name below the working directory. */
function chooseDirectory(config: Config, log: Logger, dataName: string): DataDirectory {
  if (config.DATABASE_URL) return created(path.resolve(config.DATA_DIR ?? dataName));
  if (config.DATA_DIR) return new DataDirectory(path.resolve(config.DATA_DIR));
  const { directory, note } = chooseDataDirectory(process.cwd(), dataName);
  if (note) log.info(note);
  return new DataDirectory(directory);
}

function created(root: string): DataDirectory {
  const directory = new DataDirectory(root);
  try {
    directory.create();
  } catch (error) {
    throw new StartError(`DATA_DIR is ${root}; it must be a folder that can be made and written: ${reasonOf(error)}.`);
  }
  return directory;
}

async function checkServer(database: Database): Promise<void> {
  const [row] = await database.select<{ number: string; version: string; encoding: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as version,
       current_setting('server_encoding') as encoding`,
    [],
  );
  if (Number(row?.number) < OLDEST_SERVER)
    throw new StartError(`The database is PostgreSQL ${row?.version}; it must be 14 or newer.`);
  if (row?.encoding !== "UTF8") throw new StartError(`The database's encoding is ${row?.encoding}; it must be UTF8.`);
}

async function listen(app: FastifyInstance, config: Config): Promise<string> {
  try {
    const address = await app.listen({ host: config.HOST, port: config.PORT });
    const port = Number(new URL(address).port);
    if (!REFUSED_PORTS.has(port)) return address;
    throw new StartError(
      `PORT is 0, and the system gave ${port}, which browsers and fetch refuse to ask. Name a PORT.`,
    );
  } catch (error) {
    const code = (error as { code?: string }).code;
    const where = `HOST ${config.HOST}, PORT ${config.PORT}`;
    if (code === "EADDRINUSE")
      throw new StartError(`${where}: another program listens there already. Choose another PORT.`);
    if (code === "EACCES")
      throw new StartError(`${where}: this user may not listen there. Choose a PORT of 1024 or more.`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new StartError(`${where}: this machine has no such address.`);
    throw error;
  }
}
