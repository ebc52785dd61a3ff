import { describe, expect, it as test } from "@jest/globals";
import { JudgmentLog } from "../../../src/agreement/judgments/judgment-table.js";
import { runSlices } from "../../../src/agreement/judgments/time-slices.js";
import { AgreementAccumulator } from "../../../src/agreement/report/accumulator.js";
import { countTables } from "../../../src/agreement/report/coefficient-table.js";
import { SEED } from "../../datasets/random.js";
import { parseRanking, randomRankedPrompts, randomRatedPrompts, unitsOfMatrix } from "../support.js";

const SCALE = [1, 2, 3, 4, 5, 6, 7];

function ofRankings(seed: number) {
  const accumulator = new AgreementAccumulator({ measure: "RANKING", tiePolicy: "EXACT", resamples: 200, seed: 0 });
  for (const { promptId, clusterId, rankings } of randomRankedPrompts(seed, 20)) {
    accumulator.addRankings(promptId, clusterId, rankings);
  }
  return accumulator.finish();
}

function ofRatings(seed: number) {
  const accumulator = new AgreementAccumulator({ measure: "OVERALL", tiePolicy: "EXACT", resamples: 200, seed: 0 });
  for (const { promptId, clusterId, ratings } of randomRatedPrompts(seed, 20, SCALE)) {
    accumulator.addRatings(promptId, clusterId, ratings);
  }
  return accumulator.finish();
}

describe("the table behind a coefficient", () => {
  test("is Krippendorff's published coincidence matrix of his data C", () => {
    // Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C, step 2: 40 pairable values.
    const ratings = [
      [1, 1, null, 1],
      [2, 2, 3, 2],
      [3, 3, 3, 3],
      [3, 3, 3, 3],
      [2, 2, 2, 2],
      [1, 2, 3, 4],
      [4, 4, 4, 4],
      [1, 1, 2, 1],
      [2, 2, 2, 2],
      [null, 5, 5, 5],
      [null, null, 1, 1],
      [null, 3, null, null],
    ];
    const log = new JudgmentLog(5);
    log.addPrompt(unitsOfMatrix(ratings, [1, 2, 3, 4, 5]), 0);
    const { COINCIDENCES } = runSlices(countTables(log.table(4, 1), null, false));
    const t = 1 / 3;
    const published = [
      [7, 4 * t, t, t, 0],
      [4 * t, 10, 4 * t, t, 0],
      [t, 4 * t, 8, t, 0],
      [t, t, t, 4, 0],
      [0, 0, 0, 0, 3],
    ].flat();
    COINCIDENCES.forEach((cell, i) => {
      expect(cell).toBeCloseTo(published[i]!, 12);
    });
  });

  test(`leads to the coefficient: its diagonal to what is observed, both parts to the value (SEED=${SEED})`, () => {
    for (const report of [ofRankings(SEED | 0), ofRatings(SEED | 0)]) {
      for (const { name, value, n } of report.coefficients) {
        const table = runSlices(report.table(name));
        if (table === null) {
          expect(name).toMatch(/KENDALL|SPEARMAN|ICC/);
          continue;
        }
        const { cells, observed, expected, kind, categories } = table;
        expect(cells.map((row) => row.length)).toEqual(categories.map(() => categories.length));
        const total = cells.flat().reduce((sum, cell) => sum + cell, 0);
        const diagonal = cells.reduce((sum, row, c) => sum + row[c]!, 0);
        if (expected !== null) {
          expect((observed! - expected) / (1 - expected)).toBeCloseTo(value!, 10);
        }
        if (observed !== null && /PERCENT|FLEISS|SCOTT|BRENNAN|AC1|CONGER/.test(name)) {
          expect(diagonal / total).toBeCloseTo(observed, 10);
        }
        // A coincidence counts a value, a unit's pairs count one, and a labeler pair's units are theirs.
        const values = { COINCIDENCES: null, PAIRS: null, UNITS: report.pairableUnits, LABELERS: null }[kind];
        if (values !== null) expect(total).toBeCloseTo(values, 9);
        if (kind === "LABELERS") expect(total).toBeGreaterThanOrEqual(n);
      }
    }
  });

  test("is the contingency table of two labelers, and names what a cell counts", () => {
    const accumulator = new AgreementAccumulator({ measure: "RANKING", tiePolicy: "EXACT", resamples: 200, seed: 0 });
    accumulator.addRankings("p1", "p1", [parseRanking("w1", "A>B>C"), parseRanking("w2", "A=B>C")]);
    const report = accumulator.finish();
    // AB: > against =; AC and BC: > against >. Seen from either side, half each.
    const table = runSlices(report.table("COHEN_KAPPA"))!;
    expect(table.labelerIds).toEqual(["w1", "w2"]);
    expect(table.categories).toEqual([">", "=", "<"]);
    expect(table.cells).toEqual([
      [1, 0.5, 0],
      [0, 0, 0],
      [0, 0.5, 1],
    ]);
    expect(table.about).toMatch(/^Units that the first labeler .* one half\.$/);
    expect(runSlices(report.table("GWET_AC2"))).toBeNull();
  });
});
