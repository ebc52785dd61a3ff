import path from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Config } from "./config.js";
import { Database } from "./entities/database.js";
import { migrateDataSource, pendingMigrations } from "./entities/migrate.js";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./server/embedded-postgres.js";
import { chooseDataDirectory } from "./server/embedded-postgres-user.js";
import { createServer } from "./server/http.js";
import { ensureAdminKey } from "./services/api-keys.js";
import { Notifications } from "./services/notifications.js";
import { forgetOldRequests } from "./services/run-once.js";

/** A server that is up. */
export interface Accord {
  /** Where it listens, such as http://127.0.0.1:4000. */
  readonly url: string;
  readonly app: FastifyInstance;
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
    if (!url) {
      const embedded = await startEmbedded(config, log, dataName, onLost);
      undo.push(() => embedded.stop());
      url = embedded.url;
    }
    const database = await connect(url);
    undo.push(() => within(CLOSE_MS, database.close()));
    await checkServer(database);
    if (config.MIGRATE) {
      const done = await migrateDataSource(database.dataSource);
      if (done.length > 0) log.info({ migrations: done }, "the schema is up to date");
    } else {
      const pending = await pendingMigrations(database.dataSource);
      if (pending.length > 0)
        throw new StartError(`MIGRATE is false and these migrations have not run: ${pending.join(", ")}.`);
    }
    const firstKey = await ensureAdminKey(database, config.ADMIN_API_KEY);
    const notifications = new Notifications(url, log);
    undo.push(() => notifications.stop());
    await notifications.start();
    const timer = setInterval(
      () => forgetOldRequests(database).catch((err) => log.warn({ err }, "old idempotency keys stay")),
      HOUR_MS,
    );
    timer.unref();
    undo.push(async () => clearInterval(timer));
    const app = await createServer({ config, database, notifications, log, explorerFolder: EXPLORER_FOLDER });
    undo.push(async () => app.close());
    const address = await listen(app, config);
    return { url: address, app, firstKey, lost, stop };
  } catch (error) {
    await stop();
    throw error;
  }
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

/** Connects; a server that does not let us in is told in a sentence, without its password. */
async function connect(url: string): Promise<Database> {
  try {
    return await Database.connect(url);
  } catch (error) {
    const { host, pathname } = new URL(url);
    throw new StartError(
      `The database ${pathname.slice(1)} at ${host} does not let us in: ${(error as Error).message || (error as { code?: string }).code}.`,
    );
  }
}

async function startEmbedded(
  config: Config,
  log: Logger,
  dataName: string,
  onLost: (error: Error) => void,
): Promise<EmbeddedPostgres> {
  const chosen = config.DATA_DIR
    ? { directory: path.resolve(config.DATA_DIR), note: null }
    : chooseDataDirectory(process.cwd(), dataName);
  if (chosen.note) log.info(chosen.note);
  return startEmbeddedPostgres({ dataDirectory: chosen.directory, log, onLost });
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
    return await app.listen({ host: config.HOST, port: config.PORT });
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
