import { comparisons, countComparisons } from "../../../src/datasets/records/comparisons.js";
import { keyAt } from "../../../src/datasets/records/completion-keys.js";
import { notation, parseNotation } from "../../../src/datasets/records/notation.js";
import { canonicalTiers, fromPositions, toPositions } from "../../../src/datasets/records/tiers.js";
import { Random, SEED } from "../random.js";

/** Between two and nine of a prompt's completions, as the paper shows them, in random tiers. */
function randomTiers(random: Random, keys: readonly string[]): string[][] {
  const tiers: string[][] = [];
  for (const key of random.shuffle(keys).slice(0, random.int(2, keys.length))) {
    if (tiers.length === 0 || random.chance(0.6)) tiers.push([key]);
    else tiers.at(-1)?.push(key);
  }
  return tiers;
}

const KEYS = ["A", "B", "C", "AA", "é", "\uffff", "😀", "z", "10"];

test("the ranking of the paper's example", () => {
  expect(parseNotation("A>B>C=D")).toEqual([["A"], ["B"], ["C", "D"]]);
  expect(notation([["A"], ["B"], ["D", "C"]])).toBe("A>B>C=D");
  // C(4,2) = 6 pairs, less the tied one.
  expect(comparisons([["A"], ["B"], ["C", "D"]]).map(({ winner, loser }) => winner + loser)).toEqual([
    "AB",
    "AC",
    "AD",
    "BC",
    "BD",
  ]);
  expect(countComparisons([["A"], ["B"], ["C", "D"]])).toBe(5);
  expect(countComparisons([["A", "B"]])).toBe(0);
});

test("keys of a tier stand in code-point order, not in UTF-16 order", () => {
  expect(canonicalTiers([["😀", "\uffff", "AA", "B", "A"]])).toEqual([["A", "AA", "B", "\uffff", "😀"]]);
});

test.each([
  ["A", "notation ranks 1 completions; a ranking needs at least two."],
  ["A>A", 'notation names "A" twice; a completion stands in one tier.'],
  ["A>>B", 'The ranking "A>>B" has an empty place; it must look like "A>B>C=D".'],
  ["A=", 'The ranking "A=" has an empty place; it must look like "A>B>C=D".'],
  ["", 'The ranking "" has an empty place; it must look like "A>B>C=D".'],
  ["A B>C", 'notation is "A B"; a key is 1 to 64 characters without white space, control characters, ">" and "=".'],
])("the notation %s is refused", (text, message) => {
  expect(() => parseNotation(text)).toThrow(message);
});

test(`notation, positions and pairs agree with their naive twins (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 500; run++) {
    const keys = random.shuffle(KEYS);
    const tiers = canonicalTiers(randomTiers(random, keys));
    expect(parseNotation(notation(tiers))).toEqual(tiers);

    const positions = new Map(keys.map((key, index) => [key, index]));
    const ranked = toPositions(tiers, positions);
    expect(fromPositions(ranked, keys)).toEqual(tiers);
    for (const [index, position] of ranked.positions.entries()) {
      expect(tiers[ranked.tiers[index]! - 1]).toContain(keys[position]);
      if (index > 0 && ranked.tiers[index] === ranked.tiers[index - 1]) {
        expect(position).toBeGreaterThan(ranked.positions[index - 1]!);
      }
    }

    const tierOf = (key: string): number => tiers.findIndex((tier) => tier.includes(key));
    const named = tiers.flat();
    const naive = named.flatMap((winner) =>
      named.filter((loser) => tierOf(winner) < tierOf(loser)).map((loser) => `${winner}>${loser}`),
    );
    const pairs = comparisons(tiers).map(({ winner, loser }) => `${winner}>${loser}`);
    expect(pairs.sort()).toEqual(naive.sort());
    expect(countComparisons(tiers)).toBe(naive.length);
  }
});

test("a key that the prompt lacks has no position, and a position beyond the prompt no key", () => {
  expect(() => toPositions([["A"], ["Z"]], new Map([["A", 0]]))).toThrow(
    'tiers names the key "Z", which is no completion of this prompt.',
  );
  expect(() => fromPositions({ positions: [0, 4], tiers: [1, 2] }, ["A"])).toThrow(RangeError);
});

test("a ranking of a thousand completions, and no more", () => {
  const many = Array.from({ length: 1001 }, (_, index) => [keyAt(index)]);
  expect(() => canonicalTiers(many)).toThrow("tiers ranks 1001 completions; a ranking may have 1000.");
  // C(1000,2)
  expect(countComparisons(canonicalTiers(many.slice(0, 1000)))).toBe(499_500);
});
