import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/**
 * Makes labelers members of a dataset that are not yet, each with its present pool and status. A newcomer's row is locked against a
 * change until the transaction ends. Indexes: labeler_pkey, dataset_labeler_in_force.
 */
const ADD_MEMBERS: Statement = {
  name: "add-members",
  text: `with newcomer as (
      select l.id, l.pool, l.status from labeler l
      where l.id = any($2::bigint[]) and not exists (
        select from dataset_labeler m where m.dataset_id = $1 and m.labeler_id = l.id and m.removed_in is null)
      for share of l)
    insert into dataset_labeler (dataset_id, labeler_id, pool, status, added_in)
    select $1, newcomer.id, newcomer.pool, newcomer.status, $3 from newcomer
    on conflict do nothing
    returning labeler_id as "labelerId"`,
};

/** Adds members; returns the labelers that were none before. */
export async function addMembers(
  connection: Queryable,
  datasetId: string,
  labelerIds: readonly string[],
  revision: number,
): Promise<string[]> {
  const added = await rowsOf<{ labelerId: string }>(connection, ADD_MEMBERS, [datasetId, labelerIds, revision]);
  return added.map(({ labelerId }) => labelerId);
}
