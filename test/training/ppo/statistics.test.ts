import type { RewardConfig } from "../../../src/training/ppo/rewards.js";
import { type MinibatchLoss, rolloutMetrics, UpdateStatistics } from "../../../src/training/ppo/statistics.js";

const CONFIG: RewardConfig = { klCoefficient: 0.5, missingEosPenalty: 1, rewardPlacement: "EOS", maxResponseTokens: 4 };

test("O13, O14 by hand: sums over a response's own tokens, means over episodes, the sign of each", () => {
  const responses = [
    { logProbs: [-1, -2, -3], referenceLogProbs: [-2, -2, -4], entropies: [1, 2, 3], score: 4, hasEnded: true },
    { logProbs: [-1], referenceLogProbs: [-1], entropies: [0.5], score: 1, hasEnded: false },
  ];
  expect(rolloutMetrics(responses, CONFIG)).toEqual({
    "objective/scores": 2, // (4 + 1 − 1) / 2
    "objective/kl": 1, // (1 + 0 + 1 + 0) / 2
    "objective/entropy": 3.25, // (6 + 0.5) / 2
    "objective/non_score_reward": -0.5, // −β · kl
    "objective/rlhf_reward": 1.5,
    "ppo/response_length": 2,
  });
});

test("check 2: where the policy is the reference, the KL and its reward are 0, and nothing is −0", () => {
  const same = { logProbs: [-1, -2], referenceLogProbs: [-1, -2], entropies: [1, 1], score: 1, hasEnded: true };
  const metrics = rolloutMetrics([same], CONFIG);
  expect(Object.is(metrics["objective/kl"], 0) && Object.is(metrics["objective/non_score_reward"], 0)).toBe(true);
});

test("O16 by hand: minibatches count by their tokens, and the first one's largest deviation is told", () => {
  const minibatch = (loss: number, divisor: number, parts: number[][]): MinibatchLoss => ({
    loss,
    divisor,
    parts: parts.map((figures) => ({ figures: figures.map((figure) => figure / divisor) })),
  });
  const statistics = new UpdateStatistics();
  statistics.addPolicy(
    minibatch(0.5, 2, [
      [1, 0.1, 0, 0.25],
      [1.5, 0.2, 1, 0.5],
    ]),
  );
  statistics.addPolicy(minibatch(-1, 6, [[6.5, 0.5, 2, 9]]));
  statistics.addValues(minibatch(2, 3, [[1], [2]]));
  statistics.addValues(minibatch(6, 1, [[0]]));
  expect(statistics.metrics()).toEqual({
    "ppo/loss/policy": (0.5 * 2 - 6) / 8,
    "ppo/loss/value": (2 * 3 + 6) / 4,
    "ppo/policy/approxkl": expect.closeTo(0.1, 12), // 0.8 / 8
    "ppo/policy/clipfrac": expect.closeTo(3 / 8, 12),
    "ppo/val/clipfrac": expect.closeTo(3 / 4, 12),
    "ppo/val/ratio": expect.closeTo(9 / 8, 12),
    "ppo/val/ratio_max_deviation": 0.5,
  });
  statistics.addPretraining(3, 10);
  statistics.addPretraining(4, 30);
  expect(statistics.metrics()["ppo/loss/ptx"]).toBe(3.75);
});
