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
  /**
   * SCORE: a scalar of each position in the place of the next token's logits, as reward and value models have it (Ouyang et
   * al. 2022, section 3.5: the unembedding is replaced by a projection). Absent: a language model.
   */
  readonly head?: "SCORE";
  /**
   * true: the unembedding is a matrix of its own, lm_head.weight, as imported models may have it. Absent: it is the embedding
   * (Press and Wolf 2017), as in every model that begins here; with a scalar head there is none.
   */
  readonly untied?: true;
}

/**
 * How many numbers a model has: (V + T)·d + L·(12 d² + 13 d) + 2 d, of which the embedding V·d is the unembedding too; an
 * untied one has V·d more. Per layer: attention 4 d² + 4 d, feed-forward 8 d² + 5 d, two LayerNorms 4 d; one more LayerNorm
 * after the last. A scalar head has d + 1.
 */
export function parameterCount({
  layers: L,
  width: d,
  contextLength: T,
  vocabularySize: V,
  head,
  untied,
}: Architecture): number {
  const heads = (untied ? V * d : 0) + (head === "SCORE" ? d + 1 : 0);
  return (V + T) * d + L * (12 * d * d + 13 * d) + 2 * d + heads;
}

/** The architecture of a reward model that begins as a language model: the scalar head takes the place of its unembedding. */
export const withScalarHead = ({ untied: _, ...model }: Architecture): Architecture => ({ ...model, head: "SCORE" });

/** Whether a model is of the architecture that was asked for; a TRAINED_BPE may have found fewer tokens than it might have. */
export function isArchitectureOf(model: Architecture, asked: Architecture): boolean {
  return (
    model.layers === asked.layers &&
    model.heads === asked.heads &&
    model.width === asked.width &&
    model.contextLength === asked.contextLength &&
    model.tokenizer === asked.tokenizer &&
    model.head === asked.head &&
    model.untied === asked.untied &&
    (model.vocabularySize === asked.vocabularySize ||
      (model.tokenizer === "TRAINED_BPE" && model.vocabularySize < asked.vocabularySize))
  );
}
