import { describe, expect, it as test } from "@jest/globals";
import { MEASURES } from "../../src/agreement/coefficients/measures.js";
import { AgreementAccumulator } from "../../src/agreement/report/accumulator.js";
import type { AgreementFigures } from "../../src/agreement/report/report.js";
import { createRandom, type Random } from "../../src/random.js";
import type { AgreementMeasure, CoefficientName } from "../../src/vocabulary.js";
import { SEED } from "../datasets/random.js";
import {
  type NaiveUnit,
  naiveAlpha,
  naiveCredit,
  naiveOrientedAlpha,
  naivePercentAgreement,
  naiveRankingUnits,
  naiveRatingUnits,
} from "./naive.js";
import {
  bothWays,
  linear,
  naiveAc,
  naiveBrennanPrediger,
  naiveCohen,
  naiveConger,
  naiveFleiss,
  naiveMeanCohen,
  naiveScott,
  ordinal,
  quadratic,
} from "./naive-coefficients.js";
import { type RankedPrompt, type RatedPrompt, randomRankedPrompts, randomRatedPrompts } from "./support.js";

const DATA_SETS = 200;
const MEASURE_OF_SET: readonly AgreementMeasure[] = ["RANKING", "OVERALL", "LABEL", "RANKING", "TOXICITY_RELATIVE"];

/** What may be the matter with a data set: nothing, one labeler, two labelers, one value, nobody overlaps. */
type Twist = "none" | "one labeler" | "two labelers" | "one value" | "no overlap";
const TWISTS: readonly Twist[] = ["none", "none", "none", "two labelers", "one labeler", "one value", "no overlap"];

const LABELERS: Readonly<Record<Twist, number | null>> = {
  none: null,
  "one labeler": 1,
  "two labelers": 2,
  "one value": 3,
  "no overlap": 4,
};

/** Only what the labeler whose turn it is said of each prompt. */
const turn = (prompt: number, labelerId: string): boolean => labelerId === `w${prompt % 4}`;

function rankedSet(random: Random, twist: Twist): RankedPrompt[] {
  const labelers = LABELERS[twist] ?? 2 + random.nextBelow(5);
  const prompts = randomRankedPrompts(random.nextUint32() | 0, 3 + random.nextBelow(9), labelers);
  return prompts.map((prompt, p) => ({
    ...prompt,
    rankings: prompt.rankings
      .filter(({ labelerId }) => twist !== "no overlap" || turn(p, labelerId))
      .map((ranking) => (twist === "one value" ? { ...ranking, tiers: Array.from(ranking.tiers, () => 1) } : ranking)),
  }));
}

function ratedSet(random: Random, twist: Twist, scale: readonly number[]): RatedPrompt[] {
  const labelers = LABELERS[twist] ?? 2 + random.nextBelow(5);
  const prompts = randomRatedPrompts(random.nextUint32() | 0, 3 + random.nextBelow(9), scale, labelers);
  return prompts.map((prompt, p) => ({
    ...prompt,
    ratings: prompt.ratings
      .filter(({ labelerId }) => twist !== "no overlap" || turn(p, labelerId))
      .map((rating) => (twist === "one value" ? { ...rating, value: scale[1]! } : rating)),
  }));
}

/** A report with few resamples on a random data set, and its units as the naive twin sees them. */
function randomSet(random: Random, index: number): { report: AgreementFigures; units: NaiveUnit[]; twist: Twist } {
  const measure = MEASURE_OF_SET[index % MEASURE_OF_SET.length]!;
  const twist = TWISTS[random.nextBelow(TWISTS.length)]!;
  const accumulator = new AgreementAccumulator({ measure, tiePolicy: "EXACT", resamples: 200, seed: 0 });
  if (measure === "RANKING") {
    const prompts = rankedSet(random, twist);
    for (const { promptId, clusterId, rankings } of prompts) accumulator.addRankings(promptId, clusterId, rankings);
    const units = prompts.flatMap((prompt) => naiveRankingUnits(prompt).units);
    return { report: accumulator.finish(), units, twist };
  }
  const prompts = ratedSet(random, twist, MEASURES[measure].scale);
  for (const { promptId, clusterId, ratings } of prompts) accumulator.addRatings(promptId, clusterId, ratings);
  return { report: accumulator.finish(), units: prompts.flatMap((prompt) => naiveRatingUnits(prompt).units), twist };
}

/** Every coefficient of the measure, from the judgments. */
function twins(measure: AgreementMeasure, units: NaiveUnit[]): Partial<Record<CoefficientName, number | null>> {
  const { scale, oriented } = MEASURES[measure];
  const seen = oriented ? bothWays(units) : units;
  const cohen = (agreement?: (a: number, b: number) => number) => naiveMeanCohen(units, oriented, agreement).value;
  const both = {
    PERCENT_AGREEMENT: naivePercentAgreement(units, (a, b) => naiveCredit(a, b, "EXACT")).value,
    COHEN_KAPPA: cohen(),
    FLEISS_KAPPA: naiveFleiss(seen, scale),
  };
  const weighted = { WEIGHTED_KAPPA_LINEAR: cohen(linear(scale)), WEIGHTED_KAPPA_QUADRATIC: cohen(quadratic(scale)) };
  if (measure === "RANKING" || measure === "LABEL") {
    return {
      ...both,
      ...(measure === "RANKING" ? weighted : {}),
      KRIPPENDORFF_ALPHA: oriented ? naiveOrientedAlpha(units) : naiveAlpha(units, "nominal"),
      CONGER_KAPPA: naiveConger(seen, scale),
      SCOTT_PI: naiveScott(seen, scale),
      BRENNAN_PREDIGER: naiveBrennanPrediger(seen, scale),
      GWET_AC1: naiveAc(seen, scale),
    };
  }
  const ac2 = naiveAc(units, scale, ordinal(scale));
  return { ...both, ...weighted, KRIPPENDORFF_ALPHA: naiveAlpha(units, "ordinal"), GWET_AC2: ac2 };
}

describe(`an independent second computation (SEED=${SEED})`, () => {
  test(`of every coefficient on ${DATA_SETS} random data sets: missing, ties, subsets, repeats, one labeler, one value`, () => {
    const random = createRandom(SEED);
    let [values, nulls] = [0, 0];
    for (let index = 0; index < DATA_SETS; index++) {
      const { report, units, twist } = randomSet(random, index);
      const expected = twins(report.measure, units);
      const nominal = report.coefficients.filter(({ name }) => name in expected);
      expect(nominal.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort());
      const found = Object.fromEntries(nominal.map(({ name, value }) => [name, value]));
      for (const [name, value] of Object.entries(expected)) {
        const about = { index, measure: report.measure, twist, name };
        if (value === null) {
          expect({ ...about, value: found[name] }).toEqual({ ...about, value: null });
          nulls++;
        } else {
          // Near-constant data make 1 − p_e small, and the rounding of both sides large.
          expect({ ...about, value: found[name] }).toEqual({ ...about, value: expect.closeTo(value, 9) });
          values++;
        }
      }
      for (const { value, reason, ci95, standardError } of nominal) {
        expect(value === null ? reason : "").toMatch(value === null ? /^[A-Z].*\.$/ : /^$/);
        for (const number of [value, standardError, ci95?.low ?? null, ci95?.high ?? null]) {
          expect(number === null || Number.isFinite(number)).toBe(true);
        }
      }
    }
    // A third of the sets are degenerate, and in them some coefficients are defined.
    expect(values).toBeGreaterThan(nulls);
    expect(nulls).toBeGreaterThan(100);
  });

  test("of the units that entered each, and of every pair's kappa", () => {
    const random = createRandom(SEED);
    for (let index = 0; index < 40; index++) {
      const { report, units } = randomSet(random, index);
      const { oriented } = MEASURES[report.measure];
      const pairable = units.filter((unit) => unit.length >= 2).length;
      const n = (name: CoefficientName) => report.coefficients.find((c) => c.name === name)?.n;
      expect(n("KRIPPENDORFF_ALPHA")).toBe(pairable);
      expect(n("FLEISS_KAPPA")).toBe(pairable === 0 ? 0 : units.length);
      expect(n("COHEN_KAPPA")).toBe(naiveMeanCohen(units, oriented).n);
      for (const { a, b, kappa } of report.matrix(1)) {
        const twin = naiveCohen(oriented ? bothWays(units) : units, a, b);
        expect(kappa).toEqual(twin === null ? null : expect.closeTo(twin, 9));
      }
    }
  });
});
