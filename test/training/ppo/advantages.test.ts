import { createRandom } from "../../../src/random.js";
import { estimateAdvantages } from "../../../src/training/ppo/advantages.js";

test("by hand: two states, γ = 0.5, λ = 0.5", () => {
  // δ₁ = 2 − 4 = −2; δ₀ = 1 + 0.5 · 4 − 2 = 1; A₁ = −2; A₀ = 1 + 0.25 · −2 = 0.5; R = A + V
  const { advantages, returns } = estimateAdvantages(Float64Array.of(1, 2), [2, 4], { discount: 0.5, gaeLambda: 0.5 });
  expect([Array.from(advantages), Array.from(returns)]).toEqual([
    [0.5, -2],
    [2.5, 2],
  ]);
});

test("with γ = λ = 1 an advantage is the sum of the rewards to come, less the value (check 7)", () => {
  const rewards = Float64Array.of(1, -2, 0.5, 3);
  const values = [0.25, 1, -1, 2];
  const { advantages } = estimateAdvantages(rewards, values, { discount: 1, gaeLambda: 1 });
  for (const [t, value] of values.entries())
    expect(advantages[t]).toBeCloseTo(rewards.slice(t).reduce((sum, reward) => sum + reward, 0) - value, 12);
});

test("with λ = 0 it is the error of one step", () => {
  const { advantages } = estimateAdvantages(Float64Array.of(1, 1, 1), [3, 5, 9], { discount: 0.9, gaeLambda: 0 });
  expect(advantages[0]).toBeCloseTo(1 + 0.9 * 5 - 3, 12);
  expect(advantages[2]).toBeCloseTo(1 - 9, 12);
});

const SEED = 20_40;
test(`the recursion is equation 16's sum Σ (γλ)ˡ δₜ₊ₗ, on 20 responses of up to 40 states, seed ${SEED} (check 7)`, () => {
  const random = createRandom(SEED);
  const config = { discount: 0.97, gaeLambda: 0.9 };
  for (let response = 0; response < 20; response++) {
    const length = 1 + random.nextBelow(40);
    const numbers = () => Float64Array.from({ length }, () => random.nextUnit() * 4 - 2);
    const [rewards, values] = [numbers(), numbers()];
    const { advantages, returns } = estimateAdvantages(rewards, values, config);
    const deltas = rewards.map((reward, t) => reward + config.discount * (values[t + 1] ?? 0) - values[t]!);
    for (let t = 0; t < length; t++) {
      let sum = 0;
      for (let l = 0; t + l < length; l++) sum += (config.discount * config.gaeLambda) ** l * deltas[t + l]!;
      expect(advantages[t]).toBeCloseTo(sum, 10);
      expect(returns[t]).toBeCloseTo(sum + values[t]!, 10); // O4: un-whitened
    }
  }
});

test("P8's figures: with V = 0 and λ = 0.95 the token at <|endoftext|> has 1 where the score is there, 0.95 where it is behind", () => {
  const config = { discount: 1, gaeLambda: 0.95 };
  const at = (rewards: number[]) =>
    estimateAdvantages(Float64Array.from(rewards), rewards.fill(0), config).advantages[3]!;
  expect(at([0, 0, 0, 1])).toBe(1);
  expect(at([0, 0, 0, 0, 1])).toBeCloseTo(0.95, 12);
});
