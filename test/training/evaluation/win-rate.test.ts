import { winRateOf } from "../../../src/training/evaluation/win-rate.js";

test("by hand: of six pairs three won, one tied", () => {
  // 1 against 0 and 1 and 3: won, tied, lost; 2: won, won, lost.
  expect(winRateOf([1, 2], [0, 1, 3])).toBeCloseTo(3.5 / 6, 12);
});

test("against itself it is one half, and two rates of the same pair add up to 1", () => {
  expect(winRateOf([3, 1, 2], [1, 2, 3])).toBe(0.5);
  expect(winRateOf([3, 1], [2]) + winRateOf([2], [3, 1])).toBe(1);
});
