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

/** A row within some datasets; null: within all. */
export interface Scoped {
  readonly id: string;
  readonly datasetIds: readonly string[] | null;
}

/** How a loader turns keys into statements: one for each group of keys. */
export interface BatchedRead<Key, Row, Value> {
  /** Keys of one group differ in their id only. */
  readonly groupOf: (key: Key) => string;
  readonly read: (ids: readonly string[], key: Key) => Promise<readonly Row[]>;
  /** From the rows of a group to what each id has of them. */
  readonly gather: (rows: readonly Row[]) => (id: string) => Value;
}

/**
 * A loader that asks one statement for each group of keys. Usually there is one group, for all that a request reads is
 * read as of one revision.
 */
export function batchLoader<Key extends { readonly id: string }, Row, Value>(
  batch: BatchedRead<Key, Row, Value>,
): DataLoader<Key, Value, string> {
  const load = async (keys: readonly Key[]): Promise<Value[]> => {
    const groups = new Map<string, Key[]>();
    for (const key of keys) {
      const group = batch.groupOf(key);
      const members = groups.get(group);
      if (members) members.push(key);
      else groups.set(group, [key]);
    }
    const answers = new Map<Key, Value>();
    await Promise.all(
      [...groups.values()].map(async (members) => {
        const ids = members.map((key) => key.id);
        const answerOf = batch.gather(await batch.read(ids, members[0] as Key));
        for (const key of members) answers.set(key, answerOf(key.id));
      }),
    );
    return keys.map((key) => answers.get(key) as Value);
  };
  return new DataLoader(load, { cacheKeyFn: (key) => `${key.id}@${batch.groupOf(key)}` });
}

/** The row of each id, or null. */
export function byId<Row extends { readonly id: string }>(rows: readonly Row[]): (id: string) => Row | null {
  const found = new Map(rows.map((row) => [row.id, row]));
  return (id) => found.get(id) ?? null;
}

/** The rows that belong to each id, in their order. */
export function byParent<Row>(
  parentOf: (row: Row) => string,
): (rows: readonly Row[]) => (id: string) => readonly Row[] {
  return (rows) => {
    const lists = new Map<string, Row[]>();
    for (const row of rows) {
      const list = lists.get(parentOf(row));
      if (list) list.push(row);
      else lists.set(parentOf(row), [row]);
    }
    return (id) => lists.get(id) ?? [];
  };
}

/** A loader of rows that no revision changes: one statement. */
export function plainLoader<Row extends { readonly id: string }>(
  read: (ids: readonly string[]) => Promise<readonly Row[]>,
): DataLoader<string, Row | null> {
  return new DataLoader(async (ids) => {
    const rowOf = byId(await read(ids));
    return ids.map(rowOf);
  });
}

/** A loader of all that belongs to a row, whatever the revision; parentOf: to which row one of them belongs. */
export function groupLoader<Row>(
  read: (ids: readonly string[]) => Promise<readonly Row[]>,
  parentOf: (row: Row) => string,
): DataLoader<string, readonly Row[]> {
  return new DataLoader(async (ids) => {
    const rowsOf = byParent(parentOf)(await read(ids));
    return ids.map(rowsOf);
  });
}

const revisionOf = ({ asOf }: Versioned): string => String(asOf);

/** A loader of single rows as of a revision. */
export const rowLoader = <Row extends { readonly id: string }>(
  read: (ids: readonly string[], asOf: number) => Promise<readonly Row[]>,
): DataLoader<Versioned, Row | null, string> =>
  batchLoader({ groupOf: revisionOf, read: (ids, { asOf }: Versioned) => read(ids, asOf), gather: byId });

/** A loader of all that belongs to a row as of a revision; parentOf: to which row one of them belongs. */
export const listLoader = <Row>(
  read: (ids: readonly string[], asOf: number) => Promise<readonly Row[]>,
  parentOf: (row: Row) => string,
): DataLoader<Versioned, readonly Row[], string> =>
  batchLoader({
    groupOf: revisionOf,
    read: (ids, { asOf }: Versioned) => read(ids, asOf),
    gather: byParent(parentOf),
  });

/** A loader of how many belong to a row as of a revision. */
export const countLoader = (
  read: (ids: readonly string[], asOf: number) => Promise<readonly { id: string; count: number }[]>,
): DataLoader<Versioned, number, string> =>
  batchLoader({
    groupOf: revisionOf,
    read: (ids, { asOf }: Versioned) => read(ids, asOf),
    gather: (rows) => {
      const rowOf = byId(rows);
      return (id) => rowOf(id)?.count ?? 0;
    },
  });

/** A loader of pages of what belongs to a row: the groups are those of one revision, size and beginning. */
export const pageLoader = <Row>(
  read: (
    ids: readonly string[],
    asOf: number,
    limit: number,
    from: readonly string[] | null,
  ) => Promise<readonly Row[]>,
  parentOf: (row: Row) => string,
): DataLoader<VersionedPage, readonly Row[], string> =>
  batchLoader({
    groupOf: ({ asOf, size, from }: VersionedPage) => `${asOf}:${size}:${from?.join() ?? ""}`,
    read: (ids, { asOf, size, from }) => read(ids, asOf, size + 1, from),
    gather: byParent(parentOf),
  });

/** A loader of a row's facts within some datasets. */
export const scopedLoader = <Row extends { readonly id: string }>(
  read: (ids: readonly string[], datasetIds: readonly string[] | null) => Promise<readonly Row[]>,
): DataLoader<Scoped, Row | null, string> =>
  batchLoader({
    groupOf: ({ datasetIds }: Scoped) => datasetIds?.join() ?? "all",
    read: (ids, { datasetIds }) => read(ids, datasetIds),
    gather: byId,
  });
