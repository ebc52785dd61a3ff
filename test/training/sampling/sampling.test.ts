import { keyedRandom, type Random } from "../../../src/random.js";
import { chooseToken, sampleTokens } from "../../../src/training/sampling/sampling.js";
import { LoadedModel } from "../../../src/training/shards/loaded-model.js";
import { newValues, open, TINY } from "../support.js";

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

test.each([
  ["NaN at first", [Number.NaN, 1, 2]],
  ["NaN in between", [3, Number.NaN, 2]],
  ["NaN at last", [3, 1, Number.NaN]],
  ["infinity", [3, Number.POSITIVE_INFINITY, 2]],
  ["nothing but minus infinity", [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]],
])("nothing is chosen by logits that are not finite: %s", (_, logits) => {
  for (const temperature of [0, 1])
    expect(() => chooseToken(Float32Array.from(logits), temperature, random)).toThrow(
      expect.objectContaining({ code: "DIVERGED", message: expect.stringMatching(/must be finite/) }),
    );
});

test("responses are the same alone and among others, and end with <|endoftext|> or after maxTokens", async () => {
  const backend = await open();
  const model = new LoadedModel(backend, TINY);
  model.load(newValues(TINY).map((value) => value * 8));
  const endOfText = 256;
  const sample = (some: readonly number[]) =>
    sampleTokens(model, {
      contexts: some.map((index) => ({
        ids: [...Buffer.from(`${index} ${"so ".repeat(index % 4)}`)],
        random: keyedRandom([7, index]),
      })),
      endOfText,
      maxTokens: 16,
      temperature: 1.5,
      pause: async () => {},
    });
  const all = Array.from({ length: 12 }, (_, index) => index);
  const together = await sample(all);
  for (const response of together) {
    const end = response.indexOf(endOfText);
    expect(response.length).toBe(end < 0 ? 16 : end + 1);
  }
  expect(new Set(together.map(String)).size).toBe(12);
  for (const index of all) expect(await sample([index])).toEqual([together[index]]);
  expect(await sample([5, 2, 9])).toEqual([together[5], together[2], together[9]]);
  expect(await sample([])).toEqual([]);
  model.dispose();
  backend.close();
});
