/** One thread's part of a batch: what it is told, and how it is computed, whichever thread does it. */

import { nodesOf } from "../config/shard-layout.js";
import type { Shard } from "../optimization/objectives.js";
import type { KeptGradient, LoadedModel, ShardLoss, StepDropout } from "./loaded-model.js";
import { addInto, type NodeSum } from "./shards.js";

/** Some consecutive shards of a batch. */
export interface ShardWork {
  /** The number that the first of them has in the batch. */
  readonly first: number;
  readonly shards: readonly Shard[];
  /** To compute losses and gradients: the step's dropout. Null: only what the model says, without dropout. */
  readonly gradient: StepDropout | null;
}

/** What came of each shard of some work, in their order: its loss, or what the model says of it. */
export interface ShardResults {
  readonly losses: readonly ShardLoss[];
  readonly outputs: readonly (readonly Float32Array[])[];
}

/**
 * Compute a thread's shards one after another: their losses, and the sums of their gradients at the nodes of the tree.
 * @param slots where the sums go, one array for each node of the work
 * @param partials arrays for sums in between where there are no kernels, made where there are too few and kept for the next work
 * @param pause awaited after each shard
 */
export async function computeShards(
  model: LoadedModel,
  work: ShardWork,
  slots: readonly Float32Array[],
  partials: Float32Array[],
  pause: () => Promise<void>,
): Promise<ShardResults & { readonly sums: NodeSum[] }> {
  const { first, shards, gradient } = work;
  if (gradient === null) {
    const outputs: Float32Array[][] = [];
    for (const shard of shards) {
      outputs.push(model.outputs(shard));
      await pause();
    }
    return { losses: [], outputs, sums: [] };
  }

  const losses: ShardLoss[] = [];
  /** The sum of a node on the kernels' heap, which spares a copy of every shard; null where there are no kernels. */
  const keptSum = async (start: number, level: number): Promise<KeptGradient | null> => {
    if (level === 0) {
      const found = model.lossAndKeptGradient(shards[start - first] as Shard, { ...gradient, shard: start });
      if (found === null) return null;
      losses.push(found.loss);
      return endingWith(found.gradient, pause);
    }
    const left = await keptSum(start, level - 1);
    if (left === null) return null;
    return endingWith(left, async () => (await keptSum(start + 2 ** (level - 1), level - 1))?.addTo(left));
  };
  /** The sum of a node into an array; level 0 is a shard, and a right half is computed in its level's partial sum. */
  const sumInto = async (into: Float32Array, start: number, level: number): Promise<void> => {
    if (level === 0) {
      losses.push(model.lossAndGradient(shards[start - first] as Shard, { ...gradient, shard: start }, into));
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
  for (const { node, values } of sums) {
    const kept = await keptSum(node.start, Math.log2(node.size));
    if (kept === null) await sumInto(values, node.start, Math.log2(node.size));
    else kept.writeTo(values);
  }
  return { losses, outputs: [], sums };
}

/** A gradient after some further work; where that fails, it is let go. */
async function endingWith(gradient: KeptGradient, work: () => Promise<void>): Promise<KeptGradient> {
  try {
    await work();
    return gradient;
  } catch (error) {
    gradient.dispose();
    throw error;
  }
}
