import type { TokenizerKind } from "../../vocabulary.js";

/** A decoder-only transformer with GPT-2's structure. */
export interface Architecture {
  readonly layers: number;
  readonly heads: number;
  /** Numbers of a hidden state; a multiple of heads. */
  readonly width: number;
  /** The window: the most tokens of context, response and <|endoftext|> together. */
  readonly contextLength: number;
  /** Before a TRAINED_BPE is trained, the most tokens it may have. */
  readonly vocabularySize: number;
  readonly tokenizer: TokenizerKind;
}

/**
 * How many numbers a model has: (V + T)·d + L·(12 d² + 13 d) + 2 d, of which the embedding V·d is the unembedding too.
 * Per layer: attention 4 d² + 4 d, feed-forward 8 d² + 5 d, two LayerNorms 4 d; one more LayerNorm after the last.
 */
export function parameterCount({ layers: L, width: d, contextLength: T, vocabularySize: V }: Architecture): number {
  return (V + T) * d + L * (12 * d * d + 13 * d) + 2 * d;
}

/** Whether a model is of the architecture that was asked for; a TRAINED_BPE may have found fewer tokens than it might have. */
export function isArchitectureOf(model: Architecture, asked: Architecture): boolean {
  return (
    model.layers === asked.layers &&
    model.heads === asked.heads &&
    model.width === asked.width &&
    model.contextLength === asked.contextLength &&
    model.tokenizer === asked.tokenizer &&
    (model.vocabularySize === asked.vocabularySize ||
      (model.tokenizer === "TRAINED_BPE" && model.vocabularySize < asked.vocabularySize))
  );
}
