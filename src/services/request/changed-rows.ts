import type DataLoader from "dataloader";
import { notFound } from "../../errors.js";
import type { Changed } from "../writes/create-prompts.js";
import type { Versioned } from "./batch.js";
import type { Loaders } from "./loaders.js";

/** A loader of rows as of a revision, by name. */
type VersionedLoader<Row> = DataLoader<Versioned, Row | null, string>;

/** Forgets what was read before a change, so that the rest of the request reads what is there after it. */
function forget(loaders: Loaders): void {
  for (const loader of Object.values(loaders)) loader.clearAll();
}

/** The rows that a mutation made or changed, in its order, as they are in its revision. */
export async function changedRows<Row>(
  loaders: Loaders,
  loader: VersionedLoader<Row>,
  { ids, revision }: Changed,
): Promise<Row[]> {
  forget(loaders);
  const rows = await Promise.all(ids.map((id) => loader.load({ id, asOf: revision })));
  return rows.map(found);
}

/** The one row that a mutation made. */
export async function changedRow<Row>(loaders: Loaders, loader: VersionedLoader<Row>, changed: Changed): Promise<Row> {
  const [row] = await changedRows(loaders, loader, changed);
  return found(row ?? null);
}

/** A row that no revision changes, after a mutation. */
export async function changedThing<Key, Row>(
  loaders: Loaders,
  loader: { load(key: Key): Promise<Row | null> },
  key: Key,
): Promise<Row> {
  forget(loaders);
  return found(await loader.load(key));
}

/** A repeated request may speak of what was deleted since. */
function found<Row>(row: Row | null): Row {
  if (row === null) throw notFound("What this request speaks of");
  return row;
}
