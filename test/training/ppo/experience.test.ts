import { ppoTargetsOf } from "../../../src/training/ppo/experience.js";

const CONFIG = {
  klCoefficient: 0,
  missingEosPenalty: 1,
  rewardPlacement: "EOS",
  maxResponseTokens: 4,
  discount: 1,
  gaeLambda: 1,
  whitenRewards: false,
} as const;
const experience = (score: number, values: number[], tokens = values.length) => ({
  logProbs: new Float32Array(tokens).fill(-1),
  referenceLogProbs: new Float32Array(tokens).fill(-2),
  entropies: new Float32Array(tokens),
  score,
  hasEnded: true,
  values,
});

test("O4 by hand: returns are of advantages that are not whitened, advantages are whitened over all responses", () => {
  // λ = γ = 1: advantages 2 − V and 6 − V: 1, 2, 6; mean 3, variance (4 + 1 + 9) / 3.
  const [first, second] = ppoTargetsOf([experience(2, [1, 0]), experience(6, [0])], CONFIG);
  expect([Array.from(first?.returns ?? []), Array.from(second?.returns ?? [])]).toEqual([[2, 2], [6]]);
  const deviation = Math.sqrt(14 / 3 + 1e-8);
  expect(first?.advantages[0]).toBeCloseTo(-2 / deviation, 6);
  expect(first?.advantages[1]).toBeCloseTo(-1 / deviation, 6);
  expect(second?.advantages[0]).toBeCloseTo(3 / deviation, 6);
});

test("with AFTER_EOS the state behind <|endoftext|> has a return and no advantage", () => {
  const [lesson] = ppoTargetsOf([experience(2, [1, 0, 5], 2)], { ...CONFIG, rewardPlacement: "AFTER_EOS" });
  expect([lesson?.advantages.length, lesson?.returns.length]).toEqual([2, 3]);
  expect(lesson?.returns[2]).toBe(2);
});

test("O2: whitened rewards keep their mean, and the returns are in their scale", () => {
  const rewards = [experience(2, [0]), experience(6, [0])];
  const lessons = ppoTargetsOf(rewards, { ...CONFIG, whitenRewards: true });
  // 2 and 6: mean 4, deviation 2.
  expect(lessons.map(({ returns }) => returns[0])).toEqual([expect.closeTo(3, 6), expect.closeTo(5, 6)]);
});

test("β enters as −β times the log-ratio of each token", () => {
  const [lesson] = ppoTargetsOf([experience(0, [0, 0])], { ...CONFIG, klCoefficient: 0.5 });
  expect(Array.from(lesson?.returns ?? [])).toEqual([-1, -0.5]);
});
