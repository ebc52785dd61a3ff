import { byteTokenizer } from "../../src/datasets/tokenizers/byte-tokenizer.js";
import type { Tokenizer } from "../../src/datasets/tokenizers/tokenizer.js";
import { type Architecture, withScalarHead } from "../../src/training/config/model-shape.js";
import { type PpoConfig, resolvePpo } from "../../src/training/config/ppo.js";
import type { PpoInput } from "../../src/training/config/ppo-choices.js";
import type { PpoPrompt } from "../../src/training/config/prompts.js";
import type { TensorFile } from "../../src/training/events/events.js";
import { writeModel } from "../../src/training/files/model-file.js";
import { parametersOf, totalSize } from "../../src/training/model/parameters.js";
import { MEMORY, newValues, TINY } from "./support.js";

/** Prompts of which every fourth is in VALIDATION, of different lengths. */
export const ppoPrompts = (count: number): PpoPrompt[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `p${index}`,
    split: index % 4 === 3 ? "VALIDATION" : "TRAIN",
    text: `Say ${"x".repeat(index % 3)}${index}`,
    fewShot: [],
  }));

export function ppoConfig(
  prompts: readonly PpoPrompt[],
  input: PpoInput,
  overrides: Partial<PpoConfig> = {},
  architecture = TINY,
): PpoConfig {
  const of = (split: PpoPrompt["split"]) => prompts.filter((prompt) => prompt.split === split).length;
  const facts = {
    trainPrompts: of("TRAIN"),
    validationPrompts: of("VALIDATION"),
    pretrainingDocuments: of("TRAIN"),
    architecture,
    rewardArchitecture: withScalarHead(architecture),
    memoryBytes: MEMORY,
  };
  return { ...resolvePpo(input, facts), ...overrides };
}

/** By default a policy of which about every sixth token is <|endoftext|>, so that responses differ in length. */
export const policyFile = (
  values = talkativePolicy("abc", TINY, [byteTokenizer.endOfText]),
  architecture = TINY,
  tokenizer: Tokenizer = byteTokenizer,
): TensorFile => writeModel({ stage: "SFT", architecture, tokenizer, values });

export const rewardFile = (
  values: Float32Array,
  architecture = TINY,
  tokenizer: Tokenizer = byteTokenizer,
): TensorFile => writeModel({ stage: "REWARD", architecture: withScalarHead(architecture), tokenizer, values });

/** A new reward model whose head is not 0, so that scores differ. */
export function someRewardValues(architecture: Architecture = TINY, seed = 2): Float32Array {
  const values = newValues(withScalarHead(architecture), seed);
  const head = parametersOf(withScalarHead(architecture)).find(({ name }) => name === "score.weight");
  for (let i = 0; i < architecture.width; i++) values[(head?.offset ?? 0) + i] = Math.sin(i + seed);
  return values;
}

/** The parameters of a model, by name. */
export function parts(values: Float32Array, architecture: Architecture): (name: string) => Float32Array {
  const byName = new Map(parametersOf(architecture).map((parameter) => [parameter.name, parameter]));
  return (name) => {
    const { offset = 0, size = 0 } = byName.get(name) ?? {};
    return values.subarray(offset, offset + size);
  };
}

/**
 * A reward model that counts a byte by hand. Every embedding is −u, but the byte's is u, with u = (1, −1, 1, −1, …); attention
 * has equal weights, so it adds the mean of ±u, which is moved from u to a direction w at a right angle to it; the head reads
 * w. The score is 0 without the byte and nearly proportional to its part of all tokens.
 */
export function countingReward(byte: string, architecture: Architecture = TINY): Float32Array {
  const shape = { ...withScalarHead(architecture), layers: 1 };
  const { width } = shape;
  const values = new Float32Array(totalSize(parametersOf(shape)));
  const part = parts(values, shape);
  const u = (i: number): number => (i % 2 === 0 ? 1 : -1);
  const w = (i: number): number => (i % 4 < 2 ? 1 : -1);
  const gain = 0.1;
  for (let token = 0; token < shape.vocabularySize; token++)
    for (let i = 0; i < width; i++) part("wte.weight")[token * width + i] = token === byte.charCodeAt(0) ? u(i) : -u(i);
  for (const name of ["h.0.ln_1", "h.0.ln_2", "ln_f"]) part(`${name}.weight`).fill(1);
  // c_attn [in, 3 · width]: the value of a position, in the last third, is its part along u times gain · w.
  for (let from = 0; from < width; from++)
    for (let to = 0; to < width; to++)
      part("h.0.attn.c_attn.weight")[from * 3 * width + 2 * width + to] = (u(from) / width) * gain * w(to);
  for (let i = 0; i < width; i++) part("h.0.attn.c_proj.weight")[i * width + i] = 1;
  for (let i = 0; i < width; i++) part("score.weight")[i] = w(i) / width / (2 * gain);
  part("score.bias")[0] = gain / Math.sqrt(1 + gain ** 2) / (2 * gain);
  return values;
}

/** A policy that says some bytes, and some other tokens, much more often than the rest. */
export function talkativePolicy(bytes: string, architecture = TINY, others: readonly number[] = []): Float32Array {
  const values = newValues(architecture);
  const part = parts(values, architecture);
  part("ln_f.bias")[0] = 5;
  for (const token of [...Buffer.from(bytes), ...others]) part("wte.weight")[token * architecture.width] = 1;
  return values;
}
