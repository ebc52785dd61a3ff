import type { RankingJudgment } from "../../../src/agreement/judgments/units-from-rankings.js";
import type { RatedCompletion } from "../../../src/agreement/leaderboard/leaderboard.js";
import { createRandom } from "../../../src/random.js";
import { randomRankedPrompts } from "../support.js";

/** A prompt as a leaderboard is fed: who wrote each completion, and how it was ranked. */
export interface RatedPrompt {
  readonly clusterId: string;
  readonly completions: readonly RatedCompletion[];
  readonly rankings: readonly RankingJudgment[];
}

/** A comparison as the definitions speak of it: y is 1, ½ or 0 from a's side. */
export interface Comparison {
  readonly a: string;
  readonly b: string;
  readonly y: number;
  /** Characters of a's completion less those of b's. */
  readonly longer: number;
}

/** Random rankings of completions by a few sources, some unknown; the sources differ in how far up they stand. */
export function randomRatedPrompts(seed: number, prompts: number, sources: number, authors = prompts): RatedPrompt[] {
  const random = createRandom(seed + 1);
  return randomRankedPrompts(seed, prompts, 4, authors).map(({ clusterId, rankings }) => ({
    clusterId,
    rankings,
    completions: Array.from({ length: 6 }, (_, position) => ({
      // Lower positions are ranked higher: a slope in the sources makes some of them better.
      source:
        random.nextBelow(12) === 0
          ? null
          : `s${Math.min(sources - 1, random.nextBelow(sources + Math.floor(position / 2)))}`,
      length: 20 + random.nextBelow(8) * 5,
    })),
  }));
}

/** All comparisons of different sources, by brute force: for each labeler and pair the latest ranking that holds both. */
export function naiveComparisons(prompts: readonly RatedPrompt[]): {
  comparisons: Comparison[];
  sameSource: number;
  unknown: number;
} {
  const comparisons: Comparison[] = [];
  let [sameSource, unknown] = [0, 0];
  for (const { completions, rankings } of prompts) {
    for (const labeler of new Set(rankings.map(({ labelerId }) => labelerId))) {
      for (let p = 0; p < completions.length; p++) {
        for (let q = p + 1; q < completions.length; q++) {
          const latest = rankings
            .filter((r) => r.labelerId === labeler && [p, q].every((x) => Array.from(r.positions).includes(x)))
            .sort((x, y) => x.createdAt - y.createdAt || x.ordinal - y.ordinal)
            .pop();
          if (latest === undefined) continue;
          const tier = (position: number): number => latest.tiers[Array.from(latest.positions).indexOf(position)]!;
          const [one, other] = [completions[p]!, completions[q]!];
          if (one.source === null || other.source === null) unknown++;
          else if (one.source === other.source) sameSource++;
          else {
            const y = tier(p) < tier(q) ? 1 : tier(p) > tier(q) ? 0 : 0.5;
            comparisons.push({ a: one.source, b: other.source, y, longer: one.length - other.length });
          }
        }
      }
    }
  }
  return { comparisons, sameSource, unknown };
}

/** The names that occur, sorted. */
export const namesIn = (comparisons: readonly Comparison[]): string[] =>
  [...new Set(comparisons.flatMap(({ a, b }) => [a, b]))].sort();

/** Wins and ties half over all comparisons, one comparison at a time. */
export function naiveWinRate(comparisons: readonly Comparison[], name: string): number {
  const own = comparisons.filter(({ a, b }) => a === name || b === name);
  return own.reduce((sum, { a, y }) => sum + (a === name ? y : 1 - y), 0) / own.length;
}

/** Whether everyone reaches everyone by wins and ties: Warshall's closure of the whole table. */
export function naiveIsFinite(comparisons: readonly Comparison[]): boolean {
  const names = namesIn(comparisons);
  const reaches = new Set<string>(
    comparisons.flatMap(({ a, b, y }) => [...(y > 0 ? [`${a} ${b}`] : []), ...(y < 1 ? [`${b} ${a}`] : [])]),
  );
  for (const k of names) {
    for (const i of names) {
      for (const j of names) {
        if (reaches.has(`${i} ${k}`) && reaches.has(`${k} ${j}`)) reaches.add(`${i} ${j}`);
      }
    }
  }
  return names.every((i) => names.every((j) => i === j || reaches.has(`${i} ${j}`)));
}

/** Bradley–Terry by Hunter's MM algorithm, p_i ← W_i / Σ 1 / (p_i + p_j) over single comparisons; log strengths with mean 0. */
export function naiveBradleyTerry(comparisons: readonly Comparison[], steps = 20_000): Map<string, number> {
  const names = namesIn(comparisons);
  let strengths = new Map(names.map((name) => [name, 1]));
  const won = new Map(names.map((name) => [name, 0]));
  for (const { a, b, y } of comparisons) {
    won.set(a, won.get(a)! + y);
    won.set(b, won.get(b)! + 1 - y);
  }
  for (let step = 0; step < steps; step++) {
    const chances = new Map(names.map((name) => [name, 0]));
    for (const { a, b } of comparisons) {
      const share = 1 / (strengths.get(a)! + strengths.get(b)!);
      chances.set(a, chances.get(a)! + share);
      chances.set(b, chances.get(b)! + share);
    }
    const next = new Map(names.map((name) => [name, won.get(name)! / chances.get(name)!]));
    const moved = Math.max(...names.map((name) => Math.abs(Math.log(next.get(name)! / strengths.get(name)!))));
    strengths = next;
    if (moved < 1e-14) break;
  }
  return centredLogs(strengths);
}

function centredLogs(strengths: ReadonlyMap<string, number>): Map<string, number> {
  const logs = [...strengths.values()].map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return new Map([...strengths].map(([name, strength]) => [name, Math.log(strength) - mean]));
}

/** ln of Davidson's likelihood of single comparisons. */
export function davidsonLikelihood(
  comparisons: readonly Comparison[],
  theta: ReadonlyMap<string, number>,
  nu: number,
): number {
  return comparisons.reduce((sum, { a, b, y }) => {
    const [p, q] = [Math.exp(theta.get(a)!), Math.exp(theta.get(b)!)];
    const tie = nu * Math.sqrt(p * q);
    const of = y === 1 ? p : y === 0 ? q : tie;
    return sum + Math.log(of / (p + q + tie));
  }, 0);
}

/** Bradley–Terry's likelihood of single comparisons, a tie half a win for both. */
export const bradleyTerryLikelihood = (
  comparisons: readonly Comparison[],
  theta: ReadonlyMap<string, number>,
): number =>
  comparisons.reduce((sum, { a, b, y }) => {
    const p = 1 / (1 + Math.exp(theta.get(b)! - theta.get(a)!));
    return sum + y * Math.log(p) + (1 - y) * Math.log(1 - p);
  }, 0);

/** Elo as it is played: one comparison after another, K at a time. */
export function playElo(comparisons: readonly Comparison[], k: number): Map<string, number> {
  const ratings = new Map(namesIn(comparisons).map((name) => [name, 1000]));
  for (const { a, b, y } of comparisons) {
    const expected = 1 / (1 + 10 ** ((ratings.get(b)! - ratings.get(a)!) / 400));
    ratings.set(a, ratings.get(a)! + k * (y - expected));
    ratings.set(b, ratings.get(b)! - k * (y - expected));
  }
  return ratings;
}

/** Elo with every comparison cut into m shares, played in turn: m times the whole list at K / m. */
export function playSharedElo(comparisons: readonly Comparison[], k: number, m: number): Map<string, number> {
  const names = namesIn(comparisons);
  let ratings = new Map(names.map((name) => [name, 1000]));
  for (let share = 0; share < m; share++) {
    // All shares of one round are played at the same ratings, so that their order cannot matter.
    const next = new Map(ratings);
    for (const { a, b, y } of comparisons) {
      const expected = 1 / (1 + 10 ** ((ratings.get(b)! - ratings.get(a)!) / 400));
      next.set(a, next.get(a)! + (k / m) * (y - expected));
      next.set(b, next.get(b)! - (k / m) * (y - expected));
    }
    ratings = next;
  }
  return ratings;
}
