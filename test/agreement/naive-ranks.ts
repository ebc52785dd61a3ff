import type { RankingJudgment } from "../../src/agreement/judgments/units-from-rankings.js";
import type { RankedPrompt, RatedPrompt } from "./support.js";

/**
 * Rank coefficients once more, read from the definitions with loops over pairs of completions and pairs of labelers:
 * independent of everything in src/agreement.
 */
export interface NaiveMean {
  readonly value: number | null;
  readonly n: number;
}

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

const pairsOf = <T>(items: readonly T[]): (readonly [T, T])[] =>
  items.flatMap((a, i) => items.slice(i + 1).map((b) => [a, b] as const));

const isLater = (a: { createdAt: number; ordinal: number }, b: { createdAt: number; ordinal: number }): boolean =>
  a.createdAt > b.createdAt || (a.createdAt === b.createdAt && a.ordinal > b.ordinal);

/** Midranks 1 … k, the mean of the ranks that tied values share. */
export const midranks = (values: readonly number[]): number[] =>
  values.map((value) => {
    const below = values.filter((other) => other < value).length;
    return below + (values.filter((other) => other === value).length + 1) / 2;
  });

export function pearson(x: readonly number[], y: readonly number[]): number | null {
  const [mx, my] = [mean(x)!, mean(y)!];
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((value, i) => {
    xy += (value - mx) * (y[i]! - my);
    xx += (value - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  });
  return xx === 0 || yy === 0 ? null : xy / Math.sqrt(xx * yy);
}

/** Σ s₁s₂ / √(Σ s₁² Σ s₂²) over the pairs of places. */
function tauB(x: readonly number[], y: readonly number[]): number | null {
  let [products, first, second] = [0, 0, 0];
  for (const [i, j] of pairsOf([...x.keys()])) {
    const [a, b] = [Math.sign(x[i]! - x[j]!), Math.sign(y[i]! - y[j]!)];
    products += a * b;
    first += a * a;
    second += b * b;
  }
  return first === 0 || second === 0 ? null : products / Math.sqrt(first * second);
}

/** W from rank sums and tie corrections, as the textbook has it. */
export function concordance(rankings: readonly (readonly number[])[]): number | null {
  const [m, k] = [rankings.length, rankings[0]!.length];
  const ranks = rankings.map((tiers) => midranks(tiers));
  const sums = Array.from({ length: k }, (_, i) => ranks.reduce((sum, own) => sum + own[i]!, 0));
  const center = (m * (k + 1)) / 2;
  const s = sums.reduce((sum, total) => sum + (total - center) ** 2, 0);
  let ties = 0;
  for (const tiers of rankings) {
    for (const value of new Set(tiers)) {
      const t = tiers.filter((other) => other === value).length;
      ties += t ** 3 - t;
    }
  }
  const below = m * m * (k ** 3 - k) - m * ties;
  return below === 0 ? null : (12 * s) / below;
}

/** Every τ-b of two labelers on a prompt: who, its value, and the pairs of completions it is of. */
function tausOfRankings({ rankings }: RankedPrompt): { who: string; value: number; pairs: string[] }[] {
  const labelers = [...new Set(rankings.map(({ labelerId }) => labelerId))].sort();
  const positions = [...new Set(rankings.flatMap((ranking) => Array.from(ranking.positions)))];
  const order = (labeler: string, i: number, j: number): number | null => {
    let latest: RankingJudgment | null = null;
    for (const ranking of rankings) {
      const ranked = Array.from(ranking.positions);
      const has = ranking.labelerId === labeler && ranked.includes(i) && ranked.includes(j);
      if (has && (latest === null || isLater(ranking, latest))) latest = ranking;
    }
    if (latest === null) return null;
    const tierOf = (position: number): number => latest.tiers[Array.from(latest.positions).indexOf(position)]!;
    return Math.sign(tierOf(i) - tierOf(j));
  };
  return pairsOf(labelers).flatMap(([a, b]) => {
    const both = pairsOf(positions).flatMap(([i, j]) => {
      const [s, t] = [order(a, i, j), order(b, i, j)];
      return s === null || t === null ? [] : [{ i, j, s, t }];
    });
    const completions = new Set(both.flatMap(({ i, j }) => [i, j]));
    const [n1, n2] = [both.filter(({ s }) => s !== 0).length, both.filter(({ t }) => t !== 0).length];
    if (completions.size < 3 || n1 === 0 || n2 === 0) return [];
    const value = both.reduce((sum, { s, t }) => sum + s * t, 0) / Math.sqrt(n1 * n2);
    return [{ who: `${a} ${b}`, value, pairs: both.map(({ i, j }) => `${i} ${j}`) }];
  });
}

/** KENDALL_TAU_B of rankings, and of every pair of labelers by "a b". */
export function naiveTauOfRankings(prompts: readonly RankedPrompt[]): NaiveMean & { byPair: Map<string, number> } {
  return meanOfPairs(prompts.map(tausOfRankings));
}

function meanOfPairs(
  prompts: readonly { who: string; value: number; pairs: string[] }[][],
): NaiveMean & { byPair: Map<string, number> } {
  const all = prompts.flat();
  const byPair = new Map(
    all.map(({ who }) => [who, mean(all.filter((other) => other.who === who).map(({ value }) => value))!]),
  );
  return {
    value: mean(all.map(({ value }) => value)),
    n: prompts.reduce((sum, taus) => sum + new Set(taus.flatMap(({ pairs }) => pairs)).size, 0),
    byPair,
  };
}

/** The sets of ≥ 3 completions of a prompt with the tiers of those labelers who ranked that set and no other. */
function sets({ rankings }: RankedPrompt): { positions: number[]; tiers: number[][] }[] {
  const setOf = (ranking: RankingJudgment): string =>
    Array.from(ranking.positions)
      .sort((a, b) => a - b)
      .join();
  const found = new Map<string, number[][]>();
  for (const labeler of new Set(rankings.map(({ labelerId }) => labelerId))) {
    const own = rankings.filter(({ labelerId, positions }) => labelerId === labeler && positions.length >= 2);
    if (new Set(own.map(setOf)).size !== 1) continue;
    const latest = own.reduce((a, b) => (isLater(b, a) ? b : a));
    const tiers = setOf(latest)
      .split(",")
      .map((position) => latest.tiers[Array.from(latest.positions).indexOf(Number(position))]!);
    if (tiers.length >= 3) found.set(setOf(latest), [...(found.get(setOf(latest)) ?? []), tiers]);
  }
  return [...found]
    .filter(([, tiers]) => tiers.length >= 2)
    .map(([set, tiers]) => ({ positions: set.split(",").map(Number), tiers }));
}

/** KENDALL_W of rankings. */
export function naiveW(prompts: readonly RankedPrompt[]): NaiveMean {
  const ofPrompts = prompts.map((prompt) =>
    sets(prompt).flatMap(({ positions, tiers }) => {
      const w = concordance(tiers);
      return w === null ? [] : [{ positions, values: [w] }];
    }),
  );
  return meanOfPrompts(ofPrompts);
}

/** SPEARMAN_RHO of rankings. */
export function naiveRhoOfRankings(prompts: readonly RankedPrompt[]): NaiveMean {
  const ofPrompts = prompts.map((prompt) =>
    sets(prompt).flatMap(({ positions, tiers }) => {
      const values = pairsOf(tiers).flatMap(([x, y]) => pearson(midranks(x), midranks(y)) ?? []);
      return values.length === 0 ? [] : [{ positions, values }];
    }),
  );
  return meanOfPrompts(ofPrompts);
}

function meanOfPrompts(prompts: readonly { positions: number[]; values: number[] }[][]): NaiveMean {
  const values = prompts.flatMap((found) => mean(found.flatMap((set) => set.values)) ?? []);
  const units = prompts.map(
    (found) => new Set(found.flatMap(({ positions }) => pairsOf(positions).map((pair) => pair.join()))).size,
  );
  return { value: mean(values), n: units.reduce((sum, n) => sum + n, 0) };
}

/** τ-b and ρ of scores. */
export function naiveOfRatings(prompts: readonly RatedPrompt[]): {
  tau: NaiveMean & { byPair: Map<string, number> };
  rho: NaiveMean;
} {
  const found = prompts.map(({ ratings }) => {
    const scores = new Map<string, Map<number, number>>();
    for (const rating of [...ratings].sort((a, b) => (isLater(a, b) ? 1 : -1))) {
      const own = scores.get(rating.labelerId) ?? new Map<number, number>();
      scores.set(rating.labelerId, own.set(rating.position, rating.value));
    }
    return pairsOf([...scores.keys()].sort()).flatMap(([a, b]) => {
      const common = [...scores.get(a)!.keys()].filter((position) => scores.get(b)!.has(position));
      const [x, y] = [a, b].map((name) => common.map((position) => scores.get(name)!.get(position)!));
      const [tau, rho] = [tauB(x!, y!), pearson(midranks(x!), midranks(y!))];
      return common.length < 3 || tau === null || rho === null
        ? []
        : [{ who: `${a} ${b}`, value: tau, rho, pairs: common.map(String) }];
    });
  });
  const tau = meanOfPairs(found);
  const rho = mean(found.flatMap((pairs) => mean(pairs.map((pair) => pair.rho)) ?? []));
  return { tau, rho: { value: rho, n: tau.n } };
}
