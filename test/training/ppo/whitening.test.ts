import { createRandom } from "../../../src/random.js";
import { whiten } from "../../../src/training/ppo/whitening.js";

const SEED = 81;
const random = createRandom(SEED);
const RESPONSES = [3, 1, 17, 8].map((length) => Float64Array.from({ length }, () => random.nextUnit() * 10 + 5));
const flat = (arrays: readonly Float64Array[]) => arrays.flatMap((array) => Array.from(array));
const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const variance = (numbers: readonly number[]) => mean(numbers.map((x) => (x - mean(numbers)) ** 2));

test(`O3: over all tokens of all responses together the mean is 0 and the variance 1, seed ${SEED}`, () => {
  const whitened = whiten(RESPONSES, true);
  expect(whitened.map(({ length }) => length)).toEqual([3, 1, 17, 8]);
  expect(Math.abs(mean(flat(whitened)))).toBeLessThan(1e-12);
  expect(variance(flat(whitened))).toBeCloseTo(1, 6);
});

test("O2: without a shift the mean is kept", () => {
  const whitened = flat(whiten(RESPONSES, false));
  expect(mean(whitened)).toBeCloseTo(mean(flat(RESPONSES)), 10);
  expect(variance(whitened)).toBeCloseTo(1, 6);
});

test("O2: the variance is divided by the count, and 10⁻⁸ is added to it", () => {
  // 1 … 4 have the mean 2.5 and the variance 1.25.
  const [whitened] = whiten([Float64Array.of(1, 2, 3, 4)], true);
  expect(whitened?.[3]).toBeCloseTo(1.5 / Math.sqrt(1.25 + 1e-8), 14);
});

test("equal numbers become 0, or stay what they are", () => {
  expect(flat(whiten([Float64Array.of(7, 7), Float64Array.of(7)], true))).toEqual([0, 0, 0]);
  expect(flat(whiten([Float64Array.of(7, 7), Float64Array.of(7)], false))).toEqual([7, 7, 7]);
});

test("NaN is not hidden", () => {
  expect(flat(whiten([Float64Array.of(1, Number.NaN), Float64Array.of(2)], true)).every(Number.isNaN)).toBe(true);
});
