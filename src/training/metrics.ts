/** Every metric that jobs yield, under the literature's names; docs/metrics.md says how each is computed. */
export const METRICS = {
  "train/loss": { unit: "nats per token", meaning: "Mean cross-entropy of the step's batch, before the step." },
  "train/learning_rate": { unit: "1", meaning: "The learning rate of the step." },
  "train/grad_norm": {
    unit: "nats per token",
    meaning: "Norm of the step's gradient over all parameters, before clipping.",
  },
  "train/tokens_per_second": {
    unit: "tokens per second",
    meaning: "Tokens read in the step by the time it took. It alone differs between equal runs.",
  },
  "eval/loss": {
    unit: "nats per token",
    meaning: "Mean cross-entropy of the examples of VALIDATION, without dropout.",
  },
} as const satisfies Record<string, { unit: string; meaning: string }>;

export type MetricName = keyof typeof METRICS;
