/** Which prompts an iteration answers, and in which minibatches its episodes are learned: of the seed and the place alone. */
import { epochOrder } from "../shards/batches.js";

/** How the episodes of a run are divided. */
export interface EpisodePlan {
  readonly seed: number;
  /** Episodes of an iteration; a multiple of minibatchSize. */
  readonly batchSize: number;
  /** Episodes of a step of the optimizers. */
  readonly minibatchSize: number;
}

/**
 * The places of the prompts that an iteration answers. All prompts are gone through in a random order, then in another one,
 * so that each is answered as often as any other, and no prompt is more often in one iteration than it must.
 * @param prompts how many there are @param iteration from 0
 * @returns batchSize numbers from 0 to prompts − 1
 */
export function episodePrompts(prompts: number, iteration: number, { seed, batchSize }: EpisodePlan): number[] {
  return streamPlaces(prompts, iteration * batchSize, batchSize, (round) => epochOrder(prompts, seed, round));
}

/**
 * The places of the pretraining windows that a step learns beside its minibatch, from a stream like that of the prompts.
 * @param windows how many there are @param step of all minibatches of a run, from 0 @param count windows of a step
 */
export function pretrainingPlaces(windows: number, step: number, count: number, seed: number): number[] {
  return streamPlaces(windows, step * count, count, (round) => epochOrder(windows, seed, round, "pretraining"));
}

/** `count` places of an endless stream from `first` on, every `length` of which are one order. */
function streamPlaces(length: number, first: number, count: number, orderOf: (round: number) => Int32Array): number[] {
  const orders = new Map<number, Int32Array>();
  return Array.from({ length: count }, (_, index) => {
    const place = first + index;
    const round = Math.floor(place / length);
    const order = orders.get(round) ?? orderOf(round);
    orders.set(round, order);
    return order[place % length]!;
  });
}

/**
 * The episodes of each minibatch. The first inner epoch takes them as they were rolled out, for their prompts are in a
 * random order; each later one in an order of its own.
 * @param innerEpoch from 0
 */
export function minibatches(
  { seed, batchSize, minibatchSize }: EpisodePlan,
  iteration: number,
  innerEpoch: number,
): number[][] {
  const key = `inner epoch ${innerEpoch}`;
  const order =
    innerEpoch === 0
      ? Array.from({ length: batchSize }, (_, index) => index)
      : Array.from(epochOrder(batchSize, seed, iteration, key));
  return Array.from({ length: batchSize / minibatchSize }, (_, index) =>
    order.slice(index * minibatchSize, (index + 1) * minibatchSize),
  );
}
