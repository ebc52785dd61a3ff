import { findEnd } from "../../../src/training/hugging-face/end-token.js";

const IDS = new Map<string, unknown>([
  ["a", 0],
  ["b", 1],
  ["</s>", 2],
  ["<|endoftext|>", 3],
]);
const without = (...names: string[]) => new Map([...IDS].filter(([name]) => !names.includes(name)));

test.each([
  ["what the tokenizer calls its eos_token", IDS, "</s>", { rows: 8, endIds: [2] }, ["</s>", 2, 0]],
  ["<|endoftext|>, where it calls none so", IDS, null, { rows: 8, endIds: [] }, ["<|endoftext|>", 3, 0]],
  ["<|endoftext|>, where its eos_token is no token", IDS, "<eos>", { rows: 8, endIds: [3] }, ["<|endoftext|>", 3, 0]],
  ["the tokenizer's before config.json's", IDS, null, { rows: 8, endIds: [2] }, ["<|endoftext|>", 3, 1]],
  ["the tokenizer's before one out of range", IDS, null, { rows: 8, endIds: [50256] }, ["<|endoftext|>", 3, 1]],
  ["the tokenizer's before a list", IDS, null, { rows: 8, endIds: [3, 4] }, ["<|endoftext|>", 3, 1]],
  ["config.json's token", without("<|endoftext|>"), null, { rows: 8, endIds: [2] }, ["</s>", 2, 0]],
  [
    "config.json's one row beyond all tokens",
    without("<|endoftext|>"),
    null,
    { rows: 4, endIds: [3] },
    ["<|endoftext|>", 3, 0],
  ],
] as const)("the end is %s", (_, ids, eosToken, config, [name, id, notes]) => {
  const end = findEnd(ids, eosToken, config);
  expect([end.name, end.id, end.notes.length]).toEqual([name, id, notes]);
});

test("what config.json says otherwise is told", () => {
  expect(findEnd(IDS, null, { rows: 8, endIds: [3, 4] }).notes).toEqual([
    'config.json has eos_token_id 3, 4; the tokenizer\'s "<|endoftext|>" (id 3) alone ends a text here.',
  ]);
});

test.each([
  ["nothing says which", { rows: 8, endIds: [] }, "and config.json has no eos_token_id."],
  [
    "config.json names several",
    { rows: 8, endIds: [1, 2] },
    "eos_token_id 1, 2, of which one would have to be chosen.",
  ],
  ["config.json's is out of range", { rows: 8, endIds: [50256] }, "eos_token_id 50256; it must be 0 to 7."],
  ["config.json's is one of the rows that fill up", { rows: 8, endIds: [7] }, "is one of 5 rows that no token has"],
])("refused where %s", (_, config, sentence) => {
  const ids = without("<|endoftext|>");
  expect(() => findEnd(ids, null, config)).toThrow("The tokenizer names no end of a text");
  expect(() => findEnd(ids, null, config)).toThrow(sentence);
});

test("a padded row is never taken by its place: the tokenizer's end outside the embedding is none", () => {
  expect(() => findEnd(new Map([["<|endoftext|>", 9]]), null, { rows: 8, endIds: [] })).toThrow("no eos_token_id");
});
