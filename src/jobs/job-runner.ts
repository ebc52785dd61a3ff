import { createHash, randomUUID } from "node:crypto";
import os from "node:os";
import type { Logger } from "pino";
import type { Config } from "../config/config.js";
import { canonicalJson } from "../datasets/records/canonical-json.js";
import { type Database, isConnectionLoss } from "../entities/database/database.js";
import {
  type ClaimedJob,
  claimJob,
  handBack,
  isWorkWaiting,
  lostJobs,
  tellWaiting,
} from "../entities/queries/jobs/job-queue.js";
import { announceRunner, RUNNER_ALIVE_SECONDS, withdrawRunner } from "../entities/queries/jobs/job-runners.js";
import type { DataDirectory } from "../files/data-directory.js";
import type { Notifications } from "../services/feeds/notifications.js";
import { cancelWaitingInVain } from "../services/jobs/cancel-waiting.js";
import { JOB_LANES, type JobLane } from "../vocabulary.js";
import { failJob } from "./ending.js";
import { JobRun } from "./job-run.js";
import { sweepFiles } from "./sweep.js";
import { type Environment, WorkerHost } from "./worker-host.js";

/** How often the queue is looked at when nobody wakes the runner, in milliseconds. */
const POLL_MS = 1_000;

/** How often a runner says that it is there, in milliseconds. */
const ANNOUNCE_MS = (RUNNER_ALIVE_SECONDS * 1000) / 3;

/** How often leftovers are looked for, in milliseconds. */
const SWEEP_MS = 3_600_000;

/** What a runner is made of. */
export interface JobRunnerParts {
  readonly config: Pick<
    Config,
    | "JOB_SLOTS"
    | "SHORT_SLOTS"
    | "JOB_THREADS"
    | "JOB_LEASE_MS"
    | "JOB_CHECKPOINT_MS"
    | "JOB_MEMORY_BYTES"
    | "TENSOR_BACKEND"
  >;
  readonly database: Database;
  readonly notifications: Notifications;
  readonly directory: DataDirectory;
  readonly log: Logger;
}

/** A thread that trains, and what its bits depend on. */
interface Trainer {
  readonly host: WorkerHost;
  readonly environment: Environment & { readonly fingerprint: string };
}

/**
 * Runs the jobs of the queue: JOB_SLOTS trainings and SHORT_SLOTS short jobs at once, each in a thread of its own that is
 * made when first needed and then kept.
 * Several runners, in this process or on other machines, share the queue: each job is held by one of them, by a lease.
 */
export class JobRunner {
  private readonly name = `${os.hostname()}:${process.pid}`;
  private readonly running = new Set<JobRun>();
  private readonly slots: Promise<void>[] = [];
  private readonly subscriptions: { return(): unknown }[] = [];
  private isStopping = false;
  private readonly id = randomUUID();
  private readonly timers: NodeJS.Timeout[] = [];
  private announced: Promise<void> = Promise.resolve();
  private wake: () => void = () => {};
  private woken = this.nextWake();

  constructor(private readonly parts: JobRunnerParts) {}

  /** Begins to look for work. */
  start(): void {
    const { topics } = this.parts.notifications;
    this.listen(topics.subscribe("jobQueued"), () => this.ring());
    this.listen(topics.subscribe("mayHaveMissed"), () => this.ring());
    this.listen(topics.subscribe("jobCancelled"), (id) => {
      for (const run of this.running) if (run.job.id === id) run.lose();
    });
    for (const [work, ms] of [
      [() => this.announce(), ANNOUNCE_MS],
      [() => this.sweep(), SWEEP_MS],
    ] as const) {
      void work();
      this.timers.push(setInterval(() => void work(), ms).unref());
    }
    for (const lane of JOB_LANES) {
      for (let slot = 0; slot < this.slotsOf[lane]; slot++) this.slots.push(this.work(lane));
    }
  }

  /** Takes no more jobs and hands back those that run, with a checkpoint where one can be made within so many milliseconds. */
  async stop(ms: number): Promise<void> {
    this.isStopping = true;
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    this.ring();
    for (const subscription of this.subscriptions.splice(0)) subscription.return();
    for (const run of this.running) void run.handBack(ms);
    await Promise.all(this.slots);
    await this.announced;
    await withdrawRunner(this.parts.database, this.id).catch(() => {});
  }

  private get slotsOf(): Readonly<Record<JobLane, number>> {
    const { JOB_SLOTS, SHORT_SLOTS } = this.parts.config;
    return { TRAINING: JOB_SLOTS, SHORT: SHORT_SLOTS };
  }

  /** One slot: claims and runs jobs of its lane until the runner stops. */
  private async work(lane: JobLane): Promise<void> {
    const { database, log } = this.parts;
    let trainer: Trainer | null = null;
    while (!this.isStopping) {
      // Taken before the queue is looked at: who rings in between is heard.
      const { woken } = this;
      try {
        const isWaiting = await isWorkWaiting(database, lane, this.leaseSeconds);
        if (isWaiting && !trainer?.host.isAlive) trainer = await this.startTrainer();
        const job = isWaiting && trainer ? await this.claim(lane, trainer) : null;
        if (job && trainer && !this.isStopping) await this.run(lane, job, trainer);
        else if (job) await handBack(database, job);
        else await atMost(POLL_MS, woken);
      } catch (err) {
        if (isConnectionLoss(err)) log.warn("the database cannot be reached; the runner of jobs waits");
        else log.error({ err }, "the runner of jobs rests after a fault");
        await atMost(POLL_MS, new Promise(() => {}));
      }
    }
    await trainer?.host.terminate();
  }

  private async claim(lane: JobLane, { environment }: Trainer): Promise<ClaimedJob | null> {
    const { database } = this.parts;
    const job = await claimJob(database, lane, this.name, environment.fingerprint, this.leaseSeconds);
    if (job) return job;
    for (const lost of await lostJobs(database, this.leaseSeconds)) {
      const message = `The process that ran the job died ${lost.attempts} times before it reached a checkpoint.`;
      await failJob(database, lost, { code: "RUNNER_LOST", message, step: null });
    }
    await tellWaiting(database, environment.fingerprint);
    return null;
  }

  private async run(lane: JobLane, job: ClaimedJob, { host, environment }: Trainer): Promise<void> {
    const threads = threadsOf(lane, this.parts.config.JOB_THREADS, this.running.size);
    const run = new JobRun(job, host, environment, { ...this.runParts, threads });
    this.parts.log.info({ job: job.id, kind: job.kind, attempt: job.attempts }, "a job begins");
    this.running.add(run);
    try {
      await run.run();
    } finally {
      this.running.delete(run);
    }
  }

  private async announce(): Promise<void> {
    const { database, log } = this.parts;
    const { id, name, slotsOf: slots } = this;
    this.announced = announceRunner(database, { id, name, slots }).catch((err) =>
      log.warn({ err }, "the runner of jobs could not say that it is there"),
    );
    await this.announced;
  }

  private async sweep(): Promise<void> {
    const { database, directory, log } = this.parts;
    try {
      await cancelWaitingInVain(database);
      const files = await sweepFiles(database, directory, Date.now());
      if (files > 0) log.info({ files }, "removed what killed processes had left behind");
    } catch (err) {
      log.warn({ err }, "leftovers could not be removed");
    }
  }

  private get runParts() {
    const { config, database, directory, log } = this.parts;
    return { database, directory, log, leaseMs: config.JOB_LEASE_MS, checkpointMs: config.JOB_CHECKPOINT_MS };
  }

  private get leaseSeconds(): number {
    return this.parts.config.JOB_LEASE_MS / 1000;
  }

  private async startTrainer(): Promise<Trainer> {
    const { config } = this.parts;
    const { host, environment } = await WorkerHost.start({
      backend: config.TENSOR_BACKEND,
      memoryBytes: config.JOB_MEMORY_BYTES,
    });
    const fingerprint = createHash("sha256").update(canonicalJson(environment)).digest("hex");
    return { host, environment: { ...environment, fingerprint } };
  }

  private ring(): void {
    const { wake } = this;
    this.woken = this.nextWake();
    wake();
  }

  private nextWake(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private listen<T>(source: AsyncIterable<T> & { return(): unknown }, hear: (value: T) => void): void {
    this.subscriptions.push(source);
    void (async () => {
      for await (const value of source) hear(value);
    })();
  }
}

/**
 * How many threads a job takes, whose bits do not depend on it: a training all, for it may go on for hours after what runs
 * beside it when it begins; a short job all where it is alone in its process, else half, so that neither starves the other.
 */
export function threadsOf(lane: JobLane, most: number, running: number): number {
  return lane === "TRAINING" || running === 0 ? most : Math.ceil(most / 2);
}

/** Waits for something, at most so many milliseconds. */
async function atMost(ms: number, something: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([something, late]).finally(() => clearTimeout(timer));
}
