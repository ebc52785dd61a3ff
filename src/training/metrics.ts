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
      "Of a reward model: the share of the batch's comparisons in which the winner scores higher, weighted as in the loss.",
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
      "Mean score of a reward model for the likeliest answers to prompts of VALIDATION, where one chooses the parameters.",
  },
  "eval/accuracy": { unit: "1", meaning: "The same accuracy on VALIDATION." },
} as const satisfies Record<string, { unit: string; meaning: string }>;

export type MetricName = keyof typeof METRICS;
