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
  /** Refuses new work, finishes what was begun, and stops; the embedded database too. */
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

/**
 * Builds the house and opens the door: database (embedded unless DATABASE_URL is set), migrations, a first key,
 * notifications, HTTP. dataName: the folder's name below the working directory when DATA_DIR is not set.
 */
export async function startAccord(config: Config, log: Logger, dataName = ".data"): Promise<Accord> {
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    let url = config.DATABASE_URL;
    if (!url) {
      const embedded = await startEmbedded(config, log, dataName);
      undo.push(() => embedded.stop());
      url = embedded.url;
    }
    const database = await Database.connect(url);
    undo.push(() => database.close());
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
    return { url: address, app, firstKey, stop };
  } catch (error) {
    await stop().catch((err) => log.error({ err }, "stopping after a failed start"));
    throw error;
  }
}

async function startEmbedded(config: Config, log: Logger, dataName: string): Promise<EmbeddedPostgres> {
  const chosen = config.DATA_DIR
    ? { directory: path.resolve(config.DATA_DIR), note: null }
    : chooseDataDirectory(process.cwd(), dataName);
  if (chosen.note) log.info(chosen.note);
  return startEmbeddedPostgres({ dataDirectory: chosen.directory, log });
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
