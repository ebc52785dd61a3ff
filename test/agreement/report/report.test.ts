import { describe, expect, it as test } from "@jest/globals";
import { coefficientsOf } from "../../../src/agreement/coefficients/coefficients.js";
import { runSlices } from "../../../src/agreement/judgments/time-slices.js";
import { AgreementAccumulator, type AgreementOptions } from "../../../src/agreement/report/accumulator.js";
import type { AgreementFigures } from "../../../src/agreement/report/report.js";
import { createRandom } from "../../../src/random.js";
import { COEFFICIENT_NAMES, TIE_POLICIES } from "../../../src/vocabulary.js";
import {
  naiveAlpha,
  naiveCredit,
  naiveOrientedAlpha,
  naivePercentAgreement,
  naiveRankingUnits,
  naiveRatingUnits,
} from "../naive.js";
import {
  parseRanking,
  printedSeed,
  type RankedPrompt,
  type RatedPrompt,
  randomRankedPrompts,
  randomRatedPrompts,
  shuffled,
} from "../support.js";

/** Coefficients of ranks and variances have tests of their own. */
const OF_RANKS = /KENDALL|SPEARMAN|ICC/;
const SCALE = [1, 2, 3, 4, 5, 6, 7];
const OPTIONS: AgreementOptions = { measure: "RANKING", tiePolicy: "EXACT", resamples: 200, seed: 0 };

function ofRankings(prompts: readonly RankedPrompt[], options: Partial<AgreementOptions> = {}): AgreementFigures {
  const accumulator = new AgreementAccumulator({ ...OPTIONS, ...options });
  for (const { promptId, clusterId, rankings } of prompts) {
    accumulator.addRankings(promptId, clusterId, rankings);
  }
  return accumulator.finish();
}

function ofRatings(prompts: readonly RatedPrompt[], options: Partial<AgreementOptions> = {}): AgreementFigures {
  const accumulator = new AgreementAccumulator({ ...OPTIONS, measure: "OVERALL", ...options });
  for (const { promptId, clusterId, ratings } of prompts) {
    accumulator.addRatings(promptId, clusterId, ratings);
  }
  return accumulator.finish();
}

const notations = (promptId: string, ...rankings: string[]): RankedPrompt => ({
  promptId,
  clusterId: promptId,
  rankings: rankings.map((notation, i) => parseRanking(`w${i + 1}`, notation, i, i)),
});

/** Coefficients compared to 11 decimals: the order of summation may show in the last bits. */
function expectSameCoefficients(actual: AgreementFigures, expected: AgreementFigures): void {
  expect(actual.coefficients.map(({ name, n, reason }) => ({ name, n, reason }))).toEqual(
    expected.coefficients.map(({ name, n, reason }) => ({ name, n, reason })),
  );
  actual.coefficients.forEach((coefficient, i) => {
    const other = expected.coefficients[i]!;
    for (const [a, b] of [
      [coefficient.value, other.value],
      [coefficient.standardError, other.standardError],
      [coefficient.ci95?.low ?? null, other.ci95?.low ?? null],
      [coefficient.ci95?.high ?? null, other.ci95?.high ?? null],
    ]) {
      if (b === null) {
        expect(a).toBeNull();
      } else {
        expect(a).toBeCloseTo(b!, 11);
      }
    }
  });
}

describe("the agreement report", () => {
  test("counts what it was given, and names the tie policy", () => {
    const report = ofRankings([
      notations("p1", "A>B>C=D", "A>B=C>D"),
      notations("p2", "A>B", "B>A", "A=B"),
      notations("p3", "A>B>C"),
    ]);
    expect(report).toMatchObject({
      measure: "RANKING",
      tiePolicy: "EXACT",
      units: 6 + 1 + 3,
      pairableUnits: 7,
      judgments: 12 + 3 + 3,
      repeats: 0,
      labelers: 3,
      clusters: 2,
    });
    // p1: 4 of 6 agree; p2: 0 of 3.
    expect(report.coefficients[0]).toMatchObject({ name: "PERCENT_AGREEMENT", n: 7, reason: null });
    expect(report.coefficients[0]!.value).toBeCloseTo(4 / 9, 12);
    expect(report.warnings[0]).toBe("PERCENT_AGREEMENT is under tie policy EXACT: `<`, `=` and `>` must match.");
    const rough = report.warnings.find((warning) => warning.startsWith("Intervals from fewer than 20 clusters"));
    expect(rough).toMatch(/: PERCENT_AGREEMENT, KRIPPENDORFF_ALPHA.* rest on 2 clusters\.$/);
    expect(report.mostContested).toEqual([
      { promptId: "p2", value: 0, n: 1 },
      { promptId: "p1", value: 4 / 6, n: 6 },
    ]);
  });

  test.each(TIE_POLICIES)("equals the naive twin on random rankings (%s)", (tiePolicy) => {
    const seed = printedSeed(`report ${tiePolicy}`);
    const prompts = randomRankedPrompts(seed, 40, 6, 15);
    const report = ofRankings(prompts, { tiePolicy });
    const twins = prompts.map((prompt) => ({ ...naiveRankingUnits(prompt), promptId: prompt.promptId }));
    const units = twins.flatMap((twin) => twin.units);
    const credit = (a: number, b: number) => naiveCredit(a, b, tiePolicy);
    const pairable = units.filter((unit) => unit.length >= 2);
    const all = naivePercentAgreement(units, credit);
    expect(report).toMatchObject({
      units: units.length,
      pairableUnits: pairable.length,
      judgments: units.flat().length,
      repeats: twins.reduce((sum, { repeats }) => sum + repeats, 0),
      labelers: new Set(units.flat().map(({ labeler }) => labeler)).size,
    });
    expect(report.coefficients[0]).toMatchObject({ value: expect.closeTo(all.value!, 12), n: all.n });
    expect(report.coefficients[1]).toMatchObject({
      value: expect.closeTo(naiveOrientedAlpha(units)!, 10),
      n: pairable.length,
    });
    for (const { ci95, value, standardError } of report.coefficients) {
      expect(ci95!.low).toBeLessThan(value!);
      expect(ci95!.high).toBeGreaterThan(value!);
      expect(standardError).toBeGreaterThan(0);
    }
    for (const { labelerId, value, n } of report.byLabeler) {
      const twin = naivePercentAgreement(units, credit, [labelerId]);
      expect({ value, n }).toEqual({ value: twin.value === null ? null : expect.closeTo(twin.value, 12), n: twin.n });
    }
    const matrix = report.matrix(3);
    for (const { a, b, value, n, shared } of matrix) {
      const twin = naivePercentAgreement(units, credit, [a, b]);
      expect({ value, n }).toEqual({ value: twin.value === null ? null : expect.closeTo(twin.value, 12), n: twin.n });
      expect(shared).toBe(naivePercentAgreement(units, () => 1, [a, b]).n);
      expect(a < b && shared >= 3).toBe(true);
    }
    const contested = twins
      .map(({ promptId, units: own }) => ({ promptId, ...naivePercentAgreement(own, credit) }))
      .filter(({ value }) => value !== null)
      .sort((a, b) => a.value! - b.value!)
      .slice(0, 20);
    expect(report.mostContested.map(({ value }) => value)).toEqual(
      contested.map(({ value }) => expect.closeTo(value!, 12)),
    );
  });

  test("equals the naive twin on random ratings, with ordinal alpha", () => {
    const seed = printedSeed("report of ratings");
    const prompts = randomRatedPrompts(seed, 40, SCALE, 5, 15);
    const report = ofRatings(prompts);
    const units = prompts.flatMap((prompt) => naiveRatingUnits(prompt).units);
    const agreement = naivePercentAgreement(units, (a, b) => (a === b ? 1 : 0));
    expect(report.coefficients[0]).toMatchObject({ value: expect.closeTo(agreement.value!, 12), n: agreement.n });
    expect(report.coefficients[1]!.value).toBeCloseTo(naiveAlpha(units, "ordinal")!, 10);
    expect(report.warnings.join()).not.toContain("tie policy");
  });

  test.each([
    ["LABEL", [0, 1], "nominal"],
    ["TOXICITY_OUTPUT", [0, 1, 2], "ordinal"],
    ["TOXICITY_RELATIVE", [-1, 0, 1], "ordinal"],
    ["CONTINUITY", SCALE, "ordinal"],
  ] as const)("reads %s on its declared scale", (measure, scale, level) => {
    const seed = printedSeed(`report of ${measure}`);
    const prompts = randomRatedPrompts(seed, 30, scale);
    const units = prompts.flatMap((prompt) => naiveRatingUnits(prompt).units);
    const report = ofRatings(prompts, { measure });
    // Ordinal distances depend on the order alone, so the twin may run on the declared values.
    expect(report.coefficients[1]!.value).toBeCloseTo(naiveAlpha(units, level)!, 10);
  });

  test("gives one labeler's interval when asked, the same whoever else is asked", () => {
    const seed = printedSeed("labeler intervals");
    const report = ofRankings(randomRankedPrompts(seed, 30));
    for (const { labelerId, value } of report.byLabeler) {
      const interval = runSlices(report.labelerInterval(labelerId))!;
      expect(interval.low).toBeLessThan(value!);
      expect(interval.high).toBeGreaterThan(value!);
      expect(runSlices(report.labelerInterval(labelerId))).toEqual(interval);
    }
    expect(runSlices(report.labelerInterval("nobody"))).toBeNull();
    const lonely = ofRankings([notations("p1", "A>B", "A>B"), notations("p2", "A>B")]);
    expect(runSlices(lonely.labelerInterval("w1"))).toBeNull();
  });

  test("collects neither labelers nor pairs where told not to", () => {
    const prompts = [notations("p1", "A>B", "A>B")];
    const report = ofRankings(prompts, { byLabeler: false, matrix: false });
    expect(report.byLabeler).toEqual([
      { labelerId: "w1", value: null, n: 0 },
      { labelerId: "w2", value: null, n: 0 },
    ]);
    expect(report.matrix(0)).toEqual([]);
    expect(ofRankings(prompts).matrix(0)).toEqual([
      { a: "w1", b: "w2", value: 1, n: 1, shared: 1, kappa: 1, tauB: null },
    ]);
  });

  test("pauses on the way where there is much to do, and comes to the same", () => {
    const seed = printedSeed("steps");
    const accumulator = new AgreementAccumulator({ ...OPTIONS, resamples: 5000 });
    for (const { promptId, clusterId, rankings } of randomRankedPrompts(seed, 150)) {
      accumulator.addRankings(promptId, clusterId, rankings);
    }
    let pauses = 0;
    const steps = accumulator.finishInSlices();
    for (let step = steps.next(); !step.done; step = steps.next()) {
      pauses++;
    }
    // 5,000 resamples of 150 clusters cost at least 750,000 draws for each of two coefficients.
    expect(pauses).toBeGreaterThanOrEqual(4);
  });
});

describe("what changes nothing", () => {
  test("the names and the order of labelers, prompts and clusters", () => {
    const seed = printedSeed("permuted");
    const random = createRandom(seed);
    const prompts = randomRankedPrompts(seed, 120, 6, 110);
    const names = shuffled(["u", "v", "w", "x", "y", "z"], random);
    const permuted = shuffled(prompts, random).map(({ promptId, clusterId, rankings }) => ({
      promptId: `other ${promptId}`,
      clusterId: `other ${clusterId}`,
      rankings: shuffled(rankings, random).map((ranking) => ({
        ...ranking,
        labelerId: names[Number(ranking.labelerId.slice(1))]!,
      })),
    }));
    expectSameCoefficients(ofRankings(permuted), ofRankings(prompts));
    const few = prompts.slice(0, 30);
    const sameFew = permuted.filter(({ promptId }) => few.some((prompt) => promptId === `other ${prompt.promptId}`));
    expectSameCoefficients(ofRankings(sameFew), ofRankings(few));
  });

  test("the keys of completions, though `<` and `>` change places", () => {
    const seed = printedSeed("re-keyed");
    const random = createRandom(seed);
    const prompts = randomRankedPrompts(seed, 120);
    const rekeyed = prompts.map((prompt) => {
      const keys = shuffled([0, 1, 2, 3, 4, 5], random);
      return {
        ...prompt,
        rankings: prompt.rankings.map((ranking) => ({
          ...ranking,
          positions: Array.from(ranking.positions, (position) => keys[position]!),
        })),
      };
    });
    for (const tiePolicy of TIE_POLICIES) {
      expectSameCoefficients(ofRankings(rekeyed, { tiePolicy }), ofRankings(prompts, { tiePolicy }));
    }
  });

  test("everybody's scale reversed", () => {
    const seed = printedSeed("reversed");
    const prompts = randomRatedPrompts(seed, 110, SCALE);
    const reversed = prompts.map((prompt) => ({
      ...prompt,
      ratings: prompt.ratings.map((rating) => ({ ...rating, value: 8 - rating.value })),
    }));
    const [before, after] = [ofRatings(prompts), ofRatings(reversed)];
    // The vectors are mirrored and so stand in another order: the intervals may differ, the values may not.
    before.coefficients.forEach(({ value }, i) => {
      expect(after.coefficients[i]!.value).toBeCloseTo(value!, 11);
    });
  });

  test("prompts that one labeler alone judged, but in Gwet's coefficients, which count them among the marginals", () => {
    const seed = printedSeed("single-rated");
    const prompts = randomRankedPrompts(seed, 110);
    const singles = Array.from({ length: 50 }, (_, i) => notations(`single ${i}`, "A>B=C"));
    const report = ofRankings([...singles, ...prompts]);
    const without = ofRankings(prompts);
    const gwets = ["CONGER_KAPPA", "FLEISS_KAPPA", "BRENNAN_PREDIGER", "GWET_AC1"];
    const others = ({ coefficients, ...rest }: AgreementFigures): AgreementFigures => ({
      ...rest,
      coefficients: coefficients.filter(({ name }) => !gwets.includes(name)),
    });
    expectSameCoefficients(others(report), others(without));
    expect(report.clusters).toBe(without.clusters);
    expect(report.units).toBe(without.units + 150);
    const of = (from: AgreementFigures, name: string) => from.coefficients.find((c) => c.name === name)!;
    for (const name of gwets) {
      expect(of(report, name).n).toBe(of(without, name).n + 150);
    }
    // A tie in a third of 150 units moves the marginals, and so chance; Brennan and Prediger's chance is always one third.
    expect(Math.abs(of(report, "FLEISS_KAPPA").value! - of(without, "FLEISS_KAPPA").value!)).toBeGreaterThan(1e-6);
    expect(of(report, "BRENNAN_PREDIGER").value).toBeCloseTo(of(without, "BRENNAN_PREDIGER").value!, 11);
  });

  test("a copy of a labeler agrees fully, unless all ratings are the same", () => {
    const seed = printedSeed("copy");
    const prompts = randomRankedPrompts(seed, 30, 1)
      .filter(({ rankings }) => rankings.length > 0)
      .map((prompt) => ({
        ...prompt,
        rankings: prompt.rankings.flatMap((ranking) => [ranking, { ...ranking, labelerId: "copy" }]),
      }));
    for (const { name, value } of ofRankings(prompts).coefficients) {
      expect({ name, value }).toEqual({ name, value: expect.closeTo(1, 12) });
    }
    const constant = ofRankings([notations("p1", "A=B=C", "A=B=C"), notations("p2", "A=B", "A=B")]);
    const defined = constant.coefficients.filter(({ value }) => value !== null);
    // What is not corrected for chance, and corrections that do not take the marginals for it.
    expect(defined.map(({ name, value }) => [name, value])).toEqual([
      ["PERCENT_AGREEMENT", 1],
      ["BRENNAN_PREDIGER", 1],
      ["GWET_AC1", 1],
    ]);
  });
});

describe("which coefficient where", () => {
  test.each([
    [
      "RANKING",
      "PERCENT_AGREEMENT KRIPPENDORFF_ALPHA COHEN_KAPPA WEIGHTED_KAPPA_LINEAR WEIGHTED_KAPPA_QUADRATIC CONGER_KAPPA FLEISS_KAPPA SCOTT_PI BRENNAN_PREDIGER GWET_AC1",
    ],
    [
      "OVERALL",
      "PERCENT_AGREEMENT KRIPPENDORFF_ALPHA COHEN_KAPPA WEIGHTED_KAPPA_LINEAR WEIGHTED_KAPPA_QUADRATIC FLEISS_KAPPA GWET_AC2",
    ],
    [
      "LABEL",
      "PERCENT_AGREEMENT KRIPPENDORFF_ALPHA COHEN_KAPPA CONGER_KAPPA FLEISS_KAPPA SCOTT_PI BRENNAN_PREDIGER GWET_AC1",
    ],
  ] as const)("%s", (measure, expected) => {
    const names = coefficientsOf(measure, "EXACT").map(({ name }) => name);
    expect(names.filter((name) => !OF_RANKS.test(name)).join(" ")).toBe(expected);
    expect(names).toEqual(COEFFICIENT_NAMES.filter((name) => names.includes(name)));
  });

  test("only those asked for", () => {
    const report = ofRankings([notations("p1", "A>B", "A>B")], { coefficients: ["GWET_AC1"] });
    expect(report.coefficients.map(({ name }) => name)).toEqual(["GWET_AC1"]);
  });
});

describe("undefined is null with a reason", () => {
  const reasons = (report: AgreementFigures) =>
    report.coefficients.map(({ value, ci95, standardError, reason }) => {
      expect([value, ci95, standardError]).toEqual([null, null, null]);
      return reason;
    });

  test("without judgments", () => {
    const report = ofRankings([]);
    const sentence = "There are no judgments, or none that the filters let through: there is nothing to compare.";
    expect(new Set(reasons(report))).toEqual(new Set([sentence]));
    expect(report).toMatchObject({ units: 0, labelers: 0, clusters: 0, byLabeler: [], mostContested: [] });
  });

  test("with a single labeler", () => {
    const sentence = "All 4 judgments are of one labeler; agreement needs at least two.";
    const alone = ofRankings([notations("p1", "A>B>C"), notations("p2", "A>B")]);
    expect(new Set(reasons(alone))).toEqual(new Set([sentence]));
  });

  test("without overlap", () => {
    const other = { ...notations("p2"), rankings: [parseRanking("w2", "A>B>C")] };
    const sentence = "No unit was judged by two labelers: 2 labelers judged 4 units, each unit once.";
    expect(new Set(reasons(ofRankings([notations("p1", "A>B"), other])))).toEqual(new Set([sentence]));
  });

  test("with one category only: alpha is undefined, percent agreement is 1", () => {
    const [agreement, alpha] = ofRankings([
      notations("p1", "A=B", "A=B"),
      notations("p2", "A=B=C", "A=B=C"),
    ]).coefficients;
    expect(agreement).toMatchObject({ value: 1, n: 4, ci95: { low: 1, high: 1 } });
    expect(alpha).toMatchObject({ value: null, ci95: null, standardError: null, n: 4 });
    expect(alpha!.reason).toBe(
      'All 8 pairable values are "=": with one category the expected disagreement is 0, and agreement beyond chance is undefined.',
    );
  });

  test("where no pair counts under the tie policy", () => {
    const report = ofRankings([notations("p1", "A=B", "A>B")], { tiePolicy: "STRICT_ONLY" });
    expect(report.coefficients[0]).toMatchObject({
      value: null,
      reason: "No unit has values of two labelers that count, so there is nothing to compare.",
      n: 0,
    });
    // Marginals, oriented: w1 = 1, w2 < and > ½ each, so both kappa's p_o and p_e are 0.
    expect(report.matrix(0)).toEqual([{ a: "w1", b: "w2", value: null, n: 0, shared: 1, kappa: 0, tauB: null }]);
    expect(report.mostContested).toEqual([]);
  });

  test("no interval from one cluster, with a warning", () => {
    const report = ofRankings([notations("p1", "A>B>C", "A>C>B")]);
    expect(report.coefficients[0]).toMatchObject({
      value: 2 / 3,
      ci95: null,
      standardError: null,
      reason: "All judgments come from one cluster; an interval needs at least two.",
    });
    expect(report.warnings).toContain(
      "PERCENT_AGREEMENT has no interval. All judgments come from one cluster; an interval needs at least two.",
    );
  });

  test("says so where an interval has no width", () => {
    const report = ofRankings([notations("p1", "A>B", "A>B"), notations("p2", "A>B", "A>B")]);
    expect(report.warnings).toContain(
      "The interval of PERCENT_AGREEMENT has no width: all 2 clusters say the same, so its precision is not known.",
    );
  });
});

describe("what is refused", () => {
  test.each([199, 20_001, 200.5, Number.NaN])("%d resamples", (resamples) => {
    expect(() => new AgreementAccumulator({ ...OPTIONS, resamples })).toThrow(
      `Resamples are ${resamples}; they must be an integer from 200 to 20000.`,
    );
  });

  test("a seed that does not fit 32 bits", () => {
    expect(() => new AgreementAccumulator({ ...OPTIONS, seed: 2 ** 31 })).toThrow(
      "Seed is 2147483648; it must be an integer from -2147483648 to 2147483647.",
    );
  });

  test("judgments of the other kind", () => {
    expect(() => new AgreementAccumulator(OPTIONS).addRatings("p", "p", [])).toThrow(
      "The measure is RANKING, which is not counted from ratings.",
    );
    expect(() => new AgreementAccumulator({ ...OPTIONS, measure: "OVERALL" }).addRankings("p", "p", [])).toThrow(
      "The measure is OVERALL, which is not counted from rankings.",
    );
  });
});
