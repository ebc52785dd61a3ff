import { describe, expect, it as test } from "@jest/globals";
import { LabelerIndex } from "../../src/agreement/judgments/labeler-index.js";
import {
  NOT_PREFERRED,
  PREFERRED,
  TIED,
  unitsFromRankings,
} from "../../src/agreement/judgments/units-from-rankings.js";
import { unitsFromRatings } from "../../src/agreement/judgments/units-from-ratings.js";
import { naiveRankingUnits, naiveRatingUnits } from "./naive.js";
import { newIndex, parseRanking, printedSeed, randomRankedPrompts, randomRatedPrompts } from "./support.js";

/** Units as sorted lines "labeler=value labeler=value", to compare as sets. */
const lines = (units: { labeler: string; value: number }[][]): string[] =>
  units
    .map((unit) =>
      unit
        .map(({ labeler, value }) => `${labeler}=${value}`)
        .sort()
        .join(" "),
    )
    .sort();

describe("units from rankings", () => {
  test("makes a unit of every pair that somebody ordered, from subsets too", () => {
    const { units, repeats } = unitsFromRankings(
      [parseRanking("w1", "A>B=C"), parseRanking("w2", "C>B"), parseRanking("w3", "D>A")],
      newIndex(),
    );
    expect(repeats).toBe(0);
    expect(units).toEqual([
      { labelers: [0], values: [PREFERRED] }, // A, B
      { labelers: [0], values: [PREFERRED] }, // A, C
      { labelers: [0, 1], values: [TIED, NOT_PREFERRED] }, // B, C
      { labelers: [2], values: [NOT_PREFERRED] }, // A, D
    ]);
  });

  test("lets the later ranking of a labeler count, pair by pair, and counts the repeats", () => {
    const { units, repeats } = unitsFromRankings(
      [
        parseRanking("w1", "B>A", 200, 3),
        parseRanking("w1", "A>B>C", 100, 4),
        parseRanking("w1", "C=A", 200, 9),
        parseRanking("w1", "A>C", 200, 8),
      ],
      newIndex(),
    );
    // A,B: 100 then 200. A,C: 100, then ordinals 8 and 9 of the same millisecond. B,C: once.
    expect(repeats).toBe(3);
    expect(units.map(({ values }) => values)).toEqual([[NOT_PREFERRED], [TIED], [PREFERRED]]);
  });

  test("agrees with a search through all rankings for the latest of each labeler", () => {
    const seed = printedSeed("units from rankings");
    for (const prompt of randomRankedPrompts(seed, 40)) {
      const labelers = new LabelerIndex();
      const { units, repeats } = unitsFromRankings(prompt.rankings, labelers);
      const twin = naiveRankingUnits(prompt);
      expect(repeats).toBe(twin.repeats);
      const named = units.map((unit) =>
        unit.labelers.map((labeler, i) => ({ labeler: labelers.ids[labeler]!, value: unit.values[i]! - 1 })),
      );
      expect(lines(named)).toEqual(lines(twin.units));
    }
  });

  test("refuses a ranking that is none", () => {
    const ranking = parseRanking("w1", "A>B");
    const reject = (change: object, sentence: string) =>
      expect(() => unitsFromRankings([{ ...ranking, ...change }], newIndex())).toThrow(sentence);
    reject(
      { positions: [1, 1] },
      "A ranking names the completion at position 1 twice; each may stand in one tier only.",
    );
    reject({ tiers: [1] }, "A ranking has 2 positions and 1 tiers; it needs one tier a position.");
    reject({ positions: [0, -1] }, "A ranking names position -1; a position is an integer from 0.");
    reject({ positions: [0, 1.5] }, "A ranking names position 1.5; a position is an integer from 0.");
    reject({ tiers: [1, Number.NaN] }, "A ranking names tier NaN; a tier is an integer from 1.");
  });

  test("takes nothing from a ranking of one completion", () => {
    expect(unitsFromRankings([parseRanking("w1", "A")], newIndex())).toEqual({ units: [], repeats: 0 });
  });
});

describe("units from ratings", () => {
  test("keeps the latest value of each labeler on each completion", () => {
    const rating = (labelerId: string, position: number, value: number, createdAt: number, ordinal: number) => ({
      labelerId,
      position,
      value,
      createdAt,
      ordinal,
    });
    const { units, repeats } = unitsFromRatings(
      [rating("w1", 0, 7, 20, 1), rating("w1", 0, 3, 10, 2), rating("w2", 0, 1, 5, 0), rating("w2", 0, 2, 5, 1)],
      [1, 2, 3, 4, 5, 6, 7],
      newIndex(),
    );
    expect(repeats).toBe(2);
    expect(units).toEqual([{ labelers: [0, 1], values: [6, 1] }]);
  });

  test("agrees with a search through all ratings for the latest of each labeler", () => {
    const seed = printedSeed("units from ratings");
    for (const prompt of randomRatedPrompts(seed, 40, [-1, 0, 1])) {
      const labelers = new LabelerIndex();
      const { units, repeats } = unitsFromRatings(prompt.ratings, [-1, 0, 1], labelers);
      const twin = naiveRatingUnits(prompt);
      expect(repeats).toBe(twin.repeats);
      const named = units.map((unit) =>
        unit.labelers.map((labeler, i) => ({ labeler: labelers.ids[labeler]!, value: unit.values[i]! - 1 })),
      );
      expect(lines(named)).toEqual(lines(twin.units));
    }
  });

  test.each([0, 8, 3.5, Number.NaN])("refuses %d on a scale of 1 to 7", (value) => {
    const rating = { labelerId: "w1", position: 0, value, createdAt: 0, ordinal: 0 };
    expect(() => unitsFromRatings([rating], [1, 2, 3, 4, 5, 6, 7], newIndex())).toThrow(
      `A rating is ${value}; the scale is 1, 2, 3, 4, 5, 6, 7.`,
    );
  });
});
