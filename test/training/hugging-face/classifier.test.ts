import { trainBytePairTokenizer } from "../../../src/datasets/tokenizers/trained-byte-pairs.js";
import { type Architecture, withScalarHead } from "../../../src/training/config/model-shape.js";
import { importGpt2 } from "../../../src/training/hugging-face/import-model.js";
import { parametersOf } from "../../../src/training/model/parameters.js";
import type { ScoreShard } from "../../../src/training/optimization/objectives.js";
import { makeScoreBatch } from "../../../src/training/shards/comparisons.js";
import { LoadedModel } from "../../../src/training/shards/loaded-model.js";
import { ScoredTexts } from "../../../src/training/text/text-layout.js";
import { Random } from "../../datasets/random.js";
import { plainScores } from "../plain-gpt.js";
import { MEMORY, newValues, open, TINY } from "../support.js";
import { encodePlainly, exportedFiles, type Files, folderOf, readPlainly, textOf } from "./plain-reader.js";

const TEXTS = ["low lower lowest", "new newer newest, wide wider widest", "the lowest of the newest"];
const TOKENIZER = trainBytePairTokenizer(TEXTS, 300);
const REWARD: Architecture = withScalarHead({
  ...TINY,
  contextLength: 160,
  vocabularySize: TOKENIZER.vocabularySize,
  tokenizer: "TRAINED_BPE",
});

/**
 * The scores of a sequence classifier (transformers, GPT2ForSequenceClassification): texts are filled up to the longest with
 * the padding token; the score is score.weight · h at the last token that is no padding. Weights go by their names.
 */
function classify(files: Files, texts: readonly (readonly number[])[]): number[] {
  const config = JSON.parse(textOf(files, "config.json"));
  expect([config.architectures, config.model_type, config.num_labels]).toEqual([
    ["GPT2ForSequenceClassification"],
    "gpt2",
    1,
  ]);
  const architecture: Architecture = {
    layers: config.n_layer,
    heads: config.n_head,
    width: config.n_embd,
    contextLength: config.n_positions,
    vocabularySize: config.vocab_size,
    tokenizer: "TRAINED_BPE",
    head: "SCORE",
  };
  const tensors = readPlainly(files.get("model.safetensors") as Buffer);
  expect(tensors.get("score.weight")?.shape).toEqual([1, config.n_embd]); // [labels, width], as torch.nn.Linear has it
  const values = parametersOf(architecture).flatMap(({ name, size }) => {
    if (name === "score.bias") return [0]; // a classifier's head has none
    const read = tensors.get(name === "score.weight" ? name : `transformer.${name}`)?.values ?? [];
    expect([name, read.length]).toEqual([name, size]);
    return read;
  });
  expect(tensors.size).toBe(parametersOf(architecture).length - 1);
  const longest = Math.max(...texts.map(({ length }) => length));
  return texts.map((ids) => {
    const filled = [...ids, ...Array<number>(longest - ids.length).fill(config.pad_token_id)];
    const last = filled.findLastIndex((id) => id !== config.pad_token_id);
    return plainScores(architecture, values, filled)[last]!;
  });
}

test("a second reader of an exported reward model has its scores, from the texts on, within 1e-4", async () => {
  const random = new Random(3);
  // A bias and a head far from 0, and texts of other lengths, bytes outside of ASCII among them.
  const values = newValues(REWARD).map((value) => value * 3 + (random.next() - 0.5) * 0.1);
  values[values.length - 1] = -2.5;
  const prompt = { id: "p", text: "Which is the lowest?", fewShot: [{ query: "newer?", response: "new" }] };
  const responses = ["the lowest of the newest", "низший 😀", "", "  wide,\n\nwider <|endoftext|>"];

  const backend = await open();
  const model = new LoadedModel(backend, REWARD);
  model.load(values);
  const ours = new ScoredTexts(TOKENIZER, REWARD.contextLength)
    .layOut(prompt, responses)
    .map((ids) => model.outputs(makeScoreBatch([ids]).shards[0] as ScoreShard)[0]![0]!);
  model.dispose();
  backend.close();

  const files = await exportedFiles({ stage: "REWARD", architecture: REWARD, tokenizer: TOKENIZER, values });
  const { eos_token: end } = JSON.parse(textOf(files, "special_tokens_map.json"));
  const endId = (JSON.parse(textOf(files, "vocab.json")) as Record<string, number>)[end]!;
  const context = encodePlainly(files, "Which is the lowest?\n\nnewer?\n\nnew\n\n");
  const theirs = classify(
    files,
    responses.map((response) => [...context, ...encodePlainly(files, response), endId]),
  );
  for (const [i, score] of theirs.entries()) expect(Math.abs(ours[i]! - score)).toBeLessThan(1e-4);
  expect(new Set(ours.map((score) => score.toFixed(3))).size).toBe(responses.length);
  expect(files.has("generation_config.json")).toBe(false);
});

/** Far from 0, with a bias that its fold rounds. */
function learned(): Float32Array {
  const random = new Random(5);
  const values = newValues(REWARD).map((value) => value * 3 + (random.next() - 0.5) * 0.1);
  values[values.length - 1] = -2.4375;
  return values;
}

const exported = (values: Float32Array) =>
  exportedFiles({ stage: "REWARD", architecture: REWARD, tokenizer: TOKENIZER, values });

test.each([-2.4375, 0])("an exported reward model is imported as it was, to the bit (bias %d)", async (bias) => {
  const values = learned();
  values[values.length - 1] = bias;
  const files = await exported(values);
  const folded = readPlainly(files.get("model.safetensors") as Buffer).get("transformer.ln_f.bias")?.values;
  const { offset, size } = parametersOf(REWARD).find(({ name }) => name === "ln_f.bias") ?? { offset: 0, size: 0 };
  const before = [...values.subarray(offset, offset + size)];
  if (bias === 0) expect(folded).toEqual(before);
  else expect(folded).not.toEqual(before);
  const again = await importGpt2(folderOf(files), MEMORY);
  expect([again.stage, again.architecture]).toEqual(["REWARD", REWARD]);
  expect(again.values).toEqual(values);
  expect(again.notes).toEqual([expect.stringContaining('1 special token, "<|pad|>"')]);
});

/** The same file with other metadata, or with another bias of the last LayerNorm, as another program saves it. */
function saved(files: Files, change: { metadata?: object; normBias?: number }): Map<string, Buffer> {
  const file = Buffer.from(files.get("model.safetensors") as Buffer);
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, 8 + length));
  const data = file.subarray(8 + length);
  if (change.normBias !== undefined)
    data.writeFloatLE(change.normBias, header["transformer.ln_f.bias"].data_offsets[0]);
  if (change.metadata !== undefined) header.__metadata__ = change.metadata;
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(json.length));
  return new Map([...files, ["model.safetensors", Buffer.concat([head, json, data])]]);
}

test.each([
  ["whose metadata another program dropped", { metadata: { format: "pt" } }],
  ["that was trained on, with metadata of before", { normBias: 0.25 }],
  ["with metadata that are noise", { metadata: { "accord.score.bias": "%%", "accord.ln_f.bias": "AAAA" } }],
])("a classifier %s scores as its tensors say", async (_, change) => {
  const files = saved(await exported(learned()), change);
  const { values } = await importGpt2(folderOf(files), MEMORY);
  const tensors = readPlainly(files.get("model.safetensors") as Buffer);
  const at = (name: string) => parametersOf(REWARD).find((parameter) => parameter.name === name)?.offset as number;
  const norm = tensors.get("transformer.ln_f.bias")?.values as number[];
  expect([...values.subarray(at("ln_f.bias"), at("ln_f.bias") + norm.length)]).toEqual(norm);
  expect(values.at(-1)).toBe(0);
  const ids = [...TOKENIZER.encode("the lowest of the newest"), TOKENIZER.endOfText];
  const [theirs] = classify(files, [ids]);
  expect(plainScores(REWARD, values, ids).at(-1)).toBeCloseTo(theirs as number, 12);
});

test.each([
  ["num_labels", { num_labels: 2 }, "config.json describes a classifier of 2 labels; a reward model has one"],
  ["id2label", { num_labels: undefined, id2label: { 0: "A", 1: "B", 2: "C" } }, "a classifier of 3 labels"],
])("a classifier of several labels by %s is refused before its weights are read", async (_, change, sentence) => {
  const files = await exported(learned());
  const config = { ...JSON.parse(textOf(files, "config.json")), ...change };
  const folder = folderOf(new Map([...files, ["config.json", Buffer.from(JSON.stringify(config))]]));
  const unread = { ...folder, weights: { map: null, files: [{ name: "none", read: () => Buffer.alloc(0) }] } };
  await expect(importGpt2(unread, MEMORY)).rejects.toThrow(sentence);
});

test("a head of two labels that config.json does not count is refused", async () => {
  const files = await exported(learned());
  const { num_labels: _, id2label: __, ...config } = JSON.parse(textOf(files, "config.json"));
  const file = files.get("model.safetensors") as Buffer;
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, 8 + length));
  const [start, end] = header["score.weight"].data_offsets;
  header["score.weight"] = { dtype: "F32", shape: [2, REWARD.width], data_offsets: [start, end + (end - start)] };
  const json = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(json.length));
  const row = file.subarray(8 + length + start, 8 + length + end);
  const weights = Buffer.concat([head, json, file.subarray(8 + length), row]);
  const two = new Map([...files, ["config.json", Buffer.from(JSON.stringify(config))], ["model.safetensors", weights]]);
  await expect(importGpt2(folderOf(two as Map<string, Buffer>), MEMORY)).rejects.toThrow(
    "The classifier's score.weight has 2 labels; a reward model has one, whose logit is the score.",
  );
});
