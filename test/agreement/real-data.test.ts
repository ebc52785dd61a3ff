import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it as test } from "@jest/globals";
import { krippendorffAlpha } from "../../src/agreement/coefficients/krippendorff-alpha.js";
import { countCategories } from "../../src/agreement/judgments/unit.js";
import { NOT_PREFERRED, unitsFromRankings } from "../../src/agreement/judgments/units-from-rankings.js";
import { AgreementAccumulator } from "../../src/agreement/report/accumulator.js";
import type { AgreementFigures } from "../../src/agreement/report/report.js";
import { createRandom } from "../../src/random.js";
import { newIndex, printedSeed, type RankedPrompt, shuffled, sumsOf } from "./support.js";

interface NativePrompt {
  id: string;
  author: string;
  completions: { key: string }[];
  rankings: { labeler: string; tiers: string[][]; createdAt?: string }[];
}

const fileOf = (name: string): URL => new URL(`../../../shared/data/${name}.jsonl.gz`, import.meta.url);
const present = existsSync(fileOf("squality")) && existsSync(fileOf("ukp-convarg"));
const withData = present ? describe : describe.skip;

function readRankings(name: string): RankedPrompt[] {
  const lines = gunzipSync(readFileSync(fileOf(name)))
    .toString("utf8")
    .split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const { id, author, completions, rankings } = JSON.parse(line) as NativePrompt;
      const position = new Map(completions.map(({ key }, i) => [key, i]));
      return {
        promptId: id,
        clusterId: author,
        rankings: rankings.map(({ labeler, tiers, createdAt }, ordinal) => ({
          labelerId: labeler,
          positions: tiers.flat().map((key) => position.get(key)!),
          tiers: tiers.flatMap((tier, i) => tier.map(() => i + 1)),
          createdAt: createdAt === undefined ? 0 : Date.parse(createdAt),
          ordinal,
        })),
      };
    });
}

function report(
  prompts: RankedPrompt[],
  clusterOf: (prompt: RankedPrompt) => string,
  resamples = 1000,
): AgreementFigures {
  const accumulator = new AgreementAccumulator({ measure: "RANKING", tiePolicy: "EXACT", resamples, seed: 0 });
  for (const prompt of prompts) {
    accumulator.addRankings(prompt.promptId, clusterOf(prompt), prompt.rankings);
  }
  return accumulator.finish();
}

/** Value and n of every coefficient of RANKING, and the units behind them. */
type Expected = Readonly<Record<string, readonly [number | null, number]>>;

/** From the definitions by loops in a Python script of its own (3.11, standard library only), which shares no code with this. */
const SQUALITY: Expected = {
  PERCENT_AGREEMENT: [0.8711111111111111, 300],
  KRIPPENDORFF_ALPHA: [0.7425086419753086, 300],
  COHEN_KAPPA: [0.7422222222222222, 300],
  WEIGHTED_KAPPA_LINEAR: [0.7422222222222222, 300],
  WEIGHTED_KAPPA_QUADRATIC: [0.7422222222222222, 300],
  CONGER_KAPPA: [0.7422222222222195, 300],
  FLEISS_KAPPA: [0.7422222222222215, 300],
  SCOTT_PI: [0.7422222222222221, 300],
  BRENNAN_PREDIGER: [0.8066666666666644, 300],
  GWET_AC1: [0.8281481481481463, 300],
  KENDALL_TAU_B: [0.7422222222222228, 300],
  KENDALL_W: [0.864444444444444, 300],
  SPEARMAN_RHO: [0.796666666666667, 300],
};
const UKP_CONVARG: Expected = {
  PERCENT_AGREEMENT: [0.5237671354815738, 16927],
  KRIPPENDORFF_ALPHA: [0.2667679639441133, 16927],
  COHEN_KAPPA: [0.2754160837045038, 14379],
  WEIGHTED_KAPPA_LINEAR: [0.32479446961934205, 14379],
  WEIGHTED_KAPPA_QUADRATIC: [0.3682509755622958, 14379],
  CONGER_KAPPA: [0.2546019976877026, 16927],
  FLEISS_KAPPA: [0.26677859250652675, 16927],
  SCOTT_PI: [0.26673987979354613, 16927],
  BRENNAN_PREDIGER: [0.28570922195310006, 16927],
  GWET_AC1: [0.2948126390679956, 16927],
  KENDALL_TAU_B: [0.38275400271107785, 14975],
  KENDALL_W: [null, 0],
  SPEARMAN_RHO: [null, 0],
};

function expectEvery({ coefficients }: AgreementFigures, expected: Expected): void {
  expect(Object.fromEntries(coefficients.map(({ name, value, n }) => [name, [value, n]]))).toEqual(
    Object.fromEntries(
      Object.entries(expected).map(([name, [value, n]]) => [
        name,
        [value === null ? null : expect.closeTo(value, 9), n],
      ]),
    ),
  );
  for (const { value, reason, ci95 } of coefficients) {
    if (value === null) {
      expect(reason).toMatch(/^No prompt has two labelers with one ranking each of the same three or more completions/);
    } else {
      expect(ci95!.low).toBeLessThan(value);
      expect(ci95!.high).toBeGreaterThan(value);
    }
  }
}

withData(`real rankings${present ? "" : " (skipped: ../shared/data is not here)"}`, () => {
  test("of SQuALITY: nominal alpha 0.7425086419753086, also after the completions are re-keyed", () => {
    const seed = printedSeed("squality re-keyed");
    const random = createRandom(seed);
    const prompts = readRankings("squality");
    const rekeyed = prompts.map((prompt) => {
      const keys = shuffled([0, 1, 2], random);
      return {
        ...prompt,
        rankings: prompt.rankings.map((ranking) => ({
          ...ranking,
          positions: Array.from(ranking.positions, (position) => keys[position]!),
        })),
      };
    });
    const results = [prompts, rekeyed].map((data) => report(data, ({ promptId }) => promptId));
    for (const { coefficients, ...counts } of results) {
      // 300 rankings of 3 completions by 3 of 4 labelers, none missing on its prompt.
      expect(counts).toMatchObject({
        units: 300,
        pairableUnits: 300,
        judgments: 900,
        labelers: 4,
        repeats: 0,
        clusters: 100,
      });
      const alpha = coefficients.find(({ name }) => name === "KRIPPENDORFF_ALPHA")!;
      expect(Math.abs(alpha.value! - 0.7425086419753086)).toBeLessThan(1e-9);
      expect(alpha.ci95!.low).toBeLessThan(alpha.value!);
      expect(alpha.ci95!.high).toBeGreaterThan(alpha.value!);
    }
    expect(results[1]!.coefficients[1]!.ci95!.low).toBeCloseTo(results[0]!.coefficients[1]!.ci95!.low, 11);
    for (const result of results) expectEvery(result, SQUALITY);
    // Mean tau-b over the 50 prompts of each two labelers, by the same script.
    expect(results[0]!.matrix(10).map(({ a, b, n, tauB }) => [a, b, n, Number(tauB!.toFixed(12))])).toEqual([
      ["w2", "w3", 150, 0.693333333333],
      ["w2", "w6", 150, 0.746666666667],
      ["w2", "w8", 150, 0.72],
      ["w3", "w6", 150, 0.76],
      ["w3", "w8", 150, 0.813333333333],
      ["w6", "w8", 150, 0.72],
    ]);
    const byStory = report(prompts, ({ clusterId }) => clusterId);
    expect(byStory.clusters).toBe(20);
    expect(byStory.coefficients[1]!.value).toBeCloseTo(0.7425086419753086, 9);
  });

  test("of SQuALITY, why both orientations are averaged: in the order of the keys alpha is 0.439, and in another order another", () => {
    const prompts = readRankings("squality");
    // 781 of 900 values are `<`: the keys run from worse to better. By the same script 0.4389653428592948.
    const inKeyOrder = (data: RankedPrompt[]) => {
      const units = data.flatMap(({ rankings }) =>
        unitsFromRankings(rankings, newIndex()).units.map((unit) => countCategories(unit, new Int32Array(3))),
      );
      const alpha = krippendorffAlpha({ level: "nominal", scale: [-1, 0, 1], oriented: false });
      const values = units.flatMap((unit) => unit.values);
      return {
        alpha: alpha.evaluate(sumsOf(alpha, units)).value!,
        worse: values.filter((value) => value === NOT_PREFERRED).length,
        n: values.length,
      };
    };
    expect(inKeyOrder(prompts)).toEqual({ alpha: expect.closeTo(0.4389653428592948, 9), worse: 781, n: 900 });
    const seed = printedSeed("squality turned");
    const random = createRandom(seed);
    const turned = prompts.map((prompt) => {
      const keys = shuffled([0, 1, 2], random);
      return {
        ...prompt,
        rankings: prompt.rankings.map((ranking) => ({
          ...ranking,
          positions: Array.from(ranking.positions, (position) => keys[position]!),
        })),
      };
    });
    // With half of the pairs turned chance agreement is about one half, whichever half it is.
    expect(inKeyOrder(turned).alpha).toBeGreaterThan(0.7);
    expect(inKeyOrder(turned).alpha).toBeLessThan(0.76);
  });

  test("of UKPConvArg: 84,445 rankings of pairs by 3,815 labelers in 16 debates", () => {
    const prompts = readRankings("ukp-convarg");
    const started = performance.now();
    const result = report(prompts, ({ clusterId }) => clusterId, 200);
    process.stderr.write(`ukp-convarg: report in ${Math.round(performance.now() - started)} ms\n`);
    expect(result.judgments + result.repeats).toBe(84_445);
    expect(result).toMatchObject({ labelers: 3815, clusters: 16 });
    expectEvery(result, UKP_CONVARG);
    const names = result.coefficients.map(({ name }) => name);
    const ofPairs = names.filter((name) => /^(COHEN|WEIGHTED)_KAPPA/.test(name));
    expect(ofPairs).toHaveLength(3);
    expect(result.warnings).toEqual([
      "PERCENT_AGREEMENT is under tie policy EXACT: `<`, `=` and `>` must match.",
      ...ofPairs.map(
        (name) =>
          `${name} is the mean over 1731 of 35226 pairs of labelers: the others share fewer than 10 units and are left out.`,
      ),
      // The counts are those of the script above.
      "KENDALL_TAU_B is of 24240 of 115169 pairs of labelers on a prompt; left out are 88135 with fewer than three completions in common, 2794 of which one tied all.",
      "KENDALL_W is of 0 of 84445 rankings; left out are 84445 of two completions.",
      "SPEARMAN_RHO is of 0 of 84445 rankings; left out are 84445 of two completions.",
      `Intervals from fewer than 20 clusters are rough: ${names.slice(0, -2).join(", ")} rest on 16 clusters.`,
    ]);
    // Counted before by another program: 35,226 pairs of labelers share a unit, 28,701 of them exactly 3.
    const shared = result.matrix(1).map(({ n }) => n);
    expect([shared.length, shared.filter((n) => n === 3).length]).toEqual([35_226, 28_701]);
  });
});
