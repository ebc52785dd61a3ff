/** One thread's part of a batch: what it is told, and how it is computed, whichever thread does it. */
import type { Shard } from "./batches.js";
import type { LoadedModel, StepDropout } from "./loaded-model.js";
import { addInto, type NodeSum, nodesOf } from "./shards.js";

/** Some consecutive shards of a batch. */
export interface ShardWork {
  /** The number that the first of them has in the batch. */
  readonly first: number;
  readonly shards: readonly Shard[];
  /** To compute gradients, too: over how many learned tokens the loss is a mean, and the step's dropout. */
  readonly gradient: { readonly learnedTokens: number; readonly dropout: StepDropout } | null;
}

/**
 * Compute a thread's shards one after another: their losses, and the sums of their gradients at the nodes of the tree.
 * @param slots where the sums go, one array for each node of the work
 * @param partials arrays for sums in between, made where there are too few and kept for the next work
 * @param pause awaited after each shard
 * @returns the loss of each shard: its part of the batch's mean with a gradient, else its sum, in nats
 */
export async function computeShards(
  model: LoadedModel,
  work: ShardWork,
  slots: readonly Float32Array[],
  partials: Float32Array[],
  pause: () => Promise<void>,
): Promise<{ readonly losses: number[]; readonly sums: NodeSum[] }> {
  const { first, shards, gradient } = work;
  const losses: number[] = [];
  if (gradient === null) {
    for (const shard of shards) {
      losses.push(model.lossSum(shard));
      await pause();
    }
    return { losses, sums: [] };
  }

  /** The sum of a node into an array; level 0 is a shard, and a right half is computed in its level's partial sum. */
  const sumInto = async (into: Float32Array, start: number, level: number): Promise<void> => {
    if (level === 0) {
      const shard = shards[start - first] as Shard;
      losses.push(model.lossAndGradient(shard, { shard: start, ...gradient }, into));
      return pause();
    }
    const right = partials[level - 1] ?? new Float32Array(into.length);
    partials[level - 1] = right;
    await sumInto(into, start, level - 1);
    await sumInto(right, start + 2 ** (level - 1), level - 1);
    addInto(into, right);
  };
  const sums: NodeSum[] = nodesOf(first, first + shards.length).map((node, index) => ({
    node,
    values: slots[index] as Float32Array,
  }));
  for (const { node, values } of sums) await sumInto(values, node.start, Math.log2(node.size));
  return { losses, sums };
}
