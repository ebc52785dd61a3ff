/**
 * Losses as functions of a few numbers that a model says of a shard: plain arithmetic in doubles, with its derivative, so
 * that finite differences can test it. Sums, never means: the parts of all shards add up to the batch's, however it was cut.
 */

/** A shard's part of a loss. */
export interface LossSum {
  /** What the shard adds to the loss of its batch, before that is divided. */
  readonly sum: number;
  /** What it adds to that divisor: tokens, or the weights of comparisons. */
  readonly weight: number;
  /** The derivative of the sum with respect to each number. */
  readonly slopes: Float32Array;
  /** What it adds to further figures of the batch, by their places; they have no part in the loss. */
  readonly figures: readonly number[];
}

/**
 * Cross-entropy: Σ −log p(token) (Radford et al. 2018, equation 1; Ouyang et al. 2022, section 3.5: SFT).
 * @param losses −log p of each learned token, in nats [k]
 * @returns a sum of at least 0, its weight k
 */
export function crossEntropyLoss(losses: Float32Array): LossSum {
  let sum = 0;
  for (const loss of losses) sum += loss;
  return { sum, weight: losses.length, slopes: new Float32Array(losses.length).fill(1), figures: [] };
}

/** Strict comparisons of the scores of a shard. */
export interface Comparisons {
  /** [c]: which score stands for what was preferred … */
  readonly winners: Int32Array;
  /** [c]: … to what. */
  readonly losers: Int32Array;
  /** [c]: how much each counts. */
  readonly weights: Float64Array;
}

/**
 * What a comparison adds to a share of those that are right: 1, 0, or ½ where nothing tells the two apart.
 * @param difference of the winner's number to the loser's; NaN is nothing that is right
 */
export const tieCredit = (difference: number): number => (difference > 0 ? 1 : difference === 0 ? 0.5 : 0);

/**
 * The pairwise loss of a reward model: −Σ w log σ(r_winner − r_loser) (Ouyang et al. 2022, equation 1; Bradley and Terry
 * 1952). log σ(d) is −log(1 + e^−d), computed so that no difference overflows.
 * @param scores [k]
 * @returns a sum of at least 0, in nats; figures: [Σ w·credit], where r_winner > r_loser has the credit 1 and equal
 *   scores ½, as a coin is right half of the time
 */
export function comparisonLoss(scores: Float32Array, { winners, losers, weights }: Comparisons): LossSum {
  const slopes = new Float64Array(scores.length);
  let [sum, weight, right] = [0, 0, 0];
  for (const [index, w] of weights.entries()) {
    const [winner, loser] = [winners[index]!, losers[index]!];
    const difference = scores[winner]! - scores[loser]!;
    const small = Math.exp(-Math.abs(difference));
    sum += w * (Math.log1p(small) + Math.max(0, -difference));
    const slope = (w * (difference > 0 ? small : 1)) / (1 + small); // w · σ(−difference)
    slopes[winner]! -= slope;
    slopes[loser]! += slope;
    weight += w;
    right += w * tieCredit(difference);
  }
  return { sum, weight, slopes: Float32Array.from(slopes), figures: [right] };
}
