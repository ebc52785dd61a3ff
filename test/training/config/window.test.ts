import { makeTokenizer } from "../../../src/datasets/tokenizers/make-tokenizer.js";
import { autoWindow, tokenRates, WINDOWS } from "../../../src/training/config/window.js";
import type { TokenizerKind } from "../../../src/vocabulary.js";
import { chineseTexts, englishTexts, koreanTexts, russianTexts } from "../texts.js";

/** What is estimated of some texts, as a multiple of what a tokenizer makes of them that is trained on them. */
async function estimated(texts: readonly string[], kind: TokenizerKind, vocabularySize: number): Promise<number> {
  const tokenizer = await makeTokenizer(kind, texts, vocabularySize);
  const { perCharacter, perByte } = tokenRates(kind, vocabularySize);
  const sum = (of: (text: string) => number): number => texts.reduce((total, text) => total + of(text), 0);
  const tokens = sum((text) => tokenizer.encode(text).length);
  return (perCharacter * sum((text) => [...text].length) + perByte * sum((text) => Buffer.byteLength(text))) / tokens;
}

const TRAINED = [
  ["TRAINED_BPE", 4096],
  ["TRAINED_BPE", 512],
  ["TRAINED_BPE", 300],
  ["BYTES", 257],
] as const;

// GPT-2's vocabulary is of real words, as the made-up ones between spaces of one byte are not.
test.each([
  ["English", englishTexts, TRAINED],
  ["Chinese", chineseTexts, [...TRAINED, ["GPT2", 50257]]],
  ["Korean", koreanTexts, TRAINED],
  ["Russian", russianTexts, [...TRAINED, ["GPT2", 50257]]],
] as const)(
  "%s texts have no more tokens than is estimated, and at least a third of that",
  async (_, textsOf, kinds) => {
    const texts = textsOf(300);
    for (const [kind, size] of kinds) {
      const ratio = await estimated(texts, kind, size);
      expect([kind, size, ratio >= 1 - 1e-9, ratio < 3]).toEqual([kind, size, true, true]);
      if (kind === "BYTES") expect(ratio).toBeCloseTo(1, 9);
    }
  },
);

const counts = (...fitting: number[]) =>
  WINDOWS.map((window, place) => ({ window, examples: 100, fitting: fitting[place]! }));

test("AUTO takes the smallest window that nearly all examples fit, as far as it can be trained", () => {
  const all = () => true;
  expect(autoWindow(counts(95, 99, 100, 100, 100), all)).toEqual({
    value: 128,
    reason:
      "AUTO: the smallest of 128, 256, 512, 1024, 2048 that 95 % of the examples fit. An estimated 95 of 100 examples fit it.",
  });
  expect(autoWindow(counts(0, 42, 94, 100, 100), all).value).toBe(1024);
  expect(autoWindow(counts(0, 0, 0, 0, 3), all)).toEqual({
    value: 2048,
    reason: "AUTO: the largest of 128, 256, 512, 1024, 2048 there is. An estimated 3 of 100 examples fit it.",
  });
  expect(autoWindow(counts(0, 42, 94, 100, 100), (window) => window <= 512)).toEqual({
    value: 512,
    reason:
      "AUTO: the largest of 128, 256, 512, 1024, 2048 that can be trained in the memory. An estimated 94 of 100 examples fit it.",
  });
  // Nothing can be trained: what follows refuses the smallest with its own sentence.
  expect(autoWindow(counts(0, 0, 0, 0, 0), () => false).value).toBe(128);
  expect(
    autoWindow(
      WINDOWS.map((window) => ({ window, examples: 0, fitting: 0 })),
      all,
    ).value,
  ).toBe(128);
});
