/** Which of the recipe's three datasets a prompt belongs to (InstructGPT, section 3.2 and A.3). */
import type { PromptSource, Stage } from "../../vocabulary.js";
import { STAGES } from "../../vocabulary.js";

/** What decides a prompt's stages; counts are of records that are not removed. */
export interface StageFacts {
  /** The stages that the record states, or null. */
  explicit: readonly Stage[] | null;
  source: PromptSource;
  /** Query and response pairs. */
  fewShotPairs: number;
  demonstrations: number;
  rankings: number;
  /** Strict pairs of all its rankings: `countComparisons`. */
  strictPairs: number;
  assessments: number;
}

/**
 * A prompt's stages, in the vocabulary's order: those stated, where any list is; else SFT with a demonstration or with a
 * labeler's few-shot pairs (each pair is an example), RM with a strict pair, PPO for a customer's prompt of which nobody
 * said anything.
 */
export function deriveStages(facts: StageFacts): Stage[] {
  const { explicit, source } = facts;
  if (explicit !== null) return STAGES.filter((stage) => explicit.includes(stage));
  const holds: Record<Stage, boolean> = {
    SFT: facts.demonstrations > 0 || (source === "LABELER" && facts.fewShotPairs > 0),
    RM: facts.strictPairs > 0,
    PPO: source === "CUSTOMER" && facts.demonstrations === 0 && facts.rankings === 0 && facts.assessments === 0,
  };
  return STAGES.filter((stage) => holds[stage]);
}
