import { summarizeLengths as summary } from "../../../src/datasets/text/lengths.js";
import { Random, SEED } from "../random.js";

test("pandas' own example: Series([1, 2, 3]).describe()", () => {
  // pandas documentation, Series.describe: count 3, mean 2, std 1, min 1, 25% 1.5, 50% 2, 75% 2.5, max 3.
  expect(summary([3, 1, 2])).toEqual({ count: 3, mean: 2, std: 1, min: 1, p25: 1.5, p50: 2, p75: 2.5, max: 3 });
});

test("quartiles between two numbers, by arithmetic", () => {
  // Places (n − 1)·q of [0, 10, 20, 40]: 0.75, 1.5, 2.25; mean 17.5; squares 306.25 + 56.25 + 6.25 + 506.25 = 875, / 3.
  expect(summary([40, 0, 20, 10])).toEqual({
    count: 4,
    mean: 17.5,
    std: Math.sqrt(875 / 3),
    min: 0,
    p25: 7.5,
    p50: 15,
    p75: 25,
    max: 40,
  });
});

test("one number, equal numbers, none", () => {
  expect(summary([7])).toEqual({ count: 1, mean: 7, std: 0, min: 7, p25: 7, p50: 7, p75: 7, max: 7 });
  expect(summary([5, 5, 5])).toMatchObject({ mean: 5, std: 0, p25: 5 });
  expect(summary([])).toBeNull();
});

test("the numbers are sorted as numbers, and left as they were", () => {
  const lengths = [10, 9, 100];
  expect(summary(lengths)).toMatchObject({ min: 9, p50: 10, max: 100 });
  expect(lengths).toEqual([10, 9, 100]);
});

test(`order, shift and scale do what they must (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 200; run++) {
    const lengths = random.list(1, 40, () => random.int(0, 2048));
    const plain = summary(lengths) as NonNullable<ReturnType<typeof summary>>;
    expect(summary(random.shuffle(lengths))).toEqual(plain);
    const moved = summary(lengths.map((length) => 2 * length + 1000)) as typeof plain;
    expect(moved.std).toBeCloseTo(2 * plain.std, 8);
    for (const name of ["mean", "min", "p25", "p50", "p75", "max"] as const) {
      expect(moved[name]).toBeCloseTo(2 * plain[name] + 1000, 8);
    }
    expect(lengths.filter((length) => length <= plain.p50).length).toBeGreaterThanOrEqual(lengths.length / 2);
  }
});
