import type { Queryable } from "../../entities/database/database.js";
import { addMembers } from "../../entities/queries/labelers/membership.js";

/**
 * Makes every labeler a member of the dataset as of a revision, with the pool it has at present; members stay as they are.
 * To be called with the dataset locked (after `beginChange`), before the labelers' first work is stored.
 * @returns the labelers that were no members before
 */
export async function ensureMembers(
  connection: Queryable,
  datasetId: string,
  labelerIds: readonly string[],
  revision: number,
): Promise<string[]> {
  if (labelerIds.length === 0) return [];
  return addMembers(connection, datasetId, [...new Set(labelerIds)], revision);
}
