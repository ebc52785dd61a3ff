import type { Database, Queryable } from "../../entities/database/database.js";
import { connectionOf } from "../../entities/database/queryable.js";
import { cancelDependents, jobsWaitedForInVain } from "../../entities/queries/jobs/job-end.js";
import { jobToChange } from "../../entities/queries/jobs/job-writes.js";
import { keepNewestCheckpoints } from "../../entities/queries/models/file-removals.js";
import { globalId } from "../input/global-id.js";

/**
 * Cancels all that waits, directly or through others, for a job that ended without a model.
 * @param how how it ended, as the end of a sentence: "was cancelled."
 * @returns what was cancelled
 */
export async function cancelWaiting(connection: Queryable, id: string, how: string): Promise<string[]> {
  const why = `The job ${globalId("Job", id)}, which it waits for, ${how}`;
  const cancelled: string[] = [];
  for (const waiting of await cancelDependents(connection, id, why)) {
    cancelled.push(waiting, ...(await cancelWaiting(connection, waiting, "was cancelled.")));
  }
  return cancelled;
}

/** Cancels what waits for jobs that have ended without a model, however it came to be left over. */
export async function cancelWaitingInVain(database: Database): Promise<void> {
  for (const { id } of await jobsWaitedForInVain(database)) {
    await database.transaction(async (manager) => {
      const connection = await connectionOf(manager);
      const job = await jobToChange(connection, id);
      if (job?.status === "FAILED" || job?.status === "CANCELLED") {
        const waiting = await cancelWaiting(connection, id, `has ended as ${job.status}.`);
        await keepNewestCheckpoints(connection, waiting);
      }
    });
  }
}
