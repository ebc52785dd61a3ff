import {
  type PretrainingFacts,
  type PretrainingInput,
  resolvePretraining,
} from "../../../src/training/config/pretraining.js";
import { TINY } from "../support.js";

const resolve = (input: PretrainingInput, more: Partial<PretrainingFacts> = {}) =>
  resolvePretraining(input, {
    trainDocuments: 100,
    trainBytes: 31_900,
    validationDocuments: 10,
    architecture: TINY,
    memoryBytes: 2 ** 30,
    ...more,
  });

test("AUTO by hand: 31,900 bytes and 100 ends are 1,000 sequences of 32; in batches of 32 they are 32 steps, 8 times", () => {
  expect(resolve({})).toMatchObject({ batchSize: 32, steps: 256, warmUpSteps: 10, learningRate: 1e-3, dropout: 0.1 });
});

test("AUTO takes at least 100 steps, and at most 2,000", () => {
  expect(resolve({}, { trainBytes: 10 })).toMatchObject({ batchSize: 1, steps: 100 });
  expect(resolve({}, { trainBytes: 1e9 })).toMatchObject({ batchSize: 32, steps: 2000 });
});

test("PAPER is GPT's section 4.1", () => {
  expect(resolve({ recipe: "PAPER" })).toMatchObject({
    batchSize: 64,
    steps: 1600, // 100 epochs of ⌈1,000 / 64⌉ = 16
    learningRate: 2.5e-4,
    warmUpSteps: 1599,
    finalLearningRateFraction: 0,
    dropout: 0.1,
    weightDecay: 0.01,
  });
});

test("what is given counts; every value has its reason; frozen, and the same from JSON", () => {
  const config = resolve({ steps: 7, batchSize: 3, learningRate: 0.5, seed: 4 });
  expect(config).toMatchObject({ steps: 7, batchSize: 3, learningRate: 0.5, seed: 4 });
  for (const reason of Object.values(config.reasons)) expect(reason).toMatch(/\.$/);
  expect(Object.isFrozen(config)).toBe(true);
  expect(JSON.parse(JSON.stringify(config))).toEqual(config);
});

test.each([
  [{ steps: 0 }, "steps", "Steps is 0; it must be a whole number from 1 to 1000000."],
  [{ batchSize: -1 }, "batchSize", "Batch size is -1; it must be a whole number from 1 to 512."],
  [{ learningRate: 2 }, "learningRate", "Learning rate is 2; it must be at least 1e-10 and at most 1."],
] as const)("%j is refused", (input, field, message) => {
  expect(() => resolve(input)).toThrow(
    expect.objectContaining({ code: "BAD_USER_INPUT", field: `input.${field}`, message }),
  );
});

test("without a prompt there is nothing to train on", () => {
  expect(() => resolve({}, { trainDocuments: 0 })).toThrow(
    expect.objectContaining({ code: "UNPROCESSABLE", message: "The TRAIN split has no prompt to train on." }),
  );
});
