import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { evaluateUnits } from "../../src/agreement/coefficient.js";
import { type AlphaLevel, krippendorffAlpha } from "../../src/agreement/krippendorff-alpha.js";
import { exactCredits, percentAgreement } from "../../src/agreement/percent-agreement.js";
import { observedScale, unitsOfMatrix } from "./support.js";

interface ReferenceCase {
  id: string;
  coefficient: "krippendorff_alpha" | "percent_agreement";
  level: AlphaLevel;
  ratings: (number | null)[][];
  expected: number | null;
  tolerance: number;
  source: string;
  published?: { value: number; decimals: number; where: string };
}

const golden = new URL("golden/agreement-references.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(golden, "utf8")) as { cases: ReferenceCase[] };

describe("published and independently computed values", () => {
  it("has all 24 cases of the two coefficients", () => {
    expect(cases).toHaveLength(24);
  });

  it.each(cases)("$id ($source)", ({ coefficient, level, ratings, expected, tolerance, published }) => {
    const scale = observedScale(ratings);
    const units = unitsOfMatrix(ratings, scale);
    // The references' percent agreement is Gwet's pa, the mean over items.
    const computed =
      coefficient === "krippendorff_alpha"
        ? evaluateUnits(krippendorffAlpha({ level, scale }), units)
        : evaluateUnits(percentAgreement(exactCredits(scale.length), "ITEMS"), units);
    if (expected === null) {
      expect(computed.value).toBeNull();
      expect(computed.reason).toMatch(/\w+ .*\.$/);
      return;
    }
    expect(computed.reason).toBeNull();
    expect(Math.abs(computed.value! - expected)).toBeLessThanOrEqual(tolerance);
    if (published !== undefined) {
      expect(Math.abs(computed.value! - published.value)).toBeLessThanOrEqual(0.51 * 10 ** -published.decimals);
    }
  });

  it("pools labeler pairs where asked: 43 of 55 pairs of pa-gwet-raw4-missing agree", () => {
    // Agreeing of all pairs by item: 3/3 3/6 6/6 6/6 6/6 0/6 6/6 3/6 6/6 3/3 1/1, so 43/55 = 0.7818.
    const { ratings } = cases.find(({ id }) => id === "pa-gwet-raw4-missing")!;
    const scale = observedScale(ratings);
    const pooled = evaluateUnits(percentAgreement(exactCredits(scale.length), "PAIRS"), unitsOfMatrix(ratings, scale));
    expect(pooled.value).toBeCloseTo(43 / 55, 12);
  });
});
