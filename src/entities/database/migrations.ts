import { readdirSync, readFileSync } from "node:fs";
import type { MigrationInterface, QueryRunner } from "typeorm";

const FOLDER = new URL("../../../migrations/", import.meta.url);

/** TypeORM orders migrations by the 13 digits that end their name. */
const ORDER_BASE = 1_000_000_000_000;

/**
 * The migrations of migrations/, in order: each file `NNNN-theme.sql` is one forward-only migration.
 * There is no way back: a restored backup is.
 */
export function readMigrations(): (new () => MigrationInterface)[] {
  return readdirSync(FOLDER)
    .filter((file) => /^\d{4}-[a-z-]+\.sql$/.test(file))
    .sort()
    .map((file) => {
      const sql = readFileSync(new URL(file, FOLDER), "utf8");
      const number = Number(file.slice(0, 4));
      const theme = file.slice(5, -4).replaceAll("-", "_");
      return class implements MigrationInterface {
        readonly name = `${theme}${ORDER_BASE + number}`;

        async up(runner: QueryRunner): Promise<void> {
          await runner.query(sql);
        }

        async down(): Promise<void> {
          throw new Error(`Migration ${file} has no way back; restore a backup instead.`);
        }
      };
    });
}
