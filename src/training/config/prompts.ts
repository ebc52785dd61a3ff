/** What jobs are given of a dataset: its frozen input, and of that only what the job may see. */
import type { PromptSource } from "../../vocabulary.js";

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

/** A line of an input that is pretraining text beside what a job trains on. */
export interface CorpusLine {
  readonly corpus: TrainingPrompt;
}

interface GivenCompletion {
  readonly id: string;
  readonly text: string;
}

/** A labeler's strict comparison: who, and the places of winner and loser among the prompt's completions. */
export type Vote = readonly [labeler: string, winner: number, loser: number];

/** A prompt whose completions were compared: only the rankings of TRAINING labelers, nothing that is excluded. */
export interface RewardPrompt extends PromptToAnswer {
  readonly split: "TRAIN" | "VALIDATION";
  /** Those that stand in a vote, each once. */
  readonly completions: readonly GivenCompletion[];
  /** Every strict pair of every ranking, in a fixed order. */
  readonly votes: readonly Vote[];
  /** How many pairs were tied; they are no votes. */
  readonly ties: number;
  /** Of TRAINING labelers: they are to score 0 on average. */
  readonly demonstrations: readonly string[];
}

/** A prompt that a policy answers: TRAIN for rollouts, VALIDATION for evaluation. It needs no label. */
export interface PpoPrompt extends PromptToAnswer {
  readonly split: "TRAIN" | "VALIDATION";
}

/** A prompt whose completions are to be scored. */
export interface ScoringPrompt extends PromptToAnswer {
  readonly completions: readonly GivenCompletion[];
}

/** A prompt on which a model, or the completions of a source, are evaluated. What a metric does not ask for is empty. */
export interface EvaluationPrompt extends PromptToAnswer {
  readonly source: PromptSource;
  /** For the likelihood of what labelers wrote. */
  readonly demonstrations: readonly string[];
  /** Those that stand in a vote, for the accuracy of a reward model. */
  readonly completions: readonly GivenCompletion[];
  readonly votes: readonly Vote[];
  readonly ties: number;
  /** Of a source its completions; of a model those that were made as the evaluation would make them, in any environment. */
  readonly responses: readonly StoredResponse[];
  /** How many other completions are stored under the model's name. */
  readonly otherResponses: number;
  /** The completions of the baseline. */
  readonly baseline: readonly StoredResponse[];
}

/** A stored completion that is evaluated, or compared with. */
export interface StoredResponse {
  readonly text: string;
  /** False: cut at a limit of tokens; null: not known. */
  readonly ended: boolean | null;
  /** The number of how it was sampled, where a job of ours did it. */
  readonly sampling: string | null;
}
