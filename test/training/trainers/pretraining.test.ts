import { createHash } from "node:crypto";
import type { Backend } from "../../../src/training/backend.js";
import {
  type PretrainingConfig,
  type PretrainingInput,
  resolvePretraining,
} from "../../../src/training/config/pretraining.js";
import type { TrainingPrompt } from "../../../src/training/config/prompts.js";
import type { TensorFile } from "../../../src/training/events/events.js";
import { readSafetensors, writeSafetensors } from "../../../src/training/files/safetensors.js";
import { documentCount } from "../../../src/training/text/corpus.js";
import { type PretrainingOptions, pretrain } from "../../../src/training/trainers/pretraining.js";
import { collect, MEMORY, open, pointsOf, somePrompts, TINY, valuesOf } from "../support.js";

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterEach(() => {
  expect(backend.tf.memory().numTensors).toBe(0);
  expect(backend.budget.bytesInUse).toBe(0);
});
afterAll(() => backend.close());

const PROMPTS = somePrompts(16); // 12 of TRAIN, 4 of VALIDATION, each with a demonstration

function configFor(prompts: readonly TrainingPrompt[], input: PretrainingInput, more: Partial<PretrainingConfig> = {}) {
  const of = (split: TrainingPrompt["split"]) => documentCount(prompts.filter((prompt) => prompt.split === split));
  const facts = { trainDocuments: of("TRAIN"), validationDocuments: of("VALIDATION"), trainBytes: 500 };
  return { ...resolvePretraining(input, { ...facts, architecture: TINY, memoryBytes: MEMORY }), ...more };
}

function run(options: Partial<PretrainingOptions> & { readonly config: PretrainingConfig }) {
  let milliseconds = 0;
  return pretrain({
    backend,
    prompts: PROMPTS,
    checkpoint: null,
    threads: 1,
    signal: new AbortController().signal,
    now: () => milliseconds++,
    ...options,
  });
}

const SHORT = configFor(PROMPTS, { steps: 6, batchSize: 4, seed: 5 }, { evaluateEvery: 3, sampleTokens: 4 });
const sha256 = (file: TensorFile | null): string | null =>
  file === null ? null : createHash("sha256").update(writeSafetensors(file)).digest("hex");

test("a run's points and samples, in their places, and a model of stage PRETRAINED", async () => {
  const { events, model, error } = await collect(run({ config: SHORT }));
  expect(error).toBeNull();
  const evaluations = pointsOf(events).filter(([, name]) => name === "eval/loss");
  expect(evaluations.map(([step]) => step)).toEqual([0, 3, 6]);
  expect(Math.abs(evaluations[0]![2]! - Math.log(257))).toBeLessThan(0.3);
  expect(valuesOf(events, "train/loss")).toHaveLength(6);
  expect(events.filter((event) => event.kind === "samples").map(({ step }) => step)).toEqual([0, 3, 6]);
  expect(model?.metadata).toMatchObject({ stage: "PRETRAINED", tokenizer: '{"kind":"BYTES"}' });
});

test("it learns a text by heart: below 0.1 nats a token", async () => {
  const prompts = PROMPTS.slice(0, 2);
  const config = configFor(
    prompts,
    { steps: 150, batchSize: 4, learningRate: 0.02 },
    { dropout: 0, weightDecay: 0, evaluateEvery: 150, samplePrompts: 0 },
  );
  const { events } = await collect(run({ config, prompts }));
  expect(valuesOf(events, "train/loss").at(-1)).toBeLessThan(0.1);
});

test("a run has the same bits with two threads, and when it goes on from any checkpoint", async () => {
  const whole = await collect(run({ config: SHORT }), () => true);
  expect(sha256((await collect(run({ config: SHORT, threads: 2 }))).model)).toBe(sha256(whole.model));
  for (const checkpoint of whole.events.filter((event) => event.kind === "checkpoint")) {
    const file = readSafetensors(writeSafetensors(checkpoint.file));
    const rest = await collect(run({ config: SHORT, checkpoint: file }));
    const before = pointsOf(whole.events.slice(0, whole.events.indexOf(checkpoint)));
    expect(pointsOf(rest.events)).toEqual(pointsOf(whole.events).slice(before.length));
    expect(sha256(rest.model)).toBe(sha256(whole.model));
  }
});

test.each([
  [{ prompts: [] }, "UNPROCESSABLE", "The TRAIN split has no prompt to train on."],
  [{ prompts: PROMPTS.slice(1) }, "INPUT_CHANGED", "TRAIN has 22 documents; the job was configured for 24."],
])("%j is refused", async (options, code, message) => {
  expect((await collect(run({ config: SHORT, ...options }))).error).toMatchObject({ code, message });
});

test("a run that is aborted ends soon, without a model", async () => {
  const controller = new AbortController();
  controller.abort();
  expect(await collect(run({ config: SHORT, signal: controller.signal }))).toMatchObject({ model: null, error: null });
});
