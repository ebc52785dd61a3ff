import { LATEST_REVISION } from "../../entities/database/database.js";
import type { DatasetRecord } from "../../entities/queries/datasets/datasets.js";
import type { ApiKeyRecord } from "../../entities/queries/keys/api-keys.js";
import type { LabelerRecord } from "../../entities/queries/labelers/labelers.js";
import type { Loaders } from "./loaders.js";

/** The labeler whom a key stands for, or null. */
export async function labelerOfKey(loaders: Loaders, { labelerId }: ApiKeyRecord): Promise<LabelerRecord | null> {
  if (labelerId === null) return null;
  return loaders.labeler.load({ id: labelerId, datasetId: null, asOf: LATEST_REVISION });
}

/** The datasets that a key is granted, oldest first, or null where its role reaches all of them. */
export async function grantedDatasets(
  loaders: Loaders,
  { role, grantedIds }: ApiKeyRecord,
): Promise<DatasetRecord[] | null> {
  if (role === "ADMIN" || role === "ANALYST") return null;
  const found = await Promise.all(grantedIds.map((id) => loaders.dataset.load(id)));
  return found.filter((dataset) => dataset !== null);
}
