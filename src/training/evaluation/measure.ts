/** What a measure of an evaluation is, and what it is made of. */
import type { Resampling } from "../../agreement/intervals/interval.js";
import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import type { EvaluationConfig, ModelMetric } from "../config/evaluation.js";
import type { Architecture } from "../config/model-shape.js";
import type { EvaluationPrompt } from "../config/prompts.js";
import type { EvaluationResult } from "../events/events.js";
import type { LoadedModel } from "../shards/loaded-model.js";
import { type Figure } from "./figures.js";

/** A model on the backend with all that is needed to use it. */
export interface OpenModel {
  readonly model: LoadedModel;
  readonly tokenizer: Tokenizer;
  readonly architecture: Architecture;
}

/** A response that the model itself just gave, at temperature 1: what it read and what it said, as ids. */
export interface SampledResponse {
  readonly context: readonly number[];
  /** At least one; <|endoftext|> is the last where it was said. */
  readonly ids: readonly number[];
}

/** A result, and how many prompts it rests on. */
export interface Measured {
  readonly result: EvaluationResult;
  readonly prompts: number;
}

export interface Measure {
  /**
   * @param responses texts of what is evaluated
   * @param sampled the model's own, where a metric needs one or none is stored
   */
  add(prompt: EvaluationPrompt, responses: readonly string[], sampled: SampledResponse | null): void;
  results(): Measured[];
  /** Sentences for a person, such as how many texts were cut. */
  warnings(): string[];
}

/** What of an evaluation's settings its measures look at. */
export type MeasureConfig = Pick<
  EvaluationConfig,
  "metrics" | "isProxy" | "textsAtOnce" | "resamples" | "seed" | "samplings"
>;

/** A figure as a result of a metric. */
export const resultOf = (
  metric: ModelMetric,
  { value, ci95, reason, n, prompts }: Figure,
  more: Partial<Pick<EvaluationResult, "line" | "proxy" | "lengthControlled">> = {},
): Measured => ({
  result: { metric, line: null, value, ci95, reason, n, proxy: false, lengthControlled: false, ...more },
  prompts,
});

export const resamplingOf = ({ resamples, seed }: MeasureConfig): Resampling => ({ resamples, seed });
