import "reflect-metadata";
import type { Logger } from "pino";
import { type Config, ConfigError, readConfig } from "./config/config.js";
import { EmbeddedPostgresError } from "./embedded-postgres/start-error.js";
import { createLogger } from "./server/requests/logger.js";
import { StartError, startAccord, startJobWorker } from "./start.js";

/** Exit statuses: the server failed or could not start; its settings are wrong. */
const FAILED = 1;
const WRONG_USAGE = 2;

/** How a server process announces itself. */
export interface ServerOptions {
  /** Print the address and a first key as one line of JSON instead of in words. */
  readonly json?: boolean;
}

/** What a process runs until it is told to stop. */
interface Running {
  /** Resolves, with the reason, when it cannot go on. */
  readonly lost: Promise<Error>;
  stop(): Promise<void>;
}

/** Serves until SIGINT or SIGTERM; prints a first key once. */
export async function runServer(environment: NodeJS.ProcessEnv, { json = false }: ServerOptions = {}): Promise<void> {
  await runProcess(environment, async (config, log) => {
    const accord = await startAccord(config, log);
    if (json) {
      process.stdout.write(`${JSON.stringify({ url: accord.url, firstKey: accord.firstKey })}\n`);
    } else if (accord.firstKey) {
      process.stdout.write(`\nThe first ADMIN key, shown this once:\n\n  ${accord.firstKey}\n\n`);
    }
    log.info({ url: accord.url }, `Accord listens on ${accord.url}; the explorer is at ${accord.url}/graphql`);
    return accord;
  });
}

/** Runs jobs for other processes until SIGINT or SIGTERM. Its health is told at PORT, or at a free port where that is not set. */
export async function runWorker(environment: NodeJS.ProcessEnv): Promise<void> {
  await runProcess({ PORT: "0", ...environment }, async (config, log) => {
    const worker = await startJobWorker(config, log);
    log.info({ url: worker.url }, `Accord runs jobs; its health is at ${worker.url}/healthz`);
    return { ...worker, lost: new Promise<Error>(() => {}) };
  });
}

/**
 * Runs something until SIGINT or SIGTERM: reads the environment, starts, drains at the first signal and ends at once at
 * the second. A signal that comes while it still starts stops it as soon as it has. A wrong setting ends the process with
 * status 2, a failed start or the loss of the database with 1, in one line.
 */
async function runProcess(
  environment: NodeJS.ProcessEnv,
  start: (config: Config, log: Logger) => Promise<Running>,
): Promise<void> {
  const config = settings(environment);
  const log = createLogger(config.LOG_LEVEL);
  process.on("uncaughtException", (err) => {
    log.fatal({ err }, "a fault that nobody caught");
    process.exit(FAILED);
  });
  const asked = firstSignal(log);
  const running = await start(config, log).catch((error) => failToStart(error, log));
  const why = await Promise.race([asked, running.lost]);
  const isLost = why instanceof Error;
  if (isLost) log.fatal({ err: why }, "the database is lost; the server stops");
  else log.info({ signal: why }, "draining; a second signal ends at once");
  await running.stop();
  log.info("stopped");
  process.exit(isLost ? FAILED : 0);
}

function settings(environment: NodeJS.ProcessEnv): Config {
  try {
    return readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(WRONG_USAGE);
  }
}

/** Resolves at the first signal to stop; the second ends the process at once. */
function firstSignal(log: Logger): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stopping = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (stopping) {
          log.warn({ signal }, "ended at once");
          process.exit(FAILED);
        }
        stopping = true;
        resolve(signal);
      });
    }
  });
}

function failToStart(error: unknown, log: Logger): never {
  if (error instanceof StartError || error instanceof EmbeddedPostgresError) process.stderr.write(`${error.message}\n`);
  else log.fatal({ err: error }, "the server cannot start");
  process.exit(FAILED);
}
