import { withScalarHead } from "../../../src/training/config/model-shape.js";
import { resolvePpo } from "../../../src/training/config/ppo.js";
import type { PpoFacts, PpoInput } from "../../../src/training/config/ppo-choices.js";
import { TINY } from "../support.js";

const GIB = 2 ** 30;
const facts = (more: Partial<PpoFacts> = {}): PpoFacts => ({
  trainPrompts: 400,
  validationPrompts: 50,
  pretrainingDocuments: 400,
  architecture: TINY,
  rewardArchitecture: withScalarHead(TINY),
  memoryBytes: 4 * GIB,
  ...more,
});
const resolve = (input: PpoInput, more: Partial<PpoFacts> = {}) => resolvePpo(input, facts(more));

test("PAPER is InstructGPT's appendix C.4", () => {
  expect(resolve({ recipe: "PAPER" }, { trainPrompts: 31_144 })).toMatchObject({
    recipe: "PAPER",
    episodes: 256_000,
    batchSize: 512,
    minibatchSize: 64,
    innerEpochs: 1,
    iterations: 500,
    klCoefficient: 0.02,
    clipRatio: 0.2,
    discount: 1,
    temperature: 1,
    warmUpIterations: 10,
    emaDecay: 0.992,
    valueLearningRate: 9e-6,
    beta1: 0.9,
    beta2: 0.95,
    weightDecay: 0,
    ptxCoefficient: 0,
    ptxRatio: 8,
  });
});

test("AUTO by hand for 400 prompts: 3,200 answers are 50 iterations of 64 in 8 minibatches of 8", () => {
  const config = resolve({});
  expect(config).toMatchObject({
    recipe: "AUTO",
    seed: 0,
    batchSize: 64,
    minibatchSize: 8,
    episodes: 3200,
    iterations: 50,
    warmUpIterations: 5,
    evaluateEvery: 5,
    evaluationPrompts: 32,
    maxResponseTokens: 16,
    window: 32,
    policyLearningRate: 1e-3,
    valueLearningRate: 1e-3,
    epsilon: 1e-5,
    gaeLambda: 0.95,
    missingEosPenalty: 1,
    rewardPlacement: "EOS",
    whitenRewards: false,
  });
  // Half of the start is gone after a tenth of the run: 5 iterations.
  expect(config.emaDecay ** 5).toBeCloseTo(0.5, 12);
  const unexplained = Object.keys(config).filter(
    (name) =>
      !(name in config.reasons) &&
      !/^(recipe|seed|architecture|rewardArchitecture|\w+Prompts|pretrainingDocuments|reasons)$/.test(name),
  );
  expect(unexplained).toEqual([]);
  for (const reason of Object.values(config.reasons)) expect(reason).toMatch(/\.$/);
});

test.each([
  [1, 16, 4, 320], // at least 20 iterations
  [20, 16, 4, 320],
  [100, 32, 4, 800],
  [500, 64, 8, 4032], // 4,000 in whole batches
  [40_000, 64, 8, 256_000],
])("AUTO answers %i prompts in batches of %i, minibatches of %i and %i episodes", (trainPrompts, ...expected) => {
  const { batchSize, minibatchSize, episodes, iterations } = resolve({}, { trainPrompts });
  expect([batchSize, minibatchSize, episodes]).toEqual(expected);
  expect(iterations).toBeGreaterThanOrEqual(20);
});

test("the decay of a long run is the paper's", () => {
  expect(resolve({ episodes: 64 * 2000 }).emaDecay).toBe(0.992);
});

test("what is given counts under either recipe, and says so; defaults say whose they are", () => {
  const given = {
    batchSize: 24,
    minibatchSize: 6,
    policyLearningRate: 0.02,
    valueLearningRate: 0.03,
    emaDecay: 0,
    maxResponseTokens: 5,
    klCoefficient: 0,
    ptxCoefficient: 27.8,
    rewardPlacement: "AFTER_EOS",
    seed: -5,
  } as const;
  for (const recipe of ["AUTO", "PAPER"] as const) {
    const config = resolve({ ...given, recipe });
    expect(config).toMatchObject(given);
    for (const name of ["batchSize", "emaDecay", "klCoefficient", "rewardPlacement"])
      expect(config.reasons[name]).toBe("Given.");
    expect(config.reasons.clipRatio).toBe("Appendix C.4.");
  }
});

test("episodes are rounded up to whole batches, and the reason says so", () => {
  const config = resolve({ episodes: 1000, batchSize: 64 });
  expect([config.episodes, config.iterations]).toEqual([1024, 16]);
  expect(config.reasons.episodes).toBe("Given. 1000 were asked for: whole batches of 64 are 1024.");
});

test("a batch that eight does not divide has the next larger part as its minibatch, of at least 4 episodes", () => {
  const sizes = [1, 7, 10, 12, 30].map((batchSize) => resolve({ batchSize }).minibatchSize);
  expect(sizes).toEqual([1, 7, 5, 4, 5]); // at least 4
  expect(resolve({ batchSize: 32, whitenRewards: true }).minibatchSize).toBe(8);
});

test("the window is what both models can read", () => {
  const config = resolve({}, { rewardArchitecture: { ...withScalarHead(TINY), contextLength: 24 } });
  expect([config.window, config.maxResponseTokens]).toEqual([24, 12]);
  expect(config.reasons.window).toBe("The shorter one of the policy's 32 and the reward model's 24 tokens.");
});

test("AUTO takes smaller batches where the memory is short, and says so", () => {
  const architecture = { ...TINY, width: 128, contextLength: 256, layers: 4 };
  const models = { architecture, rewardArchitecture: withScalarHead(architecture) };
  const config = resolve({}, { ...models, memoryBytes: 220e6 });
  expect(config.batchSize).toBeLessThan(64);
  expect(config.reasons.batchSize).toMatch(/reduced from 64 to fit 220 MB of memory\.$/);
});

test("a configuration is frozen and comes back from JSON", () => {
  const config = resolve({});
  expect(Object.isFrozen(config)).toBe(true);
  expect(JSON.parse(JSON.stringify(config))).toEqual(config);
});

test.each([
  [{ episodes: 0 }, "episodes", "Episodes is 0; it must be a whole number from 1 to 10000000."],
  [{ batchSize: 0 }, "batchSize", "Batch size is 0; it must be a whole number from 1 to 512."],
  [{ batchSize: 513 }, "batchSize", "Batch size is 513; it must be a whole number from 1 to 512."],
  [{ batchSize: 8, minibatchSize: 3 }, "minibatchSize", "Minibatch size is 3; it must divide the batch size, 8."],
  [
    { batchSize: 8, minibatchSize: 16 },
    "minibatchSize",
    "Minibatch size is 16; it must be a whole number from 1 to 8.",
  ],
  [
    { batchSize: 32, recipe: "PAPER" },
    "minibatchSize",
    "Minibatch size is 64; it must be a whole number from 1 to 32.",
  ],
  [
    { batchSize: 8, minibatchSize: 4, whitenRewards: true },
    "minibatchSize",
    "Minibatch size is 4; with whitened rewards it must be at least 8.",
  ],
  [{ innerEpochs: 0 }, "innerEpochs", "Inner epochs is 0; it must be a whole number from 1 to 16."],
  [{ klCoefficient: -0.1 }, "klCoefficient", "KL coefficient is -0.1; it must be from 0 to 1000."],
  [
    { klCoefficient: Number.POSITIVE_INFINITY },
    "klCoefficient",
    "KL coefficient is a number too large to hold; it must be from 0 to 1000.",
  ],
  [{ clipRatio: 0 }, "clipRatio", "Clip ratio is 0; it must be above 0 and below 1."],
  [{ clipRatio: 1 }, "clipRatio", "Clip ratio is 1; it must be above 0 and below 1."],
  [{ valueClipRatio: 0 }, "valueClipRatio", "Value clip ratio is 0; it must be from 0.000001 to 1000000."],
  [{ gaeLambda: 1.01 }, "gaeLambda", "GAE's lambda is 1.01; it must be from 0 to 1."],
  [{ discount: -1 }, "discount", "Discount is -1; it must be from 0 to 1."],
  [{ temperature: 0 }, "temperature", "Temperature is 0; it must be from 0.1 to 10."],
  [{ temperature: 0.09 }, "temperature", "Temperature is 0.09; it must be from 0.1 to 10."],
  [{ maxResponseTokens: 0 }, "maxResponseTokens", "Most response tokens is 0; it must be a whole number from 1 to 31."],
  [
    { maxResponseTokens: 32 },
    "maxResponseTokens",
    "Most response tokens is 32; it must be a whole number from 1 to 31.",
  ],
  [{ missingEosPenalty: -1 }, "missingEosPenalty", "Penalty of a missing end is -1; it must be from 0 to 1000000."],
  [
    { rewardPlacement: "BEFORE" as never },
    "rewardPlacement",
    "Reward placement is BEFORE; it must be EOS or AFTER_EOS.",
  ],
  [{ policyLearningRate: 0 }, "policyLearningRate", "Learning rate is 0; it must be at least 1e-10 and at most 1."],
  [{ valueLearningRate: 2 }, "valueLearningRate", "Learning rate is 2; it must be at least 1e-10 and at most 1."],
  [{ emaDecay: 1 }, "emaDecay", "Decay of the average is 1; it must be at least 0 and below 1."],
  [
    { ptxCoefficient: -1 },
    "ptxCoefficient",
    "Coefficient of the pretraining loss is -1; it must be from 0 to 1000000.",
  ],
  [{ ptxRatio: 0 }, "ptxRatio", "Pretraining examples for each episode is 0; it must be a whole number from 1 to 64."],
  [{ seed: 2 ** 31 }, "seed", "Seed is 2147483648; it must be a whole number from -2147483648 to 2147483647."],
  [{ recipe: "BEST" as never }, "recipe", "Recipe is BEST; it must be AUTO or PAPER."],
] as const)("%j is refused", (input, field, message) => {
  expect(() => resolve(input)).toThrow(
    expect.objectContaining({ code: "BAD_USER_INPUT", field: `input.${field}`, message }),
  );
});

test("no prompt, or no text to pretrain on, is UNPROCESSABLE and names the field", () => {
  expect(() => resolve({}, { trainPrompts: 0 })).toThrow(
    expect.objectContaining({ code: "UNPROCESSABLE", field: "input.promptFilter" }),
  );
  expect(() => resolve({ ptxCoefficient: 1 }, { pretrainingDocuments: 0 })).toThrow(
    expect.objectContaining({
      code: "UNPROCESSABLE",
      field: "input.pretrainingDatasetId",
      message: "The coefficient of the pretraining loss is 1, but there is no text to pretrain on.",
    }),
  );
});

test("models that do not fit together are refused", () => {
  const refused = (more: Partial<PpoFacts>) => {
    try {
      return resolve({}, more);
    } catch (error) {
      return error;
    }
  };
  expect(refused({ architecture: withScalarHead(TINY) })).toMatchObject({ field: "input.sftModelId" });
  expect(refused({ rewardArchitecture: TINY })).toMatchObject({ field: "input.rewardModelId" });
  const other = { ...withScalarHead(TINY), tokenizer: "GPT2", vocabularySize: 50_257 } as const;
  expect(refused({ rewardArchitecture: other })).toMatchObject({
    field: "input.rewardModelId",
    message: expect.stringMatching(
      /^The reward model's tokenizer is GPT2 of 50257 tokens and the policy's BYTES of 257 tokens; they must be the same/,
    ),
  });
});

test("batches that do not fit are refused with the estimate", () => {
  expect(() => resolve({ batchSize: 512 }, { memoryBytes: 5e6 })).toThrow(
    expect.objectContaining({
      field: "input.batchSize",
      message: expect.stringMatching(
        /^Batches of 512 in minibatches of 64 need [\d,]+ MB of memory; a job may use 5 MB\.$/,
      ),
    }),
  );
});
