/** A throw-away folder with an embedded PostgreSQL as the server starts it, gone when the work is done. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "../../dist/embedded-postgres/embedded-postgres.js";
import { migrate } from "../../dist/entities/database/migrate.js";

const TEMPLATE = "bench_template";

/**
 * Runs work with a folder and a PostgreSQL of its own, which a signal takes down too.
 * The work gets { folder, database }: database() makes a new one with all migrations run and returns its URL.
 */
export async function withScratch(work) {
  const folder = mkdtempSync(path.join(tmpdir(), "accord-bench-"));
  // As root, PostgreSQL runs as another user and has to get in.
  chmodSync(folder, 0o711);
  let postgres = null;
  const end = async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const onSignal = () => void end().finally(() => process.exit(130));
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    const warn = (message) => process.stderr.write(`${message}\n`);
    postgres = await startEmbeddedPostgres({
      dataDirectory: path.join(folder, "data"),
      log: { info: () => {}, warn },
    });
    return await work({ folder, database: databases(postgres.url) });
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    await end();
  }
}

/** Makes databases, each a copy of one that was migrated before. */
function databases(url) {
  const urlOf = (name) => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  let made = 0;
  return async () => {
    const client = new pg.Client(url);
    await client.connect();
    try {
      if (made === 0) {
        await client.query(`create database ${TEMPLATE}`);
        await migrate(urlOf(TEMPLATE));
      }
      made++;
      await client.query(`create database bench_${made} template ${TEMPLATE}`);
      return urlOf(`bench_${made}`);
    } finally {
      await client.end();
    }
  };
}

/** Runs work with a client of a database. */
export async function withClient(url, work) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The only value of a query. */
export async function singleValue(client, text, values = []) {
  const { rows } = await client.query({ text, values, rowMode: "array" });
  return rows[0]?.[0];
}
