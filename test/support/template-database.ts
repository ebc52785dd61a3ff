import { randomBytes } from "node:crypto";
import pg from "pg";

/** A database of a test's own, with the migrations applied and no rows. */
export interface TestDatabase {
  /** postgres://… */
  readonly url: string;
  /** Removes it, ending the connections that are still open. */
  drop(): Promise<void>;
}

/** A fresh database from the template that the global set-up made. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { TEST_DATABASE_URL: server, TEST_DATABASE_RUN: run } = process.env;
  if (server === undefined || run === undefined) throw new Error("The global set-up of the tests has not run.");
  const name = `${run}_${randomBytes(6).toString("hex")}`;
  await onServer(server, (client) => client.query(`create database ${name} template ${run}_template`));
  return {
    url: databaseUrl(server, name),
    drop: () => onServer(server, (client) => dropDatabase(client, name)),
  };
}

/**
 * Drops a database after ending the role's own sessions in it. `with (force)` would also ask to end an autovacuum worker,
 * which only a superuser may; a plain drop ends those by itself and waits for all of them.
 */
export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = current_user",
    [name],
  );
  await client.query(`drop database if exists ${name}`);
}

/** The same server and role, another database. */
export function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs work on a connection of its own. */
export async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
