import { type AdvantageConfig, estimateAdvantages } from "./advantages.js";
import { type RewardConfig, tokenRewards } from "./rewards.js";
import type { MeasuredResponse } from "./statistics.js";
import { whiten } from "./whitening.js";

/** A response with all that the models say of it before the update. */
export interface Experience extends MeasuredResponse {
  /** [states]: what the value model says of each state. */
  readonly values: ArrayLike<number>;
}

/** What is to be learned from a response. */
export interface PpoTargets {
  /** [k]: of each token, whitened over all tokens of the rollout. */
  readonly advantages: Float32Array;
  /** [states]: what the value model is to say. */
  readonly returns: Float32Array;
}

/**
 * What is to be learned from the responses of a rollout: rewards, whitened where that is asked for; advantages and returns
 * of these rewards; then the advantages are whitened, once and over all responses together. The returns are of advantages
 * that are not whitened. The state behind <|endoftext|>, with AFTER_EOS, has a return, but no token and so no advantage.
 */
export function ppoTargetsOf(
  experiences: readonly Experience[],
  config: RewardConfig & AdvantageConfig & { readonly whitenRewards: boolean },
): PpoTargets[] {
  const plain = experiences.map((experience) => tokenRewards(experience, config));
  const rewards = config.whitenRewards ? whiten(plain, false) : plain;
  const estimates = experiences.map(({ values }, index) =>
    estimateAdvantages(rewards[index] as Float64Array, values, config),
  );
  const advantages = whiten(
    estimates.map((estimate, index) => estimate.advantages.subarray(0, experiences[index]?.logProbs.length)),
    true,
  );
  return estimates.map(({ returns }, index) => ({
    advantages: Float32Array.from(advantages[index] as Float64Array),
    returns: Float32Array.from(returns),
  }));
}
