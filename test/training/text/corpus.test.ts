import { byteTokenizer } from "../../../src/datasets/tokenizers/byte-tokenizer.js";
import type { TrainingPrompt } from "../../../src/training/config/prompts.js";
import { documentCount, documentsOf, packDocuments } from "../../../src/training/text/corpus.js";
import { Random, SEED } from "../../datasets/random.js";

const PROMPT: TrainingPrompt = {
  id: "p",
  split: "TRAIN",
  source: "CUSTOMER",
  text: "Hi",
  fewShot: [{ query: "a", response: "b" }],
  demonstrations: ["yes", ""],
};

test("the documents of a prompt by hand: its text, and each demonstration after its context", () => {
  const documents = documentsOf([PROMPT], byteTokenizer);
  expect(documents.map((ids) => byteTokenizer.decode(ids.slice(0, -1)))).toEqual([
    "Hi\n\na\n\nb",
    "Hi\n\na\n\nb\n\nyes",
    "Hi\n\na\n\nb\n\n",
  ]);
  expect(documents.every((ids) => ids.at(-1) === 256)).toBe(true);
  expect(documentCount([PROMPT, PROMPT])).toBe(6);
});

test("packed by hand: windows of three, each beginning with the token before", () => {
  const sequences = packDocuments(
    [
      [1, 2, 256],
      [3, 256],
      [4, 5, 256],
    ],
    3,
  );
  expect(sequences.map(({ ids, contextLength }) => [[...ids], contextLength])).toEqual([
    [[1, 2, 256, 3], 1],
    [[3, 256, 4, 5], 1],
    [[5, 256], 1],
  ]);
});

test(`every token but the first is learned exactly once (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 20; run++) {
    const documents = Array.from({ length: random.int(1, 9) }, () =>
      Array.from({ length: random.int(2, 30) }, () => random.int(0, 256)),
    );
    const window = random.int(2, 40);
    const sequences = packDocuments(documents, window);
    expect(sequences.flatMap(({ ids }) => [...ids.subarray(1)])).toEqual(documents.flat().slice(1));
    // All but the last fill the window: so many positions are read.
    expect(sequences.slice(0, -1).every(({ ids }) => ids.length === window + 1)).toBe(true);
  }
});
