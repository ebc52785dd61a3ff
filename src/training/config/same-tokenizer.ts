import { createHash } from "node:crypto";
import type { TokenizerKind } from "../../vocabulary.js";

/** A tokenizer as it is compared with another. */
export interface ComparedTokenizer {
  readonly kind: TokenizerKind;
  readonly vocabularySize: number;
  /** Of what the model's file carries of it (see tokenizerHash); null where that is not known yet, or where the kind says all. */
  readonly sha256: string | null;
}

/** The hash of a tokenizer as a model's file carries it: merges and their order. */
export const tokenizerHash = (json: string): string => createHash("sha256").update(json).digest("hex");

/**
 * What is wrong with a policy and a reward model of these tokenizers, or null. The value model begins as the reward model and
 * is asked at each of the policy's tokens: text could not be encoded anew. Where one is not known yet, as of a model that a
 * job will make, its kind alone is compared: a TRAINED_BPE may find fewer tokens than it may have.
 */
export function tokenizersDiffer(policy: ComparedTokenizer, reward: ComparedTokenizer): string | null {
  const areKnown = policy.sha256 !== null && reward.sha256 !== null;
  if (policy.kind === reward.kind && (!areKnown || policy.sha256 === reward.sha256)) return null;
  return `The reward model's tokenizer is ${named(reward)} and the policy's ${named(policy)}; they must be the same, for the value model begins as the reward model and reads the policy's tokens.`;
}

function named({ kind, vocabularySize, sha256 }: ComparedTokenizer): string {
  if (kind !== "TRAINED_BPE") return `${kind} of ${vocabularySize} tokens`;
  if (sha256 === null) return `${kind} of at most ${vocabularySize} tokens`;
  return `${kind} of ${vocabularySize} tokens (SHA-256 ${sha256.slice(0, 12)}…)`;
}
