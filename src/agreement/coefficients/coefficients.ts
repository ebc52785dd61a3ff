import type { AgreementMeasure, TiePolicy } from "../../vocabulary.js";
import { brennanPrediger, fleissKappa, gwetAc } from "./agreement-by-items.js";
import { identityWeights, linearWeights, ordinalWeights, quadraticWeights } from "./category-weights.js";
import type { AnyCoefficient } from "./coefficient.js";
import { kendallWOfRankings, rankedSetsOnce, spearmanOfRankings } from "./concordance.js";
import { congerKappa } from "./conger-kappa.js";
import { iccCoefficients } from "./icc-coefficients.js";
import { krippendorffAlpha } from "./krippendorff-alpha.js";
import { pairSumsOnce } from "./labeler-pair-sums.js";
import { meanCohenKappa } from "./mean-cohen-kappa.js";
import { meanRho, meanTauB } from "./mean-rank-correlation.js";
import { MEASURES } from "./measures.js";
import { exactCredits, type PairCredits, percentAgreement, rankingCredits } from "./percent-agreement.js";
import { rankCorrelationsOnce } from "./rank-correlations.js";
import { scottPi } from "./scott-pi.js";

/** What a pair of values of this measure is worth; the tie policy speaks on rankings only. */
export const creditsOf = (measure: AgreementMeasure, tiePolicy: TiePolicy): PairCredits =>
  measure === "RANKING" ? rankingCredits(tiePolicy) : exactCredits(MEASURES[measure].scale.length);

/** The coefficients that apply to a measure, in the order in which a report lists them. */
export function coefficientsOf(measure: AgreementMeasure, tiePolicy: TiePolicy): AnyCoefficient[] {
  const { scale, categoryNames, alphaLevel, oriented } = MEASURES[measure];
  const pairs = { oriented, pairSums: pairSumsOnce() };
  const items = { categoryNames, oriented };
  const ordered = alphaLevel === "ordinal";
  const correlations = rankCorrelationsOnce(oriented);
  const sets = rankedSetsOnce();
  return [
    percentAgreement(creditsOf(measure, tiePolicy)),
    krippendorffAlpha({ level: alphaLevel, scale, categoryNames, oriented }),
    meanCohenKappa({ name: "COHEN_KAPPA", weights: identityWeights(scale.length), ...pairs }),
    ...(measure === "LABEL"
      ? []
      : [
          meanCohenKappa({ name: "WEIGHTED_KAPPA_LINEAR", weights: linearWeights(scale), ...pairs }),
          meanCohenKappa({ name: "WEIGHTED_KAPPA_QUADRATIC", weights: quadraticWeights(scale), ...pairs }),
        ]),
    ...(ordered ? [] : [congerKappa(categoryNames, oriented)]),
    fleissKappa(items),
    ...(ordered
      ? [gwetAc("GWET_AC2", { ...items, weights: ordinalWeights(scale.length) })]
      : [scottPi(categoryNames, oriented), brennanPrediger(items), gwetAc("GWET_AC1", items)]),
    ...(oriented ? [meanTauB(correlations), kendallWOfRankings(sets), spearmanOfRankings(sets)] : []),
    ...(ordered ? [meanTauB(correlations), meanRho(correlations), ...iccCoefficients(scale)] : []),
  ];
}
