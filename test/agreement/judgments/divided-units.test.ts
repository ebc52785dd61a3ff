import { type DividedUnit, dividedPairs, dividedRatings } from "../../../src/agreement/judgments/divided-units.js";
import { LabelerIndex } from "../../../src/agreement/judgments/labeler-index.js";
import { runSlices } from "../../../src/agreement/judgments/time-slices.js";
import { countCategories, type Unit } from "../../../src/agreement/judgments/unit.js";
import { unitsFromRankings } from "../../../src/agreement/judgments/units-from-rankings.js";
import { unitsFromRatings } from "../../../src/agreement/judgments/units-from-ratings.js";
import { Random, SEED } from "../../datasets/random.js";
import { parseRanking } from "../support.js";

test("pairs over which labelers are divided, most divided first; the later ranking of a labeler counts", () => {
  const rankings = [
    parseRanking("ann", "B>A>C", 0),
    parseRanking("ann", "A>B>C", 1),
    parseRanking("bob", "B>A=C", 0),
    parseRanking("cyd", "B>A>C", 0),
  ];
  // A and B: ann A, bob and cyd B; A and C: ann and cyd A, bob a tie; B and C: all B.
  // Two of three labeler pairs differ in both.
  expect(runSlices(dividedPairs(rankings, 9))).toEqual([
    { first: 0, second: 1, counts: [1, 0, 2], disagreement: expect.closeTo(2 / 3, 12) },
    { first: 0, second: 2, counts: [2, 1, 0], disagreement: expect.closeTo(2 / 3, 12) },
  ]);
  expect(runSlices(dividedPairs(rankings, 1))).toHaveLength(1);
  expect(runSlices(dividedPairs([], 5))).toEqual([]);
});

/** The histograms of units that are not of one mind, as text, sorted. */
const histograms = (counts: readonly (readonly number[])[]) => counts.map((row) => row.join()).sort();
const dividedOnly = (units: readonly Unit[], q: number) =>
  histograms(
    units
      .map((unit) => [...countCategories(unit, new Int32Array(q)).counts])
      .filter((counts) => counts.filter((count) => count > 0).length > 1),
  );
const countsOf = (divided: readonly DividedUnit[]) => histograms(divided.map(({ counts }) => counts));

test(`the same histograms as the units of the report have (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 200; run++) {
    const times = random.int(1, 20);
    const when = (i: number) => ({ labelerId: `w${random.int(1, 5)}`, createdAt: random.int(0, 3), ordinal: i });
    const rankings = random.list(0, times, (i) => {
      const positions = random.shuffle([0, 1, 2, 3, 4]).slice(0, random.int(2, 5));
      let tier = 1;
      const tiers = positions.map((_, place) => (tier += place > 0 && random.chance(0.6) ? 1 : 0));
      return { ...when(i), positions, tiers };
    });
    expect(countsOf(runSlices(dividedPairs(rankings, 100)))).toEqual(
      dividedOnly(unitsFromRankings(rankings, new LabelerIndex()).units, 3),
    );
    const ratings = random.list(0, times, (i) => ({ ...when(i), position: random.int(0, 4), value: random.int(1, 7) }));
    const scale = [1, 2, 3, 4, 5, 6, 7];
    expect(countsOf(runSlices(dividedRatings(ratings, scale, 100)))).toEqual(
      dividedOnly(unitsFromRatings(ratings, scale, new LabelerIndex()).units, 7),
    );
  }
});
