import { createHash } from "node:crypto";
import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import type { Backend } from "../../../src/training/backend.js";
import { trainingMemoryBytes } from "../../../src/training/config/estimates.js";
import { withScalarHead } from "../../../src/training/config/model-shape.js";
import type { TrainingPrompt } from "../../../src/training/config/prompts.js";
import type { SftConfig } from "../../../src/training/config/sft.js";
import type { TensorFile, TrainingEvent } from "../../../src/training/events/events.js";
import { writeModel } from "../../../src/training/files/model-file.js";
import { readSafetensors, writeSafetensors } from "../../../src/training/files/safetensors.js";
import { type SftOptions, trainSft } from "../../../src/training/trainers/sft.js";
import { collect, configFor, newValues, open, pointsOf, somePrompts, TINY, valuesOf } from "../support.js";

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

const PROMPTS = somePrompts(16); // 12 of TRAIN, 4 of VALIDATION
const SHORT = configFor(PROMPTS, { epochs: 2, batchSize: 4, seed: 5 }, { evaluateEvery: 3, sampleTokens: 4 });

/** A run with what matters to a test; the clock goes a millisecond a look. */
function run(options: Partial<SftOptions> & { readonly config: SftConfig }) {
  let milliseconds = 0;
  return trainSft({
    backend,
    prompts: PROMPTS,
    base: null,
    checkpoint: null,
    threads: 1,
    signal: new AbortController().signal,
    now: () => milliseconds++,
    ...options,
  });
}

const sha256 = (file: TensorFile | null): string | null =>
  file === null ? null : createHash("sha256").update(writeSafetensors(file)).digest("hex");
const withoutCheckpoints = (events: readonly TrainingEvent[]) =>
  events.filter(({ kind }) => kind !== "checkpoint" && kind !== "progress");
const baseFile = (values = newValues(TINY)): TensorFile =>
  writeModel({ stage: "PRETRAINED", architecture: TINY, tokenizer: byteTokenizer, values });

test("a run's points and samples, in their places", async () => {
  const { events, model, error } = await collect(run({ config: SHORT }));
  expect(error).toBeNull();
  // 12 examples in batches of 4 for 2 epochs are 6 steps; evaluations at 0, 3 and 6.
  const step = (number: number) =>
    ["train/loss", "train/learning_rate", "train/grad_norm"].map((name) => [number, name]);
  const evaluation = (number: number) => [[number, "eval/loss"]];
  expect(pointsOf(events).map(([at, name]) => [at, name])).toEqual([
    ...evaluation(0),
    ...[1, 2, 3].flatMap(step),
    ...evaluation(3),
    ...[4, 5, 6].flatMap(step),
    ...evaluation(6),
  ]);
  const samples = events.filter((event) => event.kind === "samples");
  expect(samples.map(({ step }) => step)).toEqual([0, 3, 6]);
  expect(samples[0]?.samples.map(({ promptId }) => promptId)).toEqual(["p3", "p7", "p11"]);
  const speeds = events
    .flatMap((event) => (event.kind === "metrics" ? event.points : []))
    .filter(({ name }) => /second/.test(name));
  expect(speeds).toHaveLength(6);
  expect(events.filter((event) => event.kind === "progress").at(-1)).toMatchObject({
    phase: "evaluating",
    step: 6,
    totalSteps: 6,
  });
  // Nothing in a model's file varies between equal runs.
  expect(Object.keys(model?.metadata ?? {}).sort()).toEqual(["architecture", "formatVersion", "stage", "tokenizer"]);
  expect(model?.metadata).toMatchObject({ stage: "SFT", tokenizer: '{"kind":"BYTES"}' });
});

test("equal runs have equal bits, with two threads as with one; another seed has others", async () => {
  const one = await collect(run({ config: SHORT }));
  const two = await collect(run({ config: SHORT, threads: 2 }));
  const other = await collect(run({ config: { ...SHORT, seed: 6 } }));
  expect(pointsOf(two.events)).toEqual(pointsOf(one.events));
  expect(withoutCheckpoints(two.events).filter(({ kind }) => kind === "samples")).toEqual(
    withoutCheckpoints(one.events).filter(({ kind }) => kind === "samples"),
  );
  expect(sha256(two.model)).toBe(sha256(one.model));
  expect(sha256(other.model)).not.toBe(sha256(one.model));
});

test("a run that goes on from any checkpoint has the bits of one that was never interrupted", async () => {
  const whole = await collect(run({ config: SHORT }), () => true);
  const points = pointsOf(whole.events);
  const checkpoints = whole.events.filter((event) => event.kind === "checkpoint");
  // Before the first step, within epochs, between them, after evaluations, and after the last step.
  expect(checkpoints.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  for (const [index, checkpoint] of checkpoints.entries()) {
    const file = readSafetensors(writeSafetensors(checkpoint.file));
    const rest = await collect(
      run({ config: SHORT, checkpoint: file, threads: index === 4 ? 2 : 1 }),
      () => index === 2,
    );
    expect(rest.error).toBeNull();
    const before = whole.events.slice(0, whole.events.indexOf(checkpoint));
    // Throughput counts as a point, too.
    expect(checkpoint.points).toBe(before.reduce((sum, e) => sum + (e.kind === "metrics" ? e.points.length : 0), 0));
    expect(pointsOf(rest.events)).toEqual(points.slice(pointsOf(before).length));
    const samplesOf = (events: readonly TrainingEvent[]) => events.filter(({ kind }) => kind === "samples");
    expect(samplesOf(rest.events)).toEqual(samplesOf(whole.events).slice(samplesOf(before).length));
    expect(sha256(rest.model)).toBe(sha256(whole.model));
    // A checkpoint of the second run is that of the first.
    const again = rest.events.find((event) => event.kind === "checkpoint" && event.step === 4);
    if (again?.kind === "checkpoint") expect(sha256(again.file)).toBe(sha256((checkpoints[4] as typeof again).file));
  }
  // Asking changes nothing.
  expect(sha256((await collect(run({ config: SHORT }))).model)).toBe(sha256(whole.model));
});

test("cpu computes what wasm does, within a relative 1e-4", async () => {
  const config = configFor(PROMPTS, { epochs: 1, batchSize: 6 }, { sampleTokens: 2 });
  const wasm = await collect(run({ config }));
  backend = await open("cpu");
  const cpu = await collect(run({ config }));
  backend.close();
  backend = await open();
  expect(pointsOf(cpu.events).map(([step, name]) => [step, name])).toEqual(
    pointsOf(wasm.events).map(([step, name]) => [step, name]),
  );
  for (const [index, [, , value]] of pointsOf(wasm.events).entries()) {
    expect(Math.abs(pointsOf(cpu.events)[index]![2]! / value - 1)).toBeLessThan(1e-4);
  }
});

test("a checkpoint of another configuration is refused", async () => {
  const { events } = await collect(run({ config: SHORT }), () => true);
  const checkpoint = events.find((event) => event.kind === "checkpoint") as { file: TensorFile };
  const { error } = await collect(run({ config: { ...SHORT, learningRate: 0.5 }, checkpoint: checkpoint.file }));
  expect(error).toMatchObject({ code: "MODEL_DAMAGED", message: "The checkpoint belongs to another configuration." });
});

test("a small model learns one batch by heart: below 0.05 nats a token", async () => {
  const prompts = PROMPTS.filter(({ split }) => split === "TRAIN").slice(0, 4);
  const architecture = { ...TINY, layers: 1 };
  const input = { epochs: 80, batchSize: 4, learningRate: 0.02, dropout: 0 };
  const config = configFor(prompts, input, { weightDecay: 0 }, architecture);
  const { events } = await collect(run({ config, prompts }));
  const losses = valuesOf(events, "train/loss");
  // ln 257 = 5.549: a new model gives every byte nearly the same probability.
  expect(Math.abs(losses[0]! - Math.log(257))).toBeLessThan(0.3);
  expect(losses.at(-1)).toBeLessThan(0.05);
});

test("dropout changes the training loss, and no loss of an evaluation before the first step", async () => {
  const [without, withDropout] = await Promise.all(
    [0, 0.5].map((dropout) => collect(run({ config: { ...SHORT, dropout } }))),
  );
  expect(valuesOf(withDropout?.events ?? [], "eval/loss")[0]).toBe(valuesOf(without?.events ?? [], "eval/loss")[0]);
  expect(valuesOf(withDropout?.events ?? [], "train/loss")[0]).not.toBe(
    valuesOf(without?.events ?? [], "train/loss")[0],
  );
});

test("a learning rate of 0 changes nothing", async () => {
  const values = newValues(TINY);
  const { events, model } = await collect(run({ config: { ...SHORT, learningRate: 0 }, base: baseFile(values) }));
  expect(new Set(valuesOf(events, "eval/loss")).size).toBe(1);
  expect(model?.tensors).toEqual(baseFile(values).tensors);
});

test("the model has the parameters with the lowest loss on VALIDATION; without VALIDATION the last", async () => {
  // What TRAIN teaches is wrong for VALIDATION, and the more so the longer.
  const contrary = PROMPTS.map((p) => (p.split === "VALIDATION" ? { ...p, demonstrations: ["@@@@@@@@"] } : p));
  const input = { epochs: 6, batchSize: 4, learningRate: 0.02, dropout: 0 };
  const architecture = { ...TINY, layers: 1 };
  const config = configFor(contrary, input, { evaluateEvery: 6, samplePrompts: 1, sampleTokens: 2 }, architecture);
  const { events, model } = await collect(run({ config, prompts: contrary }), ({ kind }) => kind === "samples");
  const losses = events.flatMap((event) =>
    event.kind === "metrics"
      ? event.points.filter(({ name }) => name === "eval/loss").map(({ value }) => ({ value, step: event.step }))
      : [],
  );
  const best = losses.slice(1).reduce((a, b) => (b.value < a.value ? b : a));
  expect(best.step).toBe(6);
  const parametersAt = (step: number) => {
    const checkpoint = events.find((event) => event.kind === "checkpoint" && event.step === step);
    const tensors = checkpoint?.kind === "checkpoint" ? checkpoint.file.tensors : [];
    return tensors.filter(({ name }) => name.startsWith("model.")).map(({ data }) => data);
  };
  expect(model?.tensors.map(({ data }) => data)).toEqual(parametersAt(best.step));

  const prompts = PROMPTS.filter(({ split }) => split === "TRAIN");
  const alone = await collect(run({ config: configFor(prompts, { epochs: 1, batchSize: 4 }), prompts }), () => true);
  expect(alone.events.some(({ kind }) => kind === "samples")).toBe(false);
  expect(valuesOf(alone.events, "eval/loss")).toEqual([]);
  const last = alone.events.filter((event) => event.kind === "checkpoint").at(-1);
  expect(alone.model?.tensors.map(({ data }) => data)).toEqual(
    last?.file.tensors.filter(({ name }) => name.startsWith("model.")).map(({ data }) => data),
  );
});

test("from scratch with a tokenizer of its own, which the model's file carries", async () => {
  const architecture = { ...TINY, vocabularySize: 300, tokenizer: "TRAINED_BPE" } as const;
  const config = configFor(PROMPTS, { epochs: 1, batchSize: 8 }, { sampleTokens: 2 }, architecture);
  const { model, error } = await collect(run({ config }));
  expect(error).toBeNull();
  const { merges } = JSON.parse(model?.metadata.tokenizer ?? "") as { merges: string[] };
  expect(merges.length).toBeGreaterThan(5);
  expect(JSON.parse(model?.metadata.architecture ?? "")).toEqual({
    ...architecture,
    vocabularySize: 257 + merges.length,
  });
  // "It is" begins every demonstration of TRAIN.
  expect(merges).toEqual(expect.arrayContaining(["I t", "Ġi s"]));
  // It is the base of another job, which was configured when only the most tokens were known.
  expect((await collect(run({ config, base: model }))).error).toBeNull();
});

test("a loss that is no longer finite ends the run, after its points", async () => {
  const { events, error } = await collect(run({ config: { ...SHORT, learningRate: 1e30, warmUpSteps: 0 } }));
  expect(error).toMatchObject({ name: "JobFailure", code: "DIVERGED" });
  const { step, message } = error as { step: number; message: string };
  expect(message).toMatch(
    new RegExp(
      `^The (loss is|norm of the gradient is|loss on VALIDATION is) (NaN|Infinity) .*step ${step}; it must be finite\\.$`,
    ),
  );
  const last = events.filter((event) => event.kind === "metrics").at(-1);
  expect(last?.step).toBe(step);
  expect(last?.points.some(({ value }) => !Number.isFinite(value))).toBe(true);
});

test.each([0, 1, 5, 12, 20])("aborted after %i events it ends soon, without a model", async (count) => {
  const controller = new AbortController();
  const training = run({ config: SHORT, signal: controller.signal, threads: 2 });
  for (let i = 0; i < count; i++) await training.next();
  controller.abort();
  const { events, model, error } = await collect(training);
  expect([model, error]).toEqual([null, null]);
  expect(events.length).toBeLessThan(5);
});

test("a run that nobody reads on ends with its threads", async () => {
  const training = run({ config: SHORT, threads: 2 });
  for (let i = 0; i < 6; i++) await training.next();
  await training.return(null);
});

test("a base model is gone on from; one of another shape is refused", async () => {
  const { events, error } = await collect(run({ config: SHORT, base: baseFile() }));
  expect(error).toBeNull();
  expect(valuesOf(events, "eval/loss")).toHaveLength(3);
  const config = { ...SHORT, architecture: { ...TINY, layers: 1 } };
  const refused = await collect(run({ config, base: baseFile() }));
  expect(refused.error).toMatchObject({
    code: "MODEL_DAMAGED",
    message: expect.stringContaining("The base model is {"),
  });
});

test("other examples than were configured are refused", async () => {
  const { error } = await collect(run({ config: SHORT, prompts: PROMPTS.slice(1) }));
  expect(error).toMatchObject({
    code: "INPUT_CHANGED",
    message: "TRAIN has 11 examples; the job was configured for 12.",
  });
  const nothing = PROMPTS.map((prompt): TrainingPrompt => ({ ...prompt, demonstrations: [] }));
  expect((await collect(run({ config: SHORT, prompts: nothing }))).error).toMatchObject({ code: "UNPROCESSABLE" });
});

test("texts that were cut are told in one warning, at the beginning of the first run alone", async () => {
  const prompts = PROMPTS.map((prompt, index) => ({ ...prompt, text: index === 0 ? "x".repeat(100) : prompt.text }));
  const { events } = await collect(run({ config: SHORT, prompts }), () => true);
  const warnings = events.filter((event) => event.kind === "warning");
  expect(warnings.map(({ message }) => message)).toEqual([
    "To fit the window of 32 tokens, 1 context lost its beginning and 0 responses their end, of 16 examples. Of 1 example less than half of the prompt is left.",
  ]);
  const checkpoint = events.find((event) => event.kind === "checkpoint") as { file: TensorFile };
  const rest = await collect(run({ config: SHORT, prompts, checkpoint: checkpoint.file }));
  expect(rest.events.some(({ kind }) => kind === "warning")).toBe(false);
});

describe("memory", () => {
  test.each([1, 2])("takes at most what was estimated and at least a third of it, with %i threads", async (threads) => {
    const architecture = { ...TINY, width: 64, contextLength: 64 };
    const long = PROMPTS.map((prompt) => ({ ...prompt, text: "x".repeat(100) }));
    const config = configFor(long, { epochs: 1, batchSize: 12 }, { sampleTokens: 2 }, architecture);
    const own = await open();
    await collect(run({ backend: own, config, prompts: long, threads }), () => true);
    const estimate = trainingMemoryBytes(architecture, { batchSize: 12, threads });
    expect(own.budget.peakBytes).toBeLessThan(estimate);
    expect(own.budget.peakBytes).toBeGreaterThan(estimate / 3);
    own.close();
    backend = await open();
  });

  test("that does not suffice ends the run with its reason, or leaves threads out", async () => {
    const one = trainingMemoryBytes(TINY, { batchSize: 4, threads: 1 });
    const small = await open("wasm", one);
    const { model } = await collect(run({ backend: small, config: SHORT, threads: 4 }));
    expect(model).not.toBeNull();
    const tiny = await open("wasm", one / 4);
    const { error } = await collect(run({ backend: tiny, config: SHORT }));
    expect(error).toMatchObject({
      code: "OUT_OF_MEMORY",
      message: expect.stringMatching(/^The job has .* it may use .*\.$/),
    });
    tiny.close();
    backend = await open();
  });
});

test("pretraining text is mixed in: its share of the sequences, in an order of its own, with the same bits again", async () => {
  const mix = { pretrainingMix: 0.2, pretrainingDocuments: 24 }; // 12 prompts and their demonstrations
  const corpus = PROMPTS.filter(({ split }) => split === "TRAIN");
  const config = { ...SHORT, ...mix };
  const mixed = await collect(run({ config, corpus }), () => true);
  expect(mixed.error).toBeNull();
  const alone = await collect(run({ config: SHORT }));
  // Both have six steps of four demonstrations; a sequence of 32 tokens comes beside each four.
  const tokensOf = ({ events }: typeof mixed) =>
    events.filter((event) => event.kind === "progress").at(-1)?.tokens ?? 0;
  expect(tokensOf(mixed) - tokensOf(alone)).toBe(6 * 32);
  expect(valuesOf(mixed.events, "train/loss")).not.toEqual(valuesOf(alone.events, "train/loss"));
  const checkpoint = mixed.events.find((event) => event.kind === "checkpoint" && event.step === 4);
  const { file } = checkpoint as { file: TensorFile };
  expect(sha256((await collect(run({ config, corpus, checkpoint: file, threads: 2 }))).model)).toBe(
    sha256(mixed.model),
  );
  const { error } = await collect(run({ config, corpus: corpus.slice(1) }));
  expect(error).toMatchObject({
    code: "INPUT_CHANGED",
    message: "The pretraining corpus has 22 documents; the job was configured for 24.",
  });
});

test("a reward model chooses the parameters whose answers it scores highest", async () => {
  const architecture = withScalarHead(TINY);
  const values = newValues(architecture).map((value, i, all) => (i >= all.length - 17 ? Math.sin(i) : value));
  const rewardModel = writeModel({ stage: "REWARD", architecture, tokenizer: byteTokenizer, values });
  const config: SftConfig = {
    ...SHORT,
    selection: "REWARD_SCORE",
    scoredPrompts: 2,
    scoredTokens: 4,
    evaluateEvery: 2,
  };
  const { events, model, error } = await collect(run({ config, rewardModel }), () => true);
  expect(error).toBeNull();
  const scores = events.flatMap((event) =>
    event.kind === "metrics"
      ? event.points.filter(({ name }) => name === "eval/score").map(({ value }) => ({ step: event.step, value }))
      : [],
  );
  expect(scores.map(({ step }) => step)).toEqual([0, 2, 4, 6]);
  const best = scores.slice(1).reduce((a, b) => (b.value > a.value ? b : a));
  const checkpoint = events.find((event) => event.kind === "checkpoint" && event.step === best.step);
  const { file } = checkpoint as { file: TensorFile };
  const kept = file.tensors.filter(({ name }) => name.startsWith("model."));
  expect(model?.tensors.map(({ data }) => data)).toEqual(kept.map(({ data }) => data));
  const { error: wrong } = await collect(run({ config, rewardModel: baseFile() }));
  expect(wrong).toMatchObject({ code: "MODEL_DAMAGED" });
});
