import { createRandom } from "../../../src/random.js";
import type { LossSum } from "../../../src/training/optimization/losses.js";
import { clippedPolicyLoss, clippedValueLoss, POLICY_FIGURES } from "../../../src/training/optimization/ppo-losses.js";

const SEED = 1707;

/** Slopes from differences of the sum, where the loss has no kink between them. */
function expectSlopes(of: (numbers: Float32Array) => LossSum, at: Float32Array): void {
  const step = 2 ** -12; // exact in float32 beside numbers below 8
  const { slopes } = of(at);
  for (let i = 0; i < at.length; i++) {
    const moved = (by: number) => of(at.map((x, index) => (index === i ? x + by : x))).sum;
    const [left, right] = [(moved(0) - moved(-step)) / step, (moved(step) - moved(0)) / step];
    if (Math.abs(left - right) > 0.01 * (1 + Math.abs(left))) continue; // a kink
    expect(slopes[i]).toBeCloseTo((left + right) / 2, 3);
  }
}

/** Numbers on a grid of 1/1024, so that adding to them is exact. */
function numbers(length: number, least: number, most: number, random = createRandom(SEED)): Float32Array {
  return Float32Array.from({ length }, () => Math.round((least + random.nextUnit() * (most - least)) * 1024) / 1024);
}

test(`the policy's slopes are those of finite differences, seed ${SEED}`, () => {
  const random = createRandom(SEED);
  const losses = numbers(200, 0, 3, random);
  const oldLogProbs = losses.map((loss) => -loss + numbers(1, -0.6, 0.6, random)[0]!);
  const targets = { oldLogProbs, advantages: numbers(200, -2, 2, random), clipRatio: 0.2 };
  expectSlopes((x) => clippedPolicyLoss(x, targets), losses);
  const { figures } = clippedPolicyLoss(losses, targets);
  expect(figures[POLICY_FIGURES.clipped]).toBeGreaterThan(20); // both kinds were there
  expect(figures[POLICY_FIGURES.clipped]).toBeLessThan(180);
});

test(`the value model's slopes are those of finite differences, seed ${SEED}`, () => {
  const random = createRandom(SEED);
  const values = numbers(200, -2, 2, random);
  const oldValues = values.map((value) => value + numbers(1, -0.6, 0.6, random)[0]!);
  const targets = { oldValues, returns: numbers(200, -2, 2, random), clipRatio: 0.2 };
  expectSlopes((x) => clippedValueLoss(x, targets), values);
  const { figures } = clippedValueLoss(values, targets);
  expect(figures[0]).toBeGreaterThan(20);
  expect(figures[0]).toBeLessThan(180);
});

test("O5 by hand: the pessimistic one of ratio and clip counts", () => {
  // [ratio, advantage, loss, slope by −log π]: ratios 1.5 and 0.5 against a clip to [0.8, 1.2].
  const cases = [
    [1.5, 1, -1.2, 0],
    [1.5, -1, 1.5, -1.5],
    [0.5, 1, -0.5, 0.5],
    [0.5, -1, 0.8, 0],
    [1.1, 2, -2.2, 2.2],
  ] as const;
  for (const [ratio, advantage, loss, slope] of cases) {
    const targets = { oldLogProbs: Float32Array.of(-1), advantages: Float32Array.of(advantage), clipRatio: 0.2 };
    const result = clippedPolicyLoss(Float32Array.of(1 - Math.log(ratio)), targets);
    expect(result.sum).toBeCloseTo(loss, 6);
    expect(result.slopes[0]).toBeCloseTo(slope, 6);
  }
});

test("check 1: at ratio 1 the loss is −ΣA, the slope is the policy gradient's, and nothing is clipped", () => {
  const losses = Float32Array.of(0.5, 2, 7);
  const advantages = Float32Array.of(1, -0.25, -0.75);
  const result = clippedPolicyLoss(losses, { oldLogProbs: losses.map((x) => -x), advantages, clipRatio: 0.2 });
  expect(result).toEqual({ sum: 0, weight: 3, slopes: advantages, figures: [3, 0, 0, 0] });
});

test("O15: a log-ratio beyond ±20 overflows nothing and has no slope", () => {
  const targets = { oldLogProbs: Float32Array.of(-100, -1), advantages: Float32Array.of(-1, -1), clipRatio: 0.2 };
  const { sum, slopes } = clippedPolicyLoss(Float32Array.of(1, 100), targets);
  expect(sum).toBeCloseTo(Math.exp(20) + 0.8, 0);
  expect(Array.from(slopes)).toEqual([0, 0]);
});

test("O6 by hand: the value is clipped around the old one, half the larger square counts", () => {
  // V 1, V_old 0, clip 0.2: towards R = 2 the clipped error 1.8 is larger; away from R = −1 the free one, 2.
  const targets = (returns: number) => ({
    oldValues: Float32Array.of(0),
    returns: Float32Array.of(returns),
    clipRatio: 0.2,
  });
  const towards = clippedValueLoss(Float32Array.of(1), targets(2));
  expect([towards.sum, towards.slopes[0], towards.figures]).toEqual([expect.closeTo(1.62, 6), 0, [1]]);
  const away = clippedValueLoss(Float32Array.of(1), targets(-1));
  expect([away.sum, away.slopes[0], away.figures]).toEqual([2, 2, [0]]);
});

test("NaN reaches the loss, so that a run that diverges ends", () => {
  const one = Float32Array.of(Number.NaN);
  const zero = Float32Array.of(0);
  const policy = clippedPolicyLoss(one, { oldLogProbs: zero, advantages: zero, clipRatio: 0.2 });
  const value = clippedValueLoss(one, { oldValues: zero, returns: zero, clipRatio: 0.2 });
  expect([policy.sum, policy.slopes[0], value.sum, value.slopes[0]]).toEqual(Array(4).fill(Number.NaN));
});

test(`O16: cut anywhere, the parts add up to the whole, seed ${SEED}`, () => {
  const random = createRandom(SEED);
  const [losses, oldLogProbs, advantages] = [numbers(37, 0, 3, random), numbers(37, -3, 0, random), numbers(37, -2, 2)];
  const part = (from: number, to: number) =>
    clippedPolicyLoss(losses.slice(from, to), {
      oldLogProbs: oldLogProbs.slice(from, to),
      advantages: advantages.slice(from, to),
      clipRatio: 0.2,
    });
  const whole = part(0, 37);
  const parts = [part(0, 1), part(1, 30), part(30, 37)];
  expect(parts.reduce((sum, one) => sum + one.sum, 0)).toBeCloseTo(whole.sum, 10);
  expect(parts.flatMap(({ slopes }) => Array.from(slopes))).toEqual(Array.from(whole.slopes));
});
