/** How a batch is divided among shards, and these among threads, in numbers alone. */

/** A power of two; a batch of fewer rows has fewer shards. */
export const MOST_SHARDS = 8;

/** A node of the tree: the sum of `size` shards from `start` on; size is a power of two and divides start. */
export interface TreeNode {
  readonly start: number;
  readonly size: number;
}

/** How many shards a batch is cut into: the largest power of two that neither its rows nor MOST_SHARDS exceed. */
export function shardCount(rows: number): number {
  let count = 1;
  while (count * 2 <= Math.min(rows, MOST_SHARDS)) count *= 2;
  return count;
}

/** The part of a list that belongs to one of `parts` consumers, [from, to): in order, sizes differing by one at most. */
export function partOf(length: number, parts: number, part: number): readonly [number, number] {
  return [Math.floor((part * length) / parts), Math.floor(((part + 1) * length) / parts)];
}

/** The fewest nodes of the tree that make up the shards [from, to), from left to right. */
export function nodesOf(from: number, to: number): TreeNode[] {
  const nodes: TreeNode[] = [];
  let start = from;
  while (start < to) {
    let size = 1;
    while (start % (size * 2) === 0 && start + size * 2 <= to) size *= 2;
    nodes.push({ start, size });
    start += size;
  }
  return nodes;
}

/** The most nodes of the tree that one of some threads gets, whatever the batch. */
export function mostNodes(threads: number): number {
  let most = 1;
  for (let shards = 1; shards <= MOST_SHARDS; shards *= 2) {
    for (let thread = 0; thread < threads; thread++)
      most = Math.max(most, nodesOf(...partOf(shards, threads, thread)).length);
  }
  return most;
}

/** How many arrays of a gradient's size a thread keeps beside its nodes' sums while it adds shards of a batch up. */
export const partialSums = (batchSize: number, threads: number): number =>
  Math.log2(Math.max(1, shardCount(Math.ceil(shardCount(batchSize) / threads))));
