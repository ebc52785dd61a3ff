/** The accuracy of a reward model, and the lines that it is to be seen beside, of the same votes. */
import type { AccuracyLine } from "../../vocabulary.js";
import type { EvaluationPrompt, Vote } from "../config/prompts.js";
import { tieCredit } from "../optimization/losses.js";

/** What a prompt adds to a share: so many counted, so many of them right. */
export interface Share {
  readonly right: number;
  readonly counted: number;
}

/**
 * The share of strict votes whose winner has the higher number; equal numbers are right half of the time, as a coin is. So
 * a model that scores everything alike has ½, as a line beside it that cannot tell two completions apart.
 * @param numbers of the prompt's completions, by their places: scores, or lengths
 * @returns besides, how many votes are between equal numbers
 */
export function accuracyOf(votes: readonly Vote[], numbers: readonly number[]): Share & { readonly equal: number } {
  let [right, equal] = [0, 0];
  for (const [, winner, loser] of votes) {
    const difference = numbers[winner]! - numbers[loser]!;
    right += tieCredit(difference);
    if (difference === 0) equal++;
  }
  return { right, counted: votes.length, equal };
}

/**
 * The lines of a prompt.
 *
 * LONGER: votes whose winner has more characters; of equal lengths a coin is right half of the time.
 * LABELERS: of all pairs of votes on the same two completions by different labelers, those that agree: Σ (C(a, 2) + C(b, 2)) /
 * Σ C(a + b, 2) where a prefer one and b the other, less the pairs of one labeler with itself.
 * BEST_SCORER: Σ max(a, b) / Σ (a + b), of two equal texts (a + b) / 2, for they score equal. No deterministic scorer is right more often; one that has to put all completions into
 * one order may reach less.
 */
export function linesOf({
  votes,
  completions,
}: Pick<EvaluationPrompt, "votes" | "completions">): Record<AccuracyLine, Share> {
  const lengths = completions.map(({ text }) => [...text].length);
  const { right: longer } = accuracyOf(votes, lengths);
  const labelers = { right: 0, counted: 0 };
  let best = 0;
  for (const ofPair of byPair(votes).values()) {
    const [first] = ofPair;
    const isFirst = ([, winner]: Vote): boolean => winner === first?.[1];
    const [a, b] = [ofPair.filter(isFirst).length, ofPair.filter((vote) => !isFirst(vote)).length];
    const [, winner, loser] = first as Vote;
    best += completions[winner]?.text === completions[loser]?.text ? (a + b) / 2 : Math.max(a, b);
    labelers.right += pairs(a) + pairs(b);
    labelers.counted += pairs(a + b);
    for (const own of byLabeler(ofPair).values()) {
      const [x, y] = [own.filter(isFirst).length, own.filter((vote) => !isFirst(vote)).length];
      labelers.right -= pairs(x) + pairs(y);
      labelers.counted -= pairs(x + y);
    }
  }
  return {
    LONGER: { right: longer, counted: votes.length },
    LABELERS: labelers,
    BEST_SCORER: { right: best, counted: votes.length },
  };
}

const pairs = (count: number): number => (count * (count - 1)) / 2;

const byPair = (votes: readonly Vote[]): Map<string, Vote[]> =>
  grouped(votes, ([, winner, loser]) => `${Math.min(winner, loser)},${Math.max(winner, loser)}`);

const byLabeler = (votes: readonly Vote[]): Map<string, Vote[]> => grouped(votes, ([labeler]) => labeler);

function grouped(votes: readonly Vote[], keyOf: (vote: Vote) => string): Map<string, Vote[]> {
  const groups = new Map<string, Vote[]>();
  for (const vote of votes) {
    const group = groups.get(keyOf(vote));
    if (group) group.push(vote);
    else groups.set(keyOf(vote), [vote]);
  }
  return groups;
}
