/** How a reward model's texts become batches: what was compared, and what is only scored. */

import type { RewardPrompt } from "../config/prompts.js";
import { cutVotes } from "../config/reward-elements.js";
import { comparisonLoss } from "../optimization/losses.js";
import type { ComparisonShard, ScoreShard, TrainingBatch } from "../optimization/objectives.js";
import { concatenate, shardsOf } from "./batches.js";

/** An element of a batch: a prompt's completions, each once, with its votes; or a part of a prompt that has many. */
export interface ComparisonElement {
  /** Context, completion and <|endoftext|> of each completion. */
  readonly texts: readonly Int32Array[];
  /** [c]: the place of each vote's winner among the texts … */
  readonly winners: readonly number[];
  /** [c]: … and of its loser. */
  readonly losers: readonly number[];
  /** Of each vote: 1 / (the prompt's strict votes), so that every prompt weighs the same. */
  readonly weight: number;
}

/**
 * The elements of a prompt (Ouyang et al. 2022, section 3.5: all comparisons of a prompt in one element, each completion
 * forwarded once). Ties are not among the votes, so A>B>C=D has five, each of weight 1/5.
 * @param layOut the ids of responses to the prompt
 */
export function elementsOf(
  { completions, votes }: Pick<RewardPrompt, "completions" | "votes">,
  layOut: (responses: readonly string[]) => readonly Int32Array[],
): ComparisonElement[] {
  const texts = layOut(completions.map(({ text }) => text));
  return cutVotes(votes).map((element) => {
    const placeOf = new Map(element.completions.map((completion, place) => [completion, place]));
    const places = (side: 1 | 2): number[] => element.votes.map((index) => placeOf.get(votes[index]![side]!) as number);
    return {
      texts: element.completions.map((completion) => texts[completion] as Int32Array),
      winners: places(1),
      losers: places(2),
      weight: 1 / votes.length,
    };
  });
}

/** A batch of elements: its loss is the weighted mean over all of their votes. */
export function makeComparisonBatch(elements: readonly ComparisonElement[]): TrainingBatch<ComparisonShard> {
  const divisor = elements.reduce((sum, { winners, weight }) => sum + winners.length * weight, 0);
  return shardsOf(elements, (rows) => makeComparisonShard(rows, divisor));
}

function makeComparisonShard(elements: readonly ComparisonElement[], divisor: number): ComparisonShard {
  const winners: number[] = [];
  const losers: number[] = [];
  const weights: number[] = [];
  let first = 0;
  for (const { texts, weight, ...element } of elements) {
    for (const [index, winner] of element.winners.entries()) {
      winners.push(first + winner);
      losers.push(first + element.losers[index]!);
      weights.push(weight);
    }
    first += texts.length;
  }
  return {
    objective: "COMPARISONS",
    ...atLastPositions(elements.flatMap(({ texts }) => texts)),
    winners: Int32Array.from(winners),
    losers: Int32Array.from(losers),
    weights: Float64Array.from(weights),
    divisor,
  };
}

/** The texts of some elements, each once: a text stands in as many elements of its prompt as it has votes with others. */
export const textsOf = (elements: readonly ComparisonElement[]): Int32Array[] => [
  ...new Set(elements.flatMap(({ texts }) => texts)),
];

/**
 * Loss and accuracy of some elements together, as makeComparisonBatch would have them.
 * @param scores of textsOf(elements), in that order
 */
export function comparedAs(
  elements: readonly ComparisonElement[],
  scores: readonly number[],
): { readonly loss: number; readonly accuracy: number } {
  const scoreOf = new Map(textsOf(elements).map((text, place) => [text, scores[place]!]));
  let [sum, weight, right] = [0, 0, 0];
  for (const { texts, winners, losers, weight: ofEach } of elements) {
    const part = comparisonLoss(
      Float32Array.from(texts, (text) => scoreOf.get(text) as number),
      {
        winners: Int32Array.from(winners),
        losers: Int32Array.from(losers),
        weights: new Float64Array(winners.length).fill(ofEach),
      },
    );
    sum += part.sum;
    weight += part.weight;
    right += part.figures[0]!;
  }
  return { loss: sum / weight, accuracy: right / weight };
}

/** A batch of texts that are only scored. */
export const makeScoreBatch = (texts: readonly Int32Array[]): TrainingBatch<ScoreShard> =>
  shardsOf(texts, makeScoreShard);

/** Texts that are scored together. */
export const makeScoreShard = (texts: readonly Int32Array[]): ScoreShard => ({
  objective: "SCORES",
  ...atLastPositions(texts),
  divisor: 1,
});

/** Texts one after another, and the last position of each. */
function atLastPositions(texts: readonly Int32Array[]) {
  const { ids, lengths, starts } = concatenate(texts);
  return { ids, lengths, positions: Int32Array.from(lengths, (length, row) => starts[row]! + length - 1) };
}
