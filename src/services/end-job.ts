import { cancel, retry } from "../entities/queries/job-end.js";
import { isNameTaken, type JobState, jobToChange, lockPredecessors } from "../entities/queries/job-writes.js";
import { modelsTakenWithin } from "../entities/queries/model-writes.js";
import { conflict } from "../errors.js";
import { audit } from "./audit.js";
import { cancelWaiting } from "./cancel-waiting.js";
import { globalId, localId } from "./global-id.js";
import { missing } from "./input-rules.js";
import { type Change, runChange, type Writer } from "./run-change.js";
import { maySeeOfDataset } from "./visibility.js";

const ROLES = ["ADMIN", "CLIENT"] as const;
const ENDED_BADLY = ["FAILED", "CANCELLED"];

/**
 * Cancels a job, whatever it is doing: from the commit on nothing of it is stored any more, and its thread stops within a
 * second. What waits for it is cancelled too. Its checkpoints stay, so that retryJob can go on.
 * For an ADMIN, and a CLIENT in its datasets. Refused: a job that has ended (CONFLICT).
 * @returns the job's number
 */
export async function cancelJob(writer: Writer, id: string): Promise<string> {
  return runChange(writer, { mutation: "cancelJob", input: { id }, place: "", roles: ROLES }, async (change) => {
    const job = await lockedJob(change, id);
    if (!(await cancel(change.connection, job.id))) {
      throw conflict(`The job has ended as ${job.status}; only one that is queued or runs can be cancelled.`);
    }
    await cancelWaiting(change.connection, job.id, "was cancelled.");
    await auditJobChange(change, "cancelJob", job, "CANCELLED");
    return job.id;
  });
}

/**
 * Puts a failed or cancelled job back into the queue; it goes on from its last checkpoint. elsewhere: also in another
 * environment than it began in, where its bits may differ.
 * For an ADMIN, and a CLIENT in its datasets. Refused with CONFLICT: a job that has not ended or has succeeded, one that
 * waits for a job that failed, one whose model's name is another's by now.
 * @returns the job's number
 */
export async function retryJob(writer: Writer, id: string, elsewhere: boolean): Promise<string> {
  const input = { id, otherEnvironment: elsewhere };
  return runChange(writer, { mutation: "retryJob", input, place: "", roles: ROLES }, async (change) => {
    const { connection } = change;
    const job = await lockedJob(change, id);
    if (!ENDED_BADLY.includes(job.status)) {
      throw conflict(`The job is ${job.status}; only one that is FAILED or CANCELLED can be retried.`);
    }
    const failed = (await lockPredecessors(connection, job.id)).find(({ status }) => ENDED_BADLY.includes(status));
    if (failed !== undefined) {
      throw conflict(
        `The job ${globalId("Job", failed.id)}, which it waits for, ended without a model; retry that one first.`,
      );
    }
    const gone = (await modelsTakenWithin(connection, job.id)).find(({ isDeleted }) => isDeleted);
    if (gone) throw conflict(`The model ${JSON.stringify(gone.name)}, which the job needs, was deleted.`);
    if (job.modelName !== null && (await isNameTaken(connection, job.modelName, job.id))) {
      throw conflict(`The name ${JSON.stringify(job.modelName)} of its model is another's by now.`);
    }
    if (job.datasetId === null) throw conflict("The dataset of this job was deleted.");
    await retry(connection, job.id, elsewhere);
    await auditJobChange(change, "retryJob", job, "QUEUED");
    return job.id;
  });
}

async function lockedJob({ connection, viewer }: Change, id: string): Promise<JobState> {
  const local = localId("Job", id, "id");
  const job = await jobToChange(connection, local);
  if (!job || !maySeeOfDataset(viewer, job.datasetId)) throw missing("Job", local, "id");
  return job;
}

function auditJobChange({ manager, viewer }: Change, action: string, job: JobState, status: string): Promise<void> {
  const { id, datasetId } = job;
  return audit(manager, viewer, {
    action,
    subject: globalId("Job", id),
    datasetId,
    before: { status: job.status },
    after: { status },
  });
}
