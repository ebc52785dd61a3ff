import { noteRemovals } from "../../entities/queries/models/file-removals.js";
import { jobsThatNeed, markDeleted, modelToDelete } from "../../entities/queries/models/model-writes.js";
import { conflict } from "../../errors.js";
import type { DataDirectory } from "../../files/data-directory.js";
import { letFilesGo, removeNoted } from "../files/remove-files.js";
import { globalId, localId } from "../input/global-id.js";
import { missing } from "../input/input-rules.js";
import { audit } from "../writes/audit.js";
import { runChange, type Writer } from "../writes/run-change.js";

/**
 * Deletes a model: its file, and the checkpoints of the job that made it. Name and hash stay, for those that descend from
 * it; the name is not given again. ADMIN. Refused: while a job needs it (CONFLICT).
 * @returns the model's global id
 */
export async function deleteModel(writer: Writer & { readonly directory: DataDirectory }, id: string): Promise<string> {
  const order = { mutation: "deleteModel", input: { id }, place: "" } as const;
  const files = await runChange(writer, order, async ({ connection, manager, viewer }) => {
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
    const { directory } = writer;
    const folders = model.jobId === null ? [] : await letFilesGo(connection, directory, [model.jobId]);
    const file = directory.placeOf(directory.model(model.sha256));
    await noteRemovals(connection, [file]);
    return [...folders, file];
  });
  await removeNoted(writer, files);
  return globalId("Model", localId("Model", id, "id"));
}
