/** Every metric that jobs yield, under the literature's names; docs/metrics.md says how each is computed. */
export const METRICS = {
  "train/loss": {
    unit: "nats",
    meaning:
      "Loss of the step's batch, before the step: cross-entropy a token, or of a reward model −log σ a comparison.",
  },
  "train/accuracy": {
    unit: "1",
    meaning:
      "Of a reward model: the share of the batch's comparisons in which the winner scores higher, equal scores half, weighted as in the loss.",
  },
  "train/learning_rate": { unit: "1", meaning: "The learning rate of the step." },
  "train/grad_norm": {
    unit: "nats",
    meaning: "Norm of the step's gradient over all parameters, before clipping.",
  },
  "train/tokens_per_second": {
    unit: "tokens per second",
    meaning: "Tokens read in the step by the time it took. It alone differs between equal runs.",
  },
  "eval/loss": { unit: "nats", meaning: "The same loss on VALIDATION, without dropout." },
  "eval/score": {
    unit: "1",
    meaning:
      "Mean score of a reward model for answers to prompts of VALIDATION: the likeliest ones where it chooses the parameters, sampled ones of the average in PPO.",
  },
  "eval/accuracy": { unit: "1", meaning: "The same accuracy on VALIDATION." },
  "eval/kl": {
    unit: "nats per response",
    meaning: "Mean sampled KL of the policy's average from the reference on prompts of VALIDATION.",
  },
  "objective/scores": {
    unit: "1",
    meaning: "Mean score of the iteration's responses, less the penalty of those that did not end.",
  },
  "objective/kl": {
    unit: "nats per response",
    meaning: "Mean sampled KL of the policy from the reference, summed over a response.",
  },
  "objective/entropy": {
    unit: "nats per response",
    meaning: "Mean entropy of the policy over the vocabulary, summed over a response.",
  },
  "objective/non_score_reward": { unit: "1", meaning: "What the KL adds to the reward: −β times it." },
  "objective/rlhf_reward": { unit: "1", meaning: "Mean score and non-score reward together: what PPO maximises." },
  "ppo/response_length": {
    unit: "tokens per response",
    meaning: "Mean length of the responses, with <|endoftext|> where it was sampled.",
  },
  "ppo/loss/policy": {
    unit: "1",
    meaning: "The clipped policy loss of the iteration's minibatches, before their steps.",
  },
  "ppo/loss/value": {
    unit: "1",
    meaning: "The clipped value loss of the iteration's minibatches, before their steps.",
  },
  "ppo/loss/ptx": {
    unit: "nats per token",
    meaning: "Cross-entropy of the policy on pretraining text, without its coefficient.",
  },
  "ppo/policy/approxkl": {
    unit: "nats per token",
    meaning: "Half the mean squared log-ratio of the policy to what it was when it sampled.",
  },
  "ppo/policy/clipfrac": { unit: "1", meaning: "Part of the tokens whose policy loss is clipped." },
  "ppo/val/clipfrac": { unit: "1", meaning: "Part of the states whose value loss is clipped." },
  "ppo/val/ratio": { unit: "1", meaning: "Mean ratio of the policy to what it was when it sampled; it stays near 1." },
  "ppo/val/ratio_max_deviation": {
    unit: "1",
    meaning: "The most by which a ratio of the iteration's first minibatch differs from 1: no more than rounding.",
  },
} as const satisfies Record<string, { unit: string; meaning: string }>;

export type MetricName = keyof typeof METRICS;
