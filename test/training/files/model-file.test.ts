import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import { makeTokenizer } from "../../../src/datasets/tokenizers/make-tokenizer.js";
import { checkpointDiskBytes, modelDiskBytes } from "../../../src/training/config/estimates.js";
import { withScalarHead } from "../../../src/training/config/model-shape.js";
import type { TensorFile } from "../../../src/training/events/events.js";
import { writeCheckpoint } from "../../../src/training/files/checkpoint.js";
import { readModel, writeModel } from "../../../src/training/files/model-file.js";
import { writeSafetensors } from "../../../src/training/files/safetensors.js";
import { parametersOf } from "../../../src/training/model/parameters.js";
import { AdamW } from "../../../src/training/optimization/optimizer.js";
import { newValues, TINY, UNTIED } from "../support.js";

const MODEL = writeModel({ stage: "SFT", architecture: TINY, tokenizer: byteTokenizer, values: newValues(TINY) });
const withMetadata = (more: Record<string, string>): TensorFile => ({
  ...MODEL,
  metadata: { ...MODEL.metadata, ...more },
});

test("a model comes back from its file", async () => {
  const { stage, architecture, tokenizer, values } = await readModel(MODEL);
  expect([stage, architecture, tokenizer.kind]).toEqual(["SFT", TINY, "BYTES"]);
  expect(values).toEqual(newValues(TINY));
});

test("a model with an unembedding of its own comes back, and others say nothing of one", async () => {
  const file = writeModel({ stage: "SFT", architecture: UNTIED, tokenizer: byteTokenizer, values: newValues(UNTIED) });
  const { architecture, values } = await readModel(file);
  expect(architecture).toEqual(UNTIED);
  expect(values).toEqual(newValues(UNTIED));
  expect(MODEL.metadata.architecture).not.toContain("untied");
});

test("a reward model comes back with its head, and a model without one says nothing of it", async () => {
  const architecture = withScalarHead(TINY);
  const file = writeModel({ stage: "REWARD", architecture, tokenizer: byteTokenizer, values: newValues(architecture) });
  expect((await readModel(file)).architecture).toEqual(architecture);
  expect(MODEL.metadata.architecture).not.toContain('"head"');
});

test.each([
  ["another version", withMetadata({ formatVersion: "2" }), "format version 2; version 1 is read"],
  ["a stage that is none", withMetadata({ stage: "BEST" }), "stage is BEST"],
  [
    "a reward model without a head",
    withMetadata({ stage: "REWARD" }),
    "a scalar head is what models of stage REWARD have",
  ],
  ["a head that is none", withMetadata({ architecture: JSON.stringify({ ...TINY, head: "BIG" }) }), 'is "BIG"'],
  [
    "an unembedding half its own",
    withMetadata({ architecture: JSON.stringify({ ...TINY, untied: 1 }) }),
    "must be untied",
  ],
  ["no architecture", withMetadata({ architecture: "" }), "architecture is no JSON"],
  ["sizes that are none", withMetadata({ architecture: '{"layers":-1}' }), "no whole numbers above 0"],
  [
    "another tokenizer",
    withMetadata({ tokenizer: '{"kind":"TRAINED_BPE","merges":["a b"]}' }),
    "its tokenizer is TRAINED_BPE with 258",
  ],
  [
    "more layers than it has",
    withMetadata({ architecture: JSON.stringify({ ...TINY, layers: 1e9 }) }),
    // TINY has (257 + 32)·16 + 2·(12·16² + 13·16) + 2·16 = 11,216.
    "parameters; its file has 11216",
  ],
  [
    "a missing tensor",
    { ...MODEL, tensors: MODEL.tensors.map((t, i) => (i === 0 ? { ...t, name: "x" } : t)) },
    "lacks the tensor wte.weight",
  ],
])("%s is refused", async (_, file, words) => {
  await expect(readModel(file)).rejects.toMatchObject({
    code: "MODEL_DAMAGED",
    message: expect.stringContaining(words),
  });
});

test("disk takes at most what was estimated, and at least a half of it", async () => {
  const texts = ["the cat sat on the mat and the dog sat on the log", "a cat and a dog and a log"];
  const tokenizer = await makeTokenizer("TRAINED_BPE", texts, 280);
  const architecture = { ...TINY, width: 64, vocabularySize: tokenizer.vocabularySize, tokenizer: tokenizer.kind };
  const values = newValues(architecture);
  const model = writeSafetensors(writeModel({ stage: "SFT", architecture, tokenizer, values })).length;
  const parameters = parametersOf(architecture);
  const optimizer = new AdamW(parameters, { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 });
  const state = { step: 1, points: 1, tokens: 1, best: { step: 1, loss: 1 } };
  const arrays = { values, optimizer, bestValues: values };
  const checkpoint = writeSafetensors(
    writeCheckpoint({}, { architecture, tokenizer }, state, arrays, parameters),
  ).length;
  for (const [actual, estimate] of [
    [model, modelDiskBytes(architecture)],
    [checkpoint, checkpointDiskBytes(architecture)],
  ] as const) {
    expect(actual).toBeLessThan(estimate);
    expect(actual).toBeGreaterThan(estimate / 2);
  }
});
