import { moveAverage } from "../../../src/training/ppo/average.js";

test("O11 by hand: with a decay of 0.75 a quarter of the way is gone", () => {
  const average = Float32Array.of(0, 8, -4);
  moveAverage(average, Float32Array.of(4, 8, 4), 0.75);
  expect(Array.from(average)).toEqual([1, 8, -2]);
});

test("an average of what it is does not move by a bit, and a decay of 0 takes the parameters", () => {
  const values = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i) / 3);
  const average = values.slice();
  for (let i = 0; i < 50; i++) moveAverage(average, values, 0.992);
  expect(average).toEqual(values);
  const other = new Float32Array(100);
  moveAverage(other, values, 0);
  expect(other).toEqual(values);
});

test("0.992 keeps 85 % of the start after 20 steps", () => {
  const average = Float32Array.of(1);
  for (let i = 0; i < 20; i++) moveAverage(average, Float32Array.of(0), 0.992);
  expect(average[0]).toBeCloseTo(0.992 ** 20, 5); // 0.8516
});
