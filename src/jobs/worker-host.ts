import type { Worker } from "node:worker_threads";
import type { JsonObject } from "../datasets/records/records.js";
import { startThread } from "../threads.js";
import type { FromWorker, Outcome, Report, RunOrder, ToWorker, WorkerSetup } from "./messages.js";

/** The thread's compiled entry; this file stands two folders below the package's root, compiled or not. */
const ENTRY = new URL("../../dist/jobs/worker.js", import.meta.url);

/** JavaScript's own heap of the thread, in MiB; tensors live outside of it and have a limit of their own. */
const HEAP_MIB = 2048;

/** How long a thread may take to notice that it shall stop, in milliseconds; then it is ended. */
const STOP_MS = 1_000;

/** A thread that trains, for as long as it lives; one job at a time. */
export class WorkerHost {
  private readonly worker: Worker;
  private running: {
    readonly onReport: (report: Report) => Promise<void>;
    readonly end: (outcome: Outcome) => void;
  } | null = null;
  private reports: Promise<void> = Promise.resolve();
  private death: string | null = null;

  private constructor(setup: WorkerSetup, onReady: (environment: Environment) => void, onDeath: (why: string) => void) {
    this.worker = startThread(ENTRY, { workerData: setup, heapMiB: HEAP_MIB });
    const die = (why: string, code: "OUT_OF_MEMORY" | "TRAINER_FAILED") => {
      if (this.death !== null) return;
      this.death = why;
      onDeath(why);
      this.settle({ kind: "failed", code, message: why, step: null });
    };
    this.worker.on("message", (message: FromWorker) => {
      if (message.kind === "ready") onReady(message.environment);
      else if (message.kind === "report") this.deal(message.report);
      else this.settle(message.outcome);
    });
    this.worker.on("error", (error: Error & { code?: string }) => {
      if (error.code === "ERR_WORKER_OUT_OF_MEMORY") {
        die(`The job needs more memory than a thread's heap may have, ${HEAP_MIB} MiB.`, "OUT_OF_MEMORY");
      } else {
        die(`The thread that trains broke off: ${error.message}`, "TRAINER_FAILED");
      }
    });
    this.worker.on("exit", (code) => die(`The thread that trains ended with ${code}.`, "TRAINER_FAILED"));
  }

  /** Starts a thread; resolves when it can take a job. Rejected: it ended before that. */
  static async start(setup: WorkerSetup): Promise<{ host: WorkerHost; environment: Environment }> {
    return new Promise((resolve, reject) => {
      const host: WorkerHost = new WorkerHost(
        setup,
        (environment) => resolve({ host, environment }),
        (why) => reject(new Error(why)),
      );
    });
  }

  /** Whether the thread can take another job. */
  get isAlive(): boolean {
    return this.death === null;
  }

  /**
   * Runs a job. Reports are dealt with one after another, in their order; the outcome comes after the last of them.
   * Whatever onReport throws stops the thread's job and is thrown.
   */
  async run(order: RunOrder, onReport: (report: Report) => Promise<void>): Promise<Outcome> {
    this.reports = Promise.resolve();
    const outcome = await new Promise<Outcome>((resolve) => {
      this.running = { onReport, end: resolve };
      if (this.death === null) this.post({ kind: "run", order });
      else this.settle({ kind: "failed", code: "TRAINER_FAILED", message: this.death, step: null });
    });
    await this.reports;
    return outcome;
  }

  /** Asks for a checkpoint soon. */
  checkpoint(): void {
    this.post({ kind: "checkpoint" });
  }

  /** Asks for a last checkpoint, after which the job stops. */
  handBack(): void {
    this.post({ kind: "handBack" });
  }

  /** Stops the job at once: by a word, and where that is not heard in time by ending the thread. */
  async abort(): Promise<void> {
    const { running } = this;
    if (!running) return;
    this.post({ kind: "abort" });
    const timer = setTimeout(() => {
      if (this.running === running) void this.terminate();
    }, STOP_MS);
    timer.unref();
  }

  /** Ends the thread; its memory goes back to the system. */
  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private post(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private deal(report: Report): void {
    const { running } = this;
    if (!running) return;
    this.reports = this.reports.then(async () => {
      await running.onReport(report);
      this.post({ kind: "done", reports: 1 });
    });
    this.reports.catch(() => this.abort());
  }

  private settle(outcome: Outcome): void {
    const { running } = this;
    this.running = null;
    running?.end(outcome);
  }
}

/** What the bits of a training depend on. */
export type Environment = JsonObject;
