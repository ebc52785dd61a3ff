import DataLoader from "dataloader";

/** A row as of a revision. */
export interface Versioned {
  readonly id: string;
  readonly asOf: number;
}

/** A page of what a row has, as of a revision, read forward. */
export interface VersionedPage extends Versioned {
  readonly size: number;
  /** The keyset values after which the page begins; null: from the start. */
  readonly from: readonly string[] | null;
}

/** A labeler, with the pool it had in a dataset as of a revision; datasetId null: at present. */
export interface LabelerKey extends Versioned {
  readonly datasetId: string | null;
}

const versionedKey = (key: Versioned): string => `${key.id}@${key.asOf}`;

/**
 * Groups keys so that each group is one statement: usually there is one group, for all keys of a request are read as of
 * one revision.
 */
function groupBy<Key>(keys: readonly Key[], groupOf: (key: Key) => string): Key[][] {
  const groups = new Map<string, Key[]>();
  for (const key of keys) {
    const group = groupOf(key);
    const members = groups.get(group);
    if (members) members.push(key);
    else groups.set(group, [key]);
  }
  return [...groups.values()];
}

/** Answers each key with what its group's statement found for it. */
async function answer<Key extends { readonly id: string }, Row, Value>(
  keys: readonly Key[],
  groupOf: (key: Key) => string,
  read: (ids: readonly string[], sample: Key) => Promise<readonly Row[]>,
  gather: (rows: readonly Row[]) => (id: string) => Value,
): Promise<Value[]> {
  const values = new Map<Key, Value>();
  const groups = groupBy(keys, groupOf);
  await Promise.all(
    groups.map(async (group) => {
      const valueOf = gather(await read([...new Set(group.map((key) => key.id))], group[0] as Key));
      for (const key of group) values.set(key, valueOf(key.id));
    }),
  );
  return keys.map((key) => values.get(key) as Value);
}

const byId = <Row extends { readonly id: string }>(rows: readonly Row[]) => {
  const found = new Map(rows.map((row) => [row.id, row]));
  return (id: string) => found.get(id) ?? null;
};

const byParent =
  <Row>(parentOf: (row: Row) => string) =>
  (rows: readonly Row[]) => {
    const lists = new Map<string, Row[]>();
    for (const row of rows) {
      const list = lists.get(parentOf(row));
      if (list) list.push(row);
      else lists.set(parentOf(row), [row]);
    }
    return (id: string): readonly Row[] => lists.get(id) ?? [];
  };

/** A loader of rows that no revision changes: one statement. */
export function plainLoader<Row extends { readonly id: string }>(
  read: (ids: readonly string[]) => Promise<readonly Row[]>,
): DataLoader<string, Row | null> {
  return new DataLoader(async (ids) => {
    const rowOf = byId(await read(ids));
    return ids.map(rowOf);
  });
}

/** A loader of single rows as of a revision: one statement for each revision asked for, usually one in all. */
export function rowLoader<Row extends { readonly id: string }>(
  read: (ids: readonly string[], asOf: number) => Promise<readonly Row[]>,
): DataLoader<Versioned, Row | null, string> {
  return new DataLoader<Versioned, Row | null, string>(
    (keys) =>
      answer(
        keys,
        (key) => String(key.asOf),
        (ids, { asOf }) => read(ids, asOf),
        byId,
      ),
    { cacheKeyFn: versionedKey },
  );
}

/** A loader of all that belongs to a row as of a revision; parentOf: to which row one of them belongs. */
export function listLoader<Row>(
  read: (ids: readonly string[], asOf: number) => Promise<readonly Row[]>,
  parentOf: (row: Row) => string,
): DataLoader<Versioned, readonly Row[], string> {
  return new DataLoader<Versioned, readonly Row[], string>(
    (keys) =>
      answer(
        keys,
        (key) => String(key.asOf),
        (ids, { asOf }) => read(ids, asOf),
        byParent(parentOf),
      ),
    { cacheKeyFn: versionedKey },
  );
}

/** A loader of pages of what belongs to a row: one statement for each revision, size and beginning asked for. */
export function pageLoader<Row>(
  read: (
    ids: readonly string[],
    asOf: number,
    limit: number,
    from: readonly string[] | null,
  ) => Promise<readonly Row[]>,
  parentOf: (row: Row) => string,
): DataLoader<VersionedPage, readonly Row[], string> {
  const pageOf = ({ asOf, size, from }: VersionedPage) => `${asOf}:${size}:${from?.join() ?? ""}`;
  return new DataLoader<VersionedPage, readonly Row[], string>(
    (keys) => answer(keys, pageOf, (ids, { asOf, size, from }) => read(ids, asOf, size + 1, from), byParent(parentOf)),
    { cacheKeyFn: (key) => `${key.id}@${pageOf(key)}` },
  );
}

/** A loader of how many belong to a row as of a revision. */
export function countLoader(
  read: (ids: readonly string[], asOf: number) => Promise<readonly { id: string; count: number }[]>,
): DataLoader<Versioned, number, string> {
  return new DataLoader<Versioned, number, string>(
    (keys) =>
      answer(
        keys,
        (key) => String(key.asOf),
        (ids, { asOf }) => read(ids, asOf),
        (rows) => {
          const rowOf = byId(rows);
          return (id) => rowOf(id)?.count ?? 0;
        },
      ),
    { cacheKeyFn: versionedKey },
  );
}

/** A loader of labelers: one statement for each dataset and revision asked for. */
export function labelerLoader<Row extends { readonly id: string }>(
  atPresent: (ids: readonly string[]) => Promise<readonly Row[]>,
  inDataset: (ids: readonly string[], datasetId: string, asOf: number) => Promise<readonly Row[]>,
): DataLoader<LabelerKey, Row | null, string> {
  const placeOf = ({ datasetId, asOf }: LabelerKey) => (datasetId === null ? "" : `${datasetId}@${asOf}`);
  return new DataLoader<LabelerKey, Row | null, string>(
    (keys) =>
      answer(
        keys,
        placeOf,
        (ids, { datasetId, asOf }) => (datasetId === null ? atPresent(ids) : inDataset(ids, datasetId, asOf)),
        byId,
      ),
    { cacheKeyFn: (key) => `${key.id}@${placeOf(key)}` },
  );
}
