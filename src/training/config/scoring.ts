/** What the scoring of completions will do, with every value decided and the reason for each. */
import { AppError, badInput } from "../../errors.js";
import { megabytes, scoringMemoryBytes } from "./estimates.js";
import type { Architecture } from "./model-shape.js";
import { checkRewardModel } from "./reward-model.js";

export interface ScoringFacts {
  /** The reward model's. */
  readonly architecture: Architecture;
  /** How many completions there are to score. */
  readonly completions: number;
  /** What a job may use. */
  readonly memoryBytes: number;
}

export interface ScoringConfig {
  readonly architecture: Architecture;
  /** Completions of one prompt that are computed together. */
  readonly completionsAtOnce: number;
  readonly reasons: Readonly<Record<string, string>>;
}

const MOST_AT_ONCE = 32;

/**
 * The whole configuration of a scoring.
 * @param field where the input stands, for errors: "input"
 * @returns a frozen configuration; refused: a model that is no reward model, one that does not fit the memory, and nothing to
 *   score (UNPROCESSABLE)
 */
export function resolveScoring(
  { architecture, completions, memoryBytes }: ScoringFacts,
  field = "input",
): ScoringConfig {
  checkRewardModel(architecture, "Scoring", `${field}.modelId`);
  if (completions === 0)
    throw new AppError("UNPROCESSABLE", "No prompt of the filter has a completion to score.", `${field}.datasetId`);
  let completionsAtOnce = MOST_AT_ONCE;
  while (completionsAtOnce > 1 && scoringMemoryBytes(architecture, completionsAtOnce, 1) > memoryBytes)
    completionsAtOnce /= 2;
  const needed = scoringMemoryBytes(architecture, completionsAtOnce, 1);
  if (needed > memoryBytes)
    throw badInput(
      `To score with this model takes ${megabytes(needed)} of memory; a job may use ${megabytes(memoryBytes)}.`,
      `${field}.modelId`,
    );
  return Object.freeze({
    architecture,
    completionsAtOnce,
    reasons: Object.freeze({
      completionsAtOnce: `The most up to ${MOST_AT_ONCE} that fit ${megabytes(memoryBytes)} of memory.`,
    }),
  });
}
