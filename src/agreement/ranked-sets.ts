import { centredRanks } from "./centred-ranks.js";
import type { RankingJudgment } from "./units-from-rankings.js";

/** Some completions of a prompt that several labelers ranked, each once. */
export interface RankedSet {
  /** The completions, by ascending position. [k] */
  readonly positions: readonly number[];
  /** Centred midranks of each labeler, best lowest. [m][k], m ≥ 2, k ≥ 3 */
  readonly ranks: readonly Float64Array[];
}

/** The rankings of a prompt that can be compared whole, and how many cannot and why. */
export interface RankedSets {
  readonly sets: readonly RankedSet[];
  /** Rankings that count: of two completions or more, and not replaced by a later one of the same completions … */
  readonly rankings: number;
  /** … of them those of two completions, … */
  readonly ofTwo: number;
  /** … of three or more by labelers who ranked several sets of the prompt's completions, … */
  readonly ofSeveral: number;
  /** … and of three or more that nobody else ranked. */
  readonly alone: number;
}

/**
 * Finds the sets of three or more completions that at least two labelers ranked as a whole. A labeler who ranked several sets of
 * a prompt's completions is left out of all: which of the rankings holds for a pair in two of them depends on the pair. Where a
 * labeler ranked the same set twice the later ranking counts (by createdAt, then by ordinal).
 */
export function rankedSets(rankings: readonly RankingJudgment[]): RankedSets {
  const inOrder = [...rankings].sort((a, b) => a.createdAt - b.createdAt || a.ordinal - b.ordinal);
  const ofLabeler = new Map<string, Map<SetKey, RankingJudgment>>();
  for (const ranking of inOrder) {
    if (ranking.positions.length < 2) {
      continue;
    }
    const own = ofLabeler.get(ranking.labelerId) ?? new Map<SetKey, RankingJudgment>();
    ofLabeler.set(ranking.labelerId, own.set(keyOfSet(ranking.positions), ranking));
  }
  let [count, ofTwo, ofSeveral, alone] = [0, 0, 0, 0];
  const ofSet = new Map<SetKey, Ranked[]>();
  for (const own of ofLabeler.values()) {
    count += own.size;
    for (const [set, ranked] of own) {
      if (ranked.positions.length < 3) {
        ofTwo++;
      } else if (own.size > 1) {
        ofSeveral++;
      } else {
        const all = ofSet.get(set) ?? [];
        all.push(byPosition(ranked));
        ofSet.set(set, all);
      }
    }
  }
  const sets: RankedSet[] = [];
  for (const all of ofSet.values()) {
    if (all.length < 2) {
      alone++;
    } else {
      sets.push({ positions: all[0]!.positions, ranks: all.map(({ tiers }) => centredRanks(tiers)) });
    }
  }
  return { sets, rankings: count, ofTwo, ofSeveral, alone };
}

/** A set of completions: two by the number of their pair, more by their positions in ascending order. */
type SetKey = number | string;

function keyOfSet(positions: ArrayLike<number>): SetKey {
  return positions.length === 2
    ? pairNumber(positions[0]!, positions[1]!)
    : Array.from(positions)
        .sort((a, b) => a - b)
        .join();
}

/** A number for two completions: along the lower triangle, (0,1) (0,2) (1,2) (0,3) … */
export function pairNumber(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return (high * (high - 1)) / 2 + low;
}

interface Ranked {
  readonly positions: readonly number[];
  readonly tiers: readonly number[];
}

function byPosition({ positions, tiers }: RankingJudgment): Ranked {
  const order = Array.from(positions, (_, i) => i).sort((a, b) => positions[a]! - positions[b]!);
  return { positions: order.map((i) => positions[i]!), tiers: order.map((i) => tiers[i]!) };
}

/** The pairs of completions in sets of one prompt, each counted once. */
export function pairsIn(sets: readonly RankedSet[]): number {
  if (sets.length === 1) {
    const k = sets[0]!.positions.length;
    return (k * (k - 1)) / 2;
  }
  const pairs = new Set<number>();
  for (const { positions } of sets) {
    for (let j = 1; j < positions.length; j++) {
      for (let i = 0; i < j; i++) {
        pairs.add(pairNumber(positions[i]!, positions[j]!));
      }
    }
  }
  return pairs.size;
}
