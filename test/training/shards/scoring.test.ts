import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import type { Backend } from "../../../src/training/backend.js";
import { scoringMemoryBytes } from "../../../src/training/config/estimates.js";
import { withScalarHead } from "../../../src/training/config/model-shape.js";
import type { ScoringPrompt } from "../../../src/training/config/prompts.js";
import { resolveScoring } from "../../../src/training/config/scoring.js";
import { writeModel } from "../../../src/training/files/model-file.js";
import { type ScoringOptions, scoreResponses } from "../../../src/training/shards/scoring.js";
import { Random, SEED } from "../../datasets/random.js";
import { plainScores } from "../plain-gpt.js";
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

const REWARD = withScalarHead(TINY);
const random = new Random(SEED);
const VALUES = newValues(REWARD).map((value) => value * 6 + (random.next() - 0.5) * 0.2);
const MODEL = writeModel({ stage: "REWARD", architecture: REWARD, tokenizer: byteTokenizer, values: VALUES });
const PROMPTS = [3, 0, 1, 5].map(
  (count, index): ScoringPrompt => ({
    id: `p${index}`,
    text: `Say ${index}`,
    fewShot: [],
    completions: Array.from({ length: count }, (_, place) => ({ id: `c${place}`, text: "x".repeat(place) })),
  }),
);
const CONFIG = resolveScoring({ architecture: REWARD, completions: 9, memoryBytes: MEMORY });

const run = (options: Partial<ScoringOptions> = {}) =>
  scoreResponses({
    backend,
    config: CONFIG,
    prompts: PROMPTS,
    model: MODEL,
    fromPrompt: 0,
    threads: 1,
    signal: new AbortController().signal,
    ...options,
  });
type Events = Awaited<
  ReturnType<typeof collect<ReturnType<typeof run> extends AsyncGenerator<infer E> ? E : never>>
>["events"];
const scoresOf = (events: Events) => events.filter((event) => event.kind === "scores");

test(`the scores are those of a second GPT in loops over doubles, at <|endoftext|>, within 1e-4 (seed ${SEED})`, async () => {
  const { events, model, error } = await collect(run());
  expect([model, error]).toEqual([null, null]);
  const scored = scoresOf(events);
  expect(scored.map(({ step, promptId, scores }) => [step, promptId, scores.length])).toEqual([
    [1, "p0", 3],
    [2, "p1", 0],
    [3, "p2", 1],
    [4, "p3", 5],
  ]);
  for (const [index, { scores }] of scored.entries()) {
    for (const [place, { completionId, score }] of scores.entries()) {
      const ids = [...Buffer.from(`Say ${index}\n\n${"x".repeat(place)}`), 256];
      expect(completionId).toBe(`c${place}`);
      expect(Math.abs(score - (plainScores(REWARD, VALUES, ids).at(-1) as number))).toBeLessThan(1e-4);
    }
  }
});

test("scores have the same bits with two threads, and from wherever a run goes on", async () => {
  const whole = scoresOf((await collect(run())).events);
  expect(scoresOf((await collect(run({ threads: 2 }))).events)).toEqual(whole);
  expect(scoresOf((await collect(run({ fromPrompt: 2 }))).events)).toEqual(whole.slice(2));
});

test("texts that do not fit are counted in a warning", async () => {
  const prompts = [{ ...(PROMPTS[0] as ScoringPrompt), text: "long ".repeat(20) }];
  const { events } = await collect(run({ prompts }));
  expect(events.at(-1)).toEqual({
    kind: "warning",
    message:
      "To fit the window of 32 tokens, 3 contexts lost their beginning and 0 responses their end, of 3 texts that are scored. Of 3 texts less than half of the prompt is left.",
  });
});

test("another model is refused; a run that is aborted ends soon", async () => {
  const other = writeModel({ stage: "SFT", architecture: TINY, tokenizer: byteTokenizer, values: newValues(TINY) });
  expect((await collect(run({ model: other }))).error).toMatchObject({ code: "MODEL_DAMAGED" });
  const controller = new AbortController();
  const { events, error } = await collect(run({ signal: controller.signal }), () => {
    controller.abort();
    return false;
  });
  expect([events.length, error]).toEqual([2, null]); // what was under way, and no prompt after it
});

test.each([1, 2])(
  "a run takes at most the memory that was estimated, and at least a quarter of it, with %i threads",
  async (threads) => {
    const architecture = { ...REWARD, width: 128, contextLength: 128 };
    const model = writeModel({
      stage: "REWARD",
      architecture,
      tokenizer: byteTokenizer,
      values: newValues(architecture),
    });
    const completions = Array.from({ length: 32 }, (_, place) => ({ id: `c${place}`, text: "x".repeat(200) }));
    const prompts = [{ ...(PROMPTS[0] as ScoringPrompt), completions }];
    const config = resolveScoring({ architecture, completions: 32, memoryBytes: MEMORY });
    const own = await open();
    const { error } = await collect(run({ backend: own, config, model, prompts, threads }));
    expect(error).toBeNull();
    const estimate = scoringMemoryBytes(architecture, 32, threads);
    expect(own.budget.peakBytes).toBeLessThan(estimate);
    expect(own.budget.peakBytes).toBeGreaterThan(estimate / 4);
    own.close();
    backend = await open();
  },
);

test("too little memory for all threads leaves threads out", async () => {
  const small = await open("wasm", scoringMemoryBytes(REWARD, 32, 1));
  const { error } = await collect(run({ backend: small, threads: 4 }));
  expect(error).toBeNull();
  small.close();
  backend = await open();
});
