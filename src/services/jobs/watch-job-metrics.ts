import { Repeater } from "@graphql-yoga/subscription";
import { isConnectionLoss } from "../../entities/database/database.js";
import type { MetricPointRecord } from "../../entities/queries/jobs/metric-points.js";
import { badInput } from "../../errors.js";
import type { Context } from "../request/context.js";
import { findJob } from "../request/find-job.js";
import { checkMetricNames } from "./job-metrics.js";

export interface MetricsArguments {
  readonly jobId: string;
  readonly names?: readonly string[] | null;
  readonly afterSequence: number;
}

/** How long after a lost connection the log is read again, in milliseconds. */
const RETRY_MS = 500;

type Watcher = Pick<Context, "viewer" | "loaders" | "metricFeed">;

/**
 * The points of a job's log after a place, in batches: first those of the past, then each as it comes, and the end when
 * the job has ended. What is not read yet waits in the table, not in memory, however slowly a client reads.
 * Refused: a job that is not there or hidden; a place below 0 or after the last point.
 */
export async function watchJobMetrics(
  watcher: Watcher,
  { jobId, names, afterSequence }: MetricsArguments,
): Promise<AsyncIterable<readonly MetricPointRecord[]>> {
  checkMetricNames(names);
  const job = await findJob(watcher, jobId, "jobId");
  if (afterSequence < 0 || afterSequence > job.lastSequence) {
    throw badInput(
      `afterSequence is ${afterSequence}; it must be 0 to ${job.lastSequence}, the last point that the job has logged.`,
      "afterSequence",
    );
  }
  const wanted = names ? new Set(names) : null;
  return new Repeater<readonly MetricPointRecord[]>(async (push, stop) => {
    const feed = watcher.metricFeed.watch(job.id);
    let isOpen = true;
    const closed = stop.then(() => {
      isOpen = false;
    });
    try {
      for (let at = afterSequence; isOpen; ) {
        const { changed } = feed;
        const { points, hasEnded } = await lasting(() => feed.after(at));
        at = points.at(-1)?.sequence ?? at;
        const batch = wanted ? points.filter(({ name }) => wanted.has(name)) : points;
        if (batch.length > 0) await push(batch);
        else if (points.length === 0 && hasEnded) break;
        else if (points.length === 0) await Promise.race([changed, closed]);
      }
    } finally {
      feed.release();
      stop();
    }
  });
}

/** A database that is away for a moment ends no subscription. */
async function lasting<T>(read: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
