import { learningRateAt } from "../../../src/training/optimization/schedule.js";

test("a warm-up of 4 steps, then half a cosine over 5 to a tenth", () => {
  const schedule = { peak: 1, warmUpSteps: 4, totalSteps: 9, finalFraction: 0.1 };
  // 0.1 + 0.9 · ½ (1 + cos(π p)) for p = 0, ¼, ½, ¾, 1: cos is 1, √½, 0, −√½, −1.
  const expected = [0.25, 0.5, 0.75, 1, 1, 0.1 + 0.45 * (1 + Math.SQRT1_2), 0.55, 0.1 + 0.45 * (1 - Math.SQRT1_2), 0.1];
  for (const [index, rate] of expected.entries()) expect(learningRateAt(index + 1, schedule)).toBeCloseTo(rate, 12);
});

test("without a warm-up it begins at the peak", () => {
  const schedule = { peak: 9.65e-6, warmUpSteps: 0, totalSteps: 3, finalFraction: 0.1 };
  expect(learningRateAt(1, schedule)).toBe(9.65e-6);
  expect(learningRateAt(3, schedule)).toBeCloseTo(9.65e-7, 15);
});

test("a run of one step, and one that is all warm-up", () => {
  expect(learningRateAt(1, { peak: 2, warmUpSteps: 0, totalSteps: 1, finalFraction: 0.1 })).toBe(2);
  expect(learningRateAt(2, { peak: 2, warmUpSteps: 2, totalSteps: 2, finalFraction: 0.1 })).toBe(2);
});
