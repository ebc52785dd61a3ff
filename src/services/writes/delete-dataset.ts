import { show } from "../../datasets/text/code-points.js";
import { datasetWords, removeDataset } from "../../entities/queries/datasets/dataset-writes.js";
import { jobsOfDataset, openJobsOfDataset } from "../../entities/queries/jobs/job-writes.js";
import { badInput, conflict, notFound } from "../../errors.js";
import type { DataDirectory } from "../../files/data-directory.js";
import { letFilesGo, removeNoted } from "../files/remove-files.js";
import { globalId, localId } from "../input/global-id.js";
import { audit } from "./audit.js";
import { beginChange } from "./change-dataset.js";
import { runChange, type Writer } from "./run-change.js";

/**
 * Deletes a dataset with everything in it, the grants of keys too, and all files of its jobs: inputs and checkpoints;
 * labelers, models, jobs that ended and the audit log stay. A job of another dataset that read its text as pretraining loses
 * its files, too.
 * Refused: while a job of it is queued or runs (CONFLICT).
 * @param input.slug the dataset's slug, repeated as a confirmation; another one is refused
 * @returns the dataset's global id
 */
export async function deleteDataset(
  writer: Writer & { readonly directory: DataDirectory },
  input: { readonly id: string; readonly slug: string },
): Promise<string> {
  const order = { mutation: "deleteDataset", input, place: "" } as const;
  const { id, files } = await runChange(writer, order, async ({ connection, manager, viewer }) => {
    const datasetId = localId("Dataset", input.id, "id");
    await beginChange(manager, datasetId);
    const before = await datasetWords(connection, datasetId);
    if (!before) throw notFound("The dataset");
    if (before.slug !== input.slug) {
      throw badInput(`slug is ${show(input.slug)}; to delete this dataset it must be ${show(before.slug)}.`, "slug");
    }
    const subject = globalId("Dataset", datasetId);
    const [job] = await openJobsOfDataset(connection, datasetId, subject);
    if (job !== undefined) {
      throw conflict(`The job ${globalId("Job", job)} of this dataset is not at its end; cancel it first.`);
    }
    const files = await letFilesGo(connection, writer.directory, await jobsOfDataset(connection, datasetId, subject));
    await removeDataset(connection, datasetId);
    await audit(manager, viewer, { action: order.mutation, subject, datasetId, before: { ...before } });
    return { id: subject, files };
  });
  await removeNoted(writer, files);
  return id;
}
