import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type pg from "pg";
import { clusterOf } from "../../src/embedded-postgres/cluster.js";
import { startEmbeddedPostgres } from "../../src/embedded-postgres/embedded-postgres.js";
import { findPostmaster, isAlive } from "../../src/embedded-postgres/server-process.js";
import { migrate } from "../../src/entities/database/migrate.js";
import { databaseUrl, dropDatabase, onServer } from "./template-database.js";

/** The server that the tests of this run use; close() leaves nothing behind. */
export interface TestServer {
  close(): Promise<void>;
}

const PREFIX = "accord-test-";

/** Nothing in a throw-away database has to outlive a power cut. */
const THROW_AWAY = {
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  max_connections: "300",
  shared_buffers: "128MB",
};

/** Starts the server (or takes the one of TEST_DATABASE_URL), makes the template, and tells the tests by environment. */
export async function prepareTestServer(): Promise<TestServer> {
  sweep();
  const own = process.env.TEST_DATABASE_URL ? null : await startThrowAway();
  const url = own?.url ?? (process.env.TEST_DATABASE_URL as string);
  // Two runs on one given server must not meet.
  const run = `accord_test_${process.pid}_${Date.now().toString(36)}`;
  const template = `${run}_template`;
  process.env.TEST_DATABASE_URL = url;
  process.env.TEST_DATABASE_RUN = run;
  try {
    await onServer(url, (client) => client.query(`create database ${template} encoding 'UTF8' template template0`));
    await migrate(databaseUrl(url, template));
  } catch (error) {
    await own?.close();
    throw error;
  }
  return {
    close: async () => {
      if (own === null) await onServer(url, (client) => dropAll(client, run));
      await own?.close();
    },
  };
}

async function dropAll(client: pg.Client, run: string): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    "select datname from pg_database where starts_with(datname, $1)",
    [run],
  );
  for (const { datname } of rows) await dropDatabase(client, datname);
}

async function startThrowAway(): Promise<{ url: string; close(): Promise<void> }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), PREFIX));
  // As root, PostgreSQL runs as another user and has to get in.
  chmodSync(folder, 0o711);
  writeFileSync(path.join(folder, "owner"), String(process.pid));
  const log = { info: () => {}, warn: (message: string) => process.stderr.write(`${message}\n`) };
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  try {
    const postgres = await startEmbeddedPostgres({ dataDirectory: folder, log, settings: THROW_AWAY });
    const close = async () => {
      await postgres.stop();
      removeFolder();
    };
    for (const [name, status] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      process.once(name, () => void close().finally(() => process.exit(status)));
    }
    return { url: postgres.url, close };
  } catch (error) {
    removeFolder();
    throw error;
  }
}

/** Ends and removes what runs killed with -9 left behind: servers and folders whose owner is no more. */
function sweep(): void {
  for (const name of readdirSync(os.tmpdir()).filter((name) => name.startsWith(PREFIX))) {
    const folder = path.join(os.tmpdir(), name);
    try {
      if (isAlive(Number(readFileSync(path.join(folder, "owner"), "utf8")))) continue;
      const left = findPostmaster(clusterOf(folder));
      if (left !== null) process.kill(left.pid, "SIGQUIT");
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    } catch {
      // Another user's, or one that is just being made or removed.
    }
  }
}
