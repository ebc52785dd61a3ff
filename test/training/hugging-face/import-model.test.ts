import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import { JobFailure } from "../../../src/errors.js";
import { generationMemoryBytes, trainingMemoryBytes } from "../../../src/training/config/estimates.js";
import type { NamedTensor } from "../../../src/training/events/events.js";
import { writeSafetensors } from "../../../src/training/files/safetensors.js";
import { exportTexts } from "../../../src/training/hugging-face/export-texts.js";
import { type ImportedFolder, importGpt2 } from "../../../src/training/hugging-face/import-model.js";
import { parametersOf, toTensors } from "../../../src/training/model/parameters.js";
import { MEMORY, newValues, TINY, UNTIED } from "../support.js";
import { oneFile } from "./plain-reader.js";

const VALUES = newValues(TINY);
const TENSORS = toTensors(VALUES, parametersOf(TINY));

/** A folder without a padding row, with some of its files changed. */
async function folderWith(changes: {
  readonly config?: Record<string, unknown>;
  readonly tokenizer?: (json: Record<string, Record<string, unknown>>) => unknown;
  readonly tensors?: (tensors: NamedTensor[]) => NamedTensor[];
}): Promise<ImportedFolder> {
  const texts = await exportTexts({ stage: "SFT", architecture: TINY, tokenizer: byteTokenizer });
  const textOf = (name: string) => texts.find((text) => text.name === name)?.text as string;
  const config = { ...JSON.parse(textOf("config.json")), vocab_size: 257, ...changes.config };
  const json = JSON.parse(textOf("tokenizer.json"));
  const tensors = (changes.tensors ?? ((all) => all))([...TENSORS]);
  return {
    config: JSON.stringify(config),
    tokenizer: { tokenizer: JSON.stringify(changes.tokenizer?.(json) ?? json), vocabulary: null, merges: null },
    weights: oneFile(writeSafetensors({ metadata: {}, tensors })),
  };
}

const one = (name: string): NamedTensor => TENSORS.find((tensor) => tensor.name === name) as NamedTensor;

test("names without a prefix, masks and a tied head are read; the head and the masks are not kept", async () => {
  const folder = await folderWith({
    tensors: (tensors) => [
      ...tensors,
      { name: "h.0.attn.bias", shape: [1, 1, 2, 2], data: Float32Array.of(1, 0, 1, 1) },
      { name: "lm_head.weight", shape: one("wte.weight").shape, data: one("wte.weight").data },
    ],
  });
  const { values, architecture } = await importGpt2(folder, MEMORY);
  expect(architecture).toEqual(TINY);
  expect(values).toEqual(VALUES);
});

test("an unembedding of its own is read where config.json says so", async () => {
  const head = { name: "lm_head.weight", shape: [257, 16], data: newValues(UNTIED, 2).slice(-257 * 16) };
  const config = { tie_word_embeddings: false };
  const { values, architecture } = await importGpt2(
    await folderWith({ config, tensors: (tensors) => [head, ...tensors] }),
    MEMORY,
  );
  expect(architecture).toEqual(UNTIED);
  expect(values).toEqual(Float32Array.of(...VALUES, ...head.data));
});

const without = (name: string) => (tensors: NamedTensor[]) => tensors.filter((tensor) => tensor.name !== name);
const changed = (name: string, change: Partial<NamedTensor>) => (tensors: NamedTensor[]) =>
  tensors.map((tensor) => (tensor.name === name ? { ...tensor, ...change } : tensor));

test.each([
  ["another family", { config: { model_type: "llama" } }, 'model_type "llama"; it must be "gpt2"'],
  ["another activation", { config: { activation_function: "relu" } }, 'activation_function "relu"'],
  [
    "another kind of model",
    { config: { architectures: ["GPT2ForTokenClassification"] } },
    'architectures "GPT2ForTokenClassification"; GPT2LMHeadModel, GPT2Model or GPT2ForSequenceClassification with one label is read.',
  ],
  ["no architecture", { config: { architectures: [] } }, "architectures [], an empty list; GPT2LMHeadModel"],
  ["a text as architectures", { config: { architectures: "GPT2" } }, 'architectures "GPT2"; GPT2LMHeadModel'],
  [
    "a crowd of architectures",
    { config: { architectures: ["A", "B", 3, ["C"], "D", "E"] } },
    'architectures "A", "B", 3, a list and 2 more; GPT2LMHeadModel',
  ],
  [
    "rows beyond any vocabulary",
    { config: { vocab_size: 2_000_000_000 } },
    "config.json has vocab_size 2000000000; it must be at most 1048576.",
  ],
  ["half a layer", { config: { n_layer: 1.5 } }, "n_layer 1.5; it must be a whole number above 0"],
  ["too many layers", { config: { n_layer: 1e9 } }, "config.json: layers is 1000000000"],
  ["heads that do not divide", { config: { n_head: 3 } }, "config.json: Width is 16 and heads is 3"],
  ["another inner width", { config: { n_inner: 32 } }, "n_inner 32; it must be 4 · n_embd = 64"],
  [
    "an end that is no id",
    { config: { eos_token_id: "</s>" } },
    'eos_token_id "</s>"; it must be a whole number from 0 on',
  ],
  [
    "a list of ends with one that is no id",
    { config: { eos_token_id: [256, -1] } },
    "eos_token_id 256, -1; it must be",
  ],
  ["a smaller vocabulary", { config: { vocab_size: 200, eos_token_id: 0 } }, "it must be 0 to 199"],
  ["a normalizer", { tokenizer: (json: object) => ({ ...json, normalizer: { type: "NFC" } }) }, "has a normalizer"],
  [
    "two tokens of one id",
    {
      tokenizer: (json: { model: { vocab: object } }) => ({
        ...json,
        model: { ...json.model, vocab: { ...json.model.vocab, Ā: 1 } },
      }),
    },
    "have the same id, 1; each must have its own",
  ],
  [
    "another model of tokens",
    { tokenizer: (json: object) => ({ ...json, model: { type: "Unigram" } }) },
    '"Unigram"; BPE',
  ],
  [
    "another division",
    { tokenizer: (json: object) => ({ ...json, pre_tokenizer: { type: "Metaspace" } }) },
    'divides texts in another way than GPT-2, by "Metaspace"; ByteLevel',
  ],
  [
    "a missing tensor",
    { tensors: without("h.1.ln_2.bias") },
    "The weights lack the tensor h.1.ln_2.bias of shape [16].",
  ],
  [
    "another shape",
    { tensors: changed("wpe.weight", { shape: [16, 32] }) },
    "wpe.weight in the shape [16,32], not [32,16]",
  ],
  [
    "NaN",
    { tensors: changed("ln_f.bias", { data: new Float32Array(16).fill(Number.NaN) }) },
    "number 0 of ln_f.bias is NaN",
  ],
  [
    "a head of its own that config.json does not name",
    {
      tensors: (all: NamedTensor[]) => [
        ...all,
        { ...one("wte.weight"), name: "lm_head.weight", data: new Float32Array(257 * 16) },
      ],
    },
    "The weights have a lm_head.weight of its own",
  ],
  [
    "a head of its own that is missing",
    { config: { tie_word_embeddings: false } },
    "The weights lack the tensor lm_head.weight of shape [257,16].",
  ],
  ["a head that is half tied", { config: { tie_word_embeddings: "no" } }, 'tie_word_embeddings "no"'],
  [
    "a tensor of another model",
    { tensors: (all: NamedTensor[]) => [...all, { name: "h.0.gate", shape: [1], data: Float32Array.of(1) }] },
    "h.0.gate",
  ],
] as const)("%s is refused", async (_, changes, sentence) => {
  const failure = await importGpt2(await folderWith(changes as Parameters<typeof folderWith>[0]), MEMORY).catch(
    (error) => error,
  );
  expect(failure).toBeInstanceOf(JobFailure);
  expect(failure.message).toContain(sentence);
});

test.each([
  ["left standing from a larger vocabulary", 50256],
  ["of the end and of padding", [256, 257]],
  ["that is a token", 65],
])("an eos_token_id %s gives way to the tokenizer's <|endoftext|>, and is told", async (_, eos_token_id) => {
  const { values, notes } = await importGpt2(await folderWith({ config: { eos_token_id } }), MEMORY);
  expect(values).toEqual(VALUES);
  expect(notes).toContain(
    `config.json has eos_token_id ${[eos_token_id].flat().join(", ")}; the tokenizer's "<|endoftext|>" (id 256) alone ends a text here.`,
  );
});

test("rows that fill up the embedding are left out, and none of them is the end", async () => {
  const rows = Float32Array.from({ length: 320 * 16 }, (_, i) => (i < 257 * 16 ? VALUES[i]! : 9));
  const tensors = (all: NamedTensor[]) => [
    { name: "wte.weight", shape: [320, 16], data: rows },
    ...all.filter(({ name }) => name !== "wte.weight"),
  ];
  const folder = await folderWith({ config: { vocab_size: 320, eos_token_id: null }, tensors });
  const { values, notes } = await importGpt2(folder, MEMORY);
  expect(values).toEqual(VALUES);
  expect(notes).toContain(
    "Left out: 62 rows of the embedding that no token has (rows 258 to 319), which have no probability here.",
  );
});

test("a byte order mark before config.json and tokenizer.json, and an end as a list of one, are read", async () => {
  const folder = await folderWith({ config: { eos_token_id: [256] } });
  const marked = { ...folder.tokenizer, tokenizer: `\ufeff${folder.tokenizer.tokenizer}` };
  const { values, notes } = await importGpt2(
    { ...folder, config: `\ufeff${folder.config}`, tokenizer: marked },
    MEMORY,
  );
  expect(values).toEqual(VALUES);
  expect(notes).toEqual([expect.stringContaining("<|pad|>")]);
});

test.each([
  ["no JSON", "{"],
  ["a list", "[]"],
])("a config.json that is %s is refused", async (_, config) => {
  await expect(importGpt2({ ...(await folderWith({})), config }, MEMORY)).rejects.toThrow("config.json is no JSON");
});

test.each([
  ["I64", 8],
  ["F8_E4M3", 1],
])("numbers of type %s are refused with the name of the tensor and what is read", async (dtype, bytes) => {
  const size = 257 * 16 * bytes;
  const header = JSON.stringify({ "wte.weight": { dtype, shape: [257, 16], data_offsets: [0, size] } });
  const weights = new Uint8Array(8 + header.length + size);
  new DataView(weights.buffer).setBigUint64(0, BigInt(header.length), true);
  weights.set(Buffer.from(header), 8);
  await expect(importGpt2({ ...(await folderWith({})), weights: oneFile(weights) }, MEMORY)).rejects.toThrow(
    new RegExp(`^The tensor "wte.weight" has the type "?${dtype}"?; F32, F16, BF16 are read\\.$`),
  );
});

test("a model without a tokenizer is refused, and one that a job could not even generate from", async () => {
  const folder = await folderWith({});
  const nothing = { tokenizer: null, vocabulary: null, merges: null };
  await expect(importGpt2({ ...folder, tokenizer: nothing }, MEMORY)).rejects.toThrow("The model has no tokenizer");
  await expect(importGpt2(folder, 1000)).rejects.toThrow("memory to be generated from; a job may use 1 MB");
  // 4·(2 P + …) bytes of parameters, keys and positions and 1 MiB; a training has several times that
  const enough = generationMemoryBytes({ ...TINY, vocabularySize: 257 }, 1);
  expect(trainingMemoryBytes(TINY, { batchSize: 1, threads: 1 })).toBeGreaterThan(enough);
  expect((await importGpt2(folder, enough)).values).toEqual(VALUES);
});
