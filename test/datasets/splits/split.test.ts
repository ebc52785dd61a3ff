import { checkFractions, drawSplits, type SplitGroup } from "../../../src/datasets/splits/split.js";
import { SPLITS, type Split } from "../../../src/vocabulary.js";
import { Random, SEED } from "../random.js";

const FRACTIONS = { train: 0.8, validation: 0.1, test: 0.1 };

function sizes(groups: readonly SplitGroup[], splits: ReadonlyMap<string, Split>): Record<Split, number> {
  const sums = { TRAIN: 0, VALIDATION: 0, TEST: 0 };
  for (const { key, prompts } of groups) {
    const split = splits.get(key);
    if (split !== undefined) sums[split] += prompts;
  }
  return sums;
}

test.each([
  [{ train: 0.8, validation: 0.1, test: 0 }, "Split fractions add up to 0.9; they must add up to 1."],
  [{ train: 0.8, validation: 0.2, test: 0.1 }, "Split fractions add up to 1.1; they must add up to 1."],
  [
    { train: Number.NaN, validation: 0.1, test: 0.1 },
    "input.train is NaN; a split fraction must be a number from 0 to 1.",
  ],
  [{ train: 1.1, validation: -0.1, test: 0 }, "input.train is 1.1; a split fraction must be a number from 0 to 1."],
  [
    { train: 0.9, validation: -0.1, test: 0.2 },
    "input.validation is -0.1; a split fraction must be a number from 0 to 1.",
  ],
  [
    { train: 0, validation: 0, test: Number("1e400") },
    "input.test is a number too large to hold; a split fraction must be a number from 0 to 1.",
  ],
])("fractions %j are refused", (fractions, message) => {
  expect(() => checkFractions(fractions)).toThrow(message);
  expect(() => drawSplits({ groups: [], already: {}, fractions, seed: 0 })).toThrow(message);
});

test("fractions that add up to 1 but for rounding are fine", () => {
  expect(() => checkFractions({ train: 0.7, validation: 0.2, test: 0.1 })).not.toThrow(); // 0.9999999999999999 in doubles
  expect(() => checkFractions({ train: 1, validation: 0, test: 0 })).not.toThrow();
});

test("the smallest case by hand: ten groups of one prompt", () => {
  // Deficits 8, 1, 1 fall by one a group: TRAIN until its deficit is 1, and so on; 8, 1 and 1 in the end.
  const groups = Array.from({ length: 10 }, (_, index) => ({ key: `g${index}`, prompts: 1 }));
  const splits = drawSplits({ groups, already: {}, fractions: FRACTIONS, seed: 0 });
  expect(sizes(groups, splits)).toEqual({ TRAIN: 8, VALIDATION: 1, TEST: 1 });
  expect(drawSplits({ groups, already: {}, fractions: FRACTIONS, seed: 0 })).toEqual(splits);
  const seeds = Array.from({ length: 20 }, (_, seed) =>
    drawSplits({ groups, already: {}, fractions: FRACTIONS, seed }).get("g0"),
  );
  expect(new Set(seeds).size).toBeGreaterThan(1);
});

test("what is assigned already counts", () => {
  const groups = Array.from({ length: 10 }, (_, index) => ({ key: `g${index}`, prompts: 1 }));
  // 100 prompts in all: targets 80, 10, 10; only TEST is short, by ten.
  const splits = drawSplits({ groups, already: { TRAIN: 80, VALIDATION: 10 }, fractions: FRACTIONS, seed: 3 });
  expect(new Set(splits.values())).toEqual(new Set(["TEST"]));
});

test("a key given twice is a fault of the caller", () => {
  const twice = [
    { key: "g", prompts: 1 },
    { key: "g", prompts: 1 },
  ];
  expect(() => drawSplits({ groups: twice, already: {}, fractions: FRACTIONS, seed: 0 })).toThrow(RangeError);
});

test(`deterministic, independent of order, every group once, no split further off than the largest group (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 300; run++) {
    const groups = random.list(1, 60, (index) => ({
      key: `${random.text()}${index}`,
      prompts: random.int(1, random.pick([1, 5, 200])),
    }));
    const [a, b] = [random.int(0, 20) / 20, random.int(0, 20) / 20];
    const shares = random.shuffle([Math.min(a, b), Math.abs(a - b), 1 - Math.max(a, b)]) as [number, number, number];
    const fractions = { train: shares[0], validation: shares[1], test: shares[2] };
    const seed = random.int(-5, 5);
    const splits = drawSplits({ groups, already: {}, fractions, seed });

    expect([...splits.keys()].sort()).toEqual(groups.map(({ key }) => key).sort());
    expect(drawSplits({ groups: random.shuffle(groups), already: {}, fractions, seed })).toEqual(splits);

    const all = groups.reduce((sum, { prompts }) => sum + prompts, 0);
    const largest = Math.max(...groups.map(({ prompts }) => prompts));
    const sums = sizes(groups, splits);
    for (const [index, split] of SPLITS.entries()) {
      const target = shares[index]! * all;
      expect(Math.abs(sums[split] - target)).toBeLessThanOrEqual(largest + 1e-6);
      if (shares[index] === 0) expect(sums[split]).toBe(0);
    }
  }
});
