import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import { makeTokenizer } from "../../../src/datasets/tokenizers/make-tokenizer.js";
import type { TrainingPrompt } from "../../../src/training/config/prompts.js";
import {
  contextOf,
  cutsSentence,
  ExampleCuts,
  layOutContext,
  layOutExamples,
  layOutScored,
  ScoredTexts,
  sftTexts,
  tokenizerTexts,
} from "../../../src/training/text/text-layout.js";

const EOS = 256;
const PAIRS = [
  { query: "2+2", response: "4" },
  { query: "3+3", response: "6" },
];
const prompt = (more: Partial<TrainingPrompt> = {}): TrainingPrompt => ({
  id: "p",
  split: "TRAIN",
  source: "LABELER",
  text: "Add.",
  fewShot: PAIRS,
  demonstrations: ["Done."],
  ...more,
});

test("a labeler's few-shot prompt, by hand", () => {
  expect(sftTexts(prompt())).toEqual([
    { context: "Add.\n\n2+2\n\n4\n\n3+3\n\n6\n\n", response: "Done." },
    { context: "Add.\n\n3+3\n\n6\n\n2+2\n\n", response: "4" },
    { context: "Add.\n\n2+2\n\n4\n\n3+3\n\n", response: "6" },
  ]);
});

test("a customer's few-shot prompt teaches its demonstrations alone, and a prompt without either nothing", () => {
  expect(sftTexts(prompt({ source: "CUSTOMER" }))).toHaveLength(1);
  expect(sftTexts(prompt({ source: "CUSTOMER", demonstrations: [] }))).toEqual([]);
  expect(sftTexts(prompt({ fewShot: [], demonstrations: ["a", ""] }))).toEqual([
    { context: "Add.\n\n", response: "a" },
    { context: "Add.\n\n", response: "" },
  ]);
});

test("a tokenizer learns from each context once and each demonstration", () => {
  expect(tokenizerTexts([prompt({ demonstrations: ["a", "b"] })])).toEqual([contextOf("Add.", PAIRS), "a", "b"]);
});

test("context and response are encoded apart, so that no token reaches over their border", async () => {
  // Trained on "\n\nb" the tokenizer would join nothing else; the context ends with "\n\n", the response begins with "b".
  const tokenizer = await makeTokenizer("TRAINED_BPE", ["b b b", "\n\n", "\n\n"], 300);
  const { examples } = layOutExamples([prompt({ fewShot: [], text: "x", demonstrations: [" b"] })], tokenizer, 32);
  const [example] = examples;
  expect([...(example?.ids ?? [])]).toEqual([
    ...tokenizer.encode("x\n\n"),
    ...tokenizer.encode(" b"),
    tokenizer.endOfText,
  ]);
  expect(example?.contextLength).toBe(tokenizer.encode("x\n\n").length);
});

describe("in a window of 6 tokens", () => {
  const lay = (text: string, response: string) =>
    layOutExamples([prompt({ text, fewShot: [], demonstrations: [response] })], byteTokenizer, 6);
  const bytes = (text: string) => [...Buffer.from(text)];

  test("what fits stays whole", () => {
    const { examples, cuts } = lay("q", "ab");
    expect([[...(examples[0]?.ids ?? [])], examples[0]?.contextLength]).toEqual([[...bytes("q\n\nab"), EOS], 3]);
    expect(cuts).toMatchObject({ contexts: { all: 1, cut: 0, halved: 0, lost: 0 }, responses: 0 });
  });

  test("the context loses its beginning first", () => {
    const { examples, cuts } = lay("q", "abc");
    expect([[...(examples[0]?.ids ?? [])], examples[0]?.contextLength]).toEqual([[...bytes("\n\nabc"), EOS], 2]);
    expect(cuts).toMatchObject({ contexts: { all: 1, cut: 1, halved: 0, lost: 0 }, responses: 0 });
  });

  test("down to its last token", () => {
    const { examples, cuts } = lay("q", "abcd");
    expect([[...(examples[0]?.ids ?? [])], examples[0]?.contextLength]).toEqual([[...bytes("\nabcd"), EOS], 1]);
    expect(cuts).toMatchObject({ contexts: { cut: 1, halved: 1, lost: 1 }, responses: 0 });
  });

  test("then the response loses its end, and <|endoftext|> with it", () => {
    const { examples, cuts } = lay("q", "abcde");
    expect([[...(examples[0]?.ids ?? [])], examples[0]?.contextLength]).toEqual([bytes("\nabcde"), 1]);
    expect(cuts).toMatchObject({ contexts: { cut: 1, halved: 1, lost: 1 }, responses: 1 });
    const counted = new ExampleCuts();
    for (const one of [{ examples, cuts }, lay("q", "ab")]) counted.add(one);
    expect(counted.sentence(6)).toBe(cutsSentence([{ examples, cuts }, lay("q", "ab")], 6));
    expect(cutsSentence([{ examples, cuts }, lay("q", "ab")], 6)).toBe(
      "To fit the window of 6 tokens, 1 context lost its beginning and 1 response its end, of 2 examples. 1 example lost its prompt: one token of it is left at most.",
    );
  });

  test("an empty response is <|endoftext|> alone", () => {
    const { examples } = lay("q", "");
    expect([...(examples[0]?.ids ?? [])]).toEqual([...bytes("q\n\n"), EOS]);
  });

  test("a context to be answered keeps its end, beside the response's tokens", () => {
    expect(layOutContext({ id: "p", text: "abc", fewShot: [] }, byteTokenizer, 6, 2)).toEqual({
      ids: bytes("bc\n\n"),
      whole: 5,
    });
    expect(layOutContext({ id: "p", text: "ab", fewShot: [] }, byteTokenizer, 6, 2)).toEqual({
      ids: bytes("ab\n\n"),
      whole: 4,
    });
  });
});

test("no warning where nothing was cut", () => {
  expect(cutsSentence([layOutExamples([], byteTokenizer, 6)], 6)).toBeNull();
});

test("a text to be scored by hand: it always ends with <|endoftext|>, and the context gives way first", () => {
  const end = 256;
  const whole = layOutScored([1, 2, 3], [4, 5], end, 6);
  expect(whole).toEqual({ ids: Int32Array.of(1, 2, 3, 4, 5, end), contextLength: 3, isResponseCut: false });
  expect(layOutScored([1, 2, 3], [4, 5], end, 5).ids).toEqual(Int32Array.of(2, 3, 4, 5, end));
  const both = layOutScored([1, 2, 3], [4, 5, 6, 7], end, 4);
  expect(both).toEqual({ ids: Int32Array.of(3, 4, 5, end), contextLength: 1, isResponseCut: true });
  expect(layOutScored([1, 2, 3], [], end, 3).ids).toEqual(Int32Array.of(2, 3, end));
});

test("responses to a few-shot prompt are scored behind all of its pairs", () => {
  const texts = new ScoredTexts(byteTokenizer, 64);
  const [ids] = texts.layOut({ id: "p", text: "Add.", fewShot: PAIRS.slice(0, 1) }, ["5"]);
  expect(byteTokenizer.decode([...(ids as Int32Array).subarray(0, -1)])).toBe("Add.\n\n2+2\n\n4\n\n5");
  expect(ids?.at(-1)).toBe(EOS);
  expect(texts.cutsSentence()).toBeNull();
});
