import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import type { Backend } from "../../../src/training/backend.js";
import { generationMemoryBytes } from "../../../src/training/config/estimates.js";
import { type GenerationInput, resolveGeneration } from "../../../src/training/config/generation.js";
import type { TrainingEvent } from "../../../src/training/events/events.js";
import { writeModel } from "../../../src/training/files/model-file.js";
import { type GenerationOptions, generateCompletions } from "../../../src/training/sampling/generate.js";
import { contextOf } from "../../../src/training/text/text-layout.js";
import { plainLogits } from "../plain-gpt.js";
import { collect, MEMORY, newValues, open, somePrompts, TINY } from "../support.js";

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterEach(() => {
  expect(backend.tf.memory().numTensors).toBe(0);
  expect(backend.budget.bytesInUse).toBe(0);
});
afterAll(() => backend.close());

const PROMPTS = somePrompts(4);
const VALUES = newValues(TINY).map((value) => value * 8);
const MODEL = writeModel({ stage: "SFT", architecture: TINY, tokenizer: byteTokenizer, values: VALUES });

function run(input: GenerationInput, options: Partial<GenerationOptions> = {}) {
  const config = resolveGeneration(input, { architecture: TINY, memoryBytes: MEMORY });
  const { signal } = new AbortController();
  return generateCompletions({ backend, config, prompts: PROMPTS, model: MODEL, fromPrompt: 0, signal, ...options });
}
const textsOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event) =>
    event.kind === "completions"
      ? [[event.step, event.promptId, event.completions.map(({ text }) => text)] as const]
      : [],
  );

const warningsOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event) => (event.kind === "warning" ? [event.message] : []));

/** A model that says one token for ever: the last LayerNorm's bias alone decides, and points where its embedding is. */
function modelThatSays(token: number) {
  const values = new Float32Array(VALUES.length);
  values.fill(1, token * TINY.width, (token + 1) * TINY.width);
  values.fill(1, values.length - TINY.width);
  return writeModel({ stage: "SFT", architecture: TINY, tokenizer: byteTokenizer, values });
}

test("each prompt gets its samples, one after another, and progress", async () => {
  const { events, model, error } = await collect(run({ samplesPerPrompt: 3, maxResponseTokens: 5 }));
  expect([model, error]).toEqual([null, null]);
  expect(events.flatMap(({ kind }) => (kind === "warning" ? [] : [kind]))).toEqual(
    PROMPTS.flatMap(() => ["completions", "progress"]),
  );
  expect(textsOf(events).map(([step, id, texts]) => [step, id, texts.length])).toEqual([
    [1, "p0", 3],
    [2, "p1", 3],
    [3, "p2", 3],
    [4, "p3", 3],
  ]);
  // A model that knows nothing says something else each time.
  expect(new Set(textsOf(events).flatMap(([, , texts]) => texts)).size).toBeGreaterThan(6);
});

test("completions depend neither on the prompts around theirs nor on where a run began; on the seed they do", async () => {
  const all = textsOf((await collect(run({ seed: 3, maxResponseTokens: 5 }))).events);
  const rest = textsOf((await collect(run({ seed: 3, maxResponseTokens: 5 }, { fromPrompt: 2 }))).events);
  expect(rest).toEqual(all.slice(2));
  const [alone] = textsOf(
    (await collect(run({ seed: 3, maxResponseTokens: 5 }, { prompts: PROMPTS.slice(1, 2) }))).events,
  );
  expect(alone?.[2]).toEqual(all[1]?.[2]);
  const other = textsOf((await collect(run({ seed: 4, maxResponseTokens: 5 }))).events);
  expect(other).not.toEqual(all);
});

test("temperature 0 is what a second GPT finds likeliest, token by token", async () => {
  const { events } = await collect(
    run({ samplesPerPrompt: 1, temperature: 0, maxResponseTokens: 6 }, { prompts: PROMPTS.slice(0, 1) }),
  );
  const ids = byteTokenizer.encode(contextOf(PROMPTS[0]?.text ?? "", []));
  const response: number[] = [];
  while (response.length < 6 && response.at(-1) !== byteTokenizer.endOfText) {
    const logits = plainLogits(TINY, VALUES, [...ids, ...response]).at(-1) as number[];
    response.push(logits.indexOf(Math.max(...logits)));
  }
  expect(textsOf(events)[0]?.[2]).toEqual([byteTokenizer.decode(response).replace(/\0/g, "\ufffd")]);
});

test("a model that ends at once says nothing, which is a completion", async () => {
  const model = modelThatSays(byteTokenizer.endOfText);
  const { events } = await collect(run({ samplesPerPrompt: 2, temperature: 0 }, { model }));
  expect(textsOf(events).every(([, , texts]) => texts.length === 2 && texts.every((text) => text === ""))).toBe(true);
  expect(events.flatMap((event) => (event.kind === "completions" ? event.completions : []))).toEqual(
    Array.from({ length: 8 }, () => ({ text: "", ended: true })),
  );
  expect(warningsOf(events)).toEqual([]);
});

test("texts can be stored: no U+0000 and no half surrogate, whatever bytes a model spells", async () => {
  const model = modelThatSays(0);
  const { events } = await collect(
    run({ samplesPerPrompt: 1, temperature: 0, maxResponseTokens: 3 }, { model, prompts: PROMPTS.slice(0, 1) }),
  );
  expect(textsOf(events)[0]?.[2]).toEqual(["\ufffd\ufffd\ufffd"]);
});

test("a text that ends within a character ends before it, and is counted; so is one that was cut", async () => {
  // 0xE4 begins a character of three bytes: three times it are two that nothing goes on with, and a beginning.
  const input = { samplesPerPrompt: 2, temperature: 0, maxResponseTokens: 3 };
  const { events } = await collect(run(input, { model: modelThatSays(0xe4), prompts: PROMPTS.slice(0, 2) }));
  expect(events.flatMap((event) => (event.kind === "completions" ? event.completions : []))).toEqual(
    Array.from({ length: 4 }, () => ({ text: "\ufffd\ufffd", ended: false })),
  );
  expect(warningsOf(events)).toEqual([
    "4 of 4 completions were cut at 3 tokens, before an end was said.",
    "4 of 4 completions end within a character, whose first bytes are left out of the text.",
  ]);
});

test("a context that leaves no room is cut at its beginning, with a warning at the end", async () => {
  const prompts = PROMPTS.map((prompt, index) => ({
    ...prompt,
    text: index === 1 ? `${"x".repeat(100)}y` : prompt.text,
  }));
  const { events, error } = await collect(run({ samplesPerPrompt: 1, maxResponseTokens: 16 }, { prompts }));
  expect(error).toBeNull();
  expect(warningsOf(events)[0]).toBe(
    "1 of 4 contexts lost its beginning, so that 16 tokens of response fit the window of 32. Of 1 context less than half of the prompt is left.",
  );
});

test("aborted it ends soon; a model of another shape is refused", async () => {
  const controller = new AbortController();
  const training = run({}, { signal: controller.signal });
  await training.next();
  controller.abort();
  const { events, model, error } = await collect(training);
  expect([events.length <= 1, model, error]).toEqual([true, null, null]);

  const config = resolveGeneration({}, { architecture: { ...TINY, layers: 1 }, memoryBytes: MEMORY });
  expect((await collect(run({}, { config }))).error).toMatchObject({ code: "MODEL_DAMAGED" });
});

test("memory takes at most what was estimated, and at least a third of it", async () => {
  const architecture = { ...TINY, width: 64, contextLength: 128 };
  const model = writeModel({ stage: "SFT", architecture, tokenizer: byteTokenizer, values: newValues(architecture) });
  const config = resolveGeneration(
    { samplesPerPrompt: 8, maxResponseTokens: 3 },
    { architecture, memoryBytes: MEMORY },
  );
  const prompts = [{ id: "p", text: "x".repeat(200), fewShot: [] }];
  const own = await open();
  expect((await collect(run({}, { backend: own, config, model, prompts }))).error).toBeNull();
  const estimate = generationMemoryBytes(architecture, 8);
  expect(own.budget.peakBytes).toBeLessThan(estimate);
  expect(own.budget.peakBytes).toBeGreaterThan(estimate / 3);
  backend = await open();
});
