/** What jobs are given of a dataset: its frozen input, and of that only what the job may see. */
import type { PromptSource } from "../vocabulary.js";

export interface FewShotPair {
  readonly query: string;
  readonly response: string;
}

/** A prompt to be answered. */
export interface PromptToAnswer {
  readonly id: string;
  readonly text: string;
  readonly fewShot: readonly FewShotPair[];
}

/** A prompt with what may be trained on: only TRAINING labelers' demonstrations, nothing that is excluded. */
export interface TrainingPrompt extends PromptToAnswer {
  readonly split: "TRAIN" | "VALIDATION";
  readonly source: PromptSource;
  readonly demonstrations: readonly string[];
}
