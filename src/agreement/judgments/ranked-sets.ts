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
  const pairsOf = new Map<string, Set<number>>();
  const longer: RankingJudgment[] = [];
  for (const ranking of rankings) {
    const { labelerId, positions } = ranking;
    if (positions.length > 2) {
      longer.push(ranking);
    } else if (positions.length === 2) {
      const own = pairsOf.get(labelerId) ?? new Set<number>();
      pairsOf.set(labelerId, own.add(pairNumber(positions[0]!, positions[1]!)));
    }
  }
  longer.sort((a, b) => a.createdAt - b.createdAt || a.ordinal - b.ordinal);
  const ofLabeler = new Map<string, Map<string, RankingJudgment>>();
  for (const ranking of longer) {
    const own = ofLabeler.get(ranking.labelerId) ?? new Map<string, RankingJudgment>();
    ofLabeler.set(ranking.labelerId, own.set(setOf(ranking.positions), ranking));
  }
  let [ofTwo, ofLonger, ofSeveral, alone] = [0, 0, 0, 0];
  for (const own of pairsOf.values()) {
    ofTwo += own.size;
  }
  const ofSet = new Map<string, Ranked[]>();
  for (const [labelerId, own] of ofLabeler) {
    ofLonger += own.size;
    if (own.size > 1 || pairsOf.has(labelerId)) {
      ofSeveral += own.size;
      continue;
    }
    for (const [set, ranking] of own) {
      const all = ofSet.get(set) ?? [];
      all.push(byPosition(ranking));
      ofSet.set(set, all);
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
  return { sets, rankings: ofTwo + ofLonger, ofTwo, ofSeveral, alone };
}

/** The completions of a ranking whatever their order. */
const setOf = (positions: ArrayLike<number>): string =>
  Array.from(positions)
    .sort((a, b) => a - b)
    .join();

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
