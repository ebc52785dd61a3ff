import { resolveArchitecture } from "../../../src/training/config/architecture.js";

const GIB = 2 ** 30;
const resolve = (input: Parameters<typeof resolveArchitecture>[0], memoryBytes = 4 * GIB) =>
  resolveArchitecture(input, "input.architecture", memoryBytes);

test("the contract's defaults", () => {
  expect(resolve({})).toEqual({
    layers: 4,
    heads: 4,
    width: 128,
    contextLength: 128,
    vocabularySize: 4096,
    tokenizer: "TRAINED_BPE",
  });
  expect(resolve({ tokenizer: "BYTES" }).vocabularySize).toBe(257);
  expect(resolve({ tokenizer: "GPT2" }).vocabularySize).toBe(50257);
  expect(resolve({ layers: null, tokenizer: null, vocabularySize: null })).toEqual(resolve({}));
});

test.each([
  [{ layers: 0 }, "layers", "layers is 0; it must be a whole number from 1 to 96."],
  [{ layers: 1e9 }, "layers", "layers is 1000000000; it must be a whole number from 1 to 96."],
  [{ layers: 2.5 }, "layers", "layers is 2.5; it must be a whole number from 1 to 96."],
  [{ heads: -1 }, "heads", "heads is -1; it must be a whole number from 1 to 96."],
  [{ width: 0 }, "width", "width is 0; it must be a whole number from 1 to 12288."],
  [{ width: 130 }, "width", "Width is 130 and heads is 4; the width must be a multiple of the heads."],
  [{ contextLength: 7 }, "contextLength", "contextLength is 7; it must be a whole number from 8 to 2048."],
  [{ contextLength: 4096 }, "contextLength", "contextLength is 4096; it must be a whole number from 8 to 2048."],
  [{ vocabularySize: 256 }, "vocabularySize", "vocabularySize is 256; it must be a whole number from 257 to 65536."],
  [
    { vocabularySize: 258, tokenizer: "BYTES" },
    "vocabularySize",
    "vocabularySize is 258; the tokenizer BYTES has 257 tokens.",
  ],
  [
    { vocabularySize: 4096, tokenizer: "GPT2" },
    "vocabularySize",
    "vocabularySize is 4096; the tokenizer GPT2 has 50257 tokens.",
  ],
  [{ tokenizer: "WORDS" as never }, "tokenizer", "Tokenizer is WORDS; it must be TRAINED_BPE, GPT2, BYTES."],
] as const)("%j is refused", (input, field, message) => {
  expect(() => resolve(input)).toThrow(
    expect.objectContaining({ code: "BAD_USER_INPUT", field: `input.architecture.${field}`, message }),
  );
});

test("a model that could not take a step is refused, with the estimate", () => {
  // 96 layers of width 12288 are GPT-3's 175 billion parameters: (12 d² + 13 d) · 96 + (4096 + 2048) d + 2 d.
  expect(() => resolve({ layers: 96, heads: 96, width: 12288, contextLength: 2048 })).toThrow(
    expect.objectContaining({
      field: "input.architecture",
      message: expect.stringMatching(
        /^A model of 174,037,032,960 parameters needs [\d,]+ MB of memory to be trained; a job may use 4,295 MB\.$/,
      ),
    }),
  );
  expect(() => resolve({}, 50e6)).toThrow("needs");
  expect(resolve({}, 200e6).width).toBe(128);
});
