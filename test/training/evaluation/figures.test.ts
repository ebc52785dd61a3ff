import { quantile } from "../../../src/agreement/intervals/bootstrap.js";
import { ANY, AT_LEAST_0, exponentialOf, SHARE, Tally } from "../../../src/training/evaluation/figures.js";
import { Random, SEED } from "../../datasets/random.js";

const RESAMPLING = { resamples: 2000, seed: 7 };
const NOTHING = "There is none.";

test("a ratio by hand: sums over sums, no mean of means", () => {
  const tally = new Tally();
  tally.add(2, 1);
  tally.add(8, 8);
  tally.add(0, 99);
  expect(tally.figure(SHARE, RESAMPLING, NOTHING)).toMatchObject({ value: 0.9, n: 10, prompts: 2, reason: null });
});

test("nothing is null with its reason; one prompt has a value and no interval", () => {
  expect(new Tally().figure(SHARE, RESAMPLING, NOTHING)).toEqual({
    value: null,
    ci95: null,
    reason: NOTHING,
    n: 0,
    prompts: 0,
  });
  const one = new Tally();
  one.add(4, 2);
  expect(one.figure(SHARE, RESAMPLING, NOTHING)).toMatchObject({
    value: 0.5,
    ci95: null,
    reason: "All judgments come from one cluster; an interval needs at least two.",
  });
});

test("a value that is not finite is null: a perplexity beyond all numbers", () => {
  const tally = new Tally();
  tally.add(1, 1000);
  tally.add(1, 1001);
  expect(exponentialOf(tally.figure(AT_LEAST_0, RESAMPLING, NOTHING))).toMatchObject({
    value: null,
    ci95: null,
    reason: "The value is infinite.",
  });
  const wide = { value: 1, ci95: { low: 0, high: 1000 }, reason: null, n: 2, prompts: 2 };
  expect(exponentialOf(wide)).toMatchObject({
    value: Math.E,
    ci95: null,
    reason: "The upper end of the interval is infinite.",
  });
});

test(`from 100 prompts on the interval is that of a plain bootstrap, within sampling error (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const tally = new Tally();
  const rows = Array.from({ length: 150 }, () => {
    const n = random.int(1, 9);
    return { n, sum: n * (2 + random.next()) };
  });
  for (const { n, sum } of rows) tally.add(n, sum);
  const { value, ci95 } = tally.figure(AT_LEAST_0, RESAMPLING, NOTHING);
  const ratio = (drawn: typeof rows) =>
    drawn.reduce((total, { sum }) => total + sum, 0) / drawn.reduce((total, { n }) => total + n, 0);
  expect(value).toBeCloseTo(ratio(rows), 12);
  const replicates = Float64Array.from({ length: 2000 }, () =>
    ratio(rows.map(() => rows[random.int(0, rows.length - 1)] as (typeof rows)[number])),
  ).sort();
  const spread = quantile(replicates, 0.975) - quantile(replicates, 0.025);
  expect(Math.abs((ci95?.low as number) - quantile(replicates, 0.025))).toBeLessThan(0.1 * spread);
  expect(Math.abs((ci95?.high as number) - quantile(replicates, 0.975))).toBeLessThan(0.1 * spread);
});

test("below 100 prompts it is jackknife-t: of a plain mean on its own scale, of what is at least 0 on that of its logarithm", () => {
  const values = [3, 5, 4, 8];
  const figure = (range: typeof ANY) => {
    const tally = new Tally();
    for (const value of values) tally.add(1, value);
    return tally.figure(range, RESAMPLING, NOTHING);
  };
  // Mean 5, deviation √(14/3) = 2.1602, standard error 1.0801; t(0.975, 3) = 3.1824 (Student's table): 3.4374.
  const half = 3.18244630528 * Math.sqrt(14 / 3 / 4);
  expect(figure(ANY)).toMatchObject({
    value: 5,
    ci95: { low: expect.closeTo(5 - half, 6), high: expect.closeTo(5 + half, 6) },
  });
  expect(figure(AT_LEAST_0).ci95).toEqual({
    low: expect.closeTo(5 * Math.exp(-half / 5), 6),
    high: expect.closeTo(5 * Math.exp(half / 5), 6),
  });
});
