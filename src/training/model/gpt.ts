/**
 * GPT: a decoder-only transformer (Radford et al. 2018, section 3.1; GPT-2's pre-LayerNorm, 2019, section 2.3), with
 * learned positions and GPT-2's names. Read it from the top: the small parts first, then the whole.
 *
 * n: the positions of all sequences, one sequence after another, without padding · C: width · V: vocabulary
 */

import type { Architecture } from "../config/model-shape.js";
import type { Operations } from "../tensors/operations.js";
import { type Sequences, startsOf } from "../tensors/sequences.js";
import type { Tensor } from "../tensors/tensorflow.js";

/** What a model is made of, on a backend. */
export interface Model {
  readonly operations: Operations;
  readonly architecture: Architecture;
  /** A parameter by GPT-2's name. */
  readonly parameter: (name: string) => Tensor;
  /** Residual dropout of x at a place of the model; the identity where there is none. */
  readonly dropout: (x: Tensor, place: string) => Tensor;
}

function layerNorm({ operations, parameter }: Model, name: string, x: Tensor): Tensor {
  return operations.layerNorm(x, parameter(`${name}.weight`), parameter(`${name}.bias`)); // [n, C]
}

function linear({ operations, parameter }: Model, name: string, x: Tensor): Tensor {
  return operations.linear(x, parameter(`${name}.weight`), parameter(`${name}.bias`)); // [n, out]
}

/** What hidden states are multiplied with for logits: the embedding itself, or a matrix of its own. @returns [V, C] */
export const unembeddingOf = ({ architecture, parameter }: Pick<Model, "architecture" | "parameter">): Tensor =>
  parameter(architecture.untied ? "lm_head.weight" : "wte.weight");

/** Token and position embeddings. */
function embed({ operations, parameter }: Model, { ids, lengths }: Sequences): Tensor {
  const positions = Int32Array.from(lengths.flatMap((length) => Array.from({ length }, (_, position) => position)));
  const tokens = operations.embedding(parameter("wte.weight"), ids); // [n, C]
  const places = operations.embedding(parameter("wpe.weight"), positions); // [n, C]
  return operations.add(tokens, places); // [n, C]
}

function attention(model: Model, name: string, x: Tensor, lengths: readonly number[]): Tensor {
  const qkv = linear(model, `${name}.c_attn`, x); // [n, 3C]
  const mixed = model.operations.causalAttention(qkv, lengths, model.architecture.heads); // [n, C]
  return linear(model, `${name}.c_proj`, mixed); // [n, C]
}

function feedForward(model: Model, name: string, x: Tensor): Tensor {
  const inner = model.operations.gelu(linear(model, `${name}.c_fc`, x)); // [n, 4C]
  return linear(model, `${name}.c_proj`, inner); // [n, C]
}

function block(model: Model, name: string, x: Tensor, lengths: readonly number[]): Tensor {
  const { operations, dropout } = model;
  const attended = attention(model, `${name}.attn`, layerNorm(model, `${name}.ln_1`, x), lengths); // [n, C]
  const y = operations.add(x, dropout(attended, `${name}.attn`)); // [n, C]
  const fed = feedForward(model, `${name}.mlp`, layerNorm(model, `${name}.ln_2`, y)); // [n, C]
  return operations.add(y, dropout(fed, `${name}.mlp`)); // [n, C]
}

/**
 * The last hidden state of every position, after the last LayerNorm.
 * @returns [n, C]; the logits of the next token are its product with wte.weight transposed
 */
function hiddenStates(model: Model, sequences: Sequences): Tensor {
  let x = model.dropout(embed(model, sequences), "embedding"); // [n, C]
  for (let layer = 0; layer < model.architecture.layers; layer++) {
    x = block(model, `h.${layer}`, x, sequences.lengths); // [n, C]
  }
  return layerNorm(model, "ln_f", x); // [n, C]
}

/**
 * The last hidden states of some positions alone, divided by the temperature of what is made of them: logits are linear in
 * the hidden state, and it has C numbers where they have V.
 * @param positions k places among the n @param temperature above 0 @returns [k, C]
 */
function hiddenAt(model: Model, sequences: Sequences, positions: Int32Array, temperature = 1): Tensor {
  const { operations } = model;
  const hidden = operations.embedding(hiddenStates(model, sequences), positions); // [k, C]
  return temperature === 1 ? hidden : operations.scale(hidden, new Float32Array(hidden.size).fill(1 / temperature));
}

/** Tokens that follow some positions: k places among the n, and the k ids that follow them. */
interface Tokens {
  readonly positions: Int32Array;
  readonly targets: Int32Array;
  /** The logits are divided by it; 1 where it is absent. */
  readonly temperature?: number;
}

/** −log p(target) of some tokens, in nats. @returns [k]; what stands at other positions has no part in it */
export function tokenLosses(model: Model, sequences: Sequences, { positions, targets, temperature }: Tokens): Tensor {
  const hidden = hiddenAt(model, sequences, positions, temperature); // [k, C]
  return model.operations.crossEntropy(hidden, unembeddingOf(model), targets); // [k]
}

/** The same, and the entropy of the distribution that each token was drawn from, in nats. @returns [k] each */
export function tokenStatistics(
  model: Model,
  sequences: Sequences,
  { positions, targets, temperature }: Tokens,
): { readonly losses: Tensor; readonly entropies: Tensor } {
  const { operations } = model;
  const hidden = hiddenAt(model, sequences, positions, temperature); // [k, C]
  return {
    losses: operations.crossEntropy(hidden, unembeddingOf(model), targets), // [k]
    entropies: operations.entropies(hidden, unembeddingOf(model)), // [k]
  };
}

/**
 * The scalar head at some positions: a reward model's score of the text up to there, a value model's value of that state.
 * @param positions k places among the n
 * @returns [k, 1]
 */
export function scores(model: Model, sequences: Sequences, positions: Int32Array): Tensor {
  return linear(model, "score", hiddenAt(model, sequences, positions)); // [k, 1]
}

/** The logits of the tokens that follow some positions. @returns [k, V] */
export function logitsAt(model: Model, sequences: Sequences, positions: Int32Array): Tensor {
  return model.operations.logits(hiddenAt(model, sequences, positions), unembeddingOf(model)); // [k, V]
}

/** The logits of the token that follows each sequence. @returns [sequences, V] */
export function nextTokenLogits(model: Model, sequences: Sequences): Tensor {
  const starts = startsOf(sequences.lengths);
  const last = Int32Array.from(sequences.lengths, (length, row) => starts[row]! + length - 1);
  return logitsAt(model, sequences, last); // [sequences, V]
}
