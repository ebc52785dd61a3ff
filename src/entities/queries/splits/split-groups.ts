import type { Split, SplitGrouping } from "../../../vocabulary.js";
import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** By what are a dataset's prompts grouped at present? Index: split_policy_in_force. */
const GROUPING: Statement = {
  name: "split-grouping",
  text: `select group_by as "groupBy" from split_policy where dataset_id = $1 and removed_in is null`,
};

/** Which groups do these authors' prompts belong to? Index: author_group_pkey. */
const GROUPS_OF_AUTHORS: Statement = {
  name: "groups-of-authors",
  text: `select author, split_group_id as "groupId" from author_group where dataset_id = $1 and author = any($2::text[])`,
};

const NEW_GROUPS: Statement = {
  name: "new-split-groups",
  text: "insert into split_group (dataset_id) select $1 from generate_series(1, $2::integer) returning id",
};

const NAME_AUTHORS_GROUPS: Statement = {
  name: "name-authors-groups",
  text: `insert into author_group (dataset_id, author, split_group_id)
    select $1, author, group_id from unnest($2::text[], $3::bigint[]) as given (author, group_id)`,
};

/** Which splits do these groups have at present? Index: split_assignment_in_force. */
const SPLITS_OF_GROUPS: Statement = {
  name: "splits-of-groups",
  text: `select split_group_id as "groupId", split from split_assignment
    where split_group_id = any($1::bigint[]) and removed_in is null`,
};

const ASSIGN_GROUPS: Statement = {
  name: "assign-groups",
  text: `insert into split_assignment (split_group_id, split, added_in)
    select group_id, split, $3 from unnest($1::bigint[], $2::text[]) as given (group_id, split)`,
};

export async function groupingInForce(connection: Queryable, datasetId: string): Promise<SplitGrouping | null> {
  const [policy] = await rowsOf<{ groupBy: SplitGrouping }>(connection, GROUPING, [datasetId]);
  return policy?.groupBy ?? null;
}

export const groupsOfAuthors = (
  connection: Queryable,
  datasetId: string,
  authors: readonly string[],
): Promise<{ author: string; groupId: string }[]> => rowsOf(connection, GROUPS_OF_AUTHORS, [datasetId, authors]);

export async function newGroups(connection: Queryable, datasetId: string, count: number): Promise<string[]> {
  if (count === 0) return [];
  const rows = await rowsOf<{ id: string }>(connection, NEW_GROUPS, [datasetId, count]);
  return rows.map(({ id }) => id);
}

export async function nameAuthorsGroups(
  connection: Queryable,
  datasetId: string,
  authors: readonly string[],
  groupIds: readonly string[],
): Promise<void> {
  if (authors.length > 0) await rowsOf(connection, NAME_AUTHORS_GROUPS, [datasetId, authors, groupIds]);
}

export const splitsOfGroups = (
  connection: Queryable,
  groupIds: readonly string[],
): Promise<{ groupId: string; split: Split }[]> => rowsOf(connection, SPLITS_OF_GROUPS, [groupIds]);

export async function assignGroups(
  connection: Queryable,
  groupIds: readonly string[],
  splits: readonly Split[],
  revision: number,
): Promise<void> {
  if (groupIds.length > 0) await rowsOf(connection, ASSIGN_GROUPS, [groupIds, splits, revision]);
}

const CLEAR_AUTHORS_GROUPS: Statement = {
  name: "clear-authors-groups",
  text: "delete from author_group where dataset_id = $1",
};

/** Forgets which group each author's prompts belong to: under the grouping PROMPT they have none in common. */
export async function clearAuthorsGroups(connection: Queryable, datasetId: string): Promise<void> {
  await rowsOf(connection, CLEAR_AUTHORS_GROUPS, [datasetId]);
}

const MOVE_AUTHORS: Statement = {
  name: "move-authors",
  text: `insert into author_group (dataset_id, author, split_group_id)
    select $1, author, group_id from unnest($2::text[], $3::bigint[]) as given (author, group_id)
    on conflict (dataset_id, author) do update set split_group_id = excluded.split_group_id
    where author_group.split_group_id <> excluded.split_group_id`,
};

/** Makes groups those of authors. */
export async function moveAuthors(
  connection: Queryable,
  datasetId: string,
  groups: ReadonlyMap<string, string>,
): Promise<void> {
  if (groups.size > 0) await rowsOf(connection, MOVE_AUTHORS, [datasetId, [...groups.keys()], [...groups.values()]]);
}
