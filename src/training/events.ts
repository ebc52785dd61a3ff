/** A tensor by name: row-major float32. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A model or a checkpoint, as it is kept in one safetensors file. */
export interface TensorFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly NamedTensor[];
}

/** What a trainer tells while it works. It writes nothing itself: whoever runs it stores what it yields. */
export type TrainingEvent =
  /** How far it is. tokens: those it has read so far, from which throughput is counted. */
  | {
      readonly kind: "progress";
      readonly phase: string;
      readonly step: number;
      readonly totalSteps: number;
      readonly tokens: number;
    }
  /** Points of the metric log, in their order. Every run of a job yields the same points in the same places; NaN and ±∞ too. */
  | {
      readonly kind: "metrics";
      readonly step: number;
      readonly points: readonly { readonly name: string; readonly value: number }[];
    }
  /** What the model says to a few prompts at a step. */
  | {
      readonly kind: "samples";
      readonly step: number;
      readonly samples: readonly { readonly promptId: string; readonly text: string }[];
    }
  /** Completions of one prompt, by sample index; step: how many prompts are done with it. */
  | {
      readonly kind: "completions";
      readonly step: number;
      readonly promptId: string;
      readonly texts: readonly string[];
    }
  /** All that is needed to go on after a step with the same bits. points: how many metric points came before. */
  | { readonly kind: "checkpoint"; readonly step: number; readonly points: number; readonly file: TensorFile }
  /** Something a person should know of, such as how many texts were cut. */
  | { readonly kind: "warning"; readonly message: string };

/** A reward model's scores of completions of one prompt; step: how many prompts are done with it. All of a prompt come together. */
export interface ScoresEvent {
  readonly kind: "scores";
  readonly step: number;
  readonly promptId: string;
  readonly scores: readonly { readonly completionId: string; readonly score: number }[];
}

/** What a trainer may be asked for between two events: a checkpoint at the next boundary of two steps. */
export type TrainingRequest = "checkpoint" | undefined;

/** A trainer at work: events, and in the end the model (null for a job that makes none). */
export type Training = AsyncGenerator<TrainingEvent, TensorFile | null, TrainingRequest>;
