import {
  type AdamWArrays,
  type LongArrays,
  longArrays,
  plainArrays,
  simdArrays,
} from "../../../src/training/kernels/long-arrays.js";
import { Random, SEED } from "../../datasets/random.js";
import { sameBits } from "../support.js";

const simd = simdArrays() as LongArrays;
/** Around vectors of 4 and pieces of 4096, and some primes. */
const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 31, 4095, 4096, 4097, 8191, 8193, 10_007];
/** Of very different sizes, as gradients are. */
const numbers = (random: Random, length: number): Float32Array =>
  Float32Array.from({ length }, () => (random.next() * 2 - 1) * 10 ** random.int(-12, 3));

test.each(LENGTHS)(`%d numbers: sums, squares and AdamW have the bits of the plain loops (seed ${SEED})`, (length) => {
  const random = new Random(SEED + length);
  const array = () => numbers(random, length);
  const [sum, addend] = [array(), array()];
  const [own, twin] = [sum.slice(), sum.slice()];
  simd.addInto(own, addend);
  plainArrays.addInto(twin, addend);
  expect(sameBits(own, twin)).toBe(true);
  expect(simd.sumOfSquares(sum)).toBe(plainArrays.sumOfSquares(sum));

  const arrays = (): AdamWArrays => ({
    values: array(),
    gradient: array(),
    firstMoments: array(),
    secondMoments: array().map(Math.abs),
  });
  const ownArrays = arrays();
  const twinArrays = Object.fromEntries(
    Object.entries(ownArrays).map(([name, values]: [string, Float32Array]) => [name, values.slice()]),
  ) as unknown as AdamWArrays;
  for (let t = 1; t <= 3; t++) {
    const [factor, keep] = [random.next(), 1 - random.next() * 1e-3];
    const [stepSize, correction2] = [1e-3 / (1 - 0.9 ** t), 1 - 0.95 ** t];
    const step = { factor, beta1: 0.9, beta2: 0.95, stepSize, correction2, epsilon: 1e-8, keep };
    simd.adamW(ownArrays, step);
    plainArrays.adamW(twinArrays, step);
  }
  for (const name of ["values", "gradient", "firstMoments", "secondMoments"] as const)
    expect([name, sameBits(ownArrays[name], twinArrays[name])]).toEqual([name, true]);
});

test(`softmax's weights are those of the plain loop within a relative 2e-5 (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (const length of [1, 3, 4, 50, 4097]) {
    const logits = Float32Array.from({ length }, () => random.next() * 60 - 30);
    const largest = logits.reduce((a, b) => Math.max(a, b));
    for (const temperature of [0.5, 1, 3]) {
      const [own, twin] = [simd, plainArrays].map((arrays) => arrays.softmaxWeights(logits, largest, temperature)) as [
        Float32Array,
        Float32Array,
      ];
      for (const [i, weight] of twin.entries())
        expect(Math.abs(own[i]! - weight)).toBeLessThanOrEqual(2e-5 * weight + 1e-30);
    }
  }
  const ends = simd.softmaxWeights(Float32Array.of(0, -Infinity, -1e30, Number.NaN), 0, 1);
  expect([...ends]).toEqual([1, 0, 0, Number.NaN]);
});

test("shared and offset arrays are no trouble, and nothing outside of them is touched", () => {
  const whole = new Float32Array(new SharedArrayBuffer(4 * 5000)).fill(1);
  simd.addInto(whole.subarray(3, 4990), new Float32Array(4987).fill(2));
  expect([...whole.subarray(0, 4)]).toEqual([1, 1, 1, 3]);
  expect([...whole.subarray(4989)]).toEqual([3, ...Array(10).fill(1)]);
});

test("numbers that are not finite stay visible", () => {
  for (const arrays of [simd, plainArrays]) {
    expect(arrays.sumOfSquares(Float32Array.of(1, Number.NaN, 3, 4, 5))).toBeNaN();
    expect(arrays.sumOfSquares(Float32Array.of(1, 2, 3, 4, -Infinity))).toBe(Infinity);
  }
});

test("SIMD is what runs here", () => {
  expect(longArrays()).not.toBe(plainArrays);
});
