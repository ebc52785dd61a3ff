import Fastify, { type FastifyInstance, LogController } from "fastify";
import type { Logger } from "pino";
import { areConnectionsBusy, type Database, isConnectionLoss } from "../../entities/database/database.js";
import { pendingMigrations } from "../../entities/database/migrate.js";
import { registerErrors } from "../requests/http-errors.js";

/** How long an answer of the database counts, so that asking often costs nothing, in milliseconds. */
const FRESH_MS = 500;

/** How long the database may take to answer, in milliseconds. */
const PATIENCE_MS = 2_000;

/**
 * GET /healthz: the process is up. GET /readyz: it can serve, that is: the database answers, its migrations are done, and
 * the server is not stopping; else 503 with the reason. Neither asks for a key, neither holds data.
 */
export function registerHealth(app: FastifyInstance, database: Database, isDraining: () => boolean): void {
  const reasonNotReady = databaseCheck(database);
  app.get("/healthz", { logLevel: "warn" }, async () => ({ status: "up" }));
  app.get("/readyz", { logLevel: "warn" }, async (_request, reply) => {
    const reason = isDraining() ? "the server is stopping" : await reasonNotReady();
    return reason === null ? { status: "ready" } : reply.code(503).send({ status: "not ready", reason });
  });
}

/** A server of health alone, for a process that runs jobs. Not yet listening. */
export function createHealthServer(database: Database, log: Logger): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
  }) as unknown as FastifyInstance;
  let isStopping = false;
  app.addHook("preClose", async () => {
    isStopping = true;
  });
  registerErrors(app);
  registerHealth(app, database, () => isStopping);
  return app;
}

/** Asks the database at most twice a second, however many want to know. */
function databaseCheck(database: Database): () => Promise<string | null> {
  let migrated = false;
  let last: { at: number; answer: Promise<string | null> } | null = null;
  const ask = async (): Promise<string | null> => {
    try {
      await database.select("select 1", []);
      migrated ||= (await pendingMigrations(database.dataSource)).length === 0;
      return migrated ? null : "migrations have not run";
    } catch (error) {
      if (areConnectionsBusy(error)) return "all connections to the database are busy";
      return isConnectionLoss(error) ? "the database cannot be reached" : "the database does not answer as it should";
    }
  };
  return () => {
    const now = performance.now();
    if (last === null || now - last.at > FRESH_MS) last = { at: now, answer: within(PATIENCE_MS, ask()) };
    return last.answer;
  };
}

async function within(ms: number, answer: Promise<string | null>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve("the database does not answer in time"), ms);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
