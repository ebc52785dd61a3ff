import type { Database } from "../../entities/database/database.js";
import { slotsOfRunners } from "../../entities/queries/jobs/job-runners.js";
import { type OpenJob, openJobs, type PaceOfKind, pacesOfKinds } from "../../entities/queries/jobs/open-jobs.js";
import type { JobLane } from "../../vocabulary.js";
import { type ExpectedJob, forecastStarts } from "./queue-forecast.js";

/** Where a queued job stands. */
export interface QueueState {
  readonly position: number;
  /** When it is expected to begin; null: not known, and reason says why. */
  readonly estimatedStart: Date | null;
  readonly reason: string;
  /** The jobs whose models it waits for; where there are any, they are the reason, told to each viewer by reasonToWait. */
  readonly waitsFor: readonly string[];
}

/** Of so many jobs of the queue it is told when they begin; of those behind it is not known. */
const FORECAST = 1_000;

/** Where each queued job stands, by its number. */
export async function readQueue(database: Database, now: Date): Promise<ReadonlyMap<string, QueueState>> {
  const jobs = await openJobs(database);
  const kinds = [...new Set(jobs.map(({ kind }) => kind))];
  const [paces, slots] = await Promise.all([pacesOfKinds(database, kinds), slotsOfRunners(database)]);
  const paceOf = new Map(paces.map((pace) => [pace.kind, pace]));
  const near = jobs.filter(({ status, position }) => status === "RUNNING" || position <= FORECAST);
  const starts = forecastStarts(
    near.map((job): ExpectedJob => ({ ...job, seconds: secondsLeft(job, paceOf.get(job.kind)) })),
    slots,
  );
  const running = { TRAINING: 0, SHORT: 0 };
  for (const { status, lane } of jobs) if (status === "RUNNING") running[lane] += 1;
  return new Map(
    jobs.flatMap((job) => {
      if (job.status !== "QUEUED") return [];
      const seconds = starts.get(job.id);
      const estimatedStart = seconds === undefined ? null : new Date(now.getTime() + 1000 * seconds);
      const reason = reasonOf(job, slots, running[job.lane], estimatedStart !== null, now);
      return [[job.id, { position: job.position, estimatedStart, reason, waitsFor: job.waitsFor }] as const];
    }),
  );
}

/** How long a job will still run: what its runner says, else as long as others of its kind took for each step. */
function secondsLeft(job: OpenJob, pace: PaceOfKind | undefined): number | null {
  if (job.status === "RUNNING" && job.etaSeconds !== null) return job.etaSeconds;
  if (!pace) return null;
  if (job.stepsLeft > 0) return pace.secondsPerStep * job.stepsLeft;
  return job.status === "RUNNING" ? Math.max(0, pace.seconds - (job.elapsed ?? 0)) : pace.seconds;
}

/** The variable that says how many jobs of a lane a process runs. */
const SLOTS_OF: Readonly<Record<JobLane, string>> = { TRAINING: "JOB_SLOTS", SHORT: "SHORT_SLOTS" };

const UNKNOWN = " When it begins is not known: how long what is before it takes is not.";

/**
 * That a job waits for others, in a sentence.
 * @param ids of those others; null of one that the viewer may not see
 * @param isTold whether it is known when the job begins
 */
export function reasonToWait(ids: readonly (string | null)[], isTold: boolean): string {
  const named = ids.filter((id) => id !== null);
  const hidden = ids.length - named.length;
  const whose = [
    ...(named.length > 0 ? [`${named.length === 1 ? "the job" : "the jobs"} ${named.join(", ")}`] : []),
    ...(hidden > 0
      ? [hidden === 1 ? "a job that this key may not see" : `${hidden} jobs that this key may not see`]
      : []),
  ];
  return `It waits for the model of ${whose.join(" and of ")}.${isTold ? "" : UNKNOWN}`;
}

function reasonOf(
  job: OpenJob,
  slots: Readonly<Record<JobLane, number>>,
  running: number,
  isTold: boolean,
  now: Date,
): string {
  const { lane, position, waitsFor, delay } = job;
  const unknown = isTold ? "" : UNKNOWN;
  if (waitsFor.length > 0)
    return reasonToWait(
      waitsFor.map(() => null),
      isTold,
    );
  if (slots[lane] === 0) {
    return `No process that is heard of runs jobs of lane ${lane}: start one with ${SLOTS_OF[lane]} of 1 or more.`;
  }
  if (job.waitsForEnvironment) {
    return "It goes on with the same bits only in the environment that it began in, and no runner that is there has it; cancel it and retry it with otherEnvironment to let it go on elsewhere.";
  }
  if (delay > 0) {
    const at = new Date(now.getTime() + 1000 * delay).toISOString();
    return `Its last attempt failed; it is tried again from ${at} on.`;
  }
  const before = position - 1;
  const are = (n: number) => (n === 1 ? "1 job" : `${n} jobs`);
  if (before === 0 && running < slots[lane]) return "It is about to begin.";
  return `${are(running)} of lane ${lane} ${running === 1 ? "runs" : "run"} in ${slots[lane]} ${slots[lane] === 1 ? "slot" : "slots"}, and ${are(before)} ${before === 1 ? "was" : "were"} queued before it.${unknown}`;
}
