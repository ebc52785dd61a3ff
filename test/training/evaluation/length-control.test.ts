import { lengthControlledWinRate } from "../../../src/training/evaluation/length-control.js";
import { Random, SEED } from "../../datasets/random.js";

test("where all lengths are equal it is the win rate itself", () => {
  const prompts = [1, 0, 1, 0.5, 1].map((win) => ({ win, difference: 7 }));
  expect(lengthControlledWinRate(prompts).value).toBeCloseTo(3.5 / 5, 12);
});

test("wins that length explains fully symmetrically leave one half", () => {
  // Longer wins three times of four, shorter once of four, by the same 10 characters: the intercept is 0.
  const prompts = [
    ...[1, 1, 1, 0].map((win) => ({ win, difference: 10 })),
    ...[0, 0, 0, 1].map((win) => ({ win, difference: -10 })),
  ];
  const { value, ci95, n } = lengthControlledWinRate(prompts);
  expect([value, n]).toEqual([expect.closeTo(0.5, 12), 8]);
  expect(ci95?.low).toBeLessThan(0.5);
  expect(ci95?.high).toBeGreaterThan(0.5);
});

test(`no other parameters are likelier (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const prompts = Array.from({ length: 40 }, () => ({
    win: random.int(0, 2) / 2,
    difference: Math.round(200 * random.next() - 60),
  }));
  const mean = prompts.reduce((sum, { difference }) => sum + difference / 40, 0);
  const sd = Math.sqrt(prompts.reduce((sum, { difference }) => sum + (difference - mean) ** 2 / 40, 0));
  const likelihood = (a: number, b: number): number =>
    prompts.reduce((sum, { win, difference }) => {
      const z = a + b * Math.tanh(difference / sd);
      return sum - win * Math.log1p(Math.exp(-z)) - (1 - win) * Math.log1p(Math.exp(z));
    }, 0);
  // The naive twin: ever finer grids.
  let [a, b] = [0, 0];
  for (let width = 4; width > 1e-7; width /= 2) {
    const places = [-2, -1, 0, 1, 2].map((place) => (place * width) / 2);
    const grid = places.flatMap((x) => places.map((y): [number, number] => [a + x, b + y]));
    [a, b] = grid.reduce((best, one) => (likelihood(one[0], one[1]) > likelihood(best[0], best[1]) ? one : best));
  }
  expect(lengthControlledWinRate(prompts).value).toBeCloseTo(1 / (1 + Math.exp(-a)), 5);
});

test("undefined where length tells all, and where there is nothing; one prompt has no interval", () => {
  const apart = [
    { win: 1, difference: 5 },
    { win: 0, difference: -5 },
    { win: 1, difference: 6 },
  ];
  expect(lengthControlledWinRate(apart)).toMatchObject({ value: null, reason: expect.stringMatching(/fully apart/) });
  const won = apart.map(({ difference }) => ({ win: 1, difference }));
  expect(lengthControlledWinRate(won)).toMatchObject({
    value: null,
    reason: "All 3 prompts were won: no finite parameters fit them best.",
  });
  expect(lengthControlledWinRate([])).toMatchObject({ value: null, reason: "No prompt has responses of both." });
  expect(lengthControlledWinRate([{ win: 0.5, difference: 3 }])).toMatchObject({
    value: expect.closeTo(0.5, 12),
    ci95: null,
    reason: expect.stringMatching(/one prompt/),
  });
});

test(`with more prompts than groups the interval is as wide as that of the delta method, within a fifth (seed ${SEED})`, () => {
  const random = new Random(SEED);
  // Lengths say nothing here, so that a is the logit of the win rate p, with a standard error of 1 / √(n p (1 − p)).
  const prompts = Array.from({ length: 2000 }, () => ({
    win: random.next() < 0.6 ? 1 : 0,
    difference: random.int(-50, 50),
  }));
  const { value, ci95 } = lengthControlledWinRate(prompts);
  const half = 1.972 * Math.sqrt(((value as number) * (1 - (value as number))) / 2000); // t(0.975, 199)
  const width = (ci95?.high as number) - (ci95?.low as number);
  expect(Math.abs(width / (2 * half) - 1)).toBeLessThan(0.2);
});
