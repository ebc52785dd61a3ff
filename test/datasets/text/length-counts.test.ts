import { describeCounts } from "../../../src/datasets/text/length-counts.js";
import { summarizeLengths as describeLengths } from "../../../src/datasets/text/lengths.js";
import { createRandom } from "../../../src/random.js";

test("counts of lengths say what the lengths themselves say, on 300 random lists", () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  process.stdout.write(`length-counts: SEED=${seed}\n`);
  const random = createRandom(seed);
  for (let round = 0; round < 300; round++) {
    const counts = Array.from(
      { length: random.nextBelow(8) },
      () => [random.nextBelow(2000), random.nextBelow(4)] as [number, number],
    );
    const lengths = counts.flatMap(([length, texts]) => Array<number>(texts).fill(length));
    const expected = describeLengths(lengths);
    const summary = describeCounts(counts);
    if (expected === null) {
      expect(summary).toBeNull();
      continue;
    }
    for (const [name, value] of Object.entries(expected)) {
      const found = summary?.[name as keyof typeof expected];
      expect({ seed, round, name, found }).toEqual({ seed, round, name, found: expect.closeTo(value, 8) });
    }
  }
});

test("of nothing there is nothing to say", () => {
  expect(describeCounts([])).toBeNull();
  expect(describeCounts([[5, 0]])).toBeNull();
});
