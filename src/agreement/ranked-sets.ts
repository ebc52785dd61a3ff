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
  const ofLabeler = new Map<string, Map<string, Ranked>>();
  for (const { labelerId, positions, tiers } of inOrder) {
    if (positions.length < 2) {
      continue;
    }
    const order = Array.from(positions, (_, i) => i).sort((a, b) => positions[a]! - positions[b]!);
    const ranked = { positions: order.map((i) => positions[i]!), tiers: order.map((i) => tiers[i]!) };
    const own = ofLabeler.get(labelerId) ?? new Map<string, Ranked>();
    ofLabeler.set(labelerId, own.set(ranked.positions.join(), ranked));
  }
  let [count, ofTwo, ofSeveral, alone] = [0, 0, 0, 0];
  const ofSet = new Map<string, Ranked[]>();
  for (const own of ofLabeler.values()) {
    count += own.size;
    for (const [set, ranked] of own) {
      if (ranked.positions.length < 3) {
        ofTwo++;
      } else if (own.size > 1) {
        ofSeveral++;
      } else {
        const all = ofSet.get(set) ?? [];
        all.push(ranked);
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

interface Ranked {
  readonly positions: readonly number[];
  readonly tiers: readonly number[];
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
        // Numbered along the lower triangle, as in unitsFromRankings.
        pairs.add((positions[j]! * (positions[j]! - 1)) / 2 + positions[i]!);
      }
    }
  }
  return pairs.size;
}
