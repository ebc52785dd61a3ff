/** How alike two of the things to be ordered are, by their numbers. */
export interface Likeness {
  readonly a: number;
  readonly b: number;
  /** The higher the more alike. */
  readonly value: number;
  /** How much it rests on, such as shared units; above 0. */
  readonly weight: number;
}

/** A binary tree over the things; a leaf is one of them. */
interface Tree {
  readonly leaves: readonly number[];
  readonly children: readonly [Tree, Tree] | null;
}

/**
 * An order in which like stands beside like, so that groups show in a matrix of pairs: average linkage over
 * d(a, b) = max value − value, the distance of two clusters being the mean over their known pairs weighted by what these
 * rest on, and then of the 2ⁿ⁻¹ orders of the tree's leaves the one with the shortest way from neighbour to neighbour.
 * Pairs of which nothing is known are farther apart than any known pair. Of equal ways the first found counts, and of the two
 * directions the one that begins with the lower number. Takes time in n³ and memory in n².
 *
 * Source: Bar-Joseph, Gifford and Jaakkola 2001, Fast optimal leaf ordering for hierarchical clustering, section 3.
 *
 * @param count n; the things are numbered 0 … n−1.
 * @param likenesses each known pair once, in either direction.
 * @returns the numbers 0 … n−1 in the order found. [n]
 */
export function seriate(count: number, likenesses: readonly Likeness[]): number[] {
  if (count === 0) return [];
  const distances = distancesOf(count, likenesses);
  const order = shortestOrder(averageLinkage(count, likenesses), count, distances);
  return order[0]! <= order.at(-1)! ? order : order.reverse();
}

const mostAlike = (likenesses: readonly Likeness[]): number =>
  likenesses.reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY);

/** d(a, b) of every pair; one of which nothing is known is as far again as the farthest, and 1 more. [n × n] */
function distancesOf(count: number, likenesses: readonly Likeness[]): Float64Array {
  const most = mostAlike(likenesses);
  const farthest = likenesses.reduce((far, { value }) => Math.max(far, most - value), 0);
  const distances = new Float64Array(count * count).fill(2 * farthest + 1);
  for (const { a, b, value } of likenesses) {
    distances[a * count + b] = most - value;
    distances[b * count + a] = most - value;
  }
  return distances;
}

/** Merges the two nearest clusters until one is left; clusters without a known pair last, by their numbers. */
function averageLinkage(count: number, likenesses: readonly Likeness[]): Tree {
  const most = mostAlike(likenesses);
  const sums = new Float64Array(count * count);
  const weights = new Float64Array(count * count);
  for (const { a, b, value, weight } of likenesses) {
    for (const cell of [a * count + b, b * count + a]) {
      sums[cell]! += weight * (most - value);
      weights[cell]! += weight;
    }
  }
  const trees = new Map<number, Tree>();
  for (let i = 0; i < count; i++) trees.set(i, { leaves: [i], children: null });
  while (trees.size > 1) {
    const [a, b] = nearest([...trees.keys()], (i, j) =>
      weights[i * count + j]! > 0 ? sums[i * count + j]! / weights[i * count + j]! : Number.POSITIVE_INFINITY,
    );
    for (const other of trees.keys()) {
      for (const table of [sums, weights]) {
        table[a * count + other]! += table[b * count + other]!;
        table[other * count + a]! += table[other * count + b]!;
      }
    }
    const [left, right] = [trees.get(a)!, trees.get(b)!];
    trees.set(a, { leaves: [...left.leaves, ...right.leaves], children: [left, right] });
    trees.delete(b);
  }
  return trees.get(0)!;
}

function nearest(numbers: readonly number[], distance: (a: number, b: number) => number): [number, number] {
  let best: [number, number] = [numbers[0]!, numbers[1]!];
  let least = distance(...best);
  for (let i = 0; i < numbers.length; i++) {
    for (let j = i + 1; j < numbers.length; j++) {
      const found = distance(numbers[i]!, numbers[j]!);
      if (found < least) {
        least = found;
        best = [numbers[i]!, numbers[j]!];
      }
    }
  }
  return best;
}

/**
 * The shortest order of the leaves that turning the tree's branches can give. way(i, j) is the shortest way through the
 * smallest subtree that holds i and j when they stand at its ends; every pair of leaves belongs to one subtree, so all of
 * them share one table.
 */
function shortestOrder(root: Tree, count: number, distances: Float64Array): number[] {
  const way = new Float64Array(count * count);
  /** Where the two halves of the way from i to j meet: the leaf on the side of i. */
  const meeting = new Int32Array(count * count);
  /** The way from i through its half and one step on to m, at the least over the half's other ends; and that end. */
  const reach = new Float64Array(count);
  const through = new Int32Array(count);

  const solve = ({ children }: Tree): void => {
    if (children === null) return;
    const [left, right] = children;
    solve(left);
    solve(right);
    for (const i of left.leaves) {
      for (const m of right.leaves) {
        reach[m] = Number.POSITIVE_INFINITY;
        for (const k of oppositeEnds(left, i)) {
          const length = way[i * count + k]! + distances[k * count + m]!;
          if (length < reach[m]!) {
            reach[m] = length;
            through[m] = k;
          }
        }
      }
      for (const j of right.leaves) {
        let least = Number.POSITIVE_INFINITY;
        for (const m of oppositeEnds(right, j)) {
          const length = reach[m]! + way[m * count + j]!;
          if (length < least) {
            least = length;
            meeting[i * count + j] = through[m]!;
            meeting[j * count + i] = m;
          }
        }
        way[i * count + j] = least;
        way[j * count + i] = least;
      }
    }
  };

  /** The leaves of a subtree from i to j, which are its ends. */
  const walk = ({ children }: Tree, i: number, j: number): number[] => {
    if (children === null) return [i];
    const [first, second] = children[0].leaves.includes(i) ? children : [children[1], children[0]];
    return [...walk(first, i, meeting[i * count + j]!), ...walk(second, meeting[j * count + i]!, j)];
  };

  solve(root);
  if (root.children === null) return [...root.leaves];
  let ends: [number, number] | null = null;
  for (const i of root.children[0].leaves) {
    for (const j of root.children[1].leaves) {
      if (ends === null || way[i * count + j]! < way[ends[0] * count + ends[1]]!) ends = [i, j];
    }
  }
  return walk(root, ...ends!);
}

/** The leaves that can stand at the other end when `leaf` stands at one: those of the other branch. */
function oppositeEnds({ leaves, children }: Tree, leaf: number): readonly number[] {
  if (children === null) return leaves;
  return children[0].leaves.includes(leaf) ? children[1].leaves : children[0].leaves;
}
