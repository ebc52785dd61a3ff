import { show } from "../datasets/code-points.js";
import { datasetWords, removeDataset } from "../entities/queries/dataset-writes.js";
import { badInput, notFound } from "../errors.js";
import { audit } from "./audit.js";
import { beginChange } from "./change-dataset.js";
import { localId } from "./global-id.js";
import { runChange, type Writer } from "./run-change.js";

/**
 * Deletes a dataset with everything in it, the grants of keys too; labelers and the audit log stay.
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
    await removeDataset(connection, datasetId);
    await audit(manager, viewer, { action: "deleteDataset", subject: input.id, datasetId, before: { ...before } });
    return true;
  });
}
