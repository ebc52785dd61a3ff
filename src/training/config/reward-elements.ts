/** How the votes of a prompt become elements of a batch: the service counts them before a job begins, the trainer reads them. */
import type { Vote } from "./prompts.js";

/** Votes that are computed together. */
export interface VoteElement {
  /** The completions that stand in them, by their places in the prompt, ascending. */
  readonly completions: readonly number[];
  /** By their places in the prompt's list. */
  readonly votes: readonly number[];
}

/** The most completions that InstructGPT's labelers ranked together (Ouyang et al. 2022, section 3.5). */
export const MOST_IN_ELEMENT = 9;
const GROUP = 4;

/**
 * Cut a prompt's votes into elements such that every vote stands in exactly one. Up to 9 completions are one element, as in
 * the paper (section 3.5). More are put into groups of four; every pair of groups is an element with the votes between the
 * two, and the votes inside a group stand in its pair with the next group (the last group's in its pair with the one before).
 * @param votes strict ones, [labeler, winner, loser]
 * @returns elements with at least one vote, of at most 9 completions; none for no votes
 */
export function cutVotes(votes: readonly Vote[]): VoteElement[] {
  const completions = placesOf(votes);
  if (votes.length === 0) return [];
  if (completions.length <= MOST_IN_ELEMENT) return [{ completions, votes: votes.map((_, index) => index) }];
  const groupOf = new Map(completions.map((completion, place) => [completion, Math.floor(place / GROUP)]));
  const last = Math.floor((completions.length - 1) / GROUP);
  const byPair = new Map<number, number[]>();
  for (const [index, [, winner, loser]] of votes.entries()) {
    const groups = [groupOf.get(winner) as number, groupOf.get(loser) as number];
    let [low, high] = [Math.min(...groups), Math.max(...groups)];
    if (low === high) [low, high] = low === last ? [last - 1, last] : [low, low + 1];
    const pair = low * (last + 1) + high;
    const members = byPair.get(pair) ?? [];
    members.push(index);
    byPair.set(pair, members);
  }
  return [...byPair.entries()]
    .sort(([a], [b]) => a - b)
    .map(([, members]) => ({
      completions: placesOf(members.map((index) => votes[index] as Vote)),
      votes: members,
    }));
}

const placesOf = (votes: readonly Vote[]): number[] =>
  [...new Set(votes.flatMap(([, winner, loser]) => [winner, loser]))].sort((a, b) => a - b);
