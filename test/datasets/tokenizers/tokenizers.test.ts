import { countTokens, encode as libraryEncode } from "gpt-tokenizer/encoding/r50k_base";
import { makeTokenizer, readTokenizer } from "../../../src/datasets/tokenizers/make-tokenizer.js";
import { PIECES } from "../../../src/datasets/tokenizers/pieces.js";
import type { Tokenizer, TokenizerJson } from "../../../src/datasets/tokenizers/tokenizer.js";
import { trainMerges } from "../../../src/datasets/tokenizers/train-merges.js";
import { decodeWtf8, encodeWtf8, unfinishedBytes } from "../../../src/datasets/tokenizers/wtf8.js";
import { Random, SEED } from "../random.js";

const TEXTS = [
  "the cat sat on the mat",
  "the dog sat on the log\n\nthe end",
  "数据结构是什么 数据结构",
  "😀😀😀😀 ééé",
];

let tokenizers: Tokenizer[];
beforeAll(async () => {
  tokenizers = [
    await makeTokenizer("BYTES", [], 257),
    await makeTokenizer("GPT2", [], 50257),
    await makeTokenizer("TRAINED_BPE", TEXTS, 300),
    await makeTokenizer("TRAINED_BPE", [], 300),
  ];
});

/** Any string that JavaScript can hold: surrogates alone, in the wrong order and in pairs, NUL, U+FFFD, U+FEFF. */
function anyText(random: Random): string {
  const morsels = ["\ud83d", "\ude00", "😀", "\0", "\ufffd", "\ufeff", "\udbff\udfff", "힣", "\ue000", "<|endoftext|>"];
  return random.list(0, 8, () => (random.chance(0.5) ? random.pick(morsels) : random.text())).join("");
}

test(`decode gives back every text, whatever is in it (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 400; run++) {
    const text = anyText(random);
    for (const tokenizer of tokenizers) {
      const ids = tokenizer.encode(text);
      expect(tokenizer.decode(ids)).toBe(text);
      expect(ids.every((id) => id >= 0 && id < tokenizer.endOfText)).toBe(true);
    }
  }
});

test(`bytes are those of a text, and of its parts what adds up to them (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 200; run++) {
    const text = anyText(random);
    for (const tokenizer of tokenizers) {
      const ids = tokenizer.encode(text);
      expect(Buffer.from(tokenizer.bytes([...ids, tokenizer.endOfText]))).toEqual(Buffer.from(encodeWtf8(text)));
      const cut = random.int(0, ids.length);
      expect(tokenizer.bytes(ids.slice(0, cut)).length + tokenizer.bytes(ids.slice(cut)).length).toBe(
        encodeWtf8(text).length,
      );
    }
  }
});

test(`decode reads any ids, with U+FFFD for what is no text, as the WHATWG's decoder does (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const tokenizer of tokenizers) {
    for (let run = 0; run < 200; run++) {
      const ids = random.list(0, 30, () => random.int(0, tokenizer.vocabularySize - 1));
      expect(typeof tokenizer.decode(ids)).toBe("string");
    }
  }
  for (let run = 0; run < 500; run++) {
    const bytes = random.list(0, 12, () =>
      random.pick([0x41, 0x80, 0xbf, 0xc3, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0xff, 0xed]),
    );
    const holdsSurrogate = bytes.some(
      (byte, i) => byte === 0xed && (bytes[i + 1] ?? 0) >= 0xa0 && (bytes[i + 2] ?? 0) >= 0x80,
    );
    if (!holdsSurrogate) expect(tokenizers[0]?.decode(bytes)).toBe(decoder.decode(Uint8Array.from(bytes)));
  }
});

test("half of a surrogate pair takes the three bytes of its number", () => {
  // U+D83D = 1101 1000 0011 1101: 1110.1101 10.100000 10.111101.
  expect(tokenizers[0]?.encode("a\ud83d")).toEqual([0x61, 0xed, 0xa0, 0xbd]);
});

// \p{White_Space} has U+0085 and not U+FEFF. The first line is what `tokenizers` 0.23.2 gives, the others by the definition.
test.each([
  ["a \u0085b", [64, 220, 126, 227, 65]],
  ["\ufeffa", [171, 119, 123, 64]],
])("GPT2 divides %j at Unicode's white space", (text, ids) => {
  expect(tokenizers[1]?.encode(text)).toEqual(ids);
});

test.each([
  ["a \u0085b", ["a", " ", "\u0085", "b"]],
  ["a \ufeffb", ["a", " \ufeff", "b"]],
  ["a\u0085\u2028b", ["a", "\u0085", "\u2028", "b"]],
])("%j is divided as Python and Rust do", (text, pieces) => {
  expect(text.match(PIECES)).toEqual(pieces);
});

test(`GPT2 gives the ids of gpt-tokenizer (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const gpt2 = tokenizers[1] as Tokenizer;
  expect([gpt2.vocabularySize, gpt2.endOfText]).toEqual([50257, 50256]);
  // openai/tiktoken, tests/test_simple_public.py: "hello world" in gpt2.
  expect(gpt2.encode("hello world")).toEqual([31373, 995]);
  for (let run = 0; run < 300; run++) {
    const drawn = random.text(0, 20) + random.pick(["", "<|endoftext|>", "  \n\n x", "it's we'll 1234567"]);
    const text = drawn.replace(/[\u0085\ufeff]/g, ""); // where JavaScript's white space, which the library has, is not GPT-2's
    expect(gpt2.encode(text)).toEqual(libraryEncode(text, { disallowedSpecial: new Set() }));
  }
});

test("a million letters without a space are encoded, and not in the square of their number", () => {
  const text = "a".repeat(1_000_000);
  for (const tokenizer of tokenizers) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  expect(tokenizers[1]?.encode("ab".repeat(200))).toHaveLength(countTokens("ab".repeat(200)));
});

test(`a trained tokenizer applies its merges as one after another to the whole text (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  for (let run = 0; run < 30; run++) {
    const letters = random.pick([
      ["a", "b"],
      ["a", "b", "c", " "],
    ]);
    const write = (most: number) => random.list(0, most, () => random.pick(letters)).join("");
    const texts = random.list(1, 5, () => write(80));
    const merges = trainMerges(texts, 30);
    const tokenizer = await makeTokenizer("TRAINED_BPE", texts, 257 + 30);
    expect(tokenizer.vocabularySize).toBe(257 + merges.length);
    for (const text of [...texts, write(200)]) {
      const naive = [...text.matchAll(PIECES)].flatMap(([piece]) => {
        let ids = [...encodeWtf8(piece)];
        for (const [rank, [left, right]] of merges.entries()) {
          for (let i = 0; i + 1 < ids.length; i++) {
            if (ids[i] === left && ids[i + 1] === right) ids = [...ids.slice(0, i), 256 + rank, ...ids.slice(i + 2)];
          }
        }
        return ids;
      });
      expect(tokenizer.encode(text)).toEqual(naive);
    }
  }
});

test("the size asked for is the most, with 256 bytes and <|endoftext|> among it", async () => {
  const full = await makeTokenizer("TRAINED_BPE", TEXTS, 260);
  expect([full.vocabularySize, full.endOfText]).toEqual([260, 259]);
  // Nothing occurs twice in no text: bytes and <|endoftext|> are all there is.
  expect(tokenizers[3]?.vocabularySize).toBe(257);
});

test("a tokenizer comes back from what a model's file carries", async () => {
  for (const tokenizer of tokenizers) {
    const again = await readTokenizer(JSON.stringify(tokenizer));
    expect(again.toJSON()).toEqual(tokenizer.toJSON());
    expect(again.vocabularySize).toBe(tokenizer.vocabularySize);
    for (const text of [...TEXTS, "unseen words, \ud800"]) expect(again.encode(text)).toEqual(tokenizer.encode(text));
  }
});

test(`two merges may make one token, each at its rank; of one pair twice the later counts (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  for (let run = 0; run < 60; run++) {
    const known = ["a", "b", "c"];
    const merges = random.list(1, 14, () => {
      const [left, right] = [random.pick(known), random.pick(known)];
      if ((left + right).length <= 5) known.push(left + right);
      return [left, right] as const;
    });
    const made = new Set(merges.map((pair) => pair.join("")));
    const tokenizer = await readTokenizer(
      JSON.stringify({ kind: "TRAINED_BPE", merges: merges.map((pair) => pair.join(" ")) }),
    );
    expect(tokenizer.vocabularySize).toBe(257 + made.size);
    const tokens = [...made];
    const idOf = (token: string) => (token.length === 1 ? token.charCodeAt(0) : 256 + tokens.indexOf(token));
    const text = random.list(0, 40, () => random.pick(["a", "b", "c"])).join("");
    // Again and again the pair of the lowest rank, the leftmost first.
    const rankOf = (left: string, right: string) => merges.findLastIndex(([l, r]) => l === left && r === right);
    let parts = [...text];
    for (;;) {
      const ranks = parts.slice(1).map((right, i) => rankOf(parts[i]!, right));
      const least = Math.min(...ranks.filter((rank) => rank >= 0));
      const at = ranks.indexOf(least);
      if (at < 0) break;
      parts = [...parts.slice(0, at), `${parts[at]}${parts[at + 1]}`, ...parts.slice(at + 2)];
    }
    expect(tokenizer.encode(text)).toEqual(parts.map(idOf));
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect((await readTokenizer(JSON.stringify(tokenizer))).encode(text)).toEqual(tokenizer.encode(text));
  }
});

test("merges stand in GPT-2's printable bytes", async () => {
  // A space is Ġ and a newline Ċ there (openai/gpt-2, src/encoder.py: the byte plus 256 for those below "!").
  const tokenizer = await makeTokenizer("TRAINED_BPE", [" a a\n\n", "b\n\n"], 400);
  expect((tokenizer.toJSON() as TokenizerJson & { kind: "TRAINED_BPE" }).merges).toEqual(["Ċ Ċ", "Ġ a"]);
});

test.each([
  ["", "is no JSON"],
  ["null", "must be TRAINED_BPE, GPT2 or BYTES"],
  ['{"kind":"WORDS"}', 'tokenizer is "WORDS"'],
  ['{"kind":"TRAINED_BPE"}', "are no list"],
  ['{"kind":"TRAINED_BPE","merges":["ab"]}', 'Merge 0 of the model\'s tokenizer is "ab"'],
  ['{"kind":"TRAINED_BPE","merges":["ab c","a b"]}', "Merge 0"],
  ['{"kind":"TRAINED_BPE","merges":["a b c"]}', "Merge 0"],
  ['{"kind":"TRAINED_BPE","merges":[7]}', "Merge 0"],
])("%s is refused", async (json, words) => {
  await expect(readTokenizer(json)).rejects.toMatchObject({
    code: "MODEL_DAMAGED",
    message: expect.stringContaining(words),
  });
});

test(`unfinished bytes are those that a decoder of streams keeps for what follows (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const check = (bytes: Uint8Array): void => {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const text = decoder.decode(bytes, { stream: true });
    const rest = decoder.decode();
    const unfinished = unfinishedBytes(bytes);
    expect([[...bytes], unfinished > 0]).toEqual([[...bytes], rest === "\ufffd"]);
    expect(decodeWtf8(bytes.subarray(0, bytes.length - unfinished))).toBe(text);
  };
  // 0xED begins surrogates too, which WTF-8 has and UTF-8 has not.
  for (let run = 0; run < 4000; run++)
    check(
      Uint8Array.from(random.list(0, 6, () => (random.chance(0.3) ? random.int(0, 127) : random.int(128, 255)))).filter(
        (byte) => byte !== 0xed,
      ),
    );
  for (let run = 0; run < 200; run++) {
    const bytes = Buffer.from(random.text(), "utf8");
    for (let cut = 0; cut <= bytes.length; cut++) check(bytes.subarray(0, cut));
  }
  expect(unfinishedBytes(encodeWtf8("\ud83d").subarray(0, 2))).toBe(2);
  expect(unfinishedBytes(encodeWtf8("\ud83d"))).toBe(0);
});
