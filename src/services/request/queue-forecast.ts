import type { OpenJob } from "../../entities/queries/jobs/open-jobs.js";
import { JOB_LANES, type JobLane } from "../../vocabulary.js";

/** A job that is not at its end, and how long it will still run once it does, in seconds; null: not known. */
export interface ExpectedJob
  extends Pick<OpenJob, "id" | "lane" | "status" | "delay" | "waitsForEnvironment" | "waitsFor"> {
  readonly seconds: number | null;
}

/**
 * When each queued job begins, in seconds from now, if what runs and what is queued takes as long as is expected: whenever a
 * slot of a lane is free, the first of its jobs takes it that waits for nothing else.
 * @param jobs in the order of the queue
 * @param slots how many jobs of each lane run at once
 * @returns of the jobs whose beginning can be told; of the others it hangs on what is not known
 */
export function forecastStarts(
  jobs: readonly ExpectedJob[],
  slots: Readonly<Record<JobLane, number>>,
): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  /** When those that have begun will end. */
  const ends = new Map<string, number>();
  const open = new Set(jobs.map(({ id }) => id));
  const busy = { TRAINING: new Set<string>(), SHORT: new Set<string>() };
  const begin = ({ id, lane, seconds }: ExpectedJob, now: number): void => {
    busy[lane].add(id);
    ends.set(id, seconds === null ? Number.POSITIVE_INFINITY : now + seconds);
  };
  for (const job of jobs) if (job.status === "RUNNING") begin(job, 0);
  let waiting = jobs.filter(({ status, waitsForEnvironment }) => status === "QUEUED" && !waitsForEnvironment);
  const isDone = (id: string, now: number): boolean =>
    !open.has(id) || (ends.get(id) ?? Number.POSITIVE_INFINITY) <= now;
  for (let now = 0; Number.isFinite(now); ) {
    for (const lane of JOB_LANES) {
      for (const id of busy[lane]) if (isDone(id, now)) busy[lane].delete(id);
    }
    const left: ExpectedJob[] = [];
    for (const job of waiting) {
      const mayBegin = job.delay <= now && job.waitsFor.every((id) => isDone(id, now));
      if (!mayBegin || busy[job.lane].size >= slots[job.lane]) {
        left.push(job);
        continue;
      }
      starts.set(job.id, now);
      begin(job, now);
    }
    waiting = left;
    const events = [...busy.TRAINING, ...busy.SHORT].map((id) => ends.get(id) as number);
    for (const { delay } of waiting) if (delay > now) events.push(delay);
    // What takes no time at all ends in the same moment, and makes room once more.
    now =
      waiting.length === 0
        ? Number.POSITIVE_INFINITY
        : events.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  }
  return starts;
}
