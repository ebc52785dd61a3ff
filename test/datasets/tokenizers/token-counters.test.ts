import { createHash } from "node:crypto";
import ranks from "gpt-tokenizer/bpeRanks/r50k_base";
import { countTokens } from "gpt-tokenizer/encoding/r50k_base";
import { BytePairs } from "../../../src/datasets/tokenizers/byte-pairs.js";
import { makeTokenizer } from "../../../src/datasets/tokenizers/make-tokenizer.js";
import { loadTokenCounter, type TokenCounter } from "../../../src/datasets/tokenizers/token-counters.js";
import { Random, SEED } from "../random.js";

let gpt2: TokenCounter;
beforeAll(async () => {
  gpt2 = await loadTokenCounter("GPT2");
});

test("the vocabulary is OpenAI's, to the byte", () => {
  // sha256 of r50k_base.tiktoken as openai/tiktoken checks it (tiktoken_ext/openai_public.py, expected_hash).
  const file = ranks
    .map(
      (token, rank) =>
        `${(typeof token === "string" ? Buffer.from(token) : Buffer.from(token)).toString("base64")} ${rank}\n`,
    )
    .join("");
  expect(createHash("sha256").update(file).digest("hex")).toBe(
    "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930",
  );
});

// openai/tiktoken, tests/test_encoding.py, encoding "gpt2": the lengths of the lists of ids that it expects.
test.each([
  ["hello world", 2],
  ["0", 1],
  ["0000000", 1],
  ["00000000", 1],
  ["000000000", 2],
  ["000000000000000", 2],
  ["0000000000000000", 1],
  ["00000000000000000", 3],
  ["", 0],
])("%j has %i tokens of GPT-2", (text, tokens) => {
  expect(gpt2(text)).toBe(tokens);
});

test("the name of a special token is text like any other", () => {
  // "<|endoftext|>" is one token to a model; in a prompt it is the seven pieces < | end of text | >.
  expect(gpt2("<|endoftext|>")).toBe(7);
});

test.each([
  ["", 0],
  ["abc", 3],
  ["é", 2],
  ["数据", 6],
  ["😀", 4],
])("%j has %i bytes", async (text, bytes) => {
  const count = await loadTokenCounter("BYTES");
  expect(count(text)).toBe(bytes);
});

test(`long pieces count as the library counts them (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const alphabets = [
    "a",
    "ab",
    "ABCDEFghijklmno",
    "0123456789",
    "=-",
    " ",
    "\n\t ",
    "数据结构是什么问题",
    "éèê",
    "😀👩",
  ];
  for (let run = 0; run < 40; run++) {
    const letters = [...random.pick(alphabets)];
    const piece = Array.from({ length: random.int(256, 1200) }, () => random.pick(letters)).join("");
    // Without the two characters that the library, and JavaScript, divide otherwise than GPT-2: the next tests have them.
    const text = `${random.text()}${piece}${random.text()}`.replace(/[\u0085\ufeff]/g, "");
    expect(gpt2(text)).toBe(countTokens(text, { disallowedSpecial: new Set() }));
  }
});

// `tokenizers` 0.23.2 gives 64 220 126 227 65 for the first; of the second, by the definition, " \ufeff" is no white space.
test.each([
  ["a \u0085b", 5],
  ["\ufeffa", 4],
])("%j is divided at Unicode's white space before it is counted", (text, tokens) => {
  expect(gpt2(text)).toBe(tokens);
});

test(`a text of any length has as many tokens as GPT-2's tokenizer gives it ids (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const tokenizer = await makeTokenizer("GPT2", [], 50257);
  for (let run = 0; run < 300; run++) {
    const long = random.chance(0.1)
      ? random.pick(["a", " ", "\ufeff", "\u0085", "é"]).repeat(random.int(250, 270))
      : "";
    const text = random.text() + random.pick(["", "\u0085", " \ufeff", "\ufeff\n"]) + long + random.text();
    expect([text, gpt2(text)]).toEqual([text, tokenizer.encode(text).length]);
  }
});

test(`byte pairs merge as in a naive merge of the leftmost pair of lowest rank (seed ${SEED})`, () => {
  const random = new Random(SEED);
  // A small vocabulary of its own: bytes a, b, c and every merge that some random texts suggest.
  const vocabulary = ["a", "b", "c", "ab", "aa", "abc", "aab", "bc", "cc", "abcc", "aaaa", "aabaab"];
  const pairs = BytePairs.ofTokens(vocabulary);
  for (let run = 0; run < 500; run++) {
    const text = random.list(1, 30, () => random.pick(["a", "b", "c"])).join("");
    expect(pairs.count(Buffer.from(text))).toBe(naive(text, vocabulary));
  }
});

function naive(text: string, vocabulary: readonly string[]): number {
  const parts = [...text];
  for (;;) {
    let best = -1;
    let bestRank = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = vocabulary.indexOf(`${parts[i]}${parts[i + 1]}`);
      if (rank >= 0 && rank < bestRank) [best, bestRank] = [i, rank];
    }
    if (best < 0) return parts.length;
    parts.splice(best, 2, `${parts[best]}${parts[best + 1]}`);
  }
}

test("a million letters without a space are counted, and not in the square of their number", () => {
  // "aaaa" is GPT-2's longest token of that letter alone: 250,000 tokens.
  expect(gpt2("a".repeat(1_000_000))).toBe(250_000);
});
