import DataLoader from "dataloader";
import type { Database } from "../entities/database.js";
import { type DatasetRecord, datasetsById } from "../entities/queries/datasets.js";
import { type PromptRecord, promptsById } from "../entities/queries/prompts.js";

/** A row as of a revision. */
export interface Versioned {
  readonly id: string;
  readonly asOf: number;
}

const versionedKey = (key: Versioned): string => `${key.id}@${key.asOf}`;

/**
 * A loader of single rows as of a revision: one statement for each revision asked for, usually one in all.
 */
function rowLoader<Row extends { readonly id: string }>(
  read: (ids: readonly string[], asOf: number) => Promise<readonly Row[]>,
): DataLoader<Versioned, Row | null, string> {
  return new DataLoader<Versioned, Row | null, string>(
    async (keys) => {
      const found = new Map<string, Row>();
      for (const [asOf, ids] of byRevision(keys)) {
        for (const row of await read(ids, asOf)) found.set(versionedKey({ id: row.id, asOf }), row);
      }
      return keys.map((key) => found.get(versionedKey(key)) ?? null);
    },
    { cacheKeyFn: versionedKey },
  );
}

function byRevision(keys: readonly Versioned[]): Map<number, string[]> {
  const groups = new Map<number, string[]>();
  for (const { id, asOf } of keys) {
    const ids = groups.get(asOf);
    if (ids) ids.push(id);
    else groups.set(asOf, [id]);
  }
  return groups;
}

/** The loaders of one request: however many rows ask, each question is one statement. */
export function createLoaders(database: Database) {
  return {
    dataset: new DataLoader<string, DatasetRecord | null>(async (ids) => {
      const found = new Map((await datasetsById(database, ids)).map((row) => [row.id, row]));
      return ids.map((id) => found.get(id) ?? null);
    }),
    prompt: rowLoader<PromptRecord>((ids, asOf) => promptsById(database, ids, asOf)),
  };
}

export type Loaders = ReturnType<typeof createLoaders>;
