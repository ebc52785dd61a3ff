import type { AlphaLevel } from "../../src/agreement/coefficients/krippendorff-alpha.js";
import type { TiePolicy } from "../../src/vocabulary.js";
import type { RankedPrompt, RatedPrompt } from "./support.js";

/**
 * The definitions read aloud, with loops over judgments and pairs of judgments and nothing aggregated: slow, and independent of
 * everything in src/agreement. A unit is the list of the values that different labelers gave it.
 */
export type NaiveUnit = { labeler: string; value: number }[];

/** −1, 0, 1 of the pair (i, j), i < j, for every two completions of a prompt; the latest judgment of a labeler counts. */
export function naiveRankingUnits({ rankings }: RankedPrompt): { units: NaiveUnit[]; repeats: number } {
  const positions = [...new Set(rankings.flatMap((ranking) => Array.from(ranking.positions)))];
  const labelers = [...new Set(rankings.map((ranking) => ranking.labelerId))];
  const units: NaiveUnit[] = [];
  let repeats = 0;
  for (const i of positions) {
    for (const j of positions) {
      if (i >= j) continue;
      const unit: NaiveUnit = [];
      for (const labeler of labelers) {
        const both = rankings.filter((ranking) => {
          const ranked = Array.from(ranking.positions);
          return ranking.labelerId === labeler && ranked.includes(i) && ranked.includes(j);
        });
        if (both.length === 0) continue;
        repeats += both.length - 1;
        const latest = both.reduce((a, b) =>
          b.createdAt > a.createdAt || (b.createdAt === a.createdAt && b.ordinal > a.ordinal) ? b : a,
        );
        const tierOf = (position: number): number => latest.tiers[Array.from(latest.positions).indexOf(position)]!;
        unit.push({ labeler, value: Math.sign(tierOf(i) - tierOf(j)) });
      }
      if (unit.length > 0) units.push(unit);
    }
  }
  return { units, repeats };
}

/** The values of every completion of a prompt; the latest judgment of a labeler counts. */
export function naiveRatingUnits({ ratings }: RatedPrompt): { units: NaiveUnit[]; repeats: number } {
  const units: NaiveUnit[] = [];
  let repeats = 0;
  for (const position of new Set(ratings.map((rating) => rating.position))) {
    const unit: NaiveUnit = [];
    for (const labeler of new Set(ratings.map((rating) => rating.labelerId))) {
      const own = ratings.filter((rating) => rating.position === position && rating.labelerId === labeler);
      if (own.length === 0) continue;
      repeats += own.length - 1;
      own.sort((a, b) => a.createdAt - b.createdAt || a.ordinal - b.ordinal);
      unit.push({ labeler, value: own[own.length - 1]!.value });
    }
    if (unit.length > 0) units.push(unit);
  }
  return { units, repeats };
}

/**
 * α = 1 − D_o/D_e: the mean squared distance of two values of one unit over that of any two values at all. Each value weighs 1:
 * within a unit of m its m − 1 comparisons weigh 1/(m − 1) each. Null where all pairable values are equal or there are none.
 */
export function naiveAlpha(units: NaiveUnit[], level: AlphaLevel): number | null {
  const pairable = units.filter((unit) => unit.length >= 2);
  const all = pairable.flat().map(({ value }) => value);
  const known = new Map<string, number>();
  const distance = (a: number, b: number): number => {
    const pair = `${a} ${b}`;
    if (!known.has(pair)) known.set(pair, squared(a, b));
    return known.get(pair)!;
  };
  const squared = (a: number, b: number): number => {
    if (a === b) return 0;
    switch (level) {
      case "nominal":
        return 1;
      case "interval":
        return (a - b) ** 2;
      case "ratio":
        return ((a - b) / (a + b)) ** 2;
      case "ordinal": {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const ends = all.filter((value) => value === low || value === high).length;
        return (all.filter((value) => value >= low && value <= high).length - ends / 2) ** 2;
      }
    }
  };
  let observed = 0;
  for (const unit of pairable) {
    for (const [i, a] of unit.entries()) {
      for (const [j, b] of unit.entries()) {
        if (i !== j) observed += distance(a.value, b.value) / (unit.length - 1) / all.length;
      }
    }
  }
  let expected = 0;
  for (const [i, a] of all.entries()) {
    for (const [j, b] of all.entries()) {
      if (i !== j) expected += distance(a, b) / (all.length * (all.length - 1));
    }
  }
  return expected === 0 ? null : 1 - observed / expected;
}

/** α of rankings: every unit stands in the data twice, seen from either completion, but each counts half. */
export function naiveOrientedAlpha(units: NaiveUnit[]): number | null {
  const pairable = units.filter((unit) => unit.length >= 2);
  const flipped = pairable.map((unit) => unit.map(({ labeler, value }) => ({ labeler, value: -value })));
  const both = [...pairable, ...flipped];
  const all = both.flat().map(({ value }) => value);
  const n = all.length / 2;
  let disagreeing = 0;
  for (const unit of both) {
    for (const [i, a] of unit.entries()) {
      for (const [j, b] of unit.entries()) {
        if (i !== j && a.value !== b.value) disagreeing += 1 / (unit.length - 1) / 2;
      }
    }
  }
  // Σ_{c≠k} n_c n_k with halved marginals.
  const marginal = (value: number): number => all.filter((other) => other === value).length / 2;
  const [less, tie, more] = [marginal(-1), marginal(0), marginal(1)];
  const expected = 2 * (less * tie + less * more + tie * more);
  return expected === 0 ? null : 1 - ((n - 1) * disagreeing) / expected;
}

/** Credit of two values, or null where the pair does not count. */
export function naiveCredit(a: number, b: number, tiePolicy: TiePolicy): number | null {
  if (tiePolicy === "STRICT_ONLY" && (a === 0 || b === 0)) return null;
  if (a === b) return 1;
  return tiePolicy === "HALF_CREDIT" && (a === 0 || b === 0) ? 0.5 : 0;
}

/** Agreeing labeler pairs over labeler pairs; with a labeler, only pairs in which that labeler stands. */
export function naivePercentAgreement(
  units: NaiveUnit[],
  credit: (a: number, b: number) => number | null,
  labelers: readonly string[] = [],
): { value: number | null; n: number } {
  let [agreed, pairs, n] = [0, 0, 0];
  for (const unit of units) {
    let entered = false;
    for (let i = 0; i < unit.length; i++) {
      for (let j = i + 1; j < unit.length; j++) {
        const names = [unit[i]!.labeler, unit[j]!.labeler];
        const worth = credit(unit[i]!.value, unit[j]!.value);
        if (worth !== null && labelers.every((labeler) => names.includes(labeler))) {
          agreed += worth;
          pairs++;
          entered = true;
        }
      }
    }
    n += entered ? 1 : 0;
  }
  return { value: pairs === 0 ? null : agreed / pairs, n };
}
