import { describe, expect, it as test } from "@jest/globals";
import { createRandom, keyedRandom, randomFromState } from "../src/random.js";

const take = (seed: number, n: number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: n }, () => random.nextUint32());
};

describe("the seeded generator", () => {
  test("is xoshiro128** (the first numbers from state 1, 2, 3, 4, as the rand_xoshiro crate tests them)", () => {
    const random = randomFromState(1, 2, 3, 4);
    expect(Array.from({ length: 10 }, () => random.nextUint32())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  // From the authors' C code for both generators, compiled with gcc, the seed cast to uint32_t.
  test.each([
    [0, [3737715805, 2584255861, 2876756834, 3286328325, 1553311962]],
    [1, [1695105466, 1423115009, 634581793, 1068227753, 716759206]],
    [-1, [331202089, 2303545133, 2732085799, 1755962312, 20464611]],
    [42, [1776835114, 4165204688, 17111135, 2317295270, 2792088233]],
    [-2147483648, [4023872069, 482226062, 175963982, 2139429908, 1378036237]],
  ])("starts from SplitMix64 of seed %d", (seed, expected) => {
    expect(take(seed, 5)).toEqual(expected);
  });

  test.each([1.5, Number.NaN, Infinity, 2147483648, -2147483649])("refuses seed %d", (seed) => {
    expect(() => createRandom(seed)).toThrow(`Seed is ${seed}; it must be an integer from -2147483648 to 2147483647.`);
  });

  test("draws below a bound evenly", () => {
    // 70,000 draws below 7: each is expected 10,000 times, with a standard deviation of 93; six of them is 556.
    const random = createRandom(7);
    const counts = new Int32Array(7);
    for (let i = 0; i < 70_000; i++) {
      counts[random.nextBelow(7)]!++;
    }
    for (const count of counts) {
      expect(Math.abs(count - 10_000)).toBeLessThan(556);
    }
  });

  test("draws units in [0, 1) with mean one half", () => {
    const random = createRandom(-5);
    let sum = 0;
    for (let i = 0; i < 10_000; i++) {
      const u = random.nextUnit();
      expect(u >= 0 && u < 1).toBe(true);
      sum += u / 10_000;
    }
    // The mean of 10,000 has a standard deviation of 1/√(12·10,000) = 0.0029; six of them.
    expect(Math.abs(sum - 0.5)).toBeLessThan(0.0174);
  });
});

describe("a keyed generator", () => {
  test("starts from SHA-256 of the key as JSON", () => {
    // printf '[7,"epoch",0]' | sha256sum gives 8e16ae62 9b8aa2a3 23a90170 eefdbf36 …, here as little-endian words.
    const expected = randomFromState(0x62ae168e, 0xa3a28a9b | 0, 0x7001a923, 0x36bffdee);
    const keyed = keyedRandom([7, "epoch", 0]);
    for (let i = 0; i < 5; i++) expect(keyed.nextUint32()).toBe(expected.nextUint32());
  });

  test("differs wherever the key does, in kind too", () => {
    const keys = [[1, 2], [2, 1], [12], ["1", 2], [1, "2"], [1, 2, 0], []];
    expect(new Set(keys.map((key) => keyedRandom(key).nextUint32())).size).toBe(keys.length);
  });
});
