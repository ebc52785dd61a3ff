import { LATEST_REVISION } from "../../entities/database/database.js";
import { type DatasetRecord, datasetsAmong } from "../../entities/queries/datasets/datasets.js";
import type { InstructionVersionRecord } from "../../entities/queries/datasets/instruction-versions.js";
import type { LabelerCountsRecord, LabelerRecord } from "../../entities/queries/labelers/labelers.js";
import { countedDatasetIds, visibleDatasetIds } from "../access/visibility.js";
import type { Context } from "./context.js";

/** The labeler that the viewer's key stands for, or null. */
export async function ownLabeler({
  loaders,
  viewer,
}: Pick<Context, "loaders" | "viewer">): Promise<LabelerRecord | null> {
  if (viewer.labelerId === null) return null;
  return loaders.labeler.load({ id: viewer.labelerId, datasetId: null, asOf: LATEST_REVISION });
}

/** The datasets that the viewer may see, oldest first. */
export const ownDatasets = ({ database, viewer }: Pick<Context, "database" | "viewer">): Promise<DatasetRecord[]> =>
  datasetsAmong(database, visibleDatasetIds(viewer));

/**
 * The instructions of the datasets that a LABELER is a member of or its key is granted; none for the other roles, who
 * read them from their datasets.
 */
export async function ownInstructions({
  loaders,
  viewer,
}: Pick<Context, "loaders" | "viewer">): Promise<InstructionVersionRecord[]> {
  if (viewer.labelerId === null) return [];
  const memberOf = await loaders.membershipsOfLabeler.load(viewer.labelerId);
  const datasetIds = [...new Set([...memberOf, ...(viewer.datasetIds ?? [])])].sort((a, b) => Number(a) - Number(b));
  const lists = await Promise.all(
    datasetIds.map((id) => loaders.instructionVersionsOfDataset.load({ id, asOf: LATEST_REVISION })),
  );
  return lists.flat();
}

/** What a labeler has done at present, in the datasets that the viewer may see; a labeler sees all of its own. */
export async function countsOfLabeler(
  { loaders, viewer }: Pick<Context, "loaders" | "viewer">,
  { id }: LabelerRecord,
): Promise<LabelerCountsRecord | null> {
  return loaders.labelerCounts.load({ id, datasetIds: countedDatasetIds(viewer, id) });
}
