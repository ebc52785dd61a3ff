import type { DataSource } from "typeorm";
import { createDataSource } from "./data-source.js";

/** PostgreSQL's code for a table that does not exist. */
const UNDEFINED_TABLE = "42P01";

/** Any number that no other program takes on the same server; guards migrations of two processes against each other. */
const MIGRATION_LOCK = 7_226_673_001;

/** Runs the pending migrations of an open data source, each in a transaction; a second process waits. Returns their names. */
export async function migrateDataSource(source: DataSource): Promise<string[]> {
  const runner = source.createQueryRunner();
  await runner.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
  try {
    const done = await source.runMigrations({ transaction: "each" });
    return done.map((migration) => migration.name);
  } finally {
    await runner.query("select pg_advisory_unlock($1)", [MIGRATION_LOCK]);
    await runner.release();
  }
}

/** The names of the migrations that an open data source has not run yet, in order. */
export async function pendingMigrations(source: DataSource): Promise<string[]> {
  const done = (await source
    .query("select name from migration")
    .catch((error) => (error.code === UNDEFINED_TABLE ? [] : Promise.reject(error)))) as { name: string }[];
  const names = new Set(done.map((row) => row.name));
  return source.migrations.flatMap((migration) => (names.has(migration.name ?? "") ? [] : [migration.name ?? ""]));
}

/** Connects to a PostgreSQL URL, runs the pending migrations and disconnects. Returns the names of those that ran. */
export async function migrate(url: string): Promise<string[]> {
  const source = await createDataSource(url, 2).initialize();
  try {
    return await migrateDataSource(source);
  } finally {
    await source.destroy();
  }
}
