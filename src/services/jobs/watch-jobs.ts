import { Repeater } from "@graphql-yoga/subscription";
import { type JobRecord, jobsById, openJobIds } from "../../entities/queries/jobs/jobs.js";
import { keyNow } from "../../entities/queries/keys/viewer-of-key.js";
import { AppError, notFound } from "../../errors.js";
import { isOpen } from "../../vocabulary.js";
import { maySeeOfDataset, requireRole } from "../access/visibility.js";
import { Signal } from "../feeds/signal.js";
import type { Context } from "../request/context.js";
import { findJob } from "../request/find-job.js";

/** A job is different from what was told of it; or, the last event, it can be watched no longer. */
export type JobEvent = { readonly jobId: string } | { readonly error: unknown };

type Watcher = Pick<Context, "viewer" | "loaders" | "database" | "notifications">;

/** Changes of jobs are told at most this often, in milliseconds; the last is never lost. */
const JOB_EVENT_INTERVAL_MS = 500;

/**
 * Watches one job, or all that the viewer may see: an event for each job whose status, progress, warnings or results are
 * not what they were, at most twice a second. Of one job the present state comes first and the end after its last: at once
 * where it has ended. A job that is deleted meanwhile, or hidden from the key, is NOT_FOUND, the last event. The viewer's
 * key and datasets are looked at anew each time.
 * Refused: a job that is not there or hidden; all jobs for a LABELER.
 */
export async function watchJobs(watcher: Watcher, jobId: string | null): Promise<AsyncIterable<JobEvent>> {
  if (jobId === null) requireRole(watcher.viewer, "ADMIN", "ANALYST", "CLIENT");
  const only = jobId === null ? null : await findJob(watcher, jobId, "jobId");
  return new Repeater<JobEvent>(async (push, stop) => {
    const signal = new Signal();
    const changed = new Set<string>();
    const seen = new Map<string, string>();
    const note = (ids: readonly string[]) => {
      for (const id of ids) if (!only || only.id === id) changed.add(id);
      if (changed.size > 0) signal.give();
    };
    const { topics } = watcher.notifications;
    const sources = [topics.subscribe("jobChanged"), topics.subscribe("mayHaveMissed")] as const;
    void stop.then(() => {
      signal.close();
      for (const source of sources) source.return();
    });
    void hear(sources[0], (id) => note([id]));
    void hear(
      sources[1],
      () =>
        void openJobIds(watcher.database)
          .then((ids) => note([...ids, ...seen.keys()]))
          .catch(() => {}),
    );
    // Its present state is news to whoever has just come.
    if (only) note([only.id]);
    while (await signal.given()) {
      const ids = [...changed];
      changed.clear();
      signal.reset();
      const jobs = await visibleJobs(watcher, ids).catch((error: unknown) => ({ error }));
      if ("error" in jobs) {
        if (jobs.error instanceof AppError) {
          await push(jobs);
          break;
        }
        note(ids);
      } else {
        for (const job of jobs.filter((job) => seen.get(job.id) !== stateOf(job))) {
          seen.set(job.id, stateOf(job));
          await push({ jobId: job.id });
        }
        if (only && !jobs[0]) await push({ error: notFound("The job") });
        if (only && !(jobs[0] && isOpen(jobs[0].status))) break;
      }
      if (!(await signal.pause(JOB_EVENT_INTERVAL_MS))) break;
    }
    stop();
  });
}

/** These jobs as they are now, as far as the key may still see them. */
async function visibleJobs({ viewer, database }: Watcher, ids: readonly string[]): Promise<JobRecord[]> {
  const key = await keyNow(database, viewer.keyId);
  if (!key) throw new AppError("UNAUTHENTICATED", "The API key is expired or revoked.");
  const now = { ...viewer, role: key.role, datasetIds: viewer.datasetIds === null ? null : key.datasetIds };
  return (await jobsById(database, ids)).filter((job) => maySeeOfDataset(now, job.datasetId));
}

const stateOf = ({ status, attempts, progress, error, warnings, lastSequence, inputSha256 }: JobRecord): string =>
  JSON.stringify([status, attempts, progress, error, warnings, lastSequence, inputSha256]);

async function hear<T>(source: AsyncIterable<T>, take: (value: T) => void): Promise<void> {
  for await (const value of source) take(value);
}
