import type { RewardPlacement } from "../../vocabulary.js";
import { logRatio } from "../optimization/ppo-losses.js";

/** What the models say of one response of k tokens, <|endoftext|> among them where it was sampled. */
export interface ScoredResponse {
  /** [k]: log π of each token, in nats, under the policy that sampled it. */
  readonly logProbs: ArrayLike<number>;
  /** [k]: the same under the reference. */
  readonly referenceLogProbs: ArrayLike<number>;
  /** The reward model's, with its bias. */
  readonly score: number;
  /** Whether the last token is <|endoftext|>. */
  readonly hasEnded: boolean;
}

export interface RewardConfig {
  /** β, at least 0: the reward's unit a nat. */
  readonly klCoefficient: number;
  /** What a response loses that has not ended within maxResponseTokens. */
  readonly missingEosPenalty: number;
  readonly rewardPlacement: RewardPlacement;
  readonly maxResponseTokens: number;
}

/**
 * The sampled estimate of KL(π‖π_ref) of a response: Σ (log π − log π_ref), in nats (k1). It may be below 0: to hold it
 * at 0 would bias the reward (reference/rm-ppo-correctness P11).
 */
export function sampledKl({ logProbs, referenceLogProbs }: ScoredResponse): number {
  let sum = 0;
  for (let t = 0; t < logProbs.length; t++) sum += logRatio(logProbs[t]!, referenceLogProbs[t]!);
  return sum;
}

/** What a response is worth as a whole: its score; one that has not ended loses the penalty, which replaces nothing. */
export const scoreOf = ({ score, hasEnded }: ScoredResponse, { missingEosPenalty }: RewardConfig): number =>
  hasEnded ? score : score - missingEosPenalty;

/**
 * How many states of a response have a value: as many as it has tokens; with AFTER_EOS the state behind <|endoftext|>
 * too, where there is room for one.
 */
export function stateCount(
  tokens: number,
  hasEnded: boolean,
  { rewardPlacement, maxResponseTokens }: Pick<RewardConfig, "rewardPlacement" | "maxResponseTokens">,
): number {
  const goesOn = rewardPlacement === "AFTER_EOS" && hasEnded && tokens < maxResponseTokens;
  return goesOn ? tokens + 1 : tokens;
}

/**
 * The reward of each token: −β (log π − log π_ref), and once, where the response ends, its score (Ouyang et al. 2022, section
 * 3.5, equation 2, token by token as in Ziegler et al. 2019, section 2). EOS: at the last token. AFTER_EOS: at the state
 * behind <|endoftext|>, as TRL has it.
 * @returns [states], in the reward model's unit
 */
export function tokenRewards(response: ScoredResponse, config: RewardConfig): Float64Array {
  const { logProbs, referenceLogProbs, hasEnded } = response;
  const rewards = new Float64Array(stateCount(logProbs.length, hasEnded, config));
  for (let t = 0; t < logProbs.length; t++)
    rewards[t] = -config.klCoefficient * logRatio(logProbs[t]!, referenceLogProbs[t]!);
  rewards[rewards.length - 1]! += scoreOf(response, config);
  return rewards;
}
