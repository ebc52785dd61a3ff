import { describe, expect, it as test } from "@jest/globals";
import { ICC_FORMS, type IccForm, icc, iccInterval, meanSquares } from "../../../src/agreement/coefficients/icc.js";
import { AgreementAccumulator } from "../../../src/agreement/report/accumulator.js";
import type { AgreementFigures } from "../../../src/agreement/report/report.js";
import { createRandom, type Random } from "../../../src/random.js";
import { SEED } from "../../datasets/random.js";
import { naiveRatingUnits } from "../naive.js";
import { type RatedPrompt, randomRatedPrompts, shuffled } from "../support.js";

const of = (table: number[][]) => meanSquares(table.flat(), table[0]!.length);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Shrout and Fleiss's table, every residual squared and added up; null where the form has no value. */
function naive(form: IccForm, table: readonly (readonly number[])[]): number | null {
  const [n, k] = [table.length, table[0]!.length];
  const grand = mean(table.flat());
  const rows = table.map(mean);
  const columns = table[0]!.map((_, j) => mean(table.map((row) => row[j]!)));
  let [within, error] = [0, 0];
  table.forEach((row, i) => {
    row.forEach((score, j) => {
      within += (score - rows[i]!) ** 2 / (n * (k - 1));
      error += (score - rows[i]! - columns[j]! + grand) ** 2 / ((n - 1) * (k - 1));
    });
  });
  const between = rows.reduce((sum, row) => sum + (k * (row - grand) ** 2) / (n - 1), 0);
  const raters = columns.reduce((sum, column) => sum + (n * (column - grand) ** 2) / (k - 1), 0);
  const [numerator, denominator] = {
    ICC_1_1: [between - within, between + (k - 1) * within],
    ICC_2_1: [between - error, between + (k - 1) * error + (k * (raters - error)) / n],
    ICC_3_1: [between - error, between + (k - 1) * error],
    ICC_1_K: [between - within, between],
    ICC_2_K: [between - error, between + (raters - error) / n],
    ICC_3_K: [between - error, between],
  }[form] as [number, number];
  return denominator > 1e-9 ? numerator / denominator : null;
}

/** Few values, few things: constant rows and columns, no error, no variance between. */
function randomTable(random: Random): number[][] {
  const [n, k, values] = [2 + random.nextBelow(6), 2 + random.nextBelow(4), 1 + random.nextBelow(7)];
  const kind = random.nextBelow(5);
  const habit = Array.from({ length: k }, () => random.nextBelow(values));
  return Array.from({ length: n }, () => {
    const quality = random.nextBelow(values);
    return habit.map((own) => {
      const noise = random.nextBelow(values);
      return [quality + noise, noise, own + quality, own + noise, quality][kind]!;
    });
  });
}

const rated = (table: (number | null)[][]): RatedPrompt[] =>
  table.map((row, i) => ({
    promptId: `p${i}`,
    clusterId: `p${i}`,
    ratings: row.flatMap((value, j) =>
      value === null ? [] : [{ labelerId: `w${j}`, position: 0, value, createdAt: 0, ordinal: j }],
    ),
  }));

function report(prompts: readonly RatedPrompt[]): AgreementFigures {
  const accumulator = new AgreementAccumulator({ measure: "OVERALL", tiePolicy: "EXACT", resamples: 200, seed: 0 });
  for (const { promptId, clusterId, ratings } of prompts) accumulator.addRatings(promptId, clusterId, ratings);
  return accumulator.finish();
}

const iccs = (from: AgreementFigures) => from.coefficients.filter(({ name }) => name.startsWith("ICC"));

describe("intraclass correlations", () => {
  // numpy 1.24.2 and scipy 1.10.1 from McGraw and Wong's formulas in their own letters: value, low, high.
  test.each([
    [
      [
        [2, 3, 5],
        [6, 6, 7],
        [4, 3, 4],
        [1, 2, 2],
        [7, 5, 6],
      ],
      {
        ICC_1_1: [0.8025316455696202, 0.3942324425775588, 0.9747200666601517],
        ICC_1_K: [0.9241982507288629, 0.6612918920295706, 0.9914289044031588],
        ICC_2_1: [0.8045112781954886, 0.4015858137217003, 0.974853099317664],
        ICC_2_K: [0.92507204610951, 0.6681324300079233, 0.9914747778290698],
        ICC_3_1: [0.8294573643410852, 0.41011074520616564, 0.9788732129425791],
        ICC_3_K: [0.9358600583090378, 0.6759244641924276, 0.9928571337716693],
      },
    ],
    [
      [
        [1, 4],
        [2, 2],
        [3, 5],
        [4, 3],
        [5, 6],
        [3, 2],
        [2, 5],
      ],
      {
        ICC_1_1: [0.21875, -0.5328359862688176, 0.797671890135737],
        ICC_1_K: [0.35897435897435903, -2.281151675246221, 0.8874499228838775],
        ICC_2_1: [0.26470588235294107, -0.36573156211095137, 0.8009301651513563],
        ICC_2_K: [0.41860465116279055, -1.1532390396979777, 0.8894627683512019],
        ICC_3_1: [0.3, -0.5161737176316489, 0.8306250183566096],
        ICC_3_K: [0.46153846153846134, -2.1337150809788814, 0.9074769655472961],
      },
    ],
  ] as const)("of a table with their F intervals, as scipy has them", (table, expected) => {
    const squares = of(table.map((row) => [...row]));
    for (const form of ICC_FORMS) {
      const [value, low, high] = expected[form];
      expect(icc(form, squares).value).toBeCloseTo(value, 12);
      expect(iccInterval(form, squares).ci95!.low).toBeCloseTo(low, 9);
      expect(iccInterval(form, squares).ci95!.high).toBeCloseTo(high, 9);
    }
  });

  test("by hand: two completions by two labelers", () => {
    // 1 2 / 3 4: row means 1.5 3.5, column means 2 3. R = 2·(1 + 1) = 4, C = 2·(¼ + ¼) = 1, E = 0, W = 4·¼/2 = ½.
    const squares = of([
      [1, 2],
      [3, 4],
    ]);
    const values = ICC_FORMS.map((form) => icc(form, squares).value);
    // (4 − ½)/(4 + ½); 4/(4 + 2·1/2); 1; (4 − ½)/4; 4/(4 + ½); 1.
    expect(values).toEqual([3.5 / 4.5, 4 / 5, 1, 3.5 / 4, 4 / 4.5, 1].map((value) => expect.closeTo(value, 14)));
  });

  test("has no value where the estimated variance of a mean is below 0, though the formula answers 4", () => {
    // C = 1/9, E = 10/9 … over 3 completions by 4 labelers; numpy: ICC(2,k) = 4.0, ICC(2,1) = −0.5.
    const squares = of([
      [3, 4, 5, 4],
      [4, 3, 4, 5],
      [5, 5, 3, 4],
    ]);
    expect(icc("ICC_2_1", squares).value).toBeCloseTo(-0.5, 12);
    expect(icc("ICC_2_K", squares)).toEqual({
      value: null,
      reason:
        "The variance of the scores is estimated at 0 or below, because completions differ less than the labelers' scores of one.",
    });
  });

  test(`equal a second computation on 400 random tables, and lie in their intervals (SEED=${SEED})`, () => {
    const random = createRandom(SEED);
    let [intervals, nulls] = [0, 0];
    for (let index = 0; index < 400; index++) {
      const table = randomTable(random);
      const squares = of(table);
      for (const form of ICC_FORMS) {
        const { value, reason } = icc(form, squares);
        const twin = naive(form, table);
        const about = { table, form };
        expect({ ...about, value }).toEqual({ ...about, value: twin === null ? null : expect.closeTo(twin, 8) });
        if (value === null) {
          expect(reason).toMatch(/^[A-Z].*\.$/);
          nulls++;
          continue;
        }
        const { ci95, reason: why } = iccInterval(form, squares);
        if (ci95 === null) {
          expect(why).toMatch(/^[A-Z].*\.$/);
          nulls++;
        } else {
          const rounding = 1e-12 * (1 + Math.abs(value));
          expect({ ...about, holds: ci95.low <= value + rounding && value <= ci95.high + rounding }).toEqual({
            ...about,
            holds: true,
          });
          expect(Number.isFinite(ci95.low) && ci95.high <= 1 && ci95.low < ci95.high).toBe(true);
          intervals++;
        }
      }
    }
    expect(intervals).toBeGreaterThan(500);
    expect(nulls).toBeGreaterThan(80);
  });

  test(`do not change with the order of labelers and completions, or when all scales are reversed or moved (SEED=${SEED})`, () => {
    const random = createRandom(SEED);
    for (let index = 0; index < 100; index++) {
      const table = randomTable(random);
      const order = shuffled([...table[0]!.keys()], random);
      const others = [
        shuffled(table, random).map((row) => order.map((j) => row[j]!)),
        table.map((row) => row.map((score) => 8 - score)),
        table.map((row) => row.map((score) => score + 1000)),
      ];
      for (const form of ICC_FORMS) {
        for (const other of others) {
          expect(meanSquares(other.flat(), order.length)).toEqual(of(table));
          expect(icc(form, of(other))).toEqual(icc(form, of(table)));
        }
      }
    }
  });

  test("a copy of a labeler agrees fully, without an interval, and one who scores a point higher but in consistency", () => {
    const copy = of([
      [1, 1],
      [3, 3],
      [7, 7],
    ]);
    const higher = of([
      [1, 2],
      [3, 4],
      [6, 7],
    ]);
    for (const form of ICC_FORMS) {
      expect(icc(form, copy).value).toBe(1);
      expect(iccInterval(form, copy).reason).toMatch(/^The labelers differ by nothing but a constant, if at all:/);
      expect(icc(form, higher).value === 1).toBe(form.startsWith("ICC_3"));
      expect(iccInterval(form, higher).ci95 === null).toBe(form.startsWith("ICC_3"));
    }
  });
});

describe("intraclass correlations in a report", () => {
  test("are of the completions that all labelers scored, and say how many are left out", () => {
    const complete = [
      [2, 3, 5],
      [6, 6, 7],
      [4, 3, 4],
      [1, 2, 2],
      [7, 5, 6],
    ];
    const found = report(rated([...complete, [3, null, 4], [null, 5, null]]));
    expect(iccs(found).map(({ name }) => name)).toEqual([...ICC_FORMS]);
    for (const { name, value, n, ci95, standardError } of iccs(found)) {
      expect({ value, n, standardError }).toEqual({
        value: icc(name as IccForm, of(complete)).value,
        n: 5,
        standardError: null,
      });
      expect(ci95).toEqual(iccInterval(name as IccForm, of(complete)).ci95);
    }
    expect(found.warnings).toContain(
      "The ICCs are of the 5 completions that all 3 labelers scored; 2 others are left out.",
    );
    expect(found.warnings.filter((warning) => warning.startsWith("The intervals of the ICCs are F"))).toHaveLength(1);
    expect(found.warnings.join()).not.toMatch(/ICC_\w+ rest on/);
  });

  test.each([
    [
      "no complete case",
      [
        [1, 2, null],
        [null, 3, 4],
      ],
      /^No completion was scored by all 3 labelers/,
      0,
    ],
    [
      "one complete case",
      [
        [1, 2],
        [3, null],
      ],
      /^Only one completion was scored by both labelers/,
      0,
    ],
    [
      "one value",
      [
        [4, 4],
        [4, 4],
      ],
      /^All scores are equal/,
      2,
    ],
    [
      "equal means",
      [
        [1, 2],
        [2, 1],
      ],
      /^The (means of all completions are equal|variance of the scores)/,
      2,
    ],
  ] as const)("are null with %s, with a reason", (_, table, reason, n) => {
    for (const found of iccs(report(rated(table.map((row) => [...row]))))) {
      expect(found.n).toBe(n);
      if (found.value === null) {
        expect(found.reason).toMatch(reason);
        expect(found.ci95).toBeNull();
      } else {
        // Equal means still give ICC(1,1) = ICC(3,1) = −1/(k − 1), the least there is, but no interval.
        expect([found.name, found.value, found.ci95]).toEqual([expect.stringMatching(/ICC_[13]_1/), -1, null]);
      }
    }
  });

  test(`equal a second computation on 40 random sets (SEED=${SEED})`, () => {
    const random = createRandom(SEED);
    let defined = 0;
    for (let index = 0; index < 40; index++) {
      const scale = [1, 2, 3, 4, 5, 6, 7];
      const prompts = randomRatedPrompts(
        random.nextUint32() | 0,
        4 + random.nextBelow(9),
        scale,
        1 + random.nextBelow(3),
      );
      const units = prompts.flatMap((prompt) => naiveRatingUnits(prompt).units);
      const names = [...new Set(units.flat().map(({ labeler }) => labeler))];
      const complete = units.filter((unit) => unit.length === names.length);
      const table = complete.map((unit) => names.map((name) => unit.find(({ labeler }) => labeler === name)!.value));
      for (const found of iccs(report(prompts))) {
        const twin = names.length < 2 || table.length < 2 ? null : naive(found.name as IccForm, table);
        expect(found.value).toEqual(twin === null ? null : expect.closeTo(twin, 8));
        defined += twin === null ? 0 : 1;
      }
    }
    expect(defined).toBeGreaterThan(30);
  });
});
