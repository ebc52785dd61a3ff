import { describe, expect, it as test } from "@jest/globals";
import { evaluateUnits } from "../../../src/agreement/coefficients/coefficient.js";
import { type AlphaLevel, krippendorffAlpha } from "../../../src/agreement/coefficients/krippendorff-alpha.js";
import { type CountedUnit, countCategories, type Unit } from "../../../src/agreement/judgments/unit.js";
import { unitsFromRankings } from "../../../src/agreement/judgments/units-from-rankings.js";
import { unitsFromRatings } from "../../../src/agreement/judgments/units-from-ratings.js";
import { createRandom } from "../../../src/random.js";
import { naiveAlpha, naiveOrientedAlpha, naiveRankingUnits, naiveRatingUnits } from "../naive.js";
import {
  newIndex,
  parseRanking,
  printedSeed,
  randomRankedPrompts,
  randomRatedPrompts,
  shuffled,
  unitsOfMatrix,
} from "../support.js";

const LEVELS: AlphaLevel[] = ["nominal", "ordinal", "interval", "ratio"];
const SCALE = [1, 2, 3, 4, 5, 6, 7];
const counted = (units: Unit[], q: number): CountedUnit[] =>
  units.map((unit) => countCategories(unit, new Int32Array(q)));
const rankingAlpha = krippendorffAlpha({ level: "nominal", scale: [-1, 0, 1], oriented: true });

describe("Krippendorff's alpha", () => {
  test.each(LEVELS)("equals its definition over pairs of judgments (%s)", (level) => {
    const seed = printedSeed(`alpha ${level}`);
    for (let round = 0; round < 20; round++) {
      const prompts = randomRatedPrompts(seed + round, 1 + round, SCALE);
      const labelers = newIndex();
      const units = prompts.flatMap(({ ratings }) => unitsFromRatings(ratings, SCALE, labelers).units);
      const { value } = evaluateUnits(krippendorffAlpha({ level, scale: SCALE }), counted(units, 7));
      const twin = naiveAlpha(
        prompts.flatMap((prompt) => naiveRatingUnits(prompt).units),
        level,
      );
      if (twin === null) {
        expect(value).toBeNull();
      } else {
        expect(value).toBeCloseTo(twin, 10);
      }
    }
  });

  test("equals its definition over pairs of judgments on rankings, each unit in both orientations", () => {
    const seed = printedSeed("alpha of rankings");
    for (let round = 0; round < 20; round++) {
      const prompts = randomRankedPrompts(seed + round, 1 + round);
      const labelers = newIndex();
      const units = prompts.flatMap(({ rankings }) => unitsFromRankings(rankings, labelers).units);
      const { value } = evaluateUnits(rankingAlpha, counted(units, 3));
      const twin = naiveOrientedAlpha(prompts.flatMap((prompt) => naiveRankingUnits(prompt).units));
      if (twin === null) {
        expect(value).toBeNull();
      } else {
        expect(value).toBeCloseTo(twin, 10);
      }
    }
  });

  test("stays the same when nominal categories are renamed", () => {
    const seed = printedSeed("alpha renamed");
    const random = createRandom(seed);
    const labelers = newIndex();
    const units = randomRatedPrompts(seed, 30, SCALE).flatMap(
      ({ ratings }) => unitsFromRatings(ratings, SCALE, labelers).units,
    );
    const names = shuffled([0, 1, 2, 3, 4, 5, 6], random);
    const renamed = units.map(({ labelers, values }) => ({ labelers, values: values.map((value) => names[value]!) }));
    const alpha = krippendorffAlpha({ level: "nominal", scale: SCALE });
    const before = evaluateUnits(alpha, counted(units, 7)).value!;
    expect(evaluateUnits(alpha, counted(renamed, 7)).value).toBeCloseTo(before, 12);
  });

  test("stays the same when everybody's scale is reversed (ordinal)", () => {
    const seed = printedSeed("alpha reversed");
    const labelers = newIndex();
    const units = randomRatedPrompts(seed, 30, SCALE).flatMap(
      ({ ratings }) => unitsFromRatings(ratings, SCALE, labelers).units,
    );
    const reversed = units.map(({ labelers, values }) => ({ labelers, values: values.map((value) => 6 - value) }));
    const alpha = krippendorffAlpha({ level: "ordinal", scale: SCALE });
    const before = evaluateUnits(alpha, counted(units, 7)).value!;
    expect(evaluateUnits(alpha, counted(reversed, 7)).value).toBeCloseTo(before, 12);
  });

  test("does not depend on categories that are declared and never used", () => {
    const ratings = [
      [1, 2],
      [2, 2],
      [1, 1],
    ];
    for (const level of LEVELS) {
      const narrow = evaluateUnits(krippendorffAlpha({ level, scale: [1, 2] }), unitsOfMatrix(ratings, [1, 2]));
      const wide = evaluateUnits(krippendorffAlpha({ level, scale: SCALE }), unitsOfMatrix(ratings, SCALE));
      expect(wide.value).toBeCloseTo(narrow.value!, 12);
    }
  });

  test("is undefined on rankings that are all ties, and defined where all agree on strict orders", () => {
    const alphaOf = (...notations: string[]) => {
      const rankings = notations.map((notation, i) => parseRanking(`w${i}`, notation));
      return evaluateUnits(rankingAlpha, counted(unitsFromRankings(rankings, newIndex()).units, 3));
    };
    const ties = alphaOf("A=B=C", "A=B=C");
    expect(ties.value).toBeNull();
    expect(ties.reason).toBe(
      'All 6 pairable values are "0": with one category the expected disagreement is 0, and agreement beyond chance is undefined.',
    );
    // In the order of the keys every value is ">", one category; in both orientations chance is one half, and alpha is 1.
    expect(alphaOf("A>B>C", "A>B>C").value).toBe(1);
  });

  test("refuses ratio distances of negative values", () => {
    expect(() => krippendorffAlpha({ level: "ratio", scale: [-1, 0, 1] })).toThrow(
      "Ratio distances need values from 0 up; the scale is -1, 0, 1.",
    );
  });
});
