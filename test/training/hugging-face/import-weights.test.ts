/** Weights as trainers write them: one file or several, other names, a value head beside them, a head in half precision. */
import type { NamedTensor } from "../../../src/training/events/events.js";
import { writeSafetensors } from "../../../src/training/files/safetensors.js";
import {
  dropTiedHead,
  gpt2Name,
  readTensors,
  type Weights,
} from "../../../src/training/hugging-face/import-weights.js";
import { readIndex, shardFilesOf } from "../../../src/training/hugging-face/shards.js";
import { oneFile } from "./plain-reader.js";

const tensor = (name: string, ...numbers: number[]): NamedTensor => ({
  name,
  shape: [numbers.length],
  data: Float32Array.from(numbers),
});
const file = (...tensors: NamedTensor[]): Uint8Array => writeSafetensors({ metadata: {}, tensors });
const numbersOf = (weights: Weights) =>
  Object.fromEntries([...readTensors(weights).tensors].map(([name, { data }]) => [name, [...data]]));

test.each([
  ["wte.weight", "wte.weight"],
  ["transformer.h.0.ln_1.bias", "h.0.ln_1.bias"],
  ["_orig_mod.transformer.wte.weight", "wte.weight"], // torch.compile
  ["module.transformer.wte.weight", "wte.weight"], // DistributedDataParallel
  ["module._orig_mod.wte.weight", "wte.weight"],
  ["transformer.h.0._orig_mod.attn.c_attn.weight", "h.0.attn.c_attn.weight"], // each block compiled
  [
    "_fsdp_wrapped_module.transformer.h.3._fsdp_wrapped_module._checkpoint_wrapped_module.ln_1.weight",
    "h.3.ln_1.weight",
  ],
  ["pretrained_model.transformer.ln_f.bias", "ln_f.bias"],
  ["pretrained_model.lm_head.weight", "lm_head.weight"],
  ["submodule.weight", "submodule.weight"],
])("%s is GPT-2's %s", (name, known) => {
  expect(gpt2Name(name)).toBe(known);
});

test("a tensor of two names is refused with both", () => {
  expect(() => readTensors(oneFile(file(tensor("wte.weight", 1), tensor("module.transformer.wte.weight", 1))))).toThrow(
    'The weights have the tensor wte.weight twice, as "wte.weight" and "module.transformer.wte.weight".',
  );
});

test("a value head is left out, and told", () => {
  const { tensors, notes } = readTensors(
    oneFile(
      file(
        tensor("transformer.wte.weight", 1),
        tensor("v_head.summary.weight", 2, 3),
        tensor("v_head.summary.bias", 4),
      ),
    ),
  );
  expect([...tensors.keys()]).toEqual(["wte.weight"]);
  expect(notes).toEqual([
    'Left out: a value head of 3 numbers, "v_head.summary.weight", "v_head.summary.bias"; the model beside it is what was imported.',
  ]);
});

const [FIRST, SECOND] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
const sharded = (first: Uint8Array, second: Uint8Array, map: Record<string, string>): Weights => ({
  files: [
    { name: FIRST, read: () => first },
    { name: SECOND, read: () => second },
  ],
  map: readIndex(`\ufeff${JSON.stringify({ metadata: { total_size: 8 }, weight_map: map })}`),
});

test("files of an index are read as one", () => {
  const weights = sharded(file(tensor("wte.weight", 1)), file(tensor("wpe.weight", 2)), {
    "wte.weight": FIRST,
    "wpe.weight": SECOND,
  });
  expect(numbersOf(weights)).toEqual({ "wte.weight": [1], "wpe.weight": [2] });
  expect(shardFilesOf(weights.map as ReadonlyMap<string, string>)).toEqual([FIRST, SECOND]);
});

test.each([
  [
    "a tensor in two files",
    sharded(file(tensor("wte.weight", 1)), file(tensor("wpe.weight", 2), tensor("wte.weight", 1)), {
      "wte.weight": FIRST,
      "wpe.weight": SECOND,
    }),
    `The tensor "wte.weight" stands in two files, ${FIRST} and ${SECOND}.`,
  ],
  [
    "a tensor of two names in two files",
    sharded(file(tensor("wte.weight", 1)), file(tensor("transformer.wte.weight", 1)), {
      "wte.weight": FIRST,
      "transformer.wte.weight": SECOND,
    }),
    'twice, as "wte.weight" and "transformer.wte.weight"',
  ],
  [
    "a tensor that no file has",
    sharded(file(tensor("wte.weight", 1)), file(tensor("wpe.weight", 2)), {
      "wte.weight": FIRST,
      "wpe.weight": SECOND,
      "ln_f.bias": SECOND,
    }),
    `says that the tensor "ln_f.bias" stands in ${SECOND}; no file has it.`,
  ],
  [
    "a tensor in another file than it should",
    sharded(file(tensor("wte.weight", 1)), file(tensor("wpe.weight", 2)), {
      "wte.weight": SECOND,
      "wpe.weight": FIRST,
    }),
    `says that the tensor "wte.weight" stands in ${SECOND}; it stands in ${FIRST}.`,
  ],
])("%s is refused", (_, weights, sentence) => {
  expect(() => readTensors(weights)).toThrow(sentence);
});

test.each([
  ["outside the folder", "../other/model.safetensors"],
  ["of an absolute path", "/etc/model.safetensors"],
  ["of a path of Windows", "..\\model.safetensors"],
  ["of a folder below", "shards/model.safetensors"],
  ["that is hidden", ".model.safetensors"],
  ["of another kind", "config.json"],
  ["with a NUL", "a\0.safetensors"],
  ["that is no text", 7],
])("an index that names a file %s is refused", (_, name) => {
  expect(() => readIndex(JSON.stringify({ weight_map: { "wte.weight": name } }))).toThrow(
    /^model\.safetensors\.index\.json says that "wte\.weight" stands in .*; it must be the plain name of a \.safetensors file beside it\.$/,
  );
});

test.each([
  ["no JSON", "{", "is no JSON."],
  ["without a map", "{}", "has no weight_map"],
  ["with a list for a map", '{"weight_map":[]}', "has no weight_map"],
  ["with an empty map", '{"weight_map":{}}', "names 0 files; 1 to 1000 are read."],
])("an index %s is refused", (_, text, sentence) => {
  expect(() => readIndex(text)).toThrow(sentence);
});

/** bfloat16 and float16 of 0.1, 1/3, −2.7 and 3e-6 (IEEE 754 to the nearest; by struct of Python 3: "e", and the upper half of "f", rounded to even). */
const ORIGINAL = [0.1, 1 / 3, -2.7, 3e-6];
const BF16 = [0.10009765625, 0.333984375, -2.703125, 2.995133399963379e-6];
const F16 = [0.0999755859375, 0.333251953125, -2.69921875, 2.980232238769531e-6];

const heads = (embedding: number[], head: number[]) =>
  new Map([tensor("wte.weight", ...embedding), tensor("lm_head.weight", ...head)].map((one) => [one.name, one]));

test.each([
  ["is the embedding", ORIGINAL, ORIGINAL, 0],
  ["is the embedding in bfloat16", ORIGINAL, BF16, 1],
  ["is the embedding in float16", ORIGINAL, F16, 1],
  ["is what the embedding is rounded from", BF16, ORIGINAL, 1],
])("a tied head that %s goes", (_, embedding, head, notes) => {
  const tensors = heads(embedding, head);
  const told = dropTiedHead(tensors, false, false);
  expect([[...tensors.keys()], told.length]).toEqual([["wte.weight"], notes]);
  for (const note of told) expect(note).toContain("config.json ties the two, and wte.weight counts.");
});

test("a tied head that is one of its own is refused; one that config.json names stays; a reward model's goes, and is told", () => {
  const other = [...BF16.slice(0, 3), 3.1e-6];
  expect(() => dropTiedHead(heads(ORIGINAL, other), false, false)).toThrow("lm_head.weight of its own");
  const named = heads(ORIGINAL, other);
  expect([dropTiedHead(named, true, false), named.size]).toEqual([[], 2]);
  expect(dropTiedHead(heads(ORIGINAL, other), false, true)).toEqual([
    expect.stringContaining("a reward model has its scalar head"),
  ]);
});
