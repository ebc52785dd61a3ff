/**
 * How a batch is divided and its gradient put together. A batch is cut into shards whose number depends on the batch alone,
 * and sums are taken along a fixed binary tree over the shards, so that the bits of a sum do not depend on which thread
 * computed which shard, nor on how many threads there are.
 */

import type { TreeNode } from "../config/shard-layout.js";
import { longArrays } from "../kernels/long-arrays.js";

/** The sum of a node's shards. */
export interface NodeSum {
  readonly node: TreeNode;
  readonly values: Float32Array;
}

/** Add an array to another, element by element, each sum rounded to float32. */
export const addInto = (sum: Float32Array, addend: Float32Array): void => longArrays().addInto(sum, addend);

/**
 * The root of the tree from the sums of nodes that together are all `shards`.
 * @param sums each node's; the leftmost array holds the result in the end, the others are spoilt
 */
export function sumOfNodes(sums: readonly NodeSum[], shards: number): Float32Array {
  const at = (start: number, size: number): Float32Array => {
    const known = sums.find(({ node }) => node.start === start && node.size === size);
    if (known !== undefined) return known.values;
    const left = at(start, size / 2);
    addInto(left, at(start + size / 2, size / 2));
    return left;
  };
  return at(0, shards);
}
