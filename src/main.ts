import "reflect-metadata";
import pino, { type Logger } from "pino";
import { type Config, ConfigError, readConfig } from "./config.js";
import { EmbeddedPostgresError } from "./server/embedded-postgres-error.js";
import { type Accord, StartError, startAccord } from "./start.js";

/** Exit status of a process whose settings are wrong. */
const WRONG_USAGE = 2;

const config = settings();
const log = pino({
  level: config.LOG_LEVEL,
  redact: { paths: ["req.headers.authorization", "headers.authorization"], censor: "(hidden)" },
});
const accord = await start(config, log);
log.info({ url: accord.url }, `Accord listens on ${accord.url}; the explorer is at ${accord.url}/graphql`);
if (accord.firstKey) {
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

function settings(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(WRONG_USAGE);
  }
}

async function start(settings: Config, logger: Logger): Promise<Accord> {
  try {
    return await startAccord(settings, logger);
  } catch (error) {
    if (error instanceof StartError || error instanceof EmbeddedPostgresError)
      process.stderr.write(`${error.message}\n`);
    else logger.fatal({ err: error }, "the server cannot start");
    process.exit(1);
  }
}
