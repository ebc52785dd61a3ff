import { show } from "../datasets/code-points.js";
import { datasetWords, removeDataset } from "../entities/queries/dataset-writes.js";
import { openJobsOfDataset } from "../entities/queries/job-writes.js";
import { badInput, conflict, notFound } from "../errors.js";
import { audit } from "./audit.js";
import { beginChange } from "./change-dataset.js";
import { globalId, localId } from "./global-id.js";
import { runChange, type Writer } from "./run-change.js";

/**
 * Deletes a dataset with everything in it, the grants of keys too; labelers, models, jobs that ended and the audit log stay.
 * Refused: while a job of it is queued or runs (CONFLICT).
 * @param input.slug the dataset's slug, repeated as a confirmation; another one is refused
 */
export async function deleteDataset(
  writer: Writer,
  input: { readonly id: string; readonly slug: string },
): Promise<boolean> {
  return runChange(writer, { mutation: "deleteDataset", input, place: "" }, async ({ connection, manager, viewer }) => {
    const datasetId = localId("Dataset", input.id, "id");
    await beginChange(manager, datasetId);
    const before = await datasetWords(connection, datasetId);
    if (!before) throw notFound("The dataset");
    if (before.slug !== input.slug) {
      throw badInput(`slug is ${show(input.slug)}; to delete this dataset it must be ${show(before.slug)}.`, "slug");
    }
    const [job] = await openJobsOfDataset(connection, datasetId, globalId("Dataset", datasetId));
    if (job !== undefined) {
      throw conflict(`The job ${globalId("Job", job)} of this dataset is not at its end; cancel it first.`);
    }
    await removeDataset(connection, datasetId);
    await audit(manager, viewer, { action: "deleteDataset", subject: input.id, datasetId, before: { ...before } });
    return true;
  });
}
