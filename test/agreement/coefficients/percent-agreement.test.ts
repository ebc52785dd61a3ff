import { describe, expect, it as test } from "@jest/globals";
import { evaluateUnits } from "../../../src/agreement/coefficients/coefficient.js";
import {
  exactCredits,
  percentAgreement,
  rankingCredits,
} from "../../../src/agreement/coefficients/percent-agreement.js";
import { type CountedUnit, countCategories } from "../../../src/agreement/judgments/unit.js";
import { type RankingJudgment, unitsFromRankings } from "../../../src/agreement/judgments/units-from-rankings.js";
import { TIE_POLICIES } from "../../../src/vocabulary.js";
import { naiveCredit, naivePercentAgreement, naiveRankingUnits } from "../naive.js";
import { newIndex, parseRanking, printedSeed, randomRankedPrompts, unitsOfMatrix } from "../support.js";

const pairsOf = (rankings: RankingJudgment[]): CountedUnit[] =>
  unitsFromRankings(rankings, newIndex()).units.map((unit) => countCategories(unit, new Int32Array(3)));

describe("percent agreement", () => {
  // Pairs of A>B>C=D against A>B=C>D: AB, AC, AD, BD strict alike; BC strict against a tie; CD a tie against strict.
  test.each([
    ["EXACT", 4 / 6, 6],
    ["HALF_CREDIT", 5 / 6, 6],
    ["STRICT_ONLY", 4 / 4, 4],
  ] as const)("of A>B>C=D and A>B=C>D under %s", (tiePolicy, expected, units) => {
    const coefficient = percentAgreement(rankingCredits(tiePolicy));
    const sums = new Float64Array(coefficient.size);
    for (const unit of pairsOf([parseRanking("w1", "A>B>C=D"), parseRanking("w2", "A>B=C>D")])) {
      coefficient.add(sums, unit);
    }
    expect(coefficient.evaluate(sums).value).toBeCloseTo(expected, 12);
    expect(sums[0]).toBe(units);
  });

  test.each(TIE_POLICIES)("equals counting pairs of labelers one by one (%s)", (tiePolicy) => {
    const seed = printedSeed(`percent agreement ${tiePolicy}`);
    for (let round = 0; round < 20; round++) {
      const prompts = randomRankedPrompts(seed + round, 1 + round);
      const units = prompts.flatMap(({ rankings }) => pairsOf(rankings));
      const { value } = evaluateUnits(percentAgreement(rankingCredits(tiePolicy)), units);
      const twin = naivePercentAgreement(
        prompts.flatMap((prompt) => naiveRankingUnits(prompt).units),
        (a, b) => naiveCredit(a, b, tiePolicy),
      );
      if (twin.value === null) {
        expect(value).toBeNull();
      } else {
        expect(value).toBeCloseTo(twin.value, 12);
      }
    }
  });

  test("is undefined with a reason where nothing can be compared", () => {
    const single = evaluateUnits(percentAgreement(exactCredits(2)), unitsOfMatrix([[1], [0]], [0, 1]));
    expect(single).toEqual({
      value: null,
      reason: "No unit has values of two labelers that count, so there is nothing to compare.",
    });
    const tied = pairsOf([parseRanking("w1", "A=B"), parseRanking("w2", "A=B")]);
    expect(evaluateUnits(percentAgreement(rankingCredits("STRICT_ONLY")), tied).value).toBeNull();
    expect(evaluateUnits(percentAgreement(rankingCredits("EXACT")), tied).value).toBe(1);
  });
});
