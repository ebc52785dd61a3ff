import { describe, expect, test } from "@jest/globals";
import { drawBinomial } from "../../../src/agreement/intervals/binomial.js";
import { drawInto, drawMultinomial } from "../../../src/agreement/intervals/bootstrap.js";
import { createRandom } from "../../../src/random.js";
import { printedSeed } from "../support.js";

const seed = printedSeed("binomial");

/** Six standard deviations: one false alarm in 10⁸ comparisons and more. */
const SIGMAS = 6;

/** P(k) for all k, by the recurrence P(k + 1) / P(k) = (n − k) / (k + 1) · p / (1 − p), in logarithms. */
function probabilities(n: number, p: number): number[] {
  let log = n * Math.log1p(-p);
  return Array.from({ length: n + 1 }, (_, k) => {
    const here = Math.exp(log);
    log += Math.log((n - k) / (k + 1)) + Math.log(p / (1 - p));
    return here;
  });
}

describe(`binomial draws, seed ${seed}`, () => {
  test.each([
    [1, 0.3],
    [7, 0.5],
    [12, 0.92],
    [20, 0.499],
    [100, 0.01],
    [100, 0.0999],
    [100, 0.1001],
    [100, 0.5],
    [1000, 0.97],
    [1000, 0.25],
  ])("of n = %d and p = %d come as often as the formula says, value by value", (n, p) => {
    const random = createRandom(seed);
    const draws = 20_000;
    const counts = new Float64Array(n + 1);
    for (let i = 0; i < draws; i++) counts[drawBinomial(n, p, random)]!++;
    let [rareSeen, rareExpected] = [0, 0];
    for (const [k, probability] of probabilities(n, p).entries()) {
      const expected = draws * probability;
      // A count of few is skewed; such values are taken together.
      if (expected < 50) {
        rareSeen += counts[k]!;
        rareExpected += expected;
        continue;
      }
      const apart = Math.abs(counts[k]! - expected) / Math.sqrt(expected * (1 - probability));
      if (apart > SIGMAS) throw new Error(`${k} came ${counts[k]} times; ${expected} are expected.`);
    }
    // Bernstein's bound covers a mean of few as well.
    expect(Math.abs(rareSeen - rareExpected)).toBeLessThan(SIGMAS * Math.sqrt(rareExpected) + SIGMAS ** 2);
  });

  test.each([
    [0, 0.5, 0],
    [9, 0, 0],
    [9, 1, 9],
  ])("of n = %d and p = %d are %d", (n, p, value) => {
    expect(drawBinomial(n, p, createRandom(seed))).toBe(value);
  });

  test("stay whole and within 0 and n at a billion trials and at probabilities next to 0 and 1", () => {
    const random = createRandom(seed);
    for (const p of [1e-12, 1e-9, 1e-3, 0.5, 1 - 1e-9]) {
      for (let i = 0; i < 1000; i++) {
        const k = drawBinomial(1e9, p, random);
        if (!Number.isInteger(k) || k < 0 || k > 1e9) throw new Error(`${k} of a billion, p = ${p}`);
      }
    }
  });
});

test(`a multinomial draw has the means and covariances of drawing one by one, seed ${seed}`, () => {
  const random = createRandom(seed);
  const frequencies = Int32Array.of(1, 900, 0, 60, 39);
  const count = 1000;
  const patternOf = Uint8Array.from(
    [...frequencies].flatMap((times, pattern) => Array.from({ length: times }, () => pattern)),
  );
  const rounds = 3_000;
  const moments = (draw: (drawn: Int32Array) => void) => {
    const [sums, products] = [new Float64Array(5), new Float64Array(25)];
    for (let round = 0; round < rounds; round++) {
      const drawn = new Int32Array(5);
      draw(drawn);
      if (drawn.reduce((a, b) => a + b, 0) !== count) throw new Error(`${drawn} do not add up to ${count}.`);
      for (let i = 0; i < 5; i++) {
        const here = drawn[i]! - frequencies[i]!;
        sums[i]! += here / rounds;
        for (let j = 0; j < 5; j++) products[5 * i + j]! += (here * (drawn[j]! - frequencies[j]!)) / rounds;
      }
    }
    return { sums, products };
  };
  const ours = moments((drawn) => drawMultinomial(drawn, frequencies, count, random));
  const naive = moments((drawn) => drawInto(drawn, patternOf, count, random));
  for (let i = 0; i < 5; i++) {
    for (const { sums, products } of [ours, naive]) {
      // Var = n p (1 − p), Cov = −n p q.
      const variance = frequencies[i]! * (1 - frequencies[i]! / count);
      expect(Math.abs(sums[i]!)).toBeLessThanOrEqual(SIGMAS * Math.sqrt(variance / rounds));
      for (let j = 0; j < 5; j++) {
        const covariance = i === j ? variance : (-frequencies[i]! * frequencies[j]!) / count;
        const other = frequencies[j]! * (1 - frequencies[j]! / count);
        // The product of two centred counts has at most the variance 2 Var Var + the fourth cumulant, which is below Var.
        const error = Math.sqrt((2 * variance * other + Math.max(variance, other)) / rounds);
        expect(Math.abs(products[5 * i + j]! - covariance)).toBeLessThanOrEqual(SIGMAS * error);
      }
    }
  }
});
