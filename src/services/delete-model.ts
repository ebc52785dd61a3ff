import { jobsThatNeed, markDeleted, modelToDelete, removeCheckpoints } from "../entities/queries/model-writes.js";
import { conflict } from "../errors.js";
import type { DataDirectory } from "../files/data-directory.js";
import { audit } from "./audit.js";
import { globalId, localId } from "./global-id.js";
import { missing } from "./input-rules.js";
import { removeUnusedModelFile } from "./model-files.js";
import { runChange, type Writer } from "./run-change.js";

/**
 * Deletes a model: its file, and the checkpoints of the job that made it. Name and hash stay, for those that descend from
 * it; the name is not given again. ADMIN. Refused: while a job needs it (CONFLICT).
 */
export async function deleteModel(
  writer: Writer & { readonly directory: DataDirectory },
  id: string,
): Promise<boolean> {
  const order = { mutation: "deleteModel", input: { id }, place: "" } as const;
  const { sha256, checkpoints } = await runChange(writer, order, async ({ connection, manager, viewer }) => {
    const local = localId("Model", id, "id");
    const model = await modelToDelete(connection, local);
    if (!model || model.isDeleted) throw missing("Model", local, "id");
    const [job] = await jobsThatNeed(connection, local);
    if (job !== undefined) {
      throw conflict(`The job ${globalId("Job", job)}, which is not at its end, needs this model; cancel it first.`);
    }
    await markDeleted(connection, local);
    const { name, stage, datasetId } = model;
    await audit(manager, viewer, {
      action: order.mutation,
      subject: id,
      datasetId,
      before: { name, stage, sha256: model.sha256 },
    });
    return {
      sha256: model.sha256,
      checkpoints: model.jobId === null ? [] : await removeCheckpoints(connection, model.jobId),
    };
  });
  // Only now: a transaction that fails at its commit must not have cost the file. What a crash leaves here is swept later.
  const { database, directory } = writer;
  for (const place of checkpoints) directory.remove(place);
  await removeUnusedModelFile(database, directory, sha256);
  return true;
}
