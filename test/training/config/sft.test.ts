import { withScalarHead } from "../../../src/training/config/model-shape.js";
import { pretrainingRows, resolveSft, type SftFacts, type SftInput } from "../../../src/training/config/sft.js";
import { TINY } from "../support.js";

const GIB = 2 ** 30;
const facts = (more: Partial<SftFacts> = {}): SftFacts => ({
  trainExamples: 100,
  validationExamples: 10,
  architecture: TINY,
  memoryBytes: 4 * GIB,
  ...more,
});
const resolve = (input: SftInput, more: Partial<SftFacts> = {}) => resolveSft(input, facts(more));

test("PAPER is InstructGPT's appendix C.1", () => {
  expect(resolve({ recipe: "PAPER" }, { trainExamples: 12_725 })).toMatchObject({
    recipe: "PAPER",
    epochs: 16,
    batchSize: 32,
    learningRate: 9.65e-6,
    dropout: 0.2,
    warmUpSteps: 0,
    finalLearningRateFraction: 0.1,
    beta1: 0.9,
    beta2: 0.95,
    weightDecay: 0,
    steps: 16 * 398, // ⌈12,725 / 32⌉ = 398
    evaluateEvery: 637, // ⌈6,368 / 10⌉
  });
});

test("AUTO by hand for 100 examples: 20 steps an epoch leave batches of 4; 300 steps are 12 epochs of 25", () => {
  const config = resolve({});
  expect(config).toMatchObject({
    recipe: "AUTO",
    seed: 0,
    batchSize: 4,
    epochs: 12,
    steps: 300,
    warmUpSteps: 10,
    evaluateEvery: 30,
  });
  expect(config).toMatchObject({
    dropout: 0.1,
    weightDecay: 0.1,
    gradientNorm: 1,
    selection: "VALIDATION_LOSS",
    sampleTokens: 16,
  });
  for (const name of [
    "batchSize",
    "epochs",
    "learningRate",
    "dropout",
    "warmUpSteps",
    "weightDecay",
    "steps",
    "gradientNorm",
  ]) {
    expect(config.reasons[name]).toMatch(/\.$/);
  }
});

test.each([
  [1, 1, 16],
  [39, 1, 8],
  [40, 2, 15],
  [640, 32, 15],
  [12_725, 32, 2],
])("AUTO reads %i examples in batches of %i, %i times", (trainExamples, batchSize, epochs) => {
  expect(resolve({}, { trainExamples })).toMatchObject({ batchSize, epochs });
});

test("AUTO's learning rate: 1e-3 to 2 million parameters, 3e-4 at 100 million, the paper's above", () => {
  const rate = (layers: number, width: number) =>
    resolve({}, { architecture: { ...TINY, layers, width }, memoryBytes: 1e15 }).learningRate;
  expect(rate(2, 16)).toBe(1e-3);
  // 12.2 million parameters: (257 + 32) · 512 + 4 (12 · 512² + 13 · 512) + 2 · 512 = 12,758,528.
  const place = Math.log(12_758_528 / 2e6) / Math.log(50);
  expect(rate(4, 512)).toBeCloseTo(1e-3 * 0.3 ** place, 10);
  expect(rate(12, 1024)).toBe(9.65e-6); // 151 million
});

test("what is given counts under either recipe, and says so", () => {
  const given = { epochs: 3, batchSize: 7, learningRate: 0.02, dropout: 0, seed: -5 };
  for (const recipe of ["AUTO", "PAPER"] as const) {
    const config = resolve({ ...given, recipe });
    expect(config).toMatchObject({ ...given, steps: 3 * 15 }); // ⌈100 / 7⌉ = 15
    expect(config.reasons.learningRate).toBe("Given.");
  }
});

test("a configuration is frozen and comes back from JSON", () => {
  const config = resolve({});
  expect(Object.isFrozen(config)).toBe(true);
  expect(JSON.parse(JSON.stringify(config))).toEqual(config);
});

test("without examples of VALIDATION the last parameters become the model, and the reason says why", () => {
  const config = resolve({}, { validationExamples: 0 });
  expect(config.selection).toBe("LAST_STEP");
  expect(config.reasons.selection).toBe("VALIDATION has no example, so the last parameters become the model.");
});

test("AUTO takes smaller batches where the memory is short, and says so", () => {
  // A shard has ⌈32 / 8⌉ = 4 rows at 32, and 1 at 8.
  const architecture = { ...TINY, width: 128, contextLength: 256, layers: 4 };
  const config = resolve({}, { trainExamples: 10_000, architecture, memoryBytes: 70e6 });
  expect(config.batchSize).toBeLessThan(32);
  expect(config.reasons.batchSize).toMatch(/reduced from 32 to fit 70 MB of memory\.$/);
});

test.each([
  [{ learningRate: 0 }, "learningRate", "Learning rate is 0; it must be at least 1e-10 and at most 1."],
  [{ learningRate: -1e-3 }, "learningRate", "Learning rate is -0.001; it must be at least 1e-10 and at most 1."],
  // GraphQL's 1e400 arrives as Infinity.
  [
    { learningRate: Number.POSITIVE_INFINITY },
    "learningRate",
    "Learning rate is a number too large to hold; it must be at least 1e-10 and at most 1.",
  ],
  [{ learningRate: 1.5 }, "learningRate", "Learning rate is 1.5; it must be at least 1e-10 and at most 1."],
  [{ epochs: 0 }, "epochs", "Epochs is 0; it must be a whole number from 1 to 1000."],
  [{ epochs: 1001 }, "epochs", "Epochs is 1001; it must be a whole number from 1 to 1000."],
  [{ batchSize: 0 }, "batchSize", "Batch size is 0; it must be a whole number from 1 to 512."],
  [{ batchSize: 513 }, "batchSize", "Batch size is 513; it must be a whole number from 1 to 512."],
  [{ batchSize: 1.5 }, "batchSize", "Batch size is 1.5; it must be a whole number from 1 to 512."],
  [{ dropout: -0.1 }, "dropout", "Dropout is -0.1; it must be at least 0 and below 1."],
  [{ dropout: 1 }, "dropout", "Dropout is 1; it must be at least 0 and below 1."],
  [{ seed: 2 ** 31 }, "seed", "Seed is 2147483648; it must be a whole number from -2147483648 to 2147483647."],
  [{ recipe: "BEST" as never }, "recipe", "Recipe is BEST; it must be AUTO or PAPER."],
] as const)("%j is refused", (input, field, message) => {
  expect(() => resolve(input)).toThrow(
    expect.objectContaining({ code: "BAD_USER_INPUT", field: `input.${field}`, message }),
  );
});

test("no example is UNPROCESSABLE, and a batch that does not fit is refused with the estimate", () => {
  expect(() => resolve({}, { trainExamples: 0 })).toThrow(
    expect.objectContaining({ code: "UNPROCESSABLE", field: "input.datasetId" }),
  );
  expect(() => resolve({ batchSize: 512 }, { memoryBytes: 5e6 })).toThrow(
    expect.objectContaining({
      field: "input.batchSize",
      message: expect.stringMatching(/^Batches of 512 need [\d,]+ MB of memory; a job may use 5 MB\.$/),
    }),
  );
});

test("a share of pretraining text needs a corpus, and its rows count as the batch's", () => {
  const config = resolve({ batchSize: 9, pretrainingMix: 0.1 }, { pretrainingDocuments: 5 });
  expect(config).toMatchObject({ pretrainingMix: 0.1, pretrainingDocuments: 5 });
  expect(pretrainingRows(config)).toBeCloseTo(1, 12); // one of ten
  expect(resolve({}, { pretrainingDocuments: 5 })).toMatchObject({ pretrainingMix: 0, pretrainingDocuments: 0 });
  expect(() => resolve({ pretrainingMix: 0.1 })).toThrow(
    expect.objectContaining({ code: "UNPROCESSABLE", field: "input.pretrainingDatasetId" }),
  );
  expect(() => resolve({ pretrainingMix: 1 }, { pretrainingDocuments: 5 })).toThrow(
    expect.objectContaining({ message: "Pretraining mix is 1; it must be from 0 to 0.9." }),
  );
});

test("a reward model chooses by its score, where VALIDATION has examples", () => {
  const rewardModel = withScalarHead(TINY);
  expect(resolve({}, { rewardModel })).toMatchObject({
    selection: "REWARD_SCORE",
    scoredPrompts: 16,
    scoredTokens: 16,
  });
  expect(resolve({}, { rewardModel, validationExamples: 0 }).selection).toBe("LAST_STEP");
  const large = { ...rewardModel, layers: 24, width: 1024 };
  expect(() => resolve({}, { rewardModel: large, memoryBytes: 1e9 })).toThrow(
    expect.objectContaining({
      field: "input.rewardModelId",
      message: expect.stringMatching(/together; a job may use/),
    }),
  );
  expect(() => resolve({}, { rewardModel: TINY })).toThrow(
    expect.objectContaining({
      field: "input.rewardModelId",
      message: expect.stringMatching(/^Selection by score needs/),
    }),
  );
});
