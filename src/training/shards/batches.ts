/** The order in which examples are read, and how some of them become shards that can be computed. */
import { keyedRandom } from "../../random.js";
import { partOf, shardCount } from "../config/shard-layout.js";
import type { Shard, TokenShard, TrainingBatch } from "../optimization/objectives.js";
import { type Sequences, startsOf } from "../tensors/sequences.js";
import type { Example } from "../text/text-layout.js";

/** Some rows cut into shards: each shard of consecutive rows, sizes differing by one at most. */
export function shardsOf<Row, S extends Shard>(
  rows: readonly Row[],
  makeShard: (rows: readonly Row[]) => S,
): TrainingBatch<S> {
  const count = shardCount(rows.length);
  const shards = Array.from({ length: count }, (_, shard) =>
    makeShard(rows.slice(...partOf(rows.length, count, shard))),
  );
  return { shards, tokens: shards.reduce((sum, { ids }) => sum + ids.length, 0) };
}

/** Texts one after another. @param rows the ids of each */
export function concatenate(rows: readonly Int32Array[]): Sequences & { readonly starts: readonly number[] } {
  const lengths = rows.map(({ length }) => length);
  const starts = startsOf(lengths);
  const ids = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  for (const [row, text] of rows.entries()) ids.set(text, starts[row]);
  return { ids, lengths, starts };
}

/** How many tokens of some examples are learned. */
export const learnedTokens = (examples: readonly Example[]): number =>
  examples.reduce((sum, { ids, contextLength }) => sum + ids.length - contextLength, 0);

/**
 * A batch of some examples, in their order, whose responses are learned.
 * @param divisor what the loss is divided by: for the mean over all of their tokens, how many these are
 */
export function makeBatch(examples: readonly Example[], divisor = learnedTokens(examples)): TrainingBatch<TokenShard> {
  return shardsOf(examples, (rows) => makeShard(rows, divisor));
}

/** Each example's ids but its last are read; what follows from the last of the context on is learned. */
function makeShard(examples: readonly Example[], divisor: number): TokenShard {
  const { ids, lengths, starts } = concatenate(examples.map((example) => example.ids.subarray(0, -1)));
  const positions: number[] = [];
  const targets: number[] = [];
  for (const [row, example] of examples.entries()) {
    for (let at = example.contextLength; at < example.ids.length; at++) {
      positions.push(starts[row]! + at - 1);
      targets.push(example.ids[at]!);
    }
  }
  return {
    objective: "TOKENS",
    ids,
    lengths,
    positions: Int32Array.from(positions),
    targets: Int32Array.from(targets),
    divisor,
  };
}

/**
 * The order of an epoch: a permutation of 0 … count − 1 by Fisher and Yates, of the seed and the epoch alone.
 * @param what is read: orders of different things are different
 */
export function epochOrder(count: number, seed: number, epoch: number, what = "epoch"): Int32Array {
  const random = keyedRandom([seed, what, epoch]);
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = random.nextBelow(last + 1);
    const moved = order[last]!;
    order[last] = order[other]!;
    order[other] = moved;
  }
  return order;
}

/** The rows of a step, counted from 0: every epoch reads all once, in an order of its own. */
export function rowsOfStep<Row>(
  rows: readonly Row[],
  { batchSize, seed }: { readonly batchSize: number; readonly seed: number },
  step: number,
): Row[] {
  const stepsAnEpoch = Math.ceil(rows.length / batchSize);
  const first = (step % stepsAnEpoch) * batchSize;
  const order = epochOrder(rows.length, seed, Math.floor(step / stepsAnEpoch));
  return Array.from(order.subarray(first, first + batchSize), (index) => rows[index] as Row);
}

/** The row at a place of the endless sequence of all epochs. */
export function rowInOrder<Row>(rows: readonly Row[], seed: number, place: number): Row {
  const order = epochOrder(rows.length, seed, Math.floor(place / rows.length));
  return rows[order[place % rows.length]!] as Row;
}

/** All rows in their order, as batches of so many. */
export function* inBatches<Row>(
  rows: readonly Row[],
  batchSize: number,
  makeBatch: (rows: readonly Row[]) => TrainingBatch,
): Generator<TrainingBatch> {
  for (let first = 0; first < rows.length; first += batchSize) yield makeBatch(rows.slice(first, first + batchSize));
}
