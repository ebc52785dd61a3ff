import type { AgreementMeasure, TiePolicy } from "../vocabulary.js";
import type { Coefficient } from "./coefficient.js";
import { krippendorffAlpha } from "./krippendorff-alpha.js";
import { MEASURES } from "./measures.js";
import { exactCredits, type PairCredits, percentAgreement, rankingCredits } from "./percent-agreement.js";

/** What a pair of values of this measure is worth; the tie policy speaks on rankings only. */
export const creditsOf = (measure: AgreementMeasure, tiePolicy: TiePolicy): PairCredits =>
  measure === "RANKING" ? rankingCredits(tiePolicy) : exactCredits(MEASURES[measure].scale.length);

/** The coefficients that apply to a measure, in the order in which a report lists them. */
export function coefficientsOf(measure: AgreementMeasure, tiePolicy: TiePolicy): Coefficient[] {
  const { scale, categoryNames, alphaLevel, oriented } = MEASURES[measure];
  return [
    percentAgreement(creditsOf(measure, tiePolicy)),
    krippendorffAlpha({ level: alphaLevel, scale, categoryNames, oriented }),
  ];
}
