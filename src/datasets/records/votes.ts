/** Rankings of a prompt as votes of its labelers (Ouyang et al. 2022, section 3.5; ties are dropped). */
import { comparisons } from "./comparisons.js";

/** A ranking: who, positions of the prompt's completions, best first, and the tier of each. */
export interface LabeledRanking {
  readonly labeler: string;
  readonly completions: readonly number[];
  readonly tiers: readonly number[];
}

/** What some rankings say of some completions. */
export interface Votes<Completion> {
  /** Those that stand in a vote, by their positions. */
  readonly completions: readonly Completion[];
  /** [labeler, winner, loser]: every strict pair of every ranking, in the rankings' order; places among `completions`. */
  readonly votes: readonly (readonly [labeler: string, winner: number, loser: number])[];
  /** How many pairs are tied. */
  readonly ties: number;
}

/**
 * The votes of a prompt's rankings.
 * @param completions of the prompt, with their positions, in ascending order
 */
export function votesOf<Completion extends { readonly position: number }>(
  rankings: readonly LabeledRanking[],
  completions: readonly Completion[],
): Votes<Completion> {
  let ties = 0;
  const pairs = rankings.flatMap(({ labeler, completions: ranked, tiers }) => {
    const strict = comparisons(tiersOf(ranked, tiers));
    ties += (ranked.length * (ranked.length - 1)) / 2 - strict.length;
    return strict.map((pair) => ({ labeler, ...pair }));
  });
  const compared = new Set(pairs.flatMap(({ winner, loser }) => [winner, loser]));
  const kept = completions.filter(({ position }) => compared.has(position));
  const placeOf = new Map(kept.map(({ position }, place) => [position, place]));
  const votes = pairs.map(
    ({ labeler, winner, loser }) => [labeler, placeOf.get(winner) as number, placeOf.get(loser) as number] as const,
  );
  return { completions: kept, votes, ties };
}

function tiersOf(ranked: readonly number[], tiers: readonly number[]): number[][] {
  const lists: number[][] = [];
  for (const [place, position] of ranked.entries()) {
    const tier = tiers[place]! - 1;
    lists[tier] ??= [];
    lists[tier].push(position);
  }
  return lists;
}
