import { graphOf, type PairCounts, type PairGraph } from "./pair-counts.js";

/** Sources in groups: numbers from 0, and which group each source is in. */
export interface Groups {
  readonly count: number;
  /** [sources] */
  readonly groupOf: Int32Array;
}

/**
 * The strongly connected components of the graph with an arrow from i to j where i was preferred to j or tied with it: within
 * one, every source reaches every other by a chain of such arrows. By Tarjan's algorithm, so arrows between components lead from
 * a higher number to a lower one.
 * Source: Tarjan 1972, "Depth-first search and linear graph algorithms", section 4.
 */
export function strongComponents(counts: PairCounts, graph: PairGraph = graphOf(counts)): Groups {
  const { sources, first, firstWins, secondWins, ties } = counts;
  const { starts, neighbors, pairs } = graph;
  const next = starts.slice(0, sources);
  const found = new Int32Array(sources); // 0: not yet
  const lowest = new Int32Array(sources);
  const groupOf = new Int32Array(sources).fill(-1);
  const open: number[] = [];
  let [time, count] = [0, 0];
  for (let root = 0; root < sources; root++) {
    if (found[root] !== 0) {
      continue;
    }
    const path = [root];
    while (path.length > 0) {
      const source = path[path.length - 1]!;
      if (found[source] === 0) {
        found[source] = lowest[source] = ++time;
        open.push(source);
      }
      const at = next[source]!;
      if (at < starts[source + 1]!) {
        next[source] = at + 1;
        const [other, pair] = [neighbors[at]!, pairs[at]!];
        const wins = first[pair] === source ? firstWins[pair]! : secondWins[pair]!;
        if (wins + ties[pair]! === 0) {
          continue;
        }
        if (found[other] === 0) {
          path.push(other);
        } else if (groupOf[other] === -1) {
          lowest[source] = Math.min(lowest[source]!, found[other]!);
        }
        continue;
      }
      path.pop();
      const parent = path[path.length - 1];
      if (parent !== undefined) {
        lowest[parent] = Math.min(lowest[parent]!, lowest[source]!);
      }
      if (lowest[source] === found[source]) {
        let member: number;
        do {
          member = open.pop()!;
          groupOf[member] = count;
        } while (member !== source);
        count++;
      }
    }
  }
  return { count, groupOf };
}

/** The sources that comparisons connect in any way; groups in the order of their first sources. */
export function comparedGroups({ sources, first, second, firstWins, secondWins, ties }: PairCounts): Groups {
  const parent = Int32Array.from({ length: sources }, (_, source) => source);
  const rootOf = (source: number): number => {
    let root = source;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]!]!;
      root = parent[root]!;
    }
    return root;
  };
  for (let pair = 0; pair < first.length; pair++) {
    if (firstWins[pair]! + secondWins[pair]! + ties[pair]! > 0) {
      parent[rootOf(first[pair]!)] = rootOf(second[pair]!);
    }
  }
  const numbers = new Map<number, number>();
  const groupOf = Int32Array.from({ length: sources }, (_, source) => {
    const root = rootOf(source);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
  return { count: numbers.size, groupOf };
}

/** The members of each group, ascending. */
export function membersOf({ count, groupOf }: Groups): number[][] {
  const members: number[][] = Array.from({ length: count }, () => []);
  groupOf.forEach((group, source) => {
    members[group]!.push(source);
  });
  return members;
}
