/** How much memory and disk a job will need, known before it begins. */

import { type Architecture, parameterCount } from "./model-shape.js";
import { mostNodes, partialSums, shardCount } from "./shard-layout.js";

const FLOAT_BYTES = 4;
/** For the small tensors that the formulas leave out. */
const SLACK_BYTES = 2 ** 20;
/** Moments of the optimizer (2), the best parameters so far (1), and a checkpoint's copy of those and the parameters (4). */
const TRAINER_ARRAYS = 7;

/** Bytes as a sentence shows them: "1,234 MB", in millions. */
export const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString("en")} MB`;

/**
 * The most memory a training takes, in bytes: 4·(threads·(3 P + n·((44 L + 16) d + 2 V)) + arrays·P) + 1 MiB a thread, where
 * P is the number of parameters and n = T·⌈batch / shards⌉ the positions of one shard, times the sequences that a row has. A
 * scalar head has no logits. A thread's tensors are the parameters, their gradients and what of these is added up (3 P); what
 * each position has in every layer, and the gradients of that (44 d, with dropout), and outside of them (16 d); and the
 * logits (2 V). Arrays are the parameters, sums of gradients in each thread, the optimizer's moments, the best parameters,
 * and a checkpoint. The factors were measured with the kernels on wasm; a test holds the whole against a run. Plain
 * TensorFlow.js keeps attention's weights, too, and is held to the budget as it goes.
 */
export function trainingMemoryBytes(
  architecture: Architecture,
  {
    batchSize,
    threads,
    sequencesEach = 1,
  }: { readonly batchSize: number; readonly threads: number; readonly sequencesEach?: number },
): number {
  const { layers: L, width: d, contextLength: T } = architecture;
  const V = architecture.head === "SCORE" ? 0 : architecture.vocabularySize;
  const parameters = parameterCount(architecture);
  const working = Math.min(threads, shardCount(batchSize));
  const positions = T * Math.ceil(batchSize / shardCount(batchSize)) * sequencesEach;
  const tensors = 3 * parameters + positions * ((44 * L + 16) * d + 2 * V);
  const arrays = 1 + working * (mostNodes(working) + partialSums(batchSize, working)) + TRAINER_ARRAYS;
  return FLOAT_BYTES * (working * tensors + arrays * parameters) + working * SLACK_BYTES;
}

/** As many of some threads as a training may have in so much memory, at least 1; the bits do not depend on it. */
export function affordableThreads(
  architecture: Architecture,
  need: { readonly batchSize: number; readonly threads: number; readonly sequencesEach?: number },
  memoryBytes: number,
): number {
  let { threads } = need;
  while (threads > 1 && trainingMemoryBytes(architecture, { ...need, threads }) > memoryBytes) threads--;
  return threads;
}

/**
 * The most memory that it takes on one thread to read what a model says of some texts, in bytes: 4·(2 P + n·(20 L d + 4 H T +
 * 32 d)) + 1 MiB for n = T·texts positions: the parameters and the transposed embedding, hidden states of every layer, and one
 * layer's attention and feed-forward.
 */
export function readingMemoryBytes(architecture: Architecture, texts: number): number {
  const { layers: L, heads: H, width: d, contextLength: T } = architecture;
  const tensors = 2 * parameterCount(architecture) + texts * T * (20 * L * d + 4 * H * T + 32 * d);
  return FLOAT_BYTES * tensors + SLACK_BYTES;
}

/**
 * The most memory that scoring some texts at a time takes on some threads, in bytes: on each what reading a shard takes, and
 * the parameters in an array that threads share.
 */
export function scoringMemoryBytes(architecture: Architecture, texts: number, threads: number): number {
  const inShard = Math.ceil(texts / shardCount(texts));
  return threads * readingMemoryBytes(architecture, inShard) + FLOAT_BYTES * parameterCount(architecture);
}

/**
 * The most memory that a language model's probabilities of all tokens of a text take, in bytes: beside reading it five numbers
 * for each token of the vocabulary at each position.
 */
export function likelihoodMemoryBytes(architecture: Architecture): number {
  const { contextLength: T, vocabularySize: V } = architecture;
  return readingMemoryBytes(architecture, 1) + FLOAT_BYTES * 5 * T * V;
}

/**
 * The most memory that generating some samples at a time takes, in bytes: 4·(2 P + 2 S T L d + n·(10 d + 2 H) + 96 T + 2 S V)
 * + 1 MiB for S samples of T positions and n = max(S, T): the parameters, as they are and packed; keys and values of every
 * position; what the positions of one context pass through, and attention's scratch; and the logits of each next token. It is
 * of the kernels on wasm; plain TensorFlow.js keeps no keys and values, and is held to the budget as it goes.
 */
export function generationMemoryBytes(architecture: Architecture, samples: number): number {
  const { layers: L, heads: H, width: d, contextLength: T, vocabularySize: V } = architecture;
  const cache = 2 * samples * T * L * d;
  const tensors = 2 * parameterCount(architecture) + cache + Math.max(samples, T) * (10 * d + 2 * H) + 96 * T;
  return FLOAT_BYTES * (tensors + 2 * samples * V) + SLACK_BYTES;
}

/** The size of a model's file, in bytes: 4 P, and the header with names, architecture and tokenizer (24 bytes a token). */
export function modelDiskBytes(architecture: Architecture): number {
  return FLOAT_BYTES * parameterCount(architecture) + headerBytes(architecture, 1);
}

/** The size of a checkpoint's file, in bytes: parameters, the optimizer's two moments and the best parameters, 16 P. */
export function checkpointDiskBytes(architecture: Architecture): number {
  return 4 * FLOAT_BYTES * parameterCount(architecture) + headerBytes(architecture, 4);
}

const headerBytes = ({ layers, vocabularySize, tokenizer }: Architecture, copies: number): number =>
  8192 + copies * (12 * layers + 4) * 128 + (tokenizer === "TRAINED_BPE" ? 24 * vocabularySize : 0);
