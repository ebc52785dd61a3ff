import { readFileSync } from "node:fs";
import { describe, expect, it as test } from "@jest/globals";
import { brennanPrediger, fleissKappa, gwetAc } from "../../src/agreement/coefficients/agreement-by-items.js";
import { analyticStandardError } from "../../src/agreement/coefficients/analytic-standard-error.js";
import {
  identityWeights,
  linearWeights,
  ordinalWeights,
  quadraticWeights,
  weightsOfDisagreement,
} from "../../src/agreement/coefficients/category-weights.js";
import type { AnyCoefficient, LabelerCoefficient } from "../../src/agreement/coefficients/coefficient.js";
import { kendallWOfRankings, rankedSetsOnce } from "../../src/agreement/coefficients/concordance.js";
import { congerKappa } from "../../src/agreement/coefficients/conger-kappa.js";
import { type IccForm, icc, iccInterval, meanSquares } from "../../src/agreement/coefficients/icc.js";
import { kendallW } from "../../src/agreement/coefficients/kendall-w.js";
import { type AlphaLevel, krippendorffAlpha } from "../../src/agreement/coefficients/krippendorff-alpha.js";
import { pairSumsOnce } from "../../src/agreement/coefficients/labeler-pair-sums.js";
import { meanCohenKappa } from "../../src/agreement/coefficients/mean-cohen-kappa.js";
import { meanRho, meanTauB } from "../../src/agreement/coefficients/mean-rank-correlation.js";
import { exactCredits, percentAgreement } from "../../src/agreement/coefficients/percent-agreement.js";
import { rankCorrelationsOnce } from "../../src/agreement/coefficients/rank-correlations.js";
import { scottPi } from "../../src/agreement/coefficients/scott-pi.js";
import { patternCounts, weightedSums } from "../../src/agreement/intervals/bootstrap.js";
import type { Interval } from "../../src/agreement/intervals/interval.js";
import { defined, type Statistic } from "../../src/agreement/intervals/statistic.js";
import { centredRanks } from "../../src/agreement/judgments/centred-ranks.js";
import { JudgmentLog } from "../../src/agreement/judgments/judgment-table.js";
import { runSlices } from "../../src/agreement/judgments/time-slices.js";
import { bradleyTerry } from "../../src/agreement/leaderboard/bradley-terry.js";
import { countsOfTable } from "../../src/agreement/leaderboard/pair-counts.js";
import { plackettLuce } from "../../src/agreement/leaderboard/plackett-luce.js";
import { evaluateTable, observedScale, sumsOf, unitsOfMatrix } from "./support.js";

/** A coefficient of items by raters. */
interface ReferenceCase {
  id: string;
  coefficient: keyof typeof COEFFICIENTS | keyof typeof OF_RANKS | "icc";
  level: AlphaLevel;
  options?: {
    weights?: keyof typeof WEIGHTS;
    disagreement_weights?: number[][];
    tie_correction?: boolean;
    form?: string;
  };
  ratings: (number | null)[][];
  expected: number | null;
  digits?: "full" | "printed";
  standardError?: number;
  ci95?: [number, number];
  source: string;
  published?: { value: number; decimals: number; where: string };
}

const WEIGHTS = {
  unweighted: (scale: readonly number[]) => identityWeights(scale.length),
  linear: linearWeights,
  quadratic: quadraticWeights,
  ordinal: (scale: readonly number[]) => ordinalWeights(scale.length),
};

/** Strengths of sources. */
interface RatingCase {
  id: string;
  coefficient: keyof typeof RATINGS;
  items: string[];
  wins?: number[][];
  rankings?: number[][];
  expected: { log_strength_mean0: number[] } | null;
  source: string;
}

const RATINGS = {
  bradley_terry: ({ wins, items }: RatingCase) => bradleyTerry(countsOfTable(wins!), items),
  plackett_luce: ({ rankings, items }: RatingCase) => plackettLuce(rankings!, items),
};

/** The coefficient on the categories that occur, as every tool behind the cases takes them. */
const COEFFICIENTS = {
  krippendorff_alpha: ({ level }: ReferenceCase, scale: number[]) => krippendorffAlpha({ level, scale }),
  // Gwet's pa, the mean over items.
  percent_agreement: (_: ReferenceCase, scale: number[]) => percentAgreement(exactCredits(scale.length), "ITEMS"),
  fleiss_kappa: (_: ReferenceCase, scale: number[]) => fleissKappa({ categoryNames: scale.map(String) }),
  scott_pi: (_: ReferenceCase, scale: number[]) => scottPi(scale.map(String)),
  brennan_prediger: (_: ReferenceCase, scale: number[]) => brennanPrediger({ categoryNames: scale.map(String) }),
  gwet_ac1: (_: ReferenceCase, scale: number[]) => gwetAc("GWET_AC1", { categoryNames: scale.map(String) }),
  gwet_ac2: (reference: ReferenceCase, scale: number[]) =>
    gwetAc("GWET_AC2", { categoryNames: scale.map(String), weights: weightsOf(reference, scale) }),
  conger_kappa: (_: ReferenceCase, scale: number[]) => congerKappa(scale.map(String)),
  cohen_kappa: (reference: ReferenceCase, scale: number[]) =>
    meanCohenKappa({
      name: "COHEN_KAPPA",
      weights: weightsOf(reference, scale),
      oriented: false,
      pairSums: pairSumsOnce(),
    }),
};

/** Items are the completions of one prompt, and each rater's column is a ranking of them. */
const OF_RANKS = {
  kendall_tau_b: (reference: ReferenceCase) => onOnePrompt(meanTauB(rankCorrelationsOnce(false)), reference),
  spearman: (reference: ReferenceCase) => onOnePrompt(meanRho(rankCorrelationsOnce(false)), reference),
  kendall_w: ({ ratings, options }: ReferenceCase): Statistic => {
    const rankings = ratings[0]!.map((_, rater) => ({
      labelerId: String(rater),
      positions: [...ratings.keys()],
      tiers: ratings.map((item) => item[rater]!),
      createdAt: 0,
      ordinal: rater,
    }));
    if (options?.tie_correction === false) {
      return defined(
        kendallW(
          rankings.map(({ tiers }) => centredRanks(tiers)),
          false,
        )!,
      );
    }
    const coefficient = kendallWOfRankings(rankedSetsOnce());
    const sums = new Float64Array(coefficient.size);
    coefficient.addPrompt(sums, { units: [], rankings, ratings: [] });
    return coefficient.evaluate(sums);
  },
};

/** Shrout and Fleiss's form of a case, "ICC(2,4)": 1 or the mean of all raters. */
const iccOf = ({ options, ratings }: ReferenceCase) => {
  const [, model, raters] = /^ICC\((\d),(\d)\)$/.exec(options!.form!)!;
  const form = `ICC_${model}_${raters === "1" ? "1" : "K"}` as IccForm;
  const squares = meanSquares(ratings.flat() as number[], ratings[0]!.length);
  return { ...icc(form, squares), ci95: iccInterval(form, squares).ci95 };
};

function onOnePrompt(coefficient: LabelerCoefficient, { ratings }: ReferenceCase): Statistic {
  const scale = observedScale(ratings);
  const log = new JudgmentLog(scale.length);
  log.addPrompt(unitsOfMatrix(ratings, scale), 0);
  const { figure, clusters } = runSlices(coefficient.layOut(log.table(ratings[0]!.length, 1)));
  return figure.evaluate(weightedSums(clusters, patternCounts(clusters), new Float64Array(clusters.size)));
}

function weightsOf({ options = {} }: ReferenceCase, scale: readonly number[]) {
  return options.disagreement_weights === undefined
    ? WEIGHTS[options.weights ?? "unweighted"](scale)
    : weightsOfDisagreement(options.disagreement_weights);
}

const golden = new URL("golden/agreement-references.json", import.meta.url);
const { cases: all } = JSON.parse(readFileSync(golden, "utf8")) as { cases: (ReferenceCase | RatingCase)[] };
const isRating = (reference: ReferenceCase | RatingCase): reference is RatingCase => reference.coefficient in RATINGS;
const cases = all.filter((reference): reference is ReferenceCase => !isRating(reference));

/** The value, Gwet's standard error, and the interval of an ICC. */
function compute(reference: ReferenceCase): Statistic & { standardError: number | null; ci95?: Interval | null } {
  if (reference.coefficient === "icc") {
    return { ...iccOf(reference), standardError: null };
  }
  if (reference.coefficient in OF_RANKS) {
    return { ...OF_RANKS[reference.coefficient as keyof typeof OF_RANKS](reference), standardError: null };
  }
  const scale = observedScale(reference.ratings);
  const units = unitsOfMatrix(reference.ratings, scale);
  const coefficient: AnyCoefficient = COEFFICIENTS[reference.coefficient as keyof typeof COEFFICIENTS](
    reference,
    scale,
  );
  if ("layOut" in coefficient) {
    const { statistic, laidOut } = evaluateTable(coefficient, units, scale.length);
    return { ...statistic, standardError: laidOut.analyticStandardError };
  }
  if (!("add" in coefficient)) {
    throw new TypeError("No case is of a coefficient over prompts.");
  }
  const sums = sumsOf(coefficient, units);
  const standardError = runSlices(analyticStandardError(coefficient, sums, units));
  return { ...coefficient.evaluate(sums), standardError };
}

describe("published and independently computed values", () => {
  test("has all 78 cases", () => {
    expect(all).toHaveLength(78);
  });

  // The fewest digits that a case prints are six.
  test.each(all.filter(isRating))("$id ($source)", (reference) => {
    const { values, reason } = RATINGS[reference.coefficient](reference);
    if (reference.expected === null) {
      expect(values).toBeNull();
      expect(reason).toMatch(/\w+ .*\.$/);
    } else {
      expect([...values!]).toEqual(reference.expected.log_strength_mean0.map((value) => expect.closeTo(value, 6)));
    }
  });

  test.each(cases)("$id ($source)", (reference) => {
    const { expected, digits, published } = reference;
    const { value, reason, standardError } = compute(reference);
    if (expected === null) {
      expect(value).toBeNull();
      expect(reason).toMatch(/\w+ .*\.$/);
      return;
    }
    expect(reason).toBeNull();
    if (digits === "full") {
      expect(Math.abs(value! - expected)).toBeLessThanOrEqual(1e-9);
    }
    if (published !== undefined) {
      expect(Math.abs(value! - published.value)).toBeLessThanOrEqual(0.51 * 10 ** -published.decimals);
    }
    if (reference.ci95 !== undefined) {
      // Eight digits are printed.
      const { low, high } = compute(reference).ci95!;
      expect([low, high]).toEqual(reference.ci95.map((limit) => expect.closeTo(limit, 7)));
    }
    if (reference.standardError !== undefined) {
      expect(Math.abs(standardError! - reference.standardError)).toBeLessThanOrEqual(5.1e-6);
    }
  });

  test("pools labeler pairs where asked: 43 of 55 pairs of pa-gwet-raw4-missing agree", () => {
    // Agreeing of all pairs by item: 3/3 3/6 6/6 6/6 6/6 0/6 6/6 3/6 6/6 3/3 1/1, so 43/55 = 0.7818.
    const { ratings } = cases.find(({ id }) => id === "pa-gwet-raw4-missing")!;
    const scale = observedScale(ratings);
    const pooled = percentAgreement(exactCredits(scale.length), "PAIRS");
    expect(pooled.evaluate(sumsOf(pooled, unitsOfMatrix(ratings, scale))).value).toBeCloseTo(43 / 55, 12);
  });

  test("counts units with one value in Gwet's coefficients: 0.761169 with the twelfth item, 0.762483 without", () => {
    // The last item of Gwet's four raters is rated by one. Both figures are those of R irrCAC 1.0.
    const withIt = cases.find(({ id }) => id === "fleiss-gwet-raw4-missing")!;
    const without = { ...withIt, ratings: withIt.ratings.slice(0, -1) };
    expect(compute(withIt).value).toBeCloseTo(0.761169, 6);
    expect(compute(without).value).toBeCloseTo(0.762483, 6);
  });
});

describe("known wrong oracles", () => {
  const of = (id: string) => compute(cases.find((reference) => reference.id === id)!).value!;

  test("R irr 0.84 kripp.alpha: 0.4152 on complete data of six raters where 0.4204 is right", () => {
    // irrCAC's vignette, krippendorff and nltk agree on 0.4204384.
    expect(of("kripp-gwet-dist6")).toBeCloseTo(0.4204384, 7);
  });

  test("R irr kappam.fleiss: drops incomplete items without a word", () => {
    // Gwet's generalisation keeps them; on the complete items alone, 2-5, 7-9 and 6, kappa is another number.
    const reference = cases.find(({ id }) => id === "fleiss-gwet-raw4-missing")!;
    const complete = reference.ratings.filter((item) => item.every((value) => value !== null));
    expect(complete.length).toBeLessThan(reference.ratings.length);
    expect(
      Math.abs(compute({ ...reference, ratings: complete }).value! - of("fleiss-gwet-raw4-missing")),
    ).toBeGreaterThan(0.01);
  });

  test("R irr icc: the interval of ICC(2,k) with the degrees of freedom of another number, 0.039 to 0.929 for 0.071 to 0.927", () => {
    // irr 0.84.1 takes a = k r / (n (1 − r)) with r = ICC(A,k), which belongs to r = ICC(A,1): ν is 4.189 instead of 4.785. With
    // that, scipy 1.10.1 has 0.07113681530250338 to 0.9272320401677221, and psych prints 0.071 and 0.93; the limits are then those
    // of ICC(2,1) stepped up by Spearman and Brown, as they must be.
    const limits = (id: string) => compute(cases.find((reference) => reference.id === id)!).ci95!;
    const ofMean = limits("icc-shrout-fleiss-ICC(2,4)");
    expect(ofMean.low).toBeCloseTo(0.07113681530250338, 9);
    expect(ofMean.high).toBeCloseTo(0.9272320401677221, 9);
    const single = limits("icc-shrout-fleiss-ICC(2,1)");
    const steppedUp = (r: number) => (4 * r) / (1 + 3 * r);
    expect([steppedUp(single.low), steppedUp(single.high)]).toEqual(
      [ofMean.low, ofMean.high].map((x) => expect.closeTo(x, 12)),
    );
  });

  test("irr and nltk: alpha 1 where there is one category", () => {
    const reference = cases.find(({ id }) => id === "deg-all-equal-alpha")!;
    expect(compute(reference).value).toBeNull();
  });
});
