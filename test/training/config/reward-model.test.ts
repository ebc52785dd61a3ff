import {
  type RewardModelFacts,
  type RewardModelInput,
  resolveRewardModel,
} from "../../../src/training/config/reward-model.js";
import { TINY } from "../support.js";

const resolve = (input: RewardModelInput, more: Partial<RewardModelFacts> = {}) =>
  resolveRewardModel(input, {
    trainElements: 200,
    trainTies: 5,
    validationElements: 20,
    architecture: TINY,
    memoryBytes: 2 ** 30,
    ...more,
  });

test("PAPER is InstructGPT's appendix C.2", () => {
  expect(resolve({ recipe: "PAPER" }, { trainElements: 33_207 })).toMatchObject({
    epochs: 1,
    batchSize: 64,
    learningRate: 9e-6,
    warmUpSteps: 0,
    finalLearningRateFraction: 0.1,
    dropout: 0,
    steps: 519, // ⌈33,207 / 64⌉
    selection: "LAST_STEP",
  });
});

test("the model has a scalar head", () => {
  expect(resolve({}).architecture).toEqual({ ...TINY, head: "SCORE" });
});

test.each([
  [1, 1, 20, 20],
  [19, 1, 2, 38],
  [20, 1, 1, 20],
  [200, 2, 1, 100],
  [10_000, 64, 1, 157],
])(
  "AUTO reads %i elements in batches of %i, %i times: %i steps, at least 20",
  (trainElements, batchSize, epochs, steps) => {
    expect(resolve({}, { trainElements })).toMatchObject({ batchSize, epochs, steps });
  },
);

test("what is given counts under either recipe; every value has its reason; frozen, and the same from JSON", () => {
  const given = { epochs: 3, batchPrompts: 7, learningRate: 0.02, seed: -5 };
  for (const recipe of ["AUTO", "PAPER"] as const) {
    const config = resolve({ ...given, recipe });
    expect(config).toMatchObject({ epochs: 3, batchSize: 7, learningRate: 0.02, seed: -5, steps: 87 }); // 3 · ⌈200 / 7⌉
    expect(config.reasons.batchSize).toBe("Given.");
    for (const name of ["epochs", "steps", "learningRate", "warmUpSteps", "dropout", "selection", "weightDecay"])
      expect(config.reasons[name]).toMatch(/\.$/);
    expect(Object.isFrozen(config)).toBe(true);
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  }
});

test("dropout and weight decay are none, but for who asks for them", () => {
  expect(resolve({})).toMatchObject({ dropout: 0, weightDecay: 0 });
  for (const recipe of ["AUTO", "PAPER"] as const)
    expect(resolve({ recipe, dropout: 0.2, weightDecay: 0.1 })).toMatchObject({
      dropout: 0.2,
      weightDecay: 0.1,
      reasons: { dropout: "Given.", weightDecay: "Given." },
    });
});

test.each([
  [{ dropout: 1 }, "dropout", "Dropout is 1; it must be at least 0 and below 1."],
  [{ weightDecay: -0.1 }, "weightDecay", "Weight decay is -0.1; it must be from 0 to 1."],
  [{ weightDecay: 1.5 }, "weightDecay", "Weight decay is 1.5; it must be from 0 to 1."],
  [{ epochs: 0 }, "epochs", "Epochs is 0; it must be a whole number from 1 to 1000."],
  [{ batchPrompts: 0.5 }, "batchPrompts", "Prompts of a batch is 0.5; it must be a whole number from 1 to 512."],
  [{ learningRate: 0 }, "learningRate", "Learning rate is 0; it must be at least 1e-10 and at most 1."],
  [{ seed: 2 ** 31 }, "seed", "Seed is 2147483648; it must be a whole number from -2147483648 to 2147483647."],
] as const)("%j is refused", (input, field, message) => {
  expect(() => resolve(input)).toThrow(
    expect.objectContaining({ code: "BAD_USER_INPUT", field: `input.${field}`, message }),
  );
});

test("without a strict comparison there is nothing to train on", () => {
  expect(() => resolve({}, { trainElements: 0 })).toThrow(
    expect.objectContaining({
      code: "UNPROCESSABLE",
      message:
        "The TRAIN split has no strict comparison of two completions by a TRAINING labeler to train on. Pairs that are tied: 5.",
    }),
  );
});

test("a reward model is not made of another", () => {
  expect(() => resolve({}, { architecture: { ...TINY, head: "SCORE" } })).toThrow(
    expect.objectContaining({ field: "input.sftModelId", message: expect.stringContaining("a reward model already") }),
  );
});

test("a batch that does not fit the memory is refused with the estimate", () => {
  expect(() => resolve({ batchPrompts: 512 }, { memoryBytes: 20e6 })).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/^Batches of 512 need [\d,]+ MB of memory/) }),
  );
});
