import { type GenerationInput, resolveGeneration } from "../../../src/training/config/generation.js";
import { TINY } from "../support.js";

const resolve = (input: GenerationInput, memoryBytes = 2 ** 30) =>
  resolveGeneration(input, { architecture: TINY, memoryBytes });

test("the contract's defaults; responses take half of the window", () => {
  expect(resolve({})).toMatchObject({ seed: 0, samplesPerPrompt: 4, temperature: 1, maxResponseTokens: 16 });
  expect(resolve({ temperature: 0.01 }).temperature).toBe(0.01);
  expect(resolve({ temperature: 0, maxResponseTokens: 31 })).toMatchObject({ temperature: 0, maxResponseTokens: 31 });
});

test.each([
  [{ samplesPerPrompt: 0 }, "samplesPerPrompt", "Samples per prompt is 0; it must be a whole number from 1 to 64."],
  [{ samplesPerPrompt: 65 }, "samplesPerPrompt", "Samples per prompt is 65; it must be a whole number from 1 to 64."],
  [
    { temperature: -1 },
    "temperature",
    "Temperature is -1; it must be 0, which takes the likeliest token each time, or from 0.01 to 10.",
  ],
  [
    { temperature: Number.POSITIVE_INFINITY },
    "temperature",
    "Temperature is a number too large to hold; it must be 0, which takes the likeliest token each time, or from 0.01 to 10.",
  ],
  [
    { temperature: 0.0099 },
    "temperature",
    "Temperature is 0.0099; it must be 0, which takes the likeliest token each time, or from 0.01 to 10.",
  ],
  [{ maxResponseTokens: 0 }, "maxResponseTokens", "Most response tokens is 0; it must be a whole number from 1 to 31."],
  [
    { maxResponseTokens: 32 },
    "maxResponseTokens",
    "Most response tokens is 32; it must be a whole number from 1 to 31.",
  ],
  [{ seed: 0.5 }, "seed", "Seed is 0.5; it must be a whole number from -2147483648 to 2147483647."],
] as const)("%j is refused", (input, field, message) => {
  expect(() => resolve(input)).toThrow(
    expect.objectContaining({ code: "BAD_USER_INPUT", field: `input.${field}`, message }),
  );
});

test("samples that do not fit the memory together are refused with the estimate", () => {
  expect(() => resolve({ samplesPerPrompt: 64 }, 1.5e6)).toThrow(
    expect.objectContaining({
      field: "input.samplesPerPrompt",
      message: expect.stringMatching(/^64 samples at a time need [\d,]+ MB of memory; a job may use 2 MB\.$/),
    }),
  );
});
