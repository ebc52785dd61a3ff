import type { AccuracyLine } from "../../vocabulary.js";
import type { ModelMetric } from "../config/evaluation.js";

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

/** What a model said to a prompt; ended: false where it was cut at the most tokens. */
export interface SampledText {
  readonly text: string;
  readonly ended: boolean;
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
      readonly completions: readonly SampledText[];
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

/** A reward model at work. */
export type Scoring = AsyncGenerator<TrainingEvent | ScoresEvent, null, TrainingRequest>;

export interface EvaluationResult {
  readonly metric: ModelMetric;
  /** What stands beside the accuracy of a reward model, computed of the very votes that it is evaluated on; null: the figure itself. */
  readonly line: AccuracyLine | null;
  /** Null for the reason given. */
  readonly value: number | null;
  /** Null for the reason given. */
  readonly ci95: { readonly low: number; readonly high: number } | null;
  readonly reason: string | null;
  /** What the value is a mean or a share of: tokens, votes, pairs of votes, responses or prompts. */
  readonly n: number;
  /** Judged by the reward model that the policy was trained on: no evidence that people prefer it. */
  readonly proxy: boolean;
  /** The length of the responses is held equal. */
  readonly lengthControlled: boolean;
}

/** What an evaluation came to; it comes once, at the end. */
export interface ResultsEvent {
  readonly kind: "results";
  readonly results: readonly EvaluationResult[];
  readonly warnings: readonly string[];
}

/** An evaluation at work. */
export type Evaluating = AsyncGenerator<TrainingEvent | ResultsEvent, null, TrainingRequest>;
