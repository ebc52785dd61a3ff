import { logRatio } from "../../../src/training/optimization/ppo-losses.js";
import { type RewardConfig, sampledKl, scoreOf, stateCount, tokenRewards } from "../../../src/training/ppo/rewards.js";

const CONFIG: RewardConfig = { klCoefficient: 0.1, missingEosPenalty: 1, rewardPlacement: "EOS", maxResponseTokens: 6 };
const response = (more: Partial<Parameters<typeof tokenRewards>[0]> = {}) => ({
  logProbs: [-1, -2, -0.5],
  referenceLogProbs: [-1.5, -2, -1],
  score: 3,
  hasEnded: true,
  ...more,
});

test("P8: each token costs β nats of log-ratio, and the score enters once, at <|endoftext|>", () => {
  // −0.1 · (−1 + 1.5), −0.1 · 0, −0.1 · (−0.5 + 1) + 3
  expect(Array.from(tokenRewards(response(), CONFIG))).toEqual([-0.05, -0, 2.95]);
});

test("P8: AFTER_EOS puts it behind <|endoftext|>, where there is room; else at the last token", () => {
  const after: RewardConfig = { ...CONFIG, rewardPlacement: "AFTER_EOS" };
  expect(Array.from(tokenRewards(response(), after))).toEqual([-0.05, -0, -0.05, 3]);
  const full = { ...after, maxResponseTokens: 3 };
  expect(Array.from(tokenRewards(response(), full))).toEqual([-0.05, -0, 2.95]);
  expect(Array.from(tokenRewards(response({ hasEnded: false }), full))).toEqual([-0.05, -0, 1.95]);
  expect([stateCount(3, true, after), stateCount(3, false, after), stateCount(3, true, CONFIG)]).toEqual([4, 3, 3]);
});

test("P7: a response that has not ended loses the penalty of its score, which is not replaced", () => {
  expect(scoreOf(response({ hasEnded: false }), CONFIG)).toBe(2);
  expect(scoreOf(response({ hasEnded: false, score: -5 }), { ...CONFIG, missingEosPenalty: 0.5 })).toBe(-5.5);
  expect(scoreOf(response(), CONFIG)).toBe(3);
});

test("P11: the sampled KL is summed over the response and may be below 0", () => {
  expect(sampledKl(response())).toBe(1);
  expect(sampledKl(response({ referenceLogProbs: [-0.5, -1, -0.5] }))).toBe(-1.5);
});

test("O15: log-ratios count up to ±20, and NaN stays NaN", () => {
  expect([logRatio(0, -100), logRatio(-100, 0), logRatio(-1, -3)]).toEqual([20, -20, 2]);
  expect(logRatio(Number.NaN, 0)).toBeNaN();
  expect(logRatio(Number.NEGATIVE_INFINITY, 0)).toBe(-20);
  expect(sampledKl(response({ logProbs: [0], referenceLogProbs: [-1e9] }))).toBe(20);
});

test("β 0 leaves the score alone", () => {
  expect(tokenRewards(response(), { ...CONFIG, klCoefficient: 0 }).reduce((sum, reward) => sum + reward, 0)).toBe(3);
});
