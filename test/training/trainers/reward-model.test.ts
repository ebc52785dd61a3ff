import { createHash } from "node:crypto";
import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import type { Backend } from "../../../src/training/backend.js";
import { trainingMemoryBytes } from "../../../src/training/config/estimates.js";
import { withScalarHead } from "../../../src/training/config/model-shape.js";
import type { RewardPrompt, Vote } from "../../../src/training/config/prompts.js";
import { cutVotes, MOST_IN_ELEMENT } from "../../../src/training/config/reward-elements.js";
import {
  type RewardModelConfig,
  type RewardModelInput,
  resolveRewardModel,
} from "../../../src/training/config/reward-model.js";
import type { TensorFile } from "../../../src/training/events/events.js";
import { readModel, writeModel } from "../../../src/training/files/model-file.js";
import { readSafetensors, writeSafetensors } from "../../../src/training/files/safetensors.js";
import type { ScoreShard } from "../../../src/training/optimization/objectives.js";
import { makeScoreBatch } from "../../../src/training/shards/comparisons.js";
import { LoadedModel } from "../../../src/training/shards/loaded-model.js";
import { ScoredTexts } from "../../../src/training/text/text-layout.js";
import { type RewardModelOptions, trainRewardModel } from "../../../src/training/trainers/reward-model.js";
import { collect, MEMORY, newValues, open, pointsOf, TINY, UNTIED, valuesOf } from "../support.js";

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterEach(() => {
  // Whatever a run came to, it leaves no tensor and no memory behind.
  expect(backend.tf.memory().numTensors).toBe(0);
  expect(backend.budget.bytesInUse).toBe(0);
});
afterAll(() => backend.close());

const BASE = writeModel({ stage: "SFT", architecture: TINY, tokenizer: byteTokenizer, values: newValues(TINY) });
const REWARD = withScalarHead(TINY);

/** A prompt of which every longer completion is preferred to every shorter one; every fourth is in VALIDATION. */
function somePrompt(index: number): RewardPrompt {
  const completions = Array.from({ length: 2 + (index % 3) }, (_, place) => ({
    id: `c${place}`,
    text: "so ".repeat(place + 1),
  }));
  const votes = completions.flatMap((_, winner) =>
    Array.from({ length: winner }, (_, loser): Vote => [`w${index % 2}`, winner, loser]),
  );
  return {
    id: `p${index}`,
    split: index % 4 === 3 ? "VALIDATION" : "TRAIN",
    text: `Say ${index}`,
    fewShot: [],
    completions,
    votes,
    ties: 0,
    demonstrations: [`${index}`],
  };
}
const PROMPTS = Array.from({ length: 16 }, (_, index) => somePrompt(index)); // 12 of TRAIN, 4 of VALIDATION

function configFor(
  prompts: readonly RewardPrompt[],
  input: RewardModelInput,
  overrides: Partial<RewardModelConfig> = {},
): RewardModelConfig {
  const elements = (split: RewardPrompt["split"]) =>
    prompts.filter((prompt) => prompt.split === split).flatMap(({ votes }) => cutVotes(votes)).length;
  const facts = {
    trainElements: elements("TRAIN"),
    trainTies: 0,
    validationElements: elements("VALIDATION"),
    architecture: TINY,
    memoryBytes: MEMORY,
  };
  return { ...resolveRewardModel(input, facts), ...overrides };
}

function run(options: Partial<RewardModelOptions> & { readonly config: RewardModelConfig }) {
  let milliseconds = 0;
  return trainRewardModel({
    backend,
    prompts: PROMPTS,
    base: BASE,
    checkpoint: null,
    threads: 1,
    signal: new AbortController().signal,
    now: () => milliseconds++,
    ...options,
  });
}

const SHORT = configFor(PROMPTS, { epochs: 2, batchPrompts: 4, learningRate: 0.01, seed: 5 }, { evaluateEvery: 3 });
const sha256 = (file: TensorFile | null): string | null =>
  file === null ? null : createHash("sha256").update(writeSafetensors(file)).digest("hex");

test("a base with an unembedding of its own becomes the reward model of its body", async () => {
  const values = newValues(UNTIED);
  values.set(newValues(TINY));
  const base = writeModel({ stage: "IMPORTED", architecture: UNTIED, tokenizer: byteTokenizer, values });
  const [untied, tied] = [await collect(run({ config: SHORT, base })), await collect(run({ config: SHORT }))];
  expect(untied.error).toBeNull();
  expect(sha256(untied.model)).toBe(sha256(tied.model));
});

/** What a model scores some completions of a prompt, each in a shard of its own. */
async function scoresOf(file: TensorFile, prompt: RewardPrompt, texts: readonly string[]): Promise<number[]> {
  const { architecture, values, tokenizer } = await readModel(file);
  const model = new LoadedModel(backend, architecture);
  model.load(values);
  try {
    return new ScoredTexts(tokenizer, architecture.contextLength)
      .layOut(prompt, texts)
      .map((ids) => model.outputs(makeScoreBatch([ids]).shards[0] as ScoreShard)[0]![0]!);
  } finally {
    model.dispose();
  }
}

test("a run's points, in their places; it begins at ln 2, with half of the comparisons right", async () => {
  const { events, model, error } = await collect(run({ config: SHORT }));
  expect(error).toBeNull();
  const step = (number: number) =>
    ["train/loss", "train/accuracy", "train/learning_rate", "train/grad_norm"].map((name) => [number, name]);
  const evaluation = (number: number) => [
    [number, "eval/loss"],
    [number, "eval/accuracy"],
  ];
  expect(pointsOf(events).map(([at, name]) => [at, name])).toEqual([
    ...evaluation(0),
    ...[1, 2, 3].flatMap(step),
    ...evaluation(3),
    ...[4, 5, 6].flatMap(step),
    ...evaluation(6),
  ]);
  // A new head scores everything 0: log 2 a comparison, and equal scores count half.
  for (const name of ["train", "eval"]) {
    expect(valuesOf(events, `${name}/loss`)[0]).toBeCloseTo(Math.LN2, 12);
    expect(valuesOf(events, `${name}/accuracy`)[0]).toBeCloseTo(0.5, 12);
  }
  expect(model?.metadata).toMatchObject({ stage: "REWARD" });
  expect((await readModel(model as TensorFile)).architecture).toEqual(REWARD);
});

test("it learns what is preferred: loss below 0.05 on one batch, and accuracy 1", async () => {
  const prompts = PROMPTS.slice(0, 3);
  const config = configFor(prompts, { epochs: 60, batchPrompts: 4, learningRate: 0.01 });
  const { events } = await collect(run({ config, prompts }));
  expect(valuesOf(events, "train/loss").at(-1)).toBeLessThan(0.05);
  expect(valuesOf(events, "train/accuracy").at(-1)).toBeCloseTo(1, 12);
});

test("equal runs have equal bits, with two threads as with one; another seed has others", async () => {
  const one = await collect(run({ config: SHORT }));
  const two = await collect(run({ config: SHORT, threads: 2 }));
  const other = await collect(run({ config: { ...SHORT, seed: 6 } }));
  expect(pointsOf(two.events)).toEqual(pointsOf(one.events));
  expect(sha256(two.model)).toBe(sha256(one.model));
  expect(sha256(other.model)).not.toBe(sha256(one.model));
});

test("a run that goes on from any checkpoint has the bits of one that was never interrupted", async () => {
  const prompts = PROMPTS.map((prompt) => ({ ...prompt, demonstrations: [] })); // so that samples are drawn in the end
  const config = { ...SHORT, referenceSamples: 2, referenceTokens: 2 };
  const whole = await collect(run({ config, prompts }), () => true);
  const checkpoints = whole.events.filter((event) => event.kind === "checkpoint");
  expect(checkpoints.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  for (const checkpoint of checkpoints) {
    const file = readSafetensors(writeSafetensors(checkpoint.file));
    const rest = await collect(run({ config, prompts, checkpoint: file }));
    const before = pointsOf(whole.events.slice(0, whole.events.indexOf(checkpoint)));
    expect(pointsOf(rest.events)).toEqual(pointsOf(whole.events).slice(before.length));
    expect(sha256(rest.model)).toBe(sha256(whole.model));
  }
});

test("a learning rate of 0 changes nothing: the base model with a head of 0", async () => {
  const { events, model } = await collect(run({ config: { ...SHORT, learningRate: 0 } }));
  expect(new Set(valuesOf(events, "eval/loss"))).toEqual(new Set([valuesOf(events, "eval/loss")[0]]));
  expect((await readModel(model as TensorFile)).values).toEqual(newValues(REWARD));
});

test("in the end the demonstrations of TRAIN score 0 on average, within 1e-6", async () => {
  const { model, events } = await collect(run({ config: SHORT }));
  const scores = [];
  for (const prompt of PROMPTS.filter(({ split }) => split === "TRAIN"))
    scores.push(...(await scoresOf(model as TensorFile, prompt, prompt.demonstrations)));
  expect(scores.length).toBe(12);
  expect(Math.abs(scores.reduce((sum, score) => sum + score, 0) / 12)).toBeLessThan(1e-6);
  expect(Math.max(...scores.map(Math.abs))).toBeGreaterThan(1e-3);
  expect(events.filter(({ kind }) => kind === "warning")).toEqual([]);
});

test("without demonstrations samples of the base model take their place, and a warning says so", async () => {
  const prompts = PROMPTS.map((prompt) => ({ ...prompt, demonstrations: [] }));
  const config = { ...SHORT, referenceSamples: 3, referenceTokens: 4 };
  const { events, model } = await collect(run({ config, prompts }));
  expect(events.filter(({ kind }) => kind === "warning")).toEqual([
    {
      kind: "warning",
      message:
        "The compared prompts of TRAIN have no demonstration to score 0 on average; 3 samples of the base model took their place.",
    },
  ]);
  expect(Number.isFinite((await readModel(model as TensorFile)).values.at(-1))).toBe(true);
});

test("a text's score does not depend on the batch around it, within 1e-5", async () => {
  const { model: file } = await collect(run({ config: SHORT }));
  const prompt = PROMPTS[2] as RewardPrompt;
  const responses = ["so so ", "x", "", "so ".repeat(5)];
  const alone = await scoresOf(file as TensorFile, prompt, responses);
  const { values } = await readModel(file as TensorFile);
  const model = new LoadedModel(backend, REWARD);
  model.load(values);
  const texts = new ScoredTexts(byteTokenizer, 32).layOut(prompt, responses);
  const { ids, lengths, positions } = joinedScores(texts);
  const [together] = model.outputs({ objective: "SCORES", ids, lengths, positions, divisor: 1 });
  model.dispose();
  for (const [i, score] of alone.entries()) expect(Math.abs(together![i]! - score)).toBeLessThan(1e-5);
});

/** Texts in one shard, whatever shardCount says. */
function joinedScores(texts: readonly Int32Array[]) {
  const lengths = texts.map(({ length }) => length);
  let end = -1;
  const positions = Int32Array.from(lengths, (length) => {
    end += length;
    return end;
  });
  return { ids: Int32Array.from(texts.flatMap((ids) => [...ids])), lengths, positions };
}

test("texts that do not fit the window are cut and counted, and are scored at their end all the same", async () => {
  const prompts = PROMPTS.map((prompt, index) => (index === 0 ? { ...prompt, text: "x".repeat(100) } : prompt));
  const { events, error } = await collect(
    run({ config: configFor(prompts, { epochs: 1, batchPrompts: 12 }), prompts }),
  );
  expect(error).toBeNull();
  expect(events.find(({ kind }) => kind === "warning")).toMatchObject({
    message: expect.stringMatching(/^To fit the window of 32 tokens, 2 contexts lost their beginning and 0 responses/),
  });
  const warnings = events.flatMap((event) => (event.kind === "warning" ? [event.message] : []));
  expect(warnings.at(-1)).toMatch(
    /^Of what is to score 0 on average: To fit the window of 32 tokens, 1 context lost its beginning and 0 responses their end, of \d+ texts that are scored\. Of 1 text less than half of the prompt is left\.$/,
  );
});

test("a run that is aborted ends soon, without a model", async () => {
  const controller = new AbortController();
  const { events, model, error } = await collect(run({ config: SHORT, signal: controller.signal }), ({ kind }) => {
    if (kind === "metrics") controller.abort();
    return false;
  });
  expect([model, error]).toEqual([null, null]);
  expect(valuesOf(events, "train/loss").length).toBeLessThan(2);
});

test("a run takes at most the memory that was estimated, and at least a quarter of it", async () => {
  // Prompts of nine completions that fill the window, a shard of two of them: what the estimate is for.
  const completions = Array.from({ length: 9 }, (_, place) => ({ id: `c${place}`, text: `${place}`.repeat(64) }));
  const votes = completions.slice(1).map((_, place): Vote => ["w", place, place + 1]);
  const prompts = Array.from({ length: 16 }, (_, index) => ({ ...somePrompt(index * 4), completions, votes }));
  const config = configFor(prompts, { epochs: 1, batchPrompts: 16 });
  const own = await open();
  const { error } = await collect(run({ backend: own, config, prompts }), () => true);
  expect(error).toBeNull();
  const estimate = trainingMemoryBytes(config.architecture, {
    batchSize: 16,
    threads: 1,
    sequencesEach: MOST_IN_ELEMENT,
  });
  expect(own.budget.peakBytes).toBeLessThan(estimate);
  expect(own.budget.peakBytes).toBeGreaterThan(estimate / 4);
  own.close();
  backend = await open();
});

test.each<[string, Partial<RewardModelOptions>, string, string]>([
  [
    "ties alone",
    { prompts: PROMPTS.map((prompt) => ({ ...prompt, votes: [], ties: 2 })) },
    "UNPROCESSABLE",
    // 12 prompts of TRAIN with two ties each.
    "no strict comparison of two completions by a TRAINING labeler to train on. Pairs that are tied: 24.",
  ],
  [
    "other votes",
    { prompts: PROMPTS.slice(1) },
    "INPUT_CHANGED",
    "TRAIN has 11 elements; the job was configured for 12.",
  ],
  [
    "another base model",
    {
      base: writeModel({
        stage: "SFT",
        architecture: { ...TINY, layers: 1 },
        tokenizer: byteTokenizer,
        values: newValues({ ...TINY, layers: 1 }),
      }),
    },
    "MODEL_DAMAGED",
    "The base model is",
  ],
  [
    "a reward model as the base",
    {
      base: writeModel({ stage: "REWARD", architecture: REWARD, tokenizer: byteTokenizer, values: newValues(REWARD) }),
    },
    "MODEL_DAMAGED",
    "The base model is",
  ],
])("%s: refused", async (_, options, code, words) => {
  const { error } = await collect(run({ config: SHORT, ...options }));
  expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
});
