import { datasetWords } from "../../entities/queries/datasets/dataset-writes.js";
import { cancel, cancelledDependents, retry } from "../../entities/queries/jobs/job-end.js";
import { isNameTaken, type JobState, jobToChange, lockPredecessors } from "../../entities/queries/jobs/job-writes.js";
import { keepNewestCheckpoints } from "../../entities/queries/models/file-removals.js";
import { modelsTakenWithin } from "../../entities/queries/models/model-writes.js";
import { conflict } from "../../errors.js";
import type { DataDirectory } from "../../files/data-directory.js";
import { maySeeModel, maySeeOfDataset } from "../access/visibility.js";
import { removeNoted } from "../files/remove-files.js";
import { globalId, localId } from "../input/global-id.js";
import { missing } from "../input/input-rules.js";
import { audit } from "../writes/audit.js";
import { type Change, runChange, type Writer } from "../writes/run-change.js";
import { cancelWaiting } from "./cancel-waiting.js";

const ROLES = ["ADMIN", "CLIENT"] as const;
const ENDED_BADLY = ["FAILED", "CANCELLED"];

/**
 * Cancels a job, whatever it is doing: from the commit on nothing of it is stored any more, and its thread stops within a
 * second. What waits for it is cancelled too; Job.cancelledWith and the audit log name it. Its newest checkpoint stays, so
 * that retryJob can go on.
 * For an ADMIN, and a CLIENT in its datasets. Refused: a job that has ended (CONFLICT).
 * @returns the job's number
 */
export async function cancelJob(writer: Writer & { readonly directory: DataDirectory }, id: string): Promise<string> {
  const order = { mutation: "cancelJob", input: { id }, place: "", roles: ROLES } as const;
  const cancelled = await runChange(writer, order, async (change) => {
    const job = await lockedJob(change, id);
    if (!(await cancel(change.connection, job.id))) {
      throw conflict(`The job has ended as ${job.status}; only one that is queued or runs can be cancelled.`);
    }
    const also = await cancelWaiting(change.connection, job.id, "was cancelled.");
    await auditJobChange(change, "cancelJob", job, { status: "CANCELLED", ...others("cancelledWith", also) });
    return { id: job.id, files: await keepNewestCheckpoints(change.connection, [job.id, ...also]) };
  });
  await removeNoted(writer, cancelled.files);
  return cancelled.id;
}

/** How a job is retried. */
export interface RetryOptions {
  /** Also in another environment than it began in, where its bits may differ. */
  readonly otherEnvironment: boolean;
  /** With what was cancelled because it waited for it, directly or through others. */
  readonly withDependents: boolean;
}

/**
 * Puts a failed or cancelled job back into the queue, behind all others; it goes on from its last checkpoint. With its
 * dependents either all are queued or none.
 * For an ADMIN, and a CLIENT in its datasets. Refused with CONFLICT: a job that has not ended or has succeeded, one that
 * waits for a job that failed, one whose model's name is another's by now, one whose dataset was deleted, or whose text of
 * pretraining was, and withDependents where one of them is so, or of a dataset that the viewer may not see.
 * @returns the job's number
 */
export async function retryJob(writer: Writer, id: string, options: RetryOptions): Promise<string> {
  const order = { mutation: "retryJob", input: { id, ...options }, place: "", roles: ROLES } as const;
  return runChange(writer, order, async (change) => {
    const { connection, viewer } = change;
    const job = await lockedJob(change, id);
    if (!ENDED_BADLY.includes(job.status)) {
      throw conflict(`The job is ${job.status}; only one that is FAILED or CANCELLED can be retried.`);
    }
    await checkRetry(change, job);
    await retry(connection, job.id, options.otherEnvironment);
    const also = options.withDependents ? await cancelledDependents(connection, job.id) : [];
    for (const waiting of also) {
      const dependent = await jobToChange(connection, waiting);
      if (!dependent || !maySeeOfDataset(viewer, dependent.datasetId)) {
        // Unnamed: that it is there is its dataset's affair.
        throw conflict(
          "A job that waits for it is of a dataset that this key may not see; retry it without its dependents.",
        );
      }
      await checkRetry(
        change,
        dependent,
        `The job ${globalId("Job", waiting)}, which waits for it, cannot be retried: `,
      );
      await retry(connection, waiting, options.otherEnvironment);
    }
    await auditJobChange(change, "retryJob", job, { status: "QUEUED", ...others("withDependents", also) });
    return job.id;
  });
}

/** Refuses what would fail at once. @param whose where it is another job than the one that was asked for */
async function checkRetry({ connection, viewer }: Change, job: JobState, whose = ""): Promise<void> {
  const refuse = (why: string) => conflict(`${whose}${why}`);
  const failed = (await lockPredecessors(connection, job.id)).find(({ status }) => ENDED_BADLY.includes(status));
  if (failed !== undefined) {
    throw refuse(
      maySeeOfDataset(viewer, failed.datasetId)
        ? `The job ${globalId("Job", failed.id)}, which it waits for, ended without a model; retry that one first.`
        : "It waits for a job that this key may not see, and that ended without a model; who may see it must retry that one first.",
    );
  }
  const gone = (await modelsTakenWithin(connection, job.id)).find(({ isDeleted }) => isDeleted);
  if (gone)
    throw refuse(
      maySeeModel(viewer, gone)
        ? `The model ${JSON.stringify(gone.name)}, which the job needs, was deleted.`
        : "A model that the job needs, and that this key may not see, was deleted.",
    );
  if (job.modelName !== null && (await isNameTaken(connection, job.modelName, job.id))) {
    throw refuse(`The name ${JSON.stringify(job.modelName)} of its model is another's by now.`);
  }
  if (job.datasetId === null) throw refuse("The dataset of this job was deleted.");
  const { pretrainingDatasetId: corpus } = job;
  if (corpus !== null && !(await datasetWords(connection, localId("Dataset", corpus, "id")))) {
    throw refuse("The dataset whose text it learns beside as pretraining was deleted.");
  }
}

/** Jobs as an audit entry names them; nothing where there are none. */
const others = (name: string, ids: readonly string[]): Record<string, string[]> =>
  ids.length === 0 ? {} : { [name]: ids.map((id) => globalId("Job", id)) };

async function lockedJob({ connection, viewer }: Change, id: string): Promise<JobState> {
  const local = localId("Job", id, "id");
  const job = await jobToChange(connection, local);
  if (!job || !maySeeOfDataset(viewer, job.datasetId)) throw missing("Job", local, "id");
  return job;
}

function auditJobChange(
  { manager, viewer }: Change,
  action: string,
  job: JobState,
  after: { readonly status: string },
): Promise<void> {
  const { id, datasetId } = job;
  return audit(manager, viewer, {
    action,
    subject: globalId("Job", id),
    datasetId,
    before: { status: job.status },
    after: { ...after },
  });
}
