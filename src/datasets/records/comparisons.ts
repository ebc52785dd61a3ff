/** The strict pairs that a ranking holds: what a reward model learns from (InstructGPT, section 3.5; ties are dropped). */

/** One completion preferred to another. */
export interface Pair<T> {
  winner: T;
  loser: T;
}

/**
 * Every pair of completions in different tiers, the better first, in the order of the tiers.
 * @param tiers completions, best tier first
 */
export function comparisons<T>(tiers: readonly (readonly T[])[]): Pair<T>[] {
  const pairs: Pair<T>[] = [];
  for (const [index, tier] of tiers.entries()) {
    for (const winner of tier) {
      for (const worse of tiers.slice(index + 1)) for (const loser of worse) pairs.push({ winner, loser });
    }
  }
  return pairs;
}

/**
 * How many strict pairs a ranking holds, C(K,2) − Σ C(t,2) over its tiers of t completions, without building them.
 * @param tiers completions, best tier first
 */
export function countComparisons(tiers: readonly (readonly unknown[])[]): number {
  let pairs = 0;
  let better = 0;
  for (const tier of tiers) {
    pairs += better * tier.length;
    better += tier.length;
  }
  return pairs;
}
