import {
  type EvaluationFacts,
  type EvaluationInput,
  evaluationMemoryBytes,
  MODEL_METRICS,
  type ModelMetric,
  resolveEvaluation,
} from "../../../src/training/config/evaluation.js";
import { withScalarHead } from "../../../src/training/config/model-shape.js";
import { TINY } from "../support.js";

const REWARD = withScalarHead(TINY);
const FACTS: EvaluationFacts = {
  architecture: TINY,
  judge: REWARD,
  reference: TINY,
  hasBaseline: true,
  judgeTrainedIt: false,
  selectedOnSplit: false,
  memoryBytes: 2 ** 30,
};
const resolve = (input: EvaluationInput, more: Partial<EvaluationFacts> = {}) =>
  resolveEvaluation(input, { ...FACTS, ...more });

test("the defaults: TEST, responses at temperature 1 of half the window, 1,000 resamples; frozen, and the same from JSON", () => {
  const metrics = MODEL_METRICS.filter((metric) => metric !== "REWARD_ACCURACY");
  const config = resolve({ metrics });
  expect(config).toMatchObject({ metrics, split: "TEST", temperature: 1, maxResponseTokens: 16, resamples: 1000 });
  expect(Object.isFrozen(config)).toBe(true);
  expect(JSON.parse(JSON.stringify(config))).toEqual(config);
});

test("what a judge says of the policy it trained is a proxy; a split that was selected on is named", () => {
  expect(resolve({ metrics: ["WIN_RATE"] }, { judgeTrainedIt: true, selectedOnSplit: true })).toMatchObject({
    isProxy: true,
    usedForSelection: true,
  });
});

const one = (metric: ModelMetric) => ({ metrics: [metric] });
test.each<[string, EvaluationInput, Partial<EvaluationFacts>, string, string]>([
  ["no metric", { metrics: [] }, {}, "metrics", "Metrics is empty; an evaluation has at least one."],
  ["a metric twice", { metrics: ["LOSS", "LOSS"] }, {}, "metrics.1", "Metric LOSS stands twice; each stands once."],
  ["a loss without a model", one("LOSS"), { architecture: null }, "modelId", "LOSS needs a model that gives"],
  [
    "a loss of a reward model",
    one("PERPLEXITY"),
    { architecture: REWARD },
    "modelId",
    "PERPLEXITY needs a model that gives",
  ],
  ["accuracy of a language model", one("REWARD_ACCURACY"), {}, "modelId", "REWARD_ACCURACY needs a reward model"],
  ["scores without a judge", one("MEAN_SCORE"), { judge: null }, "judgeModelId", "MEAN_SCORE needs a reward model"],
  ["scores by a language model", one("MEAN_SCORE"), { judge: TINY }, "judgeModelId", "MEAN_SCORE needs a reward model"],
  ["responses of a reward model", one("LENGTH"), { architecture: REWARD }, "modelId", "a reward model gives none"],
  ["wins over nothing", one("WIN_RATE"), { hasBaseline: false }, "baseline", "WIN_RATE compares with a baseline's"],
  ["divergence from nothing", one("KL_FROM_REFERENCE"), { reference: null }, "modelId", "it has none"],
  [
    "divergence across vocabularies",
    one("KL_FROM_REFERENCE"),
    { reference: { ...TINY, vocabularySize: 300, tokenizer: "TRAINED_BPE" } },
    "modelId",
    "the vocabularies have 257 and 300 tokens of BYTES and TRAINED_BPE",
  ],
])("%s is refused", (_, input, more, field, words) => {
  expect(() => resolve(input, more)).toThrow(
    expect.objectContaining({ field: `input.${field}`, message: expect.stringContaining(words) }),
  );
});

test("as many texts are scored together as fit, and models that do not fit with one are refused", () => {
  const config = resolve(one("WIN_RATE"));
  expect(config.textsAtOnce).toBe(8);
  for (const textsAtOnce of [8, 4, 2, 1]) {
    const enough = evaluationMemoryBytes({ ...config, textsAtOnce });
    expect(resolve(one("WIN_RATE"), { memoryBytes: enough }).textsAtOnce).toBe(textsAtOnce);
    if (textsAtOnce > 1)
      expect(resolve(one("WIN_RATE"), { memoryBytes: enough - 1 }).textsAtOnce).toBe(textsAtOnce / 2);
  }
  const least = evaluationMemoryBytes({ ...config, textsAtOnce: 1 });
  expect(() => resolve(one("WIN_RATE"), { memoryBytes: least - 1 })).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^The models of this evaluation need \d+ MB of memory together, with one text/),
    }),
  );
});

test("a GPT-2 of 124 million parameters is evaluated in 4.3 GB, alone or with a reward model of its size", () => {
  const sizes = { layers: 12, heads: 12, width: 768, contextLength: 1024, vocabularySize: 50_257 };
  const architecture = { ...sizes, tokenizer: "GPT2" } as const;
  const judge = withScalarHead(architecture);
  const memoryBytes = 2 ** 32; // JOB_MEMORY_BYTES where nothing is set and the machine has twice as much
  const alone = { architecture, judge: null, reference: null, memoryBytes };
  expect(resolve({ metrics: ["LOSS", "PERPLEXITY", "BITS_PER_BYTE", "LENGTH"] }, alone).textsAtOnce).toBe(8);
  expect(resolve(one("REWARD_ACCURACY"), { ...alone, architecture: judge }).textsAtOnce).toBe(2);
  expect(resolve(one("MEAN_SCORE"), { ...alone, judge }).textsAtOnce).toBe(1);
});
