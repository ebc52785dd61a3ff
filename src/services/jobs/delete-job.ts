import { needOfJob, removeJob } from "../../entities/queries/jobs/job-deletion.js";
import { jobToChange } from "../../entities/queries/jobs/job-writes.js";
import { conflict } from "../../errors.js";
import type { DataDirectory } from "../../files/data-directory.js";
import { isOpen } from "../../vocabulary.js";
import { letFilesGo, removeNoted } from "../files/remove-files.js";
import { globalId, localId } from "../input/global-id.js";
import { missing } from "../input/input-rules.js";
import { audit } from "../writes/audit.js";
import { runChange, type Writer } from "../writes/run-change.js";

/**
 * Deletes a job that has ended: its log, its samples, its evaluation, and all its files. What it stored in the dataset,
 * completions and scores, stays. ADMIN.
 * Refused with CONFLICT: a job that is queued or runs, one whose model is still there, for the model is known by its job's
 * settings, and one whose model a job needs that may be retried.
 * @returns the job's global id
 */
export async function deleteJob(writer: Writer & { readonly directory: DataDirectory }, id: string): Promise<string> {
  const order = { mutation: "deleteJob", input: { id }, place: "" } as const;
  const deleted = await runChange(writer, order, async ({ connection, manager, viewer }) => {
    const local = localId("Job", id, "id");
    const job = await jobToChange(connection, local);
    if (!job) throw missing("Job", local, "id");
    if (isOpen(job.status)) throw conflict(`The job is ${job.status}; cancel it first.`);
    const { model, dependent } = await needOfJob(connection, local);
    if (model !== null) {
      throw conflict(
        `The job made the model ${JSON.stringify(model)}, which is known by its settings; delete the model first.`,
      );
    }
    if (dependent !== null) {
      throw conflict(
        `The job ${globalId("Job", dependent)} takes its model and has not succeeded; delete that one first.`,
      );
    }
    const files = await letFilesGo(connection, writer.directory, [local]);
    await removeJob(connection, local);
    const { kind, status, modelName, datasetId } = job;
    const subject = globalId("Job", local);
    await audit(manager, viewer, { action: order.mutation, subject, datasetId, before: { kind, status, modelName } });
    return { subject, files };
  });
  await removeNoted(writer, deleted.files);
  return deleted.subject;
}
