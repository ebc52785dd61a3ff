/**
 * A process that runs the embedded PostgreSQL on a folder, for tests that kill it: node launch-postgres.mjs FOLDER.
 * Writes one line of JSON per event: {url, adopted, pid}, {log}, {lost}, {stopped}, or {refused}. SIGTERM stops it,
 * and so does the end of stdin, which comes when the test's own process is killed.
 */
import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);

const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const { startEmbeddedPostgres } = await import("../../src/embedded-postgres/embedded-postgres.ts");
const { EmbeddedPostgresError } = await import("../../src/embedded-postgres/start-error.ts");

try {
  const postgres = await startEmbeddedPostgres({
    dataDirectory: process.argv[2],
    log: { info: (log) => tell({ log }), warn: (log) => tell({ log }) },
    settings: { fsync: "off", shared_buffers: "16MB" },
    onLost: (error) => tell({ lost: error.message }),
  });
  const stop = async () => {
    await postgres.stop();
    tell({ stopped: true });
    process.exit(0);
  };
  process.once("SIGTERM", stop);
  process.stdin.once("end", stop).resume();
  tell({ url: postgres.url, adopted: postgres.adopted, pid: postgres.pid() });
} catch (error) {
  if (!(error instanceof EmbeddedPostgresError)) throw error;
  tell({ refused: error.message });
  process.exit(1);
}
