/** What PPO tells of an iteration. Sums and counts are put together, never means; what is no token of a response has no part. */
import type { MetricName } from "../events/metrics.js";
import { POLICY_FIGURES, VALUE_FIGURES } from "../optimization/ppo-losses.js";
import { type RewardConfig, type ScoredResponse, sampledKl, scoreOf } from "./rewards.js";

/** A response with what the policy that sampled it might have said instead. */
export interface MeasuredResponse extends ScoredResponse {
  /** [k]: the entropy over the vocabulary at each token, in nats, at least 0. */
  readonly entropies: ArrayLike<number>;
}

type Metrics = Partial<Record<MetricName, number>>;

/** Means over some responses, each of which is summed over its own tokens. */
export function rolloutMetrics(responses: readonly MeasuredResponse[], config: RewardConfig): Metrics {
  const mean = (of: (response: MeasuredResponse) => number): number =>
    responses.reduce((sum, response) => sum + of(response), 0) / responses.length;
  const scores = mean((response) => scoreOf(response, config));
  const kl = mean(sampledKl);
  const nonScoreReward = 0 - config.klCoefficient * kl; // never −0
  return {
    "objective/scores": scores,
    "objective/kl": kl,
    "objective/entropy": mean(({ entropies }) => sumOf(entropies)),
    "objective/non_score_reward": nonScoreReward,
    "objective/rlhf_reward": scores + nonScoreReward,
    "ppo/response_length": mean(({ logProbs }) => logProbs.length),
  };
}

/** What came of one minibatch before its step: its mean loss, and the figures of its parts, divided like it. */
export interface MinibatchLoss {
  readonly loss: number;
  /** How many tokens or states it has. */
  readonly divisor: number;
  readonly parts: readonly { readonly figures: readonly number[] }[];
}

/** Means over all tokens of all minibatches of an update. */
export class UpdateStatistics {
  private readonly policy = { tokens: 0, loss: 0, ratio: 0, halfSquaredLogRatio: 0, clipped: 0 };
  private readonly value = { states: 0, loss: 0, clipped: 0 };
  private readonly ptx = { tokens: 0, loss: 0 };
  private firstDeviation: number | null = null;

  addPolicy(minibatch: MinibatchLoss): void {
    const { policy } = this;
    policy.tokens += minibatch.divisor;
    policy.loss += minibatch.loss * minibatch.divisor;
    for (const name of ["ratio", "halfSquaredLogRatio", "clipped"] as const)
      policy[name] += figureOf(minibatch, POLICY_FIGURES[name]).reduce((sum, part) => sum + part, 0);
    this.firstDeviation ??= Math.max(...figureOf(minibatch, POLICY_FIGURES.mostDeviation));
  }

  addValues(minibatch: MinibatchLoss): void {
    const { value } = this;
    value.states += minibatch.divisor;
    value.loss += minibatch.loss * minibatch.divisor;
    value.clipped += figureOf(minibatch, VALUE_FIGURES.clipped).reduce((sum, part) => sum + part, 0);
  }

  /** The mean loss over the pretraining tokens that stood beside a minibatch, and how many they were. */
  addPretraining(loss: number, tokens: number): void {
    this.ptx.tokens += tokens;
    this.ptx.loss += loss * tokens;
  }

  metrics(): Metrics {
    const { policy, value, ptx } = this;
    return {
      "ppo/loss/policy": policy.loss / policy.tokens,
      "ppo/loss/value": value.loss / value.states,
      ...(ptx.tokens > 0 && { "ppo/loss/ptx": ptx.loss / ptx.tokens }),
      "ppo/policy/approxkl": policy.halfSquaredLogRatio / policy.tokens,
      "ppo/policy/clipfrac": policy.clipped / policy.tokens,
      "ppo/val/clipfrac": value.clipped / value.states,
      "ppo/val/ratio": policy.ratio / policy.tokens,
      "ppo/val/ratio_max_deviation": this.firstDeviation ?? 0,
    };
  }
}

/** One figure of each part of a minibatch, before it was divided. */
const figureOf = ({ parts, divisor }: MinibatchLoss, place: number): number[] =>
  parts.map(({ figures }) => figures[place]! * divisor);

function sumOf(numbers: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]!;
  return sum;
}
