/**
 * The two losses of PPO as functions of what the models say at each of k tokens, with their slopes written out. Sums, for a
 * minibatch may be cut anywhere: divided by the tokens of the whole minibatch, its parts add up to its mean.
 */
import type { LossSum } from "./losses.js";

/** Farther apart two log-probabilities do not count: exp(±20) is finite in float32, and no likelier to be right. */
const MOST_LOG_RATIO = 20;

/** log p − log q, in nats, held within ±20. NaN stays NaN, so that it is seen. */
export const logRatio = (logP: number, logQ: number): number =>
  Math.min(MOST_LOG_RATIO, Math.max(-MOST_LOG_RATIO, logP - logQ));

/** What the policy is to learn at k tokens. */
export interface PolicyTargets {
  /** [k]: log π of each before the update, in nats. */
  readonly oldLogProbs: Float32Array;
  /** [k]: whitened. */
  readonly advantages: Float32Array;
  /** ε, in (0, 1). */
  readonly clipRatio: number;
}

/** What the value model is to learn at k states. */
export interface ValueTargets {
  /** [k]: what it said before the update. */
  readonly oldValues: Float32Array;
  /** [k] */
  readonly returns: Float32Array;
  /** ε, above 0, in the reward's unit. */
  readonly clipRatio: number;
}

/** The figures of a part of a policy's loss, in their order: sums over its tokens, but the last is the largest of them. */
export const POLICY_FIGURES = { ratio: 0, halfSquaredLogRatio: 1, clipped: 2, mostDeviation: 3 } as const;
/** The figures of a part of a value model's loss. */
export const VALUE_FIGURES = { clipped: 0 } as const;

/**
 * PPO's clipped objective as a loss (Schulman et al. 2017, equation 7):
 *
 *   Σ max(−A r, −A clip(r, 1 − ε, 1 + ε)),  r = exp(log π − log π_old), the difference held within ±20
 *
 * Of two equal ones the first counts, so that at r = 1 the slope is the policy gradient's. A token is clipped where the
 * second is larger.
 * @param losses −log π of each token, in nats [k]
 * @returns the sum, its weight k, the slopes, and POLICY_FIGURES
 */
export function clippedPolicyLoss(
  losses: Float32Array,
  { oldLogProbs, advantages, clipRatio }: PolicyTargets,
): LossSum {
  const slopes = new Float32Array(losses.length);
  let [sum, ratios, squares, clippedTokens, deviation] = [0, 0, 0, 0, 0];
  for (let i = 0; i < losses.length; i++) {
    const change = logRatio(-losses[i]!, oldLogProbs[i]!);
    const ratio = Math.exp(change);
    const free = -advantages[i]! * ratio;
    const clipped = -advantages[i]! * clamp(ratio, 1 - clipRatio, 1 + clipRatio);
    const isClipped = clipped > free;
    sum += Math.max(free, clipped);
    if (!isClipped && !(Math.abs(change) >= MOST_LOG_RATIO)) slopes[i] = -free;
    ratios += ratio;
    squares += 0.5 * change ** 2;
    if (isClipped) clippedTokens++;
    deviation = Math.max(deviation, Math.abs(ratio - 1));
  }
  return { sum, weight: losses.length, slopes, figures: [ratios, squares, clippedTokens, deviation] };
}

/**
 * The value model's clipped loss (the code of Ziegler et al. 2019; Huang et al. 2024, "value function loss clipping"):
 *
 *   Σ ½ max((V − R)², (V_old + clip(V − V_old, −ε, ε) − R)²)
 *
 * @param values [k]
 * @returns the sum, its weight k, the slopes, and VALUE_FIGURES
 */
export function clippedValueLoss(values: Float32Array, { oldValues, returns, clipRatio }: ValueTargets): LossSum {
  const slopes = new Float32Array(values.length);
  let [sum, clippedStates] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const held = oldValues[i]! + clamp(values[i]! - oldValues[i]!, -clipRatio, clipRatio);
    const free = 0.5 * (values[i]! - returns[i]!) ** 2;
    const clipped = 0.5 * (held - returns[i]!) ** 2;
    const isClipped = clipped > free;
    sum += Math.max(free, clipped);
    if (!isClipped) slopes[i] = values[i]! - returns[i]!;
    if (isClipped) clippedStates++;
  }
  return { sum, weight: values.length, slopes, figures: [clippedStates] };
}

const clamp = (x: number, least: number, most: number): number => Math.min(most, Math.max(least, x));
