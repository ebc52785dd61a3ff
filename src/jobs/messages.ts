import type { JsonObject } from "../datasets/records/records.js";
import type { JobErrorCode } from "../errors.js";
import type { ResultsEvent, SampledText, ScoresEvent } from "../training/events/events.js";
import type { JobKind } from "../vocabulary.js";

/** What a worker thread is made with. */
export interface WorkerSetup {
  readonly backend: "auto" | "tensorflow" | "wasm" | "cpu";
  /** The most memory that tensors may take, in bytes. */
  readonly memoryBytes: number;
}

/** A model that a job takes. */
interface GivenModel {
  readonly role: string;
  readonly name: string;
  readonly file: string;
  readonly sha256: string;
}

/** A checkpoint that a run may go on from. */
export interface GivenCheckpoint {
  readonly id: string;
  readonly step: number;
  readonly points: number;
  readonly file: string;
  readonly sha256: string;
}

/** A job, with all that the thread needs to run it: it reads files, and never the database. */
export interface RunOrder {
  readonly jobKind: JobKind;
  readonly config: Readonly<Record<string, unknown>>;
  /** At most so many threads share its batches; the bits do not depend on it. */
  readonly threads: number;
  /** NDJSON, a prompt a line. */
  readonly inputFile: string;
  readonly models: readonly GivenModel[];
  /** The newest first; one that is damaged is passed over. */
  readonly checkpoints: readonly GivenCheckpoint[];
  /** How many steps are done already, for jobs whose results are stored as they come and that keep no checkpoints. */
  readonly stepsDone: number;
  readonly modelFolder: string;
  readonly jobFolder: string;
  /** Marks the files of this run. */
  readonly lease: string;
  /** The fingerprint of the environment. */
  readonly environment: string;
}

/** From the runner to the thread. */
export type ToWorker =
  | { readonly kind: "run"; readonly order: RunOrder }
  /** Store a checkpoint at the next boundary of two steps. */
  | { readonly kind: "checkpoint" }
  /** Store a checkpoint at the next boundary of two steps, and stop. */
  | { readonly kind: "handBack" }
  /** Stop at once. */
  | { readonly kind: "abort" }
  /** So many more reports have been dealt with. */
  | { readonly kind: "done"; readonly reports: number };

/** A point of the metric log with its place. */
export interface LoggedPoint {
  readonly sequence: number;
  readonly name: string;
  readonly step: number;
  readonly value: number | null;
  readonly reason: string | null;
}

/** What the thread has to tell of its job, in order; the runner says when each is dealt with. */
export type Report =
  | { readonly kind: "points"; readonly points: readonly LoggedPoint[] }
  | {
      readonly kind: "progress";
      readonly phase: string;
      readonly step: number;
      readonly totalSteps: number;
      readonly tokens: number;
    }
  | { readonly kind: "samples"; readonly step: number; readonly samples: readonly { promptId: string; text: string }[] }
  | {
      readonly kind: "completions";
      readonly step: number;
      readonly promptId: string;
      readonly completions: readonly SampledText[];
    }
  | ScoresEvent
  | ResultsEvent
  | {
      readonly kind: "checkpoint";
      readonly step: number;
      readonly points: number;
      readonly file: string;
      readonly bytes: number;
      readonly sha256: string;
    }
  | { readonly kind: "damaged"; readonly checkpointId: string; readonly message: string }
  | { readonly kind: "warning"; readonly message: string };

/** A model file that a job has made. */
export interface MadeModel {
  readonly sha256: string;
  readonly bytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly parameterCount: number;
}

/** How a run ended. stopped: aborted or handed back. */
export type Outcome =
  | { readonly kind: "succeeded"; readonly model: MadeModel | null }
  | { readonly kind: "stopped" }
  | {
      readonly kind: "failed";
      readonly code: JobErrorCode;
      readonly message: string;
      readonly step: number | null;
      readonly stack?: string;
    };

/** From the thread to the runner. */
export type FromWorker =
  | { readonly kind: "ready"; readonly environment: JsonObject }
  | { readonly kind: "report"; readonly report: Report }
  | { readonly kind: "outcome"; readonly outcome: Outcome };
