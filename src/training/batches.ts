/** The order in which examples are read, and how some of them become shards that can be computed. */
import { keyedRandom } from "../random.js";
import type { Sequences } from "./sequences.js";
import { partOf, shardCount } from "./shards.js";
import type { Example } from "./text-layout.js";

/** Some rows of a batch, and which tokens of them are learned. */
export interface Shard extends Sequences {
  /** [k]: the positions whose next token is learned. */
  readonly positions: Int32Array;
  /** [k]: those tokens. */
  readonly targets: Int32Array;
}

export interface Batch {
  readonly shards: readonly Shard[];
  /** The tokens that are learned, of all shards together: what a mean over the batch divides by. */
  readonly learnedTokens: number;
  /** The positions of all shards together. */
  readonly tokens: number;
}

/** A batch of some examples, in their order. */
export function makeBatch(examples: readonly Example[]): Batch {
  const count = shardCount(examples.length);
  const shards = Array.from({ length: count }, (_, shard) =>
    makeShard(examples.slice(...partOf(examples.length, count, shard))),
  );
  return {
    shards,
    learnedTokens: shards.reduce((sum, { targets }) => sum + targets.length, 0),
    tokens: shards.reduce((sum, { ids }) => sum + ids.length, 0),
  };
}

/** Each example's ids but its last are read; what follows from the last of the context on is learned. */
function makeShard(examples: readonly Example[]): Shard {
  const lengths = examples.map(({ ids }) => ids.length - 1);
  const ids: number[] = [];
  const positions: number[] = [];
  const targets: number[] = [];
  for (const example of examples) {
    for (let at = example.contextLength; at < example.ids.length; at++) {
      positions.push(ids.length + at - 1);
      targets.push(example.ids[at] as number);
    }
    for (const id of example.ids.subarray(0, -1)) ids.push(id);
  }
  return {
    ids: Int32Array.from(ids),
    lengths,
    positions: Int32Array.from(positions),
    targets: Int32Array.from(targets),
  };
}

/** The order of an epoch: a permutation of 0 … count − 1 by Fisher and Yates, of the seed and the epoch alone. */
export function epochOrder(count: number, seed: number, epoch: number): Int32Array {
  const random = keyedRandom([seed, "epoch", epoch]);
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = random.nextBelow(last + 1);
    const moved = order[last] as number;
    order[last] = order[other] as number;
    order[other] = moved;
  }
  return order;
}
