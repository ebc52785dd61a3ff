import { readFileSync } from "node:fs";
import { byteTokenizer } from "../../src/datasets/tokenizers/byte-tokenizer.js";
import { rowsOfStep } from "../../src/training/batches.js";
import { writeCheckpoint } from "../../src/training/checkpoint.js";
import { elementsOf, makeComparisonBatch } from "../../src/training/comparisons.js";
import type { RewardModelConfig } from "../../src/training/config/reward-model.js";
import { LoadedModel } from "../../src/training/loaded-model.js";
import { writeModel } from "../../src/training/model-file.js";
import { AdamW } from "../../src/training/optimizer.js";
import { initialise, parametersOf, totalSize } from "../../src/training/parameters.js";
import type { RewardPrompt } from "../../src/training/prompts.js";
import { trainRewardModel } from "../../src/training/reward-model.js";
import { addInto } from "../../src/training/shards.js";
import { ScoredTexts } from "../../src/training/text-layout.js";
import { collect, newValues, open, valuesOf } from "./support.js";

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), "utf8"));

// test/golden/rm.py made what is expected: the same initial parameters and batches, dropout 0, float32.
interface Expected {
  readonly losses: number[];
  readonly accuracies: number[];
  readonly gradientNorms: number[];
  readonly gradients: Record<string, { norm: number; largest: number; entries: number[] }>;
}
const EXPECTED = read<Expected>("rm-expected.json");
const {
  prompts: form,
  config,
  headDeviation,
} = read<{
  prompts: { count: number; text: string; completions: string[]; votes: [number, number][][] };
  config: RewardModelConfig;
  headDeviation: number;
}>("rm-case.json");
const { architecture } = config;
const PROMPTS = Array.from({ length: form.count }, (_, n): RewardPrompt => {
  const fill = (text: string) => text.replace("{n}", String(n));
  return {
    id: `p${n}`,
    split: "TRAIN",
    text: fill(form.text),
    fewShot: [],
    completions: form.completions.map((text, place) => ({ id: `c${place}`, text: fill(text) })),
    votes: (form.votes[n % form.votes.length] as [number, number][]).map(([winner, loser]) => ["w", winner, loser]),
    ties: 0,
    demonstrations: [fill("{n}")],
  };
});
const PARAMETERS = parametersOf(architecture).map((parameter) =>
  parameter.name === "score.weight" ? { ...parameter, start: { deviation: headDeviation } } : parameter,
);
const VALUES = new Float32Array(totalSize(PARAMETERS));
initialise(VALUES, PARAMETERS, config.seed);

test("twenty steps have the losses, accuracies and gradient norms of PyTorch, within a relative 1e-4", async () => {
  const backend = await open();
  const { head: _, ...languageModel } = architecture;
  const base = { architecture: languageModel, tokenizer: byteTokenizer, values: newValues(languageModel) };
  // A checkpoint before the first step, for a new head would be 0.
  const state = { step: 0, points: 0, tokens: 0, best: null };
  const arrays = { values: VALUES, optimizer: new AdamW(PARAMETERS, config), bestValues: VALUES };
  const { events, error } = await collect(
    trainRewardModel({
      backend,
      config,
      prompts: PROMPTS,
      base: writeModel({ stage: "SFT", ...base }),
      checkpoint: writeCheckpoint(config, { architecture, tokenizer: byteTokenizer }, state, arrays, PARAMETERS),
      threads: 1,
      signal: new AbortController().signal,
      now: () => 0,
    }),
  );
  backend.close();
  expect(error).toBeNull();
  const pairs = [
    [valuesOf(events, "train/loss"), EXPECTED.losses],
    [valuesOf(events, "train/accuracy"), EXPECTED.accuracies],
    [valuesOf(events, "train/grad_norm"), EXPECTED.gradientNorms],
  ] as const;
  for (const [ours, theirs] of pairs) {
    expect(ours).toHaveLength(20);
    for (const [step, value] of theirs.entries())
      expect(Math.abs((ours[step] as number) - value)).toBeLessThan(1e-6 + 1e-4 * value);
  }
});

test("the first step's gradient is PyTorch's, in every tensor within a relative 1e-4 of its largest entry, or 1e-6", async () => {
  const backend = await open();
  const texts = new ScoredTexts(byteTokenizer, architecture.contextLength);
  const elements = PROMPTS.flatMap((prompt) => elementsOf(prompt, (responses) => texts.layOut(prompt, responses)));
  const { shards } = makeComparisonBatch(rowsOfStep(elements, config, 0));
  const model = new LoadedModel(backend, architecture);
  model.load(VALUES);
  const gradient = new Float32Array(VALUES.length);
  for (const [shard, part] of shards.entries()) {
    const into = new Float32Array(VALUES.length);
    model.lossAndGradient(part, { rate: 0, seed: 0, step: 0, shard }, into);
    addInto(gradient, into);
  }
  model.dispose();
  backend.close();
  for (const { name, offset, size } of PARAMETERS) {
    const { norm, largest, entries } = EXPECTED.gradients[name] as Expected["gradients"][string];
    const part = gradient.subarray(offset, offset + size);
    const tolerance = 1e-6 + 1e-4 * largest;
    const ourNorm = Math.sqrt(part.reduce((sum, value) => sum + value * value, 0));
    expect([name, Math.abs(ourNorm - norm) < 1e-6 + 1e-4 * norm]).toEqual([name, true]);
    for (const [i, entry] of entries.entries()) {
      const ours = part[Math.floor((i * size) / 16)] as number;
      expect([name, i, Math.abs(ours - entry) < tolerance]).toEqual([name, i, true]);
    }
  }
});
