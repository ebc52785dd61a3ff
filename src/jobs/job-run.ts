import { rmSync } from "node:fs";
import path from "node:path";
import type { Logger } from "pino";
import { type Database, isConnectionLoss } from "../entities/database/database.js";
import {
  addCheckpoint,
  addSamples,
  appendPoints,
  forgetCheckpoints,
  storedCheckpoints,
} from "../entities/queries/jobs/job-log.js";
import { type ClaimedJob, handBack, heartbeat, pinInput, warnOfJob } from "../entities/queries/jobs/job-queue.js";
import { modelsTakenBy, type TakenModel } from "../entities/queries/models/model-writes.js";
import { JobFailure } from "../errors.js";
import type { DataDirectory } from "../files/data-directory.js";
import { asJobFailure } from "../files/failures.js";
import { removeAllNoted } from "../services/files/remove-files.js";
import { type PromptSamples, storeSamples } from "../services/jobs/store-samples.js";
import { type PromptScores, storeScores } from "../services/jobs/store-scores.js";
import type { ResultsEvent } from "../training/events/events.js";
import { failJob, failureOf, refuseFullDisk, succeed } from "./ending.js";
import { writeInput } from "./input.js";
import { removeLeftovers } from "./leftovers.js";
import type { Outcome, Report, RunOrder } from "./messages.js";
import { Pace } from "./pace.js";
import { ResultBatch } from "./result-batch.js";
import { runOrder } from "./run-order.js";
import type { Environment, WorkerHost } from "./worker-host.js";

/** How many checkpoints of a running job are kept: one more than the last good one. */
const KEPT_CHECKPOINTS = 2;

/** How long after a lost connection the database is asked again, in milliseconds. */
const RECONNECT_MS = 500;

/** Progress is told this often, in milliseconds, or four times within a lease. */
const BEAT_MS = 1_000;

/** What a run needs of its process. */
export interface JobRunParts {
  readonly database: Database;
  readonly directory: DataDirectory;
  readonly log: Logger;
  readonly leaseMs: number;
  readonly checkpointMs: number;
  /** At most so many threads share its batches. */
  readonly threads: number;
}

/** The lease is another's by now, or the job was cancelled: nothing more may be written. */
class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/** One claimed job, from the claim to its end, in a thread that trains. */
export class JobRun {
  private readonly pace: Pace;
  private readonly samples = new ResultBatch<PromptSamples>();
  private readonly scores = new ResultBatch<PromptScores>();
  private results: ResultsEvent | null = null;
  private models: TakenModel[] = [];
  private isLost = false;
  private isHandedBack = false;

  constructor(
    readonly job: ClaimedJob,
    private readonly host: WorkerHost,
    private readonly environment: Environment & { readonly fingerprint: string },
    private readonly parts: JobRunParts,
  ) {
    this.pace = new Pace(job.step, job.totalSteps);
  }

  /** Runs the job. Whatever happens ends in the database, or in a log where the lease is lost; nothing is thrown. */
  async run(): Promise<void> {
    const { log, leaseMs, checkpointMs } = this.parts;
    const beat = setInterval(() => void this.beat(), Math.min(BEAT_MS, leaseMs / 4));
    const checkpoint = setInterval(() => this.host.checkpoint(), checkpointMs);
    try {
      const outcome = await this.train();
      await this.end(outcome);
    } catch (error) {
      if (error instanceof LeaseLost) log.warn({ job: this.job.id }, "the lease on a job is lost; its run is given up");
      else
        await this.end(failureOf(error)).catch((err) =>
          log.error({ err, job: this.job.id }, "a job could not be ended"),
        );
    } finally {
      clearInterval(beat);
      clearInterval(checkpoint);
      await this.tidy();
    }
  }

  /** The job was cancelled, or is another's: stops at once. */
  lose(): void {
    this.isLost = true;
    void this.host.abort();
  }

  /** Stores a last checkpoint and gives the job back; after so many milliseconds without the checkpoint. */
  async handBack(ms: number): Promise<void> {
    this.isHandedBack = true;
    this.host.handBack();
    const timer = setTimeout(() => void this.host.abort(), ms);
    timer.unref();
  }

  /** Leaves nothing on the disk but what is stored; what cannot be asked for now, the next sweep removes. */
  private async tidy(): Promise<void> {
    const { database, directory, log } = this.parts;
    rmSync(this.inputFile, { force: true });
    try {
      await removeLeftovers(database, directory, this.job.id, this.job.lease);
      await removeAllNoted({ database, directory });
    } catch (err) {
      log.warn({ err, job: this.job.id }, "files of a run could not be removed");
    }
  }

  private get inputFile(): string {
    return path.join(this.parts.directory.job(this.job.id), `input-${this.job.lease}.ndjson`);
  }

  private async train(): Promise<Outcome> {
    const order = await this.prepare();
    if (this.isLost) throw new LeaseLost();
    if (this.isHandedBack) return { kind: "stopped" };
    this.pace.enter("loading");
    return this.host.run(order, (report) => this.deal(report));
  }

  /** Writes the input, looks for the models and checkpoints, and notes what the job trains on and where. */
  private async prepare(): Promise<RunOrder> {
    const { job, inputFile } = this;
    const { database, directory, leaseMs } = this.parts;
    // A run that was killed left its input behind, in clear text.
    const before = String(BigInt(job.lease) - 1n);
    await this.lasting(() => removeLeftovers(database, directory, job.id, before));
    this.makeFolder();
    refuseFullDisk(job, directory);
    this.pace.enter("reading the dataset");
    const { sha256 } = await this.lasting(() => writeInput(database, job, inputFile, () => this.isLost));
    if (this.isLost) throw new LeaseLost();
    if (job.inputSha256 !== null && job.inputSha256 !== sha256) {
      throw new JobFailure(
        "INPUT_CHANGED",
        `The input of revision ${job.datasetRevision} has the hash ${sha256}; when the job began it had ${job.inputSha256}.`,
      );
    }
    const checkpoints = await this.lasting(() => storedCheckpoints(database, job.id));
    const isSame = job.environment?.fingerprint === this.environment.fingerprint;
    const environment = (isSame && job.environment) || this.environment;
    this.held(await this.lasting(() => pinInput(database, job, sha256, environment)));
    if (job.environment === null && checkpoints[0]) {
      await this.warn(
        `From step ${checkpoints[0].step} on it runs in another environment: its bits are not those of one run.`,
      );
    }
    this.models = await this.lasting(() => modelsTakenBy(database, job.id));
    const deleted = this.models.find(({ isDeleted }) => isDeleted);
    if (deleted) throw new JobFailure("MODEL_DAMAGED", `The model ${JSON.stringify(deleted.name)} was deleted.`);
    this.held(await this.lasting(() => heartbeat(database, job, leaseMs / 1000, this.pace.now)));
    return runOrder(job, directory, {
      threads: this.parts.threads,
      inputFile,
      models: this.models,
      checkpoints,
      environment: this.environment.fingerprint,
    });
  }

  private makeFolder(): void {
    try {
      this.parts.directory.prepare(this.job.id);
    } catch (error) {
      throw asJobFailure(error, "the folder of the job");
    }
  }

  /** Stores what the thread reports. Thrown: LeaseLost, and whatever keeps the job from going on. */
  private async deal(report: Report): Promise<void> {
    const { job } = this;
    const { database, directory } = this.parts;
    if (this.isLost) throw new LeaseLost();
    switch (report.kind) {
      case "points":
        return this.held(await this.lasting(() => appendPoints(database, job, report.points)));
      case "progress":
        // What prepares a run counts from 0 again, also where it goes on from a checkpoint.
        if (report.phase === "preparing") return this.pace.enter(report.phase);
        return this.pace.mark(performance.now(), report);
      case "samples":
        return this.held(
          await this.lasting(() => addSamples(database, job, job.datasetId as string, report.step, report.samples)),
        );
      case "checkpoint": {
        const file = directory.placeOf(report.file);
        const checkpoint = { ...report, bytes: String(report.bytes), file };
        const files = await this.lasting(() => addCheckpoint(database, job, checkpoint, KEPT_CHECKPOINTS));
        this.held(files !== null);
        for (const old of files ?? []) directory.remove(old);
        return;
      }
      case "damaged": {
        const files = await this.lasting(() => forgetCheckpoints(database, job, [report.checkpointId]));
        for (const file of files) directory.remove(file);
        return this.warn(report.message);
      }
      case "warning":
        return this.warn(report.message);
      case "completions":
        this.samples.add(report, report.completions.length, report.step, performance.now());
        return this.samples.isDue(performance.now()) ? this.storeResults() : undefined;
      case "results":
        this.results = report;
        return;
      case "scores":
        this.scores.add(report, report.scores.length, report.step, performance.now());
        return this.scores.isDue(performance.now()) ? this.storeResults() : undefined;
    }
  }

  /** Stores the completions or scores that have come since it was last asked. */
  private async storeResults(): Promise<void> {
    const { database } = this.parts;
    const [samples, scores] = [this.samples.take(), this.scores.take()];
    if (samples.results.length + scores.results.length === 0) return;
    const [model] = this.models;
    if (!model) throw new JobFailure("MODEL_DAMAGED", "The job has no model to name its results by.");
    if (samples.results.length > 0)
      this.held(
        await this.lasting(() =>
          storeSamples(database, this.job, model, this.environment.fingerprint, samples.results, samples.step),
        ),
      );
    if (scores.results.length > 0)
      this.held(await this.lasting(() => storeScores(database, this.job, model, scores.results, scores.step)));
  }

  private async end(outcome: Outcome): Promise<void> {
    const { job } = this;
    const { database, directory, log } = this.parts;
    if (this.isLost) throw new LeaseLost();
    // A thread that had to be ended to hand its job back has not failed.
    if (outcome.kind === "stopped" || (this.isHandedBack && outcome.kind === "failed")) {
      await this.lasting(() => handBack(database, job));
      log.info({ job: job.id }, "a job was handed back");
      return;
    }
    if (outcome.kind === "succeeded") {
      await this.storeResults();
      const made = { model: outcome.model, results: this.results, from: this.models };
      this.held(await this.lasting(() => succeed(database, directory, job, made)));
      log.info({ job: job.id }, "a job succeeded");
      return;
    }
    // A job that broke off may have left tensors behind: the next one gets a thread of its own.
    await this.host.terminate();
    const { code, message, step, stack } = outcome;
    log.warn({ job: job.id, code, message, step, stack }, "a job failed");
    this.held(await this.lasting(() => failJob(database, job, { code, message, step })));
  }

  private async beat(): Promise<void> {
    const { database, leaseMs, log } = this.parts;
    try {
      if (!(await heartbeat(database, this.job, leaseMs / 1000, this.pace.now))) this.lose();
    } catch (err) {
      log.warn({ err, job: this.job.id }, "a heartbeat was not heard");
    }
  }

  private warn(message: string): Promise<void> {
    return this.lasting(() => warnOfJob(this.parts.database, this.job, message));
  }

  private held(isHeld: boolean): void {
    if (isHeld) return;
    this.lose();
    throw new LeaseLost();
  }

  /** Tries again for as long as the database cannot be reached: what the job did meanwhile is not lost. */
  private async lasting<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isConnectionLoss(error) || this.isLost) throw error;
        this.parts.log.warn({ job: this.job.id }, "the database cannot be reached; the job waits");
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    }
  }
}
