import type { Queryable } from "../../entities/database/database.js";
import {
  assignGroups,
  groupingInForce,
  groupsOfAuthors,
  nameAuthorsGroups,
  newGroups,
  splitsOfGroups,
} from "../../entities/queries/splits/split-groups.js";
import type { Split, SplitGrouping } from "../../vocabulary.js";

/** By what the prompts of a dataset are kept together: its split policy's word, AUTHOR where it has none. */
export async function splitGrouping(connection: Queryable, datasetId: string): Promise<SplitGrouping> {
  return (await groupingInForce(connection, datasetId)) ?? "AUTHOR";
}

/**
 * The split group of each of some new prompts, making those that are missing: an author's prompts share one; a prompt
 * without author is a group of its own, and so is every prompt under the grouping PROMPT.
 * To be called with the dataset locked (after `beginChange`).
 * @param authors the author of each new prompt, null where it has none
 * @returns the group of each, in the same order
 */
export async function groupsForAuthors(
  connection: Queryable,
  datasetId: string,
  authors: readonly (string | null)[],
  grouping: SplitGrouping,
): Promise<string[]> {
  const named = grouping === "AUTHOR" ? [...new Set(authors.filter((author) => author !== null))] : [];
  const known = named.length === 0 ? [] : await groupsOfAuthors(connection, datasetId, named);
  const groups = new Map(known.map(({ author, groupId }) => [author, groupId]));
  const unknown = named.filter((author) => !groups.has(author));
  const single = authors.filter((author) => grouping === "PROMPT" || author === null).length;

  const fresh = await newGroups(connection, datasetId, unknown.length + single);
  const forAuthors = fresh.slice(0, unknown.length);
  await nameAuthorsGroups(connection, datasetId, unknown, forAuthors);
  for (const [index, author] of unknown.entries()) groups.set(author, forAuthors[index]!);
  const alone = fresh.slice(unknown.length).values();
  return authors.map((author) =>
    grouping === "PROMPT" || author === null ? (alone.next().value as string) : (groups.get(author) as string),
  );
}

/** The split that each group has at present; a group without one is not in the map. */
export async function splitsInForce(connection: Queryable, groupIds: readonly string[]): Promise<Map<string, Split>> {
  if (groupIds.length === 0) return new Map();
  const rows = await splitsOfGroups(connection, [...new Set(groupIds)]);
  return new Map(rows.map(({ groupId, split }) => [groupId, split]));
}

/** Gives groups that have no split theirs, as of a revision. */
export async function setSplits(
  connection: Queryable,
  splits: ReadonlyMap<string, Split>,
  revision: number,
): Promise<void> {
  await assignGroups(connection, [...splits.keys()], [...splits.values()], revision);
}
