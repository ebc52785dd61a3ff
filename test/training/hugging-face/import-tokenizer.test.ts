/** Tokenizers as others write them: what is read, what is told of what was left out, and what is refused. */
import { Tokenizer as ScriptTokenizer } from "@huggingface/tokenizers";
import { PRINTABLE_BYTES } from "../../../src/datasets/tokenizers/printable-bytes.js";
import { DIVISION } from "../../../src/training/hugging-face/division.js";
import { importTokenizer } from "../../../src/training/hugging-face/import-tokenizer.js";
import type { TokenizerTexts } from "../../../src/training/hugging-face/tokenizer-lists.js";

const MERGES = ["t h", "th e", "Ġ the"];
const NAMES = [...PRINTABLE_BYTES, "th", "the", "Ġthe", "<|endoftext|>"];
const END = NAMES.length - 1;
const BYTE_LEVEL = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
const special = (id: number, content: string) => ({ id, content, special: true });

function json(changes: Record<string, unknown> = {}, model: Record<string, unknown> = {}): Record<string, unknown> {
  const vocab = Object.fromEntries(NAMES.map((name, id) => [name, id]));
  return {
    added_tokens: [special(END, "<|endoftext|>")],
    normalizer: null,
    pre_tokenizer: BYTE_LEVEL,
    post_processor: null,
    decoder: BYTE_LEVEL,
    model: { type: "BPE", vocab, merges: MERGES, ...model },
    ...changes,
  };
}

const read = (
  tokenizer: unknown,
  config: Partial<Parameters<typeof importTokenizer>[1]> = {},
  more: Partial<TokenizerTexts> = {},
) =>
  importTokenizer(
    { tokenizer: JSON.stringify(tokenizer), vocabulary: null, merges: null, ...more },
    { rows: NAMES.length, endIds: [END], ...config },
  );

test("nothing is told of a tokenizer of which nothing is left out", async () => {
  const { tokenizer, rows, notes } = await read(json());
  expect([...rows]).toEqual(NAMES.map((_, id) => id));
  expect(tokenizer.encode("the the")).toEqual([257, 258]);
  expect(notes).toEqual([]);
});

const OPENAI = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const split = (Regex: string, more: object = {}) => ({
  type: "Split",
  pattern: { Regex },
  behavior: "Isolated",
  invert: false,
  ...more,
});
const sequence = (...pretokenizers: object[]) => ({ type: "Sequence", pretokenizers });

test.each([
  ["ours", DIVISION],
  ["ByteLevel alone in a sequence", sequence(BYTE_LEVEL)],
  ["Split at GPT-2's pattern, then ByteLevel", sequence(split(OPENAI), { ...BYTE_LEVEL, use_regex: false })],
  [
    "Split that keeps the matches, then ByteLevel",
    sequence(split(OPENAI, { behavior: "Removed", invert: true }), { ...BYTE_LEVEL, use_regex: false }),
  ],
  [
    "Split at tiktoken's form of it",
    sequence(split(OPENAI.replace("'s|'t|'re|'ve|'m|'ll|'d", "'(?:[sdmt]|ll|ve|re)")), BYTE_LEVEL),
  ],
])("GPT-2's division is read as %s, with the ids of @huggingface/tokenizers", async (_, division) => {
  const file = json({ pre_tokenizer: division });
  const { tokenizer } = await read(file);
  const reader = new ScriptTokenizer(file as never, {});
  for (const text of ["the  the\n\nthe 's'll'x", " the12 the\u3000!!", "we've  \t the"])
    expect(reader.encode(text, { add_special_tokens: false }).ids).toEqual(tokenizer.encode(text));
});

test.each([
  [
    "of another pattern",
    sequence(split("\\d"), BYTE_LEVEL),
    'by "Split" at "\\\\d", then "ByteLevel"; ByteLevel without',
  ],
  ["that drops the matches", sequence(split(OPENAI, { behavior: "Removed" }), BYTE_LEVEL), "another way than GPT-2"],
  ["with a space before every text", { ...BYTE_LEVEL, add_prefix_space: true }, 'by "ByteLevel" with add_prefix_space'],
  ["without a pattern", { ...BYTE_LEVEL, use_regex: false }, 'by "ByteLevel" without its pattern'],
  ["without any", null, "by nothing"],
  ["of three steps", sequence(split(OPENAI), { type: "Digits" }, BYTE_LEVEL), 'then "Digits", then'],
])("a division %s is refused with what it has", async (_, division, sentence) => {
  await expect(read(json({ pre_tokenizer: division }))).rejects.toThrow(sentence);
});

test("bytes without a token are named by their bytes", async () => {
  const vocab = (...missing: number[]) =>
    Object.fromEntries(NAMES.map((name, id) => [name, id] as const).filter(([, id]) => !missing.includes(id)));
  await expect(read(json({}, { vocab: vocab(0) }))).rejects.toThrow(
    'The tokenizer has no token for 1 byte, 0x00 (written "Ā"); each of the 256 must have one, for any text may hold it.',
  );
  await expect(read(json({}, { vocab: vocab(0xff, 0x41, 0x0a, 0x20, 0x7f) }))).rejects.toThrow(
    'for 5 bytes, 0x0A (written "Ċ"), 0x20 (written "Ġ"), 0x41 (written "A"), 0x7F (written "ġ") and 1 more',
  );
});

test("what a merge makes and the vocabulary lacks is named", async () => {
  await expect(read(json({}, { merges: [...MERGES, "a b"] }))).rejects.toThrow(
    'The vocabulary lacks the token "ab", which a merge makes.',
  );
});

test("two merges that make one token are read, with the ids of @huggingface/tokenizers", async () => {
  const vocab = Object.fromEntries([...NAMES, "he"].map((name, id) => [name, id]));
  const file = json({}, { merges: [...MERGES, "h e", "t he"], vocab });
  const { tokenizer, notes } = await read(file, { rows: NAMES.length + 1 });
  expect(tokenizer.vocabularySize).toBe(NAMES.length + 1);
  const reader = new ScriptTokenizer(file as never, {});
  const { rows } = await read(file, { rows: NAMES.length + 1 });
  for (const text of ["the he th e", "hehe thethe", " the the"])
    expect(tokenizer.encode(text).map((id) => rows[id])).toEqual(
      reader.encode(text, { add_special_tokens: false }).ids,
    );
  expect(notes).toEqual([]);
});

test("special tokens, added words, tokens that no merge makes and padded rows are left out, and told", async () => {
  const vocab = { ...Object.fromEntries(NAMES.map((name, id) => [name, id])), Unmade: END + 3 };
  const added = [
    special(END, "<|endoftext|>"),
    special(END + 1, "<|pad|>"),
    { id: END + 2, content: "instructions", special: false },
  ];
  const { tokenizer, rows, notes } = await read(json({ added_tokens: added }, { vocab }), { rows: END + 10 });
  expect([tokenizer.vocabularySize, rows.at(-1)]).toEqual([END + 1, END]);
  expect(notes).toEqual([
    `Left out: 1 special token, "<|pad|>" (id ${END + 1}); no text becomes them here, and they have no probability.`,
    `Left out: 1 added word, "instructions" (id ${END + 2}); a text that holds one has other tokens here than with the tokenizer's own readers.`,
    `Left out: 1 token that no merge makes, "Unmade" (id ${END + 3}).`,
    `Left out: 6 rows of the embedding that no token has (rows ${END + 4} to ${END + 9}), which have no probability here.`,
  ]);
});

test("what a post-processor and tokenizer_config.json put around a text is told, and to what it is cut", async () => {
  const template = {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "<|endoftext|>" } }, { Sequence: { id: "A" } }, { SpecialToken: { id: "</s>" } }],
  };
  const { notes } = await read(json({ post_processor: template, truncation: { max_length: 64 } }));
  expect(notes).toEqual([
    'Left out: what the tokenizer\'s readers put around every text, "<|endoftext|>" before and "</s>" after it; here a text stands alone, as GPT-2 has it.',
    "Left out: that the tokenizer's readers cut every text to 64 tokens.",
  ]);
  const settings = JSON.stringify({ add_bos_token: true, bos_token: { content: "<|endoftext|>" } });
  expect((await read(json(), {}, { settings })).notes).toEqual([
    'Left out: what the tokenizer\'s readers put around every text, "<|endoftext|>" before it; here a text stands alone, as GPT-2 has it.',
  ]);
  const inner = {
    type: "Sequence",
    processors: [{ type: "ByteLevel" }, { type: "RobertaProcessing", cls: ["<s>", 1], sep: ["</s>", 2] }],
  };
  expect((await read(json({ post_processor: inner }))).notes[0]).toContain('"<s>" before and "</s>" after it');
});

test("the eos_token of tokenizer_config.json, else of special_tokens_map.json, is the end", async () => {
  const added = [special(END, "<|endoftext|>"), special(END + 1, "</s>")];
  const file = json({ added_tokens: added });
  const config = { rows: END + 2, endIds: [] };
  const settings = JSON.stringify({ eos_token: { content: "</s>" } });
  const { rows, notes } = await read(file, config, { settings });
  expect(rows.at(-1)).toBe(END + 1);
  expect(notes).toEqual([expect.stringContaining(`1 special token, "<|endoftext|>" (id ${END})`)]);
  const specials = JSON.stringify({ eos_token: "</s>" });
  expect((await read(file, config, { specials })).rows.at(-1)).toBe(END + 1);
});

test("vocab.json and merges.txt are read with a byte order mark, with added_tokens.json", async () => {
  const vocabulary = `\ufeff${JSON.stringify(Object.fromEntries(NAMES.map((name, id) => [name, id])))}`;
  const merges = `\ufeff#version: 0.2\r\n${MERGES.join("\r\n")}\r\n`;
  const texts = { tokenizer: null, vocabulary, merges, added: JSON.stringify({ "<|im_end|>": END + 1 }) };
  const { tokenizer, notes } = await importTokenizer(texts, { rows: END + 2, endIds: [END] });
  expect(tokenizer.encode("the")).toEqual([257]);
  expect(notes).toEqual([expect.stringContaining(`1 added word, "<|im_end|>" (id ${END + 1})`)]);
});

test.each([
  [
    "a space before every text",
    {},
    { settings: '{"add_prefix_space":true}' },
    "tokenizer_config.json has add_prefix_space true",
  ],
  ["a prefix of parts of words", { model: { continuing_subword_prefix: "##" } }, {}, 'continuing_subword_prefix "##"'],
  [
    "ignore_merges where merging makes other tokens",
    { model: { ignore_merges: true, merges: ["h e", ...MERGES], vocab: { he: END + 1 } } },
    {},
    'merging does not make the token "the"',
  ],
] as const)("%s is refused", async (_, { model = {} }: { model?: Record<string, unknown> }, more, sentence) => {
  const all = Object.fromEntries(NAMES.map((name, id) => [name, id]));
  const file = json({}, { ...model, vocab: { ...all, ...(model.vocab as object) } });
  await expect(read(file, { rows: END + 2 }, more)).rejects.toThrow(sentence);
});

test("ignore_merges is read where merging makes every token of its own bytes", async () => {
  expect((await read(json({}, { ignore_merges: true }))).tokenizer.encode("the the")).toEqual([257, 258]);
});
