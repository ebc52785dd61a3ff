import { parseRecord } from "../../../src/datasets/formats/native.js";
import type { NativePrompt } from "../../../src/datasets/records/records.js";
import { checkReferences, type ReferredCompletion, resolveKeys } from "../../../src/datasets/records/references.js";

const promptOf = (raw: object): NativePrompt => {
  const parsed = parseRecord({ text: "x", ...raw });
  if (parsed.kind !== "prompt") throw new Error("No prompt.");
  return parsed.prompt;
};
const completion = (text: string, key?: string): object => ({ text, key });
const stored = (key: string, text: string): ReferredCompletion => ({
  key,
  text,
  source: null,
  sampleIndex: 0,
  version: 1,
});
const keysOf = (prompt: NativePrompt): (string | null)[] => prompt.completions.map(({ key }) => key);
const ranks = (...tiers: string[]): object => ({ rankings: [{ labeler: "w", tiers: tiers.map((tier) => [tier]) }] });

test("a ranking may name the completions of its own line and those stored before", () => {
  const prompt = promptOf({ completions: [completion("a", "A")], ...ranks("A", "S") });
  expect(() => checkReferences(prompt, ["S"])).not.toThrow();
  expect(() => checkReferences(prompt)).toThrow(
    'rankings.0.tiers names the key "S", which is no completion of this prompt.',
  );
});

test.each([
  [{ rankings: [{ labeler: "w", tiers: [["A"], ["B"]], displayOrder: ["Z", "B", "A"] }] }, "rankings.0.displayOrder"],
  [
    { rankings: [{ labeler: "w", tiers: [["A"], ["B"]], assessments: [{ completion: "A" }, { completion: "Z" }] }] },
    "rankings.0.assessments.1.completion",
  ],
  [
    {
      assessments: [
        { labeler: "w", completion: "B" },
        { labeler: "w", completion: "Z" },
      ],
    },
    "assessments.1.completion",
  ],
])("an unknown key is refused where it stands: %#", (raw, place) => {
  const prompt = promptOf({ completions: [completion("a", "A"), completion("b", "B")], ...raw });
  expect(() => checkReferences(prompt)).toThrow(
    expect.objectContaining({
      message: `${place} names the key "Z", which is no completion of this prompt.`,
      field: place,
    }),
  );
});

test("completions without a key get the next free ones, and the line's rankings may name them so", () => {
  const prompt = promptOf({
    completions: [completion("a"), completion("b", "B"), completion("c")],
    ...ranks("C", "A"),
  });
  expect(keysOf(resolveKeys(prompt))).toEqual(["A", "B", "C"]);
  expect(keysOf(prompt)).toEqual([null, "B", null]);
});

test("a completion that comes again without a key is the one stored, each taken once", () => {
  const prompt = promptOf({ completions: [completion("b"), completion("a"), completion("a"), completion("new")] });
  const before = [stored("A", "a"), stored("B", "b"), stored("K", "a")];
  expect(keysOf(resolveKeys(prompt, before))).toEqual(["B", "A", "K", "C"]);
  const other = promptOf({
    completions: [
      { text: "a", source: "sft-1" },
      { text: "a", version: 2 },
    ],
  });
  expect(keysOf(resolveKeys(other, before))).toEqual(["C", "D"]);
});

test("a name that could mean two completions is refused", () => {
  const prompt = promptOf({ completions: [completion("new"), completion("newer")], ...ranks("A", "B") });
  expect(() => resolveKeys(prompt, [stored("A", "a"), stored("B", "b")])).toThrow(
    'rankings.0.tiers names the key "A", which could mean a completion stored before or one of this line without a key: write the keys of this line\'s completions.',
  );
  // The same line again: both are recognised, and the names mean what they meant.
  expect(() => resolveKeys(prompt, [stored("A", "new"), stored("B", "newer")])).not.toThrow();
});

test("a line with all its keys is returned as it is", () => {
  const prompt = promptOf({ completions: [completion("a", "A")] });
  expect(resolveKeys(prompt, [stored("A", "other")])).toBe(prompt);
});
