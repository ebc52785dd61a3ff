/** Which prompts must share a split: the connected components of "same author" and "same folded text". */

/** What connects a prompt with others. */
export interface Connected {
  /** Null: nothing of the author connects it (there is none, or the grouping is by prompt). */
  author: string | null;
  /** The text as `foldText` gives it, or any hash of that. */
  folded: string;
}

/**
 * The component of every prompt, as the index of the component's first prompt: two prompts have the same number if and only
 * if a chain of shared authors and shared texts leads from one to the other.
 */
export function connectedGroups(prompts: readonly Connected[]): number[] {
  const parents = prompts.map((_, index) => index);
  const authors = new Map<string, number>();
  const texts = new Map<string, number>();
  for (const [index, { author, folded }] of prompts.entries()) {
    if (author !== null) joinFirst(authors, author, index, parents);
    joinFirst(texts, folded, index, parents);
  }
  return parents.map((_, index) => rootOf(parents, index));
}

function joinFirst(firsts: Map<string, number>, key: string, index: number, parents: number[]): void {
  const first = firsts.get(key);
  if (first === undefined) firsts.set(key, index);
  else join(parents, first, index);
}

/** Union by the smaller index, so that a component's root is its first prompt; halving keeps the paths short. */
function join(parents: number[], a: number, b: number): void {
  const x = rootOf(parents, a);
  const y = rootOf(parents, b);
  if (x < y) parents[y] = x;
  else parents[x] = y;
}

function rootOf(parents: number[], index: number): number {
  let at = index;
  for (;;) {
    const parent = parents[at]!;
    if (parent === at) return at;
    const above = parents[parent]!;
    parents[at] = above;
    at = above;
  }
}
