import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import { keyedRandom } from "../../../src/random.js";
import type { Backend } from "../../../src/training/backend.js";
import { likelihoodMemoryBytes } from "../../../src/training/config/estimates.js";
import {
  type EvaluationConfig,
  type EvaluationFacts,
  evaluationMemoryBytes,
  type ModelMetric,
  resolveEvaluation,
} from "../../../src/training/config/evaluation.js";
import { resolveGeneration } from "../../../src/training/config/generation.js";
import { withScalarHead } from "../../../src/training/config/model-shape.js";
import type { EvaluationPrompt, StoredResponse } from "../../../src/training/config/prompts.js";
import { type EvaluationOptions, evaluateByModels } from "../../../src/training/evaluation/evaluate.js";
import type { EvaluationResult, ResultsEvent, SampledText, TensorFile } from "../../../src/training/events/events.js";
import { writeModel } from "../../../src/training/files/model-file.js";
import { generateCompletions } from "../../../src/training/sampling/generate.js";
import { sampleTokens } from "../../../src/training/sampling/sampling.js";
import { LoadedModel } from "../../../src/training/shards/loaded-model.js";
import { Random } from "../../datasets/random.js";
import { plainLogits, plainLosses, plainScores } from "../plain-gpt.js";
import { collect, MEMORY, newValues, open, TINY } from "../support.js";

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterEach(() => {
  expect(backend.tf.memory().numTensors).toBe(0);
  expect(backend.budget.bytesInUse).toBe(0);
});
afterAll(() => backend.close());

/** The fingerprint of the environment, as the runner would give it. */
const HERE = "here";
const REWARD = withScalarHead(TINY);
const wild = (architecture: typeof TINY, seed: number): Float32Array => {
  const random = new Random(seed);
  return newValues(architecture, seed).map((value) => value * 6 + (random.next() - 0.5) * 0.2);
};
const [POLICY, REFERENCE, JUDGE] = [wild(TINY, 1), wild(TINY, 2), wild(REWARD, 3)];
const MODEL = writeModel({ stage: "SFT", architecture: TINY, tokenizer: byteTokenizer, values: POLICY });
const OLD = writeModel({ stage: "SFT", architecture: TINY, tokenizer: byteTokenizer, values: REFERENCE });
const SCORER = writeModel({ stage: "REWARD", architecture: REWARD, tokenizer: byteTokenizer, values: JUDGE });

/** Completions of which nothing is known but the text. */
function stored(texts: readonly string[]): StoredResponse[] {
  return texts.map((text) => ({ text, ended: null, sampling: null }));
}

const PROMPTS = Array.from(
  { length: 5 },
  (_, index): EvaluationPrompt => ({
    id: `p${index}`,
    text: `Say ${index}`,
    fewShot: [],
    source: "CUSTOMER",
    demonstrations: index === 0 ? [] : [`it is ${index}`, "é"],
    completions: ["a", "bb", "ccc"].map((text) => ({ id: text, text })),
    votes: [
      ["w1", 1, 0],
      ["w2", 1, 0],
      ["w1", 2, 1],
    ],
    ties: 0,
    responses: stored([`no ${index}`, "yes!"].slice(0, 1 + (index % 2))),
    otherResponses: 0,
    baseline: index === 4 ? [] : stored(["maybe"]),
  }),
);

const ids = (text: string): number[] => [...Buffer.from(text)];
const scoreOf = (index: number, text: string): number =>
  plainScores(REWARD, JUDGE, [...ids(`Say ${index}\n\n${text}`), 256]).at(-1) as number;

function configFor(metrics: readonly ModelMetric[], facts: Partial<EvaluationFacts> = {}): EvaluationConfig {
  return resolveEvaluation(
    { metrics },
    {
      architecture: TINY,
      judge: REWARD,
      reference: TINY,
      hasBaseline: true,
      judgeTrainedIt: false,
      selectedOnSplit: false,
      memoryBytes: MEMORY,
      ...facts,
    },
  );
}

async function evaluated(config: EvaluationConfig, options: Partial<EvaluationOptions> = {}): Promise<ResultsEvent> {
  const { signal } = new AbortController();
  const files = { model: MODEL, judge: SCORER, reference: OLD };
  const given = { backend, environment: HERE, config, prompts: PROMPTS, ...files, signal, ...options };
  const { events, model, error } = await collect(evaluateByModels(given));
  expect([model, error]).toEqual([null, null]);
  const results = events.filter((event) => event.kind === "results");
  expect(results).toHaveLength(1);
  expect(events.filter(({ kind }) => kind === "progress")).toHaveLength(given.prompts.length);
  return results[0] as ResultsEvent;
}

const resultFor = (results: readonly EvaluationResult[], metric: ModelMetric, line: EvaluationResult["line"] = null) =>
  results.find((result) => result.metric === metric && result.line === line && !result.lengthControlled);

test("loss, perplexity and bits per byte are those of a second GPT over the same tokens, within 1e-4", async () => {
  const { results } = await evaluated(configFor(["PERPLEXITY", "LOSS", "BITS_PER_BYTE"]));
  expect(results.map(({ metric }) => metric)).toEqual(["PERPLEXITY", "LOSS", "BITS_PER_BYTE"]);
  const losses = PROMPTS.flatMap(({ demonstrations }, index) =>
    demonstrations.flatMap((text) => {
      const context = ids(`Say ${index}\n\n`);
      return plainLosses(TINY, POLICY, [...context, ...ids(text), 256], context.length);
    }),
  );
  const nats = losses.reduce((sum, loss) => sum + loss, 0);
  // Four prompts with "it is N" (7 bytes) and "é" (2 bytes), and an end each: 36 bytes, 44 tokens.
  expect(losses).toHaveLength(44);
  const expected = { LOSS: nats / 44, PERPLEXITY: Math.exp(nats / 44), BITS_PER_BYTE: nats / Math.LN2 / 36 };
  for (const [metric, value] of Object.entries(expected)) {
    const result = resultFor(results, metric as ModelMetric);
    expect(Math.abs((result?.value as number) / value - 1)).toBeLessThan(1e-4);
    expect(result?.n).toBe(metric === "BITS_PER_BYTE" ? 36 : 44);
    expect(result?.ci95?.low).toBeLessThan(value);
    expect(result?.ci95?.high).toBeGreaterThan(value);
  }
  // A perplexity is exp of a loss, and so are the ends of its interval: none is below 1.
  const [perplexity, loss] = (["PERPLEXITY", "LOSS"] as const).map((metric) => resultFor(results, metric)?.ci95);
  expect(perplexity).toEqual({ low: Math.exp(loss?.low as number), high: Math.exp(loss?.high as number) });
});

test("a demonstration that is cut within a character counts the bytes that were learned, not those of U+FFFD", async () => {
  // One character is two bytes; one more byte before them moves the cut from behind a character into one.
  const demonstrations = ["é".repeat(40), `x${"é".repeat(40)}`];
  const prompts = [{ ...(PROMPTS[1] as EvaluationPrompt), demonstrations }];
  const { results } = await evaluated(configFor(["LOSS", "BITS_PER_BYTE"]), { prompts });
  // Each token is a byte, and what is cut has no <|endoftext|>.
  const tokens = resultFor(results, "LOSS")?.n as number;
  expect(resultFor(results, "BITS_PER_BYTE")?.n).toBe(tokens);
  expect(tokens).toBeLessThan(161);
  const [loss, bits] = (["LOSS", "BITS_PER_BYTE"] as const).map(
    (metric) => resultFor(results, metric)?.value as number,
  );
  expect((bits as number) / ((loss as number) / Math.LN2)).toBeCloseTo(1, 12);
});

test("scores, win rate and length of stored responses, by the second GPT; ties half, prompts weighing the same", async () => {
  const { results, warnings } = await evaluated(
    configFor(["MEAN_SCORE", "WIN_RATE", "LENGTH"], { architecture: null, reference: null, judgeTrainedIt: true }),
    { model: null, reference: null },
  );
  const ours = PROMPTS.map(({ responses }, index) => responses.map(({ text }) => scoreOf(index, text)));
  const all = ours.flat();
  expect(all).toHaveLength(7);
  const score = resultFor(results, "MEAN_SCORE");
  expect(score).toMatchObject({ n: 7, proxy: true });
  expect(Math.abs((score?.value as number) - all.reduce((a, b) => a + b) / 7)).toBeLessThan(1e-4);
  // Four prompts have a completion of the baseline.
  const wins = ours.slice(0, 4).map((scores, index) => {
    const theirs = scoreOf(index, "maybe");
    return scores.filter((score) => score > theirs).length / scores.length;
  });
  const rate = resultFor(results, "WIN_RATE");
  expect(rate).toMatchObject({ n: 4, proxy: true });
  expect(rate?.value).toBeCloseTo(wins.reduce((a, b) => a + b) / 4, 12);
  expect(results.filter(({ lengthControlled }) => lengthControlled)).toMatchObject([
    { metric: "WIN_RATE", proxy: true },
  ]);
  // "no N" five times and "yes!" twice, four characters each.
  expect(resultFor(results, "LENGTH")).toMatchObject({ value: 4, n: 7, proxy: false });
  expect(warnings).toEqual([
    "Intervals from fewer than 20 prompts are rough: MEAN_SCORE, LENGTH on 5.",
    "Intervals from fewer than 20 prompts are rough: WIN_RATE, WIN_RATE with lengths held equal on 4.",
    "The interval of LENGTH has no width: all 5 prompts say the same, so its precision is not known.",
    "1 prompt has no completion of the baseline; it has no part in WIN_RATE.",
  ]);
});

test("a policy against its own responses wins half of the time", async () => {
  const prompts = PROMPTS.map((prompt) => ({ ...prompt, baseline: prompt.responses }));
  const config = configFor(["WIN_RATE"], { architecture: null, reference: null });
  const { results } = await evaluated(config, { prompts, model: null, reference: null });
  expect(resultFor(results, "WIN_RATE")?.value).toBeCloseTo(0.5, 12);
});

test("the divergence is exact over the vocabulary, summed over the tokens that the policy samples, by the second GPT within 1e-4", async () => {
  const config = { ...configFor(["KL_FROM_REFERENCE"]), maxResponseTokens: 4 };
  const { results } = await evaluated(config);
  const sampler = new LoadedModel(backend, TINY);
  sampler.load(POLICY);
  const sums = await Promise.all(
    PROMPTS.map(async ({ id }, index) => {
      const context = ids(`Say ${index}\n\n`);
      const random = keyedRandom([config.seed, "completion", id, 0]);
      const contexts = [{ ids: context, random }];
      const sampling = { endOfText: 256, maxTokens: 4, temperature: 1, pause: async () => {} };
      const [response = []] = await sampleTokens(sampler, { contexts, ...sampling });
      const [p, q] = [POLICY, REFERENCE].map((values) =>
        plainLogits(TINY, values, [...context, ...response].slice(0, -1))
          .slice(context.length - 1)
          .map((row) => {
            const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
            return row.map((logit) => logit - Math.log(sum));
          }),
      ) as [number[][], number[][]];
      return p.reduce(
        (total, row, t) => total + row.reduce((kl, log, v) => kl + Math.exp(log) * (log - q[t]![v]!), 0),
        0,
      );
    }),
  );
  sampler.dispose();
  const kl = resultFor(results, "KL_FROM_REFERENCE");
  expect(kl?.n).toBe(5);
  expect(Math.abs((kl?.value as number) / (sums.reduce((a, b) => a + b) / 5) - 1)).toBeLessThan(1e-4);
  // What was stored is of no importance: it may have been sampled otherwise.
  const prompts = PROMPTS.map((prompt) => ({ ...prompt, responses: stored(["no matter"]) }));
  const after = await evaluated(config, { prompts });
  expect(resultFor(after.results, "KL_FROM_REFERENCE")).toEqual(kl);
  const same = await evaluated(config, { reference: MODEL });
  expect(resultFor(same.results, "KL_FROM_REFERENCE")?.value).toBe(0);
});

test("texts that do not fit the window are counted in a warning", async () => {
  const prompts = PROMPTS.map((prompt) => ({ ...prompt, demonstrations: ["x".repeat(100)] }));
  const { warnings } = await evaluated(configFor(["LOSS"]), { prompts });
  expect(warnings.at(-1)).toMatch(
    /^To fit the window of \d+ tokens, 5 contexts lost their beginning and 5 responses their end, of 5 examples\. 5 examples lost their prompt: one token of it is left at most\.$/,
  );
});

test("a reward model's accuracy stands beside its three lines, of the same votes", async () => {
  const config = configFor(["REWARD_ACCURACY"], { architecture: REWARD });
  const { results } = await evaluated(config, { model: SCORER });
  const right = PROMPTS.reduce((sum, _, index) => {
    const [a, bb, ccc] = ["a", "bb", "ccc"].map((text) => scoreOf(index, text)) as [number, number, number];
    return sum + (bb > a ? 2 : 0) + (ccc > bb ? 1 : 0);
  }, 0);
  expect(results.map(({ line }) => line)).toEqual([null, "LONGER", "LABELERS", "BEST_SCORER"]);
  expect(resultFor(results, "REWARD_ACCURACY")).toMatchObject({ value: right / 15, n: 15 });
  // Longer always won; w1 and w2 agree on each prompt's first pair.
  expect(resultFor(results, "REWARD_ACCURACY", "LONGER")).toMatchObject({ value: 1, n: 15 });
  expect(resultFor(results, "REWARD_ACCURACY", "LABELERS")).toMatchObject({ value: 1, n: 5 });
  expect(resultFor(results, "REWARD_ACCURACY", "BEST_SCORER")).toMatchObject({ value: 1, n: 15 });
});

test.each([
  ["equal texts", "The same text.", "The same text."],
  ["texts that are equal after the cut", `${"x".repeat(200)}a`, `${"x".repeat(200)}b`],
])("%s score equal: a coin's accuracy, like the line LONGER's, with the count of them", async (_, a, b) => {
  const prompts = Array.from({ length: 24 }, (_, n) => ({
    ...(PROMPTS[0] as EvaluationPrompt),
    id: `s${n}`,
    completions: [
      { id: "A", text: a },
      { id: "B", text: b },
    ],
    votes: [["w1", 0, 1]] as EvaluationPrompt["votes"],
  }));
  const config = configFor(["REWARD_ACCURACY"], { architecture: REWARD });
  const { results, warnings } = await evaluated(config, { prompts, model: SCORER });
  expect(resultFor(results, "REWARD_ACCURACY")).toMatchObject({ value: 0.5, n: 24 });
  expect(resultFor(results, "REWARD_ACCURACY", "LONGER")).toMatchObject({ value: 0.5, n: 24 });
  expect(warnings).toContain(
    "24 of 24 pairs scored equal: each counts ½ in REWARD_ACCURACY, as equal lengths do in LONGER.",
  );
});

test("where there are no responses the model's own are sampled, the same of the same seed", async () => {
  const prompts = PROMPTS.map((prompt) => ({ ...prompt, responses: [] }));
  const config = { ...configFor(["KL_FROM_REFERENCE", "LENGTH", "MEAN_SCORE"]), maxResponseTokens: 4 };
  const first = await evaluated(config, { prompts });
  expect(resultFor(first.results, "LENGTH")?.n).toBe(5);
  expect(await evaluated(config, { prompts })).toEqual(first);
  const other = await evaluated({ ...config, seed: 1 }, { prompts });
  expect(other.results).not.toEqual(first.results);
});

describe("stored completions of a model", () => {
  const [seed, maxResponseTokens] = [3, 6];
  const asked = { seed, maxResponseTokens };
  const sampling = { job: "Sm9iOjc", temperature: 1, environment: HERE, ...asked };
  const metrics = ["MEAN_SCORE", "WIN_RATE", "LENGTH"] as const;
  const facts = { architecture: TINY, judge: REWARD, reference: null, hasBaseline: true };
  const config = (samplings: EvaluationConfig["samplings"]) =>
    resolveEvaluation(
      { metrics, ...asked },
      { ...facts, samplings, judgeTrainedIt: false, selectedOnSplit: false, memoryBytes: MEMORY },
    );
  const bare = PROMPTS.map((prompt) => ({ ...prompt, responses: [] }));

  /** What a generation with the evaluation's settings stores of each prompt as the first of its samples. */
  async function generated() {
    const generation = resolveGeneration(
      { ...asked, samplesPerPrompt: 3 },
      { architecture: TINY, memoryBytes: MEMORY },
    );
    const { signal } = new AbortController();
    const options = { backend, config: generation, prompts: bare, model: MODEL, fromPrompt: 0, signal };
    const { events } = await collect(generateCompletions(options));
    return events.flatMap((event) => (event.kind === "completions" ? [event.completions[0] as SampledText] : []));
  }

  test("spare the sampling where they have its bits: every figure is what it is without them", async () => {
    const first = await generated();
    const prompts = bare.map((prompt, index) => ({
      ...prompt,
      responses: index === 1 ? [] : [{ ...(first[index] as SampledText), sampling: "7" }],
      otherResponses: 2,
    }));
    const without = await evaluated(config({}), { prompts: bare, reference: null });
    const reused = await evaluated(config({ 7: sampling }), { prompts, reference: null });
    expect(reused.results).toEqual(without.results);
    const cut = first.filter(({ ended }) => !ended).length;
    expect(without.warnings[0]).toBe(
      `Responses are one a prompt, at temperature 1, of at most 6 tokens, with seed 3; ${cut} of 5 were cut at that limit.`,
    );
    expect(reused.warnings.slice(0, 3)).toEqual([
      without.warnings[0],
      "4 of 5 responses are stored ones of job Sm9iOjc, made with these settings: sampling anew would give the same; the others were sampled. Whether any of the stored ones ends within a character is not stored.",
      "10 other stored completions under the model's name are left aside, for this evaluation would not sample them so; evaluate the source to measure what is stored.",
    ]);
    // They are read, not sampled: another text has another length.
    const [one, ...rest] = prompts;
    const changed = [
      { ...(one as EvaluationPrompt), responses: [{ text: "x".repeat(99), ended: true, sampling: "7" }] },
    ];
    const other = await evaluated(config({ 7: sampling }), { prompts: [...changed, ...rest], reference: null });
    expect(resultFor(other.results, "LENGTH")?.value).not.toBe(resultFor(without.results, "LENGTH")?.value);
  });

  test("count the prompts that were cut to make room for them, as the sampling of them does", async () => {
    const long = bare.map((prompt, index) => (index > 1 ? prompt : { ...prompt, text: "x".repeat(500) }));
    const prompts = long.map((prompt) => ({ ...prompt, responses: [{ text: "no", ended: true, sampling: "7" }] }));
    const ofContexts = async (...given: Parameters<typeof evaluated>) =>
      (await evaluated(...given)).warnings.filter((warning) => warning.includes(" beginning, so that "));
    const told = await ofContexts(config({ 7: sampling }), { prompts, reference: null });
    expect(told).toEqual([
      expect.stringMatching(
        /^2 of 5 contexts lost their beginning, so that 6 tokens of response fit the window of \d+\./,
      ),
    ]);
    expect(told).toEqual(await ofContexts(config({}), { prompts: long, reference: null }));
  });

  test("made elsewhere are left aside: bits depend on the environment", async () => {
    const prompts = bare.map((prompt) => ({ ...prompt, responses: [{ text: "no", ended: true, sampling: "7" }] }));
    const without = await evaluated(config({}), { prompts: bare, reference: null });
    const { results, warnings } = await evaluated(config({ 7: { ...sampling, environment: "there" } }), {
      prompts,
      reference: null,
    });
    expect(results).toEqual(without.results);
    expect(warnings[1]).toMatch(/^5 other stored completions under the model's name are left aside/);
  });

  test("and of a source tell how they were made, and how many were cut", async () => {
    const ofSource = { ...facts, architecture: null, samplings: { 7: sampling }, judgeTrainedIt: false };
    const { warnings } = await evaluated(
      resolveEvaluation({ metrics }, { ...ofSource, selectedOnSplit: false, memoryBytes: MEMORY }),
      {
        model: null,
        reference: null,
        prompts: PROMPTS.map((prompt, index) => ({
          ...prompt,
          responses: [
            { text: "a", ended: index > 1, sampling: "7" },
            { text: "b", ended: null, sampling: null },
          ],
          baseline: [{ text: "c", ended: false, sampling: null }],
        })),
      },
    );
    expect(warnings[0]).toBe(
      "Responses: 10 stored completions of 5 prompts; 2 of 5 were cut at a limit of tokens, and of 5 it is not known whether they were cut. Sampled were 5 by job Sm9iOjc at temperature 1, of at most 6 tokens, with seed 3; of 5 it is not known how. They were not all made the same way.",
    );
    expect(warnings).toContain(
      "Completions of the baseline: 5 stored completions of 5 prompts; 5 of 5 were cut at a limit of tokens.",
    );
  });
});

test("what is undefined is null with a reason, and a source without completions is named", async () => {
  const prompts = PROMPTS.map((prompt) => ({ ...prompt, responses: [], demonstrations: [], votes: [] }));
  const config = configFor(["MEAN_SCORE", "WIN_RATE"], { architecture: null, reference: null, selectedOnSplit: true });
  const { results, warnings } = await evaluated(config, { prompts, model: null, reference: null });
  expect(results.map(({ value, ci95, reason }) => [value, ci95, reason])).toEqual([
    [null, null, "No prompt has a response."],
    [null, null, "No prompt has responses of both."],
    [null, null, "No prompt has responses of both."],
  ]);
  expect(warnings).toEqual([
    "The parameters of the model were selected on TEST: its figures there are better than elsewhere.",
    "5 prompts have no response of what is evaluated; they have no part in figures of responses.",
  ]);
  const loss = await evaluated(configFor(["LOSS"]), { prompts });
  expect(resultFor(loss.results, "LOSS")?.reason).toBe(
    "No prompt has a demonstration, nor few-shot pairs by a LABELER.",
  );
});

test("a model that does not fit is refused; a run that is aborted ends soon, without results", async () => {
  const config = configFor(["LOSS"]);
  const { signal } = new AbortController();
  const options = {
    backend,
    environment: HERE,
    config,
    prompts: PROMPTS,
    model: SCORER,
    judge: null,
    reference: null,
    signal,
  };
  expect((await collect(evaluateByModels(options))).error).toMatchObject({ code: "MODEL_DAMAGED" });
  const controller = new AbortController();
  const aborted = evaluateByModels({ ...options, model: MODEL, signal: controller.signal });
  const { events, error } = await collect(aborted, () => {
    controller.abort();
    return false;
  });
  expect([events.map(({ kind }) => kind), error]).toEqual([["progress"], null]);
});

test("an evaluation takes at most the memory that was estimated, and at least a sixteenth of it", async () => {
  const architecture = { ...TINY, contextLength: 64 };
  const models = [1, 2].map((seed) =>
    writeModel({ stage: "SFT", architecture, tokenizer: byteTokenizer, values: wild(architecture, seed) }),
  );
  const prompts = PROMPTS.map((prompt) => ({
    ...prompt,
    demonstrations: ["x".repeat(80)],
    responses: stored(["y".repeat(80)]),
  }));
  const own = await open();
  const config = configFor(["LOSS", "KL_FROM_REFERENCE"], { architecture, judge: null, reference: architecture });
  const [model, reference] = models as [TensorFile, TensorFile];
  await evaluated(config, { backend: own, prompts, model, reference, judge: null });
  const estimate = evaluationMemoryBytes(config);
  expect(estimate).toBe(2 * likelihoodMemoryBytes(architecture));
  expect(own.budget.peakBytes).toBeLessThan(estimate);
  expect(own.budget.peakBytes).toBeGreaterThan(estimate / 16);
  own.close();
  backend = await open();
});

test("with less memory fewer texts are scored at a time: the figures have the same bits, and no more memory is taken", async () => {
  const architecture = withScalarHead({ ...TINY, contextLength: 64 });
  const scorer = writeModel({ stage: "REWARD", architecture, tokenizer: byteTokenizer, values: wild(architecture, 4) });
  // More completions than are scored together, of lengths up to the window and over it.
  const completions = Array.from({ length: 19 }, (_, n) => ({
    id: `${n}`,
    text: "zyx"[n % 3]?.repeat(1 + 4 * n) ?? "",
  }));
  const votes = completions.slice(1).map((_, n) => ["w", n, n + 1] as const);
  const prompts = PROMPTS.map((prompt) => ({
    ...prompt,
    completions,
    votes,
    responses: stored(completions.map(({ text }) => text)),
  }));
  const wide = configFor(["REWARD_ACCURACY"], { architecture, judge: null, reference: null });
  const files = { prompts, model: scorer, judge: null, reference: null };
  const expected = await evaluated(wide, files);
  const means = configFor(["MEAN_SCORE"], { architecture: null, judge: architecture, reference: null });
  const ofSource = { prompts, model: null, judge: scorer, reference: null };
  const expectedMeans = await evaluated(means, ofSource);
  for (const textsAtOnce of [4, 2, 1]) {
    const memoryBytes = evaluationMemoryBytes({ ...wide, textsAtOnce });
    const config = configFor(["REWARD_ACCURACY"], { architecture, judge: null, reference: null, memoryBytes });
    expect(config.textsAtOnce).toBe(textsAtOnce);
    const own = await open("wasm", memoryBytes);
    expect(await evaluated(config, { ...files, backend: own })).toEqual(expected);
    expect(own.budget.peakBytes).toBeLessThanOrEqual(memoryBytes);
    expect(await evaluated({ ...means, textsAtOnce }, { ...ofSource, backend: own })).toEqual(expectedMeans);
    own.close();
  }
  backend = await open();
});
