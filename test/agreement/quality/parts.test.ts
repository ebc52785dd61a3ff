import { describe, expect, it as test } from "@jest/globals";
import { studentTCdf } from "../../../src/agreement/intervals/student-t.js";
import { runSlices } from "../../../src/agreement/judgments/time-slices.js";
import { consensusCredit } from "../../../src/agreement/quality/consensus.js";
import { largestCusum } from "../../../src/agreement/quality/drift.js";
import { lowTails, median } from "../../../src/agreement/quality/labeler-spread.js";
import { sequentialP } from "../../../src/agreement/quality/sequential-p.js";
import { holm } from "../../../src/agreement/quality/signal.js";
import { binomialUpperTail, successTails } from "../../../src/agreement/quality/tails.js";
import { createRandom } from "../../../src/random.js";
import { printedSeed } from "../support.js";
import { normal } from "./world.js";

describe("credit for the consensus of the others", () => {
  // counts of <, =, > with the own value in them; others are counts less own.
  test.each([
    [[1, 0, 0], 0, null], // nobody else
    [[2, 0, 0], 0, 1], // the one other agrees
    [[1, 0, 1], 0, 0],
    [[3, 0, 0], 0, 1],
    [[2, 0, 1], 0, 1 / 2], // the others are divided one to one
    [[2, 0, 1], 2, 0], // the others agree, and not with this one
    [[1, 1, 1], 0, 0], // the others say = and >
    [[2, 1, 1], 0, 1 / 3], // one other for each value
    [[2, 0, 2], 0, 0], // the others are 1 : 2
    [[3, 0, 1], 0, 1],
  ])("of %j for value %d is %p", (counts, own, credit) => {
    expect(consensusCredit(counts, own)).toBe(credit);
  });
});

describe("exact tails", () => {
  // scipy 1.17.1, scipy.stats.binom.sf(x − 1, n, p).
  test.each([
    [3, 20, 0.05, 0.07548367378849626],
    [24, 153, 0.05, 7.073072762450616e-7],
    [111, 801, 0.05, 9.276736656720083e-22],
    [1, 5, 0.05, 1 - 0.95 ** 5],
    [20, 20, 0.05, 0.05 ** 20],
    [0, 9, 0.3, 1],
    [10, 9, 0.3, 0],
  ])("P(X ≥ %d) of %d draws with %d", (x, n, p, expected) => {
    expect(binomialUpperTail(x, n, p)).toBeCloseTo(expected, 12);
    if (expected > 0) expect(binomialUpperTail(x, n, p) / expected).toBeCloseTo(1, 9);
  });

  // All 32 outcomes added up in Python.
  test.each([
    [0, 0.046875, 1],
    [2, 0.6692708333333334, 0.7109375],
    [5, 1, 0.0078125],
  ])("of successes with chances of their own, %d of 5", (x, lower, upper) => {
    const tails = runSlices(successTails(x, [0.25, 0.25, 0.5, 1 / 3, 0.75]));
    expect(tails.lower).toBeCloseTo(lower, 14);
    expect(tails.upper).toBeCloseTo(upper, 14);
  });

  test("agree with the binomial where all chances are equal, far into the tail", () => {
    const chances = new Array<number>(2000).fill(0.25);
    // scipy 1.17.1, scipy.stats.binom.cdf(480, 2000, 0.25), sf(479, …), sf(699, …).
    expect(runSlices(successTails(480, chances)).lower).toBeCloseTo(0.15695182026602478, 12);
    expect(runSlices(successTails(480, chances)).upper).toBeCloseTo(0.8552400341433926, 12);
    expect(runSlices(successTails(700, chances)).upper / 1.5494827844551366e-23).toBeCloseTo(1, 8);
  });
});

describe("Holm's adjustment", () => {
  test("is that of R's p.adjust, leaves null alone and keeps the order", () => {
    // By hand: sorted 0.01 · 4, 0.02 · 3, max(0.06, 0.03 · 2), 0.5 · 1.
    const adjusted = holm([0.03, null, 0.01, 0.5, 0.02]);
    [0.06, null, 0.04, 0.5, 0.06].forEach((expected, i) => {
      if (expected === null) expect(adjusted[i]).toBeNull();
      else expect(adjusted[i]).toBeCloseTo(expected, 14);
    });
    expect(holm([])).toEqual([]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
  });
});

describe("the probability by draws", () => {
  test("stops at the tenth extreme draw, at the last draw, or where it can no longer matter", () => {
    let draws = 0;
    const every = (n: number) => () => ++draws % n === 0;
    expect(runSlices(sequentialP(every(3), 1))).toBe(10 / 30);
    expect(draws).toBe(30);
    draws = 0;
    expect(runSlices(sequentialP(every(5000), 1))).toBe((1 + 1) / 10_000);
    expect(draws).toBe(9999);
    draws = 0;
    expect(runSlices(sequentialP(every(5000), 1, 0.4))).toBe(0.4);
    expect(draws).toBe(25); // 10 / 25 is the most it could still be
    draws = 0;
    expect(runSlices(sequentialP(every(2), 1, 0.1))).toBe(0.5);
  });
});

describe("the largest cumulative sum", () => {
  test("is that of a step by hand", () => {
    // Mean ½; sums rise to 4 · ½ = 2 after four; Σ (x − ½)² = 8 · ¼ = 2: 2 / √2.
    expect(largestCusum([1, 1, 1, 1, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6, 7, 8])).toEqual({
      statistic: 2 / Math.sqrt(2),
      after: 4,
    });
  });
  test("looks only where time goes on, and is 0 where nothing varies", () => {
    expect(largestCusum([1, 1, 0, 0], [3, 4])).toEqual({ statistic: 0.5, after: 3 }); // ½ + ½ − ½ over √1
    expect(largestCusum([1, 0, 1], [3])).toEqual({ statistic: 0, after: 0 });
    expect(largestCusum([0.1, 0.1, 0.1], [1, 2, 3])).toEqual({ statistic: 0, after: 0 });
    expect(largestCusum([], [])).toEqual({ statistic: 0, after: 0 });
  });
});

describe("where a labeler stands beside the others", () => {
  test("agrees with sums over the others alone", () => {
    const random = createRandom(printedSeed("spread of labelers"));
    for (let times = 0; times < 50; times++) {
      const standings = Array.from({ length: 3 + random.nextBelow(10) }, () => ({
        y: normal(random),
        variance: Math.exp(2 * normal(random)),
      }));
      const tails = lowTails(standings);
      const allTau2 = naiveTau2(standings);
      standings.forEach(({ y, variance }, i) => {
        const others = standings.filter((_, j) => j !== i);
        const tau2 = naiveTau2(others);
        const weights = others.map((other) => 1 / (other.variance + allTau2));
        const total = weights.reduce((sum, w) => sum + w, 0);
        const mean = others.reduce((sum, other, j) => sum + weights[j]! * other.y, 0) / total;
        const z = (y - mean) / Math.sqrt(tau2 + variance + 1 / total);
        expect(tails[i]).toBeCloseTo(studentTCdf(z, Math.min(5, others.length - 1)), 6);
      });
    }
  });

  test("has no place for fewer than two others", () => {
    expect(lowTails([])).toEqual([]);
    expect(lowTails([{ y: 1, variance: 1 }])).toEqual([null]);
    expect(
      lowTails([
        { y: 1, variance: 1 },
        { y: 2, variance: 1 },
      ]),
    ).toEqual([null, null]);
  });

  test("takes the middle value, or the mean of two", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});

/** DerSimonian and Laird 1986, read aloud. */
function naiveTau2(standings: readonly { y: number; variance: number }[]): number {
  const w = standings.map(({ variance }) => 1 / variance);
  const total = w.reduce((sum, x) => sum + x, 0);
  const mean = standings.reduce((sum, { y }, i) => sum + w[i]! * y, 0) / total;
  const q = standings.reduce((sum, { y }, i) => sum + w[i]! * (y - mean) ** 2, 0);
  return Math.max(0, (q - (standings.length - 1)) / (total - w.reduce((sum, x) => sum + x * x, 0) / total));
}
