import { loadGpt2Tokenizer } from "../../../src/datasets/tokenizers/gpt2.js";
import { makeTokenizer } from "../../../src/datasets/tokenizers/make-tokenizer.js";
import type { Tokenizer } from "../../../src/datasets/tokenizers/tokenizer.js";
import { trainBytePairTokenizer } from "../../../src/datasets/tokenizers/trained-byte-pairs.js";
import type { Architecture } from "../../../src/training/config/model-shape.js";
import { exportTexts } from "../../../src/training/hugging-face/export-texts.js";
import { exportWeights } from "../../../src/training/hugging-face/export-weights.js";
import { importGpt2 } from "../../../src/training/hugging-face/import-model.js";
import { Random, SEED } from "../../datasets/random.js";
import { plainLogits } from "../plain-gpt.js";
import { MEMORY, newValues, TINY } from "../support.js";
import { exportedFiles, folderOf, mergePlainly, readPlainly, textOf } from "./plain-reader.js";

const TEXTS = ["low lower lowest", "new newer newest, wide wider widest", "the lowest of the newest"];

function architectureOf(tokenizer: Tokenizer, untied = false): Architecture {
  const model = { ...TINY, layers: 1, vocabularySize: tokenizer.vocabularySize, tokenizer: tokenizer.kind };
  return untied ? { ...model, untied: true } : model;
}

/** The files of an export of a language model, by name. */
const exported = (tokenizer: Tokenizer, values: Float32Array, architecture = architectureOf(tokenizer)) =>
  exportedFiles({ stage: "SFT", architecture, tokenizer, values });

test.each([false, true])(
  "the exported weights, read by a second reader, give the logits of the model; padding's are 0 (untied: %s)",
  async (untied) => {
    const tokenizer = trainBytePairTokenizer(TEXTS, 300);
    const architecture = architectureOf(tokenizer, untied);
    const values = newValues(architecture);
    const files = await exported(tokenizer, values, architecture);
    const tensors = readPlainly(files.get("model.safetensors") as Buffer);
    const config = JSON.parse(textOf(files, "config.json"));
    expect(config.tie_word_embeddings).toBe(!untied);
    for (const name of ["transformer.wte.weight", ...(untied ? ["lm_head.weight"] : [])])
      expect(tensors.get(name)?.shape).toEqual([config.vocab_size, config.n_embd]);
    // The order of the file is that of plainLogits, whose vocabulary then has padding as its last token.
    const read = [...tensors.values()].flatMap((tensor) => tensor.values);
    const ids = tokenizer.encode("the newest").slice(0, 8);
    const again = plainLogits({ ...architecture, vocabularySize: config.vocab_size }, read, ids);
    const before = plainLogits(architecture, values, ids);
    expect(again.map((row) => row.slice(0, -1))).toEqual(before);
    expect(again.map((row) => row.at(-1))).toEqual(ids.map(() => 0));
    const others = [...tensors.keys()].filter((name) => !name.startsWith("transformer."));
    expect(others).toEqual(untied ? ["lm_head.weight"] : []);
  },
);

test("the exported vocabulary and merges give the ids of the tokenizer, merged plainly", async () => {
  const tokenizer = trainBytePairTokenizer(TEXTS, 300);
  const files = await exported(tokenizer, newValues(architectureOf(tokenizer)));
  const vocabulary = JSON.parse(textOf(files, "vocab.json")) as Record<string, number>;
  const merges = textOf(files, "merges.txt").trimEnd().split("\n").slice(1);
  expect(merges.length).toBeGreaterThan(10);
  for (const word of ["lowest", "newest", "widest", "unknown", "ll"]) {
    expect(mergePlainly(word, merges).map((name) => vocabulary[name])).toEqual(tokenizer.encode(word));
  }
  const json = JSON.parse(textOf(files, "tokenizer.json"));
  expect(json.model.vocab).toEqual(vocabulary);
  expect(json.model.merges).toEqual(merges);
  expect([vocabulary["<|endoftext|>"], vocabulary["<|pad|>"]]).toEqual([tokenizer.endOfText, tokenizer.vocabularySize]);
});

test.each([
  ["TRAINED_BPE", false],
  ["TRAINED_BPE", true],
  ["BYTES", true],
  ["GPT2", false],
] as const)("a model with %s is imported as it was exported, to the bit (untied: %s)", async (kind, untied) => {
  const tokenizer = await makeTokenizer(kind, TEXTS, 300);
  const architecture = { ...architectureOf(tokenizer, untied), width: 4, heads: 1 };
  const values = newValues(architecture);
  const files = await exported(tokenizer, values, architecture);
  for (const lists of [false, true]) {
    const imported = await importGpt2(folderOf(files, lists), MEMORY);
    expect(imported.stage).toBe("IMPORTED");
    expect(imported.architecture).toEqual(architecture);
    expect(imported.tokenizer.toJSON()).toEqual(tokenizer.toJSON());
    expect(imported.values).toEqual(values);
  }
});

test(`ids in any order become ours, with the rows that belong to them (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const tokenizer = trainBytePairTokenizer(TEXTS, 300);
  const architecture = architectureOf(tokenizer, true);
  const values = newValues(architecture);
  const files = await exported(tokenizer, values, architecture);
  const config = JSON.parse(textOf(files, "config.json"));
  const order = random.shuffle(Array.from({ length: config.vocab_size }, (_, id) => id)); // their id of each of ours
  const vocabulary = Object.entries(JSON.parse(textOf(files, "vocab.json")) as Record<string, number>);
  files.set(
    "vocab.json",
    Buffer.from(JSON.stringify(Object.fromEntries(vocabulary.map(([name, id]) => [name, order[id]])))),
  );
  files.set("config.json", Buffer.from(JSON.stringify({ ...config, eos_token_id: order[tokenizer.endOfText] })));
  const weights = Buffer.from(files.get("model.safetensors") as Buffer);
  const header = 8 + Number(weights.readBigUInt64LE(0));
  const row = 4 * architecture.width;
  // The embedding is the first tensor, and the unembedding the last.
  for (const table of [header, weights.length - order.length * row]) {
    order.forEach((theirs, id) => {
      const from = table + id * row;
      (files.get("model.safetensors") as Buffer).copy(weights, table + theirs * row, from, from + row);
    });
  }
  files.set("model.safetensors", weights);
  expect((await importGpt2(folderOf(files, true), MEMORY)).values).toEqual(values);
});

test("a reward model's bias is folded into the last LayerNorm: w·(h + b·w / |w|²) = w·h + b", () => {
  const head = new Map([
    ["ln_f.bias", Float32Array.of(0.5, -1, 2, 0)],
    ["score.weight", Float32Array.of(1, 2, -1, 0.5)],
    ["score.bias", Float32Array.of(-3)],
  ]);
  const folded = exportWeights("REWARD", { ...TINY, width: 4, heads: 1, layers: 1 }, head)
    .filter((part): part is Uint8Array => part instanceof Uint8Array && part.length === 16)
    .map((part) => new Float32Array(part.buffer, part.byteOffset, 4))
    .at(-1) as Float32Array;
  // |w|² = 6.25, b / |w|² = −0.48: β + −0.48·w
  expect([...folded].map((one) => one.toFixed(4))).toEqual(["0.0200", "-1.9600", "2.4800", "-0.2400"]);
});

test("a head that stayed 0 is exported where it has no bias, and else refused with what it scores", () => {
  const export0 = (bias: number) =>
    exportWeights(
      "REWARD",
      { ...TINY, width: 4, heads: 1, layers: 1 },
      new Map([
        ["ln_f.bias", Float32Array.of(0.5, -1, 2, 0)],
        ["score.weight", new Float32Array(4)],
        ["score.bias", Float32Array.of(bias)],
      ]),
    );
  expect(export0(0).length).toBeGreaterThan(0);
  expect(() => export0(-3)).toThrow(
    "The reward model learned nothing: the weights of its head are all 0, and each text scores -3.",
  );
});

test("GPT-2's merges are read from its ranks: the first and the last of merges.txt (openai/gpt-2, vocab.bpe)", async () => {
  const tokenizer = await loadGpt2Tokenizer();
  const texts = await exportTexts({ stage: "SFT", architecture: architectureOf(tokenizer), tokenizer });
  const merges = texts
    .find(({ name }) => name === "merges.txt")
    ?.text.trimEnd()
    .split("\n") as string[];
  expect(merges.slice(0, 6)).toEqual(["#version: 0.2", "Ġ t", "Ġ a", "h e", "i n", "r e"]);
  expect(merges.slice(-3)).toEqual(["ĠColl ider", "Ġinform ants", "Ġg azed"]);
  expect(merges).toHaveLength(50_001);
});
