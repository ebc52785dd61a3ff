import { keyedRandom, type Random } from "../../src/random.js";
import { chooseToken } from "../../src/training/sampling.js";

const random: Random = keyedRandom(["sampling"]);

test("temperature 0 takes the likeliest token, of equal ones the first", () => {
  expect(chooseToken(Float32Array.of(1, 3, 2, 3), 0, random)).toBe(1);
});

test.each([1, 0.5, 2])("tokens come as often as softmax(logits / %d) says", (temperature) => {
  const logits = [0, 1, -1, 2];
  const weights = logits.map((logit) => Math.exp(logit / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  const counts = [0, 0, 0, 0];
  const draws = 20_000;
  for (let i = 0; i < draws; i++) counts[chooseToken(Float32Array.from(logits), temperature, random)]!++;
  for (const [token, weight] of weights.entries()) {
    const p = weight / total;
    // Six standard deviations of a binomial count.
    expect(Math.abs(counts[token]! - draws * p)).toBeLessThan(6 * Math.sqrt(draws * p * (1 - p)));
  }
});

test("a token without probability never comes, and logits of any size are no trouble", () => {
  for (let i = 0; i < 1000; i++) {
    expect(chooseToken(Float32Array.of(-Infinity, 1e30, -1e30), 1, random)).toBe(1);
  }
});
