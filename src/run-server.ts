import "reflect-metadata";
import pino, { type Logger } from "pino";
import { type Config, ConfigError, readConfig } from "./config.js";
import { EmbeddedPostgresError } from "./server/embedded-postgres-error.js";
import { type Accord, StartError, startAccord } from "./start.js";

/** Exit status of a process whose settings are wrong. */
const WRONG_USAGE = 2;

/** How a server process announces itself. */
export interface RunOptions {
  /** Print the address and a first key as one line of JSON instead of in words. */
  readonly json?: boolean;
}

/**
 * Serves until SIGINT or SIGTERM: reads the environment, starts, prints a first key once, drains at the first signal
 * and ends at once at the second. A wrong setting ends the process with status 2, a failed start with 1, in one line.
 */
export async function runServer(environment: NodeJS.ProcessEnv, { json = false }: RunOptions = {}): Promise<void> {
  const config = settings(environment);
  const log = pino({
    level: config.LOG_LEVEL,
    redact: { paths: ["req.headers.authorization", "headers.authorization"], censor: "(hidden)" },
  });
  const accord = await start(config, log);
  log.info({ url: accord.url }, `Accord listens on ${accord.url}; the explorer is at ${accord.url}/graphql`);
  if (json) {
    process.stdout.write(`${JSON.stringify({ url: accord.url, firstKey: accord.firstKey })}\n`);
  } else if (accord.firstKey) {
    process.stdout.write(`\nThe first ADMIN key, shown this once:\n\n  ${accord.firstKey}\n\n`);
  }
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      log.info({ signal }, "draining; a second signal ends at once");
      accord.stop().then(
        () => process.exit(0),
        (err) => {
          log.error({ err }, "the server did not stop cleanly");
          process.exit(1);
        },
      );
    });
  }
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

async function start(config: Config, log: Logger): Promise<Accord> {
  try {
    return await startAccord(config, log);
  } catch (error) {
    if (error instanceof StartError || error instanceof EmbeddedPostgresError)
      process.stderr.write(`${error.message}\n`);
    else log.fatal({ err: error }, "the server cannot start");
    process.exit(1);
  }
}
