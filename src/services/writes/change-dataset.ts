import type { EntityManager } from "typeorm";
import { notFound } from "../../errors.js";

/** The channel on which other processes hear that a dataset has changed; the payload is its number. */
export const DATASET_CHANNEL = "accord_dataset";

/**
 * Begins a change of a dataset: takes the next revision and tells listeners once the transaction commits.
 * The row stays locked until then, so writers of one dataset follow each other and checks made after this call hold.
 */
export async function beginChange(manager: EntityManager, datasetId: string): Promise<number> {
  const [rows] = (await manager.query("update dataset set revision = revision + 1 where id = $1 returning revision", [
    datasetId,
  ])) as [{ revision: number }[], number];
  const revision = rows[0]?.revision;
  if (revision === undefined) throw notFound("The dataset");
  await manager.query("select pg_notify($1, $2)", [DATASET_CHANNEL, datasetId]);
  return revision;
}
