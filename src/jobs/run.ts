import { readFileSync } from "node:fs";
import { JobFailure } from "../errors.js";
import { type KeptFile, readWhole, writeFileAtomically } from "../files/atomic-write.js";
import { asJobFailure } from "../files/failures.js";
import { reasonOf } from "../system-errors.js";
import type { Backend } from "../training/backend.js";
import type { ResultsEvent, ScoresEvent, TensorFile, TrainingEvent } from "../training/events/events.js";
import { readSafetensors, writeSafetensors } from "../training/files/safetensors.js";
import type { JobKind } from "../vocabulary.js";
import type { GivenCheckpoint, LoggedPoint, Outcome, Report, RunOrder, ToWorker } from "./messages.js";
import { type Checkpoint, type RunningTrainer, trainerOf } from "./trainers.js";

/** Reports that the runner has not dealt with yet, at most: a slow database slows the job, and no report is lost. */
const MOST_PENDING = 64;

/** What a job at work tells. */
type WorkEvent = TrainingEvent | ScoresEvent | ResultsEvent;

/** What a run is made of. */
export interface RunParts {
  readonly backend: Backend;
  readonly threads: number;
  readonly order: RunOrder;
  readonly report: (report: Report) => void;
}

/** One job in the thread that trains: drives the trainer, stores what it makes as files, and reports. */
export class Run {
  private readonly abort = new AbortController();
  private wants: "nothing" | "checkpoint" | "handBack" = "nothing";
  private pending = 0;
  private relieved: () => void = () => {};
  private points = 0;

  constructor(private readonly parts: RunParts) {}

  /** Takes a word of the runner. */
  hear(message: Exclude<ToWorker, { kind: "run" }>): void {
    if (message.kind === "abort") this.abort.abort();
    else if (message.kind === "done") this.pending -= message.reports;
    else if (this.wants !== "handBack") this.wants = message.kind;
    this.relieved();
  }

  /** Runs the job to its end. Thrown: a JobFailure where the job cannot go on, any other error as it came. */
  async outcome(): Promise<Outcome> {
    try {
      return await this.train();
    } catch (error) {
      if (this.abort.signal.aborted) return { kind: "stopped" };
      throw error;
    }
  }

  private async train(): Promise<Outcome> {
    const { order } = this.parts;
    const checkpoint = this.checkpoint();
    this.points = checkpoint?.points ?? 0;
    const work: RunningTrainer = trainerOf(order.jobKind)({
      ...this.parts,
      config: order.config,
      prompts: this.input(),
      models: new Map(order.models.map((model) => [model.role, this.model(model)])),
      checkpoint,
      stepsDone: order.stepsDone,
      environment: order.environment,
      signal: this.abort.signal,
      now: () => performance.now(),
    });
    for (;;) {
      const next = await work.next(this.wants === "nothing" ? undefined : "checkpoint");
      if (this.abort.signal.aborted) return { kind: "stopped" };
      if (next.done) return { kind: "succeeded", model: next.value && this.storeModel(next.value) };
      await this.pass(next.value);
      if (!isBoundary(next.value) && order.jobKind !== KEEPS_NOTHING) continue;
      if (this.wants === "handBack") {
        await work.return(null);
        return { kind: "stopped" };
      }
      this.wants = "nothing";
    }
  }

  private input(): unknown[] {
    const text = this.reading("the input of the job", () => readFileSync(this.parts.order.inputFile, "utf8"));
    return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown]));
  }

  /** The newest checkpoint that is whole, or null; those that are damaged are reported. */
  private checkpoint(): Checkpoint | null {
    for (const given of this.parts.order.checkpoints) {
      const file = this.openCheckpoint(given);
      if (file) return { step: given.step, points: given.points, file };
    }
    return null;
  }

  private openCheckpoint({ id, step, file, sha256 }: GivenCheckpoint): TensorFile | null {
    try {
      const read = readWhole(file);
      if (read.sha256 === sha256) return readSafetensors(read.bytes);
    } catch {
      // As good as damaged.
    }
    this.parts.report({
      kind: "damaged",
      checkpointId: id,
      message: `The checkpoint of step ${step} is damaged or gone: the run goes on from the one before it, or from its beginning.`,
    });
    this.pending += 1;
    return null;
  }

  private model({ name, file, sha256 }: { name: string; file: string; sha256: string }): TensorFile {
    let why = "it is not what it was";
    try {
      const read = readWhole(file);
      if (read.sha256 === sha256) return readSafetensors(read.bytes);
    } catch (error) {
      why = reasonOf(error);
    }
    throw new JobFailure("MODEL_DAMAGED", `The file of the model ${JSON.stringify(name)} cannot be used: ${why}.`);
  }

  /** Hands an event on as a report; a checkpoint is stored first. */
  private async pass(event: WorkEvent): Promise<void> {
    this.parts.report(event.kind === "metrics" ? this.logged(event) : this.reportOf(event));
    this.pending += 1;
    while (this.pending > MOST_PENDING && !this.abort.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.relieved = resolve;
      });
    }
  }

  private reportOf(event: Exclude<WorkEvent, { kind: "metrics" }>): Report {
    if (event.kind !== "checkpoint") return event;
    const { step, points, file } = event;
    return { kind: "checkpoint", step, points, ...this.storeCheckpoint(step, file) };
  }

  private logged({ step, points }: Extract<TrainingEvent, { kind: "metrics" }>): Report {
    const logged = points.map(({ name, value }): LoggedPoint => {
      this.points += 1;
      const isNumber = Number.isFinite(value);
      const reason = isNumber ? null : `The value is ${Number.isNaN(value) ? "not a number" : "infinite"}.`;
      return { sequence: this.points, name, step, value: isNumber ? value : null, reason };
    });
    return { kind: "points", points: logged };
  }

  private storeCheckpoint(step: number, file: TensorFile): KeptFile {
    const { jobFolder, lease } = this.parts.order;
    const bytes = writeSafetensors(file);
    return this.reading(`the checkpoint of step ${step} (${bytes.length} bytes)`, () =>
      writeFileAtomically(bytes, jobFolder, (sha256) => `${jobFolder}/${lease}-${step}-${sha256}.safetensors`, lease),
    );
  }

  private storeModel(file: TensorFile): Extract<Outcome, { kind: "succeeded" }>["model"] {
    const { modelFolder } = this.parts.order;
    const bytes = writeSafetensors(file);
    const kept = this.reading(`the model (${bytes.length} bytes)`, () =>
      writeFileAtomically(bytes, modelFolder, (sha256) => `${modelFolder}/${sha256}.safetensors`),
    );
    const parameterCount = file.tensors.reduce((sum, { data }) => sum + data.length, 0);
    return { sha256: kept.sha256, bytes: kept.bytes, metadata: file.metadata, parameterCount };
  }

  private reading<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw asJobFailure(error, what);
    }
  }
}

/** Begins anew where it is cut off, so that it may stop after any event. */
const KEEPS_NOTHING: JobKind = "EVALUATION";

/** Whether all that was done is stored with an event, so that the run may stop after it. */
const isBoundary = ({ kind }: WorkEvent): boolean =>
  kind === "checkpoint" || kind === "completions" || kind === "scores";
