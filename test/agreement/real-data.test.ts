import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { AgreementAccumulator } from "../../src/agreement/accumulator.js";
import type { AgreementReport } from "../../src/agreement/report.js";
import { createRandom } from "../../src/random.js";
import { printedSeed, type RankedPrompt, shuffled } from "./support.js";

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

function report(prompts: RankedPrompt[], clusterOf: (prompt: RankedPrompt) => string): AgreementReport {
  const accumulator = new AgreementAccumulator({ measure: "RANKING", tiePolicy: "EXACT", resamples: 1000, seed: 0 });
  for (const prompt of prompts) {
    accumulator.addRankings(prompt.promptId, clusterOf(prompt), prompt.rankings);
  }
  return accumulator.finish();
}

withData(`real rankings${present ? "" : " (skipped: ../shared/data is not here)"}`, () => {
  it("of SQuALITY: nominal alpha 0.7425086419753086, also after the completions are re-keyed", () => {
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
    const byStory = report(prompts, ({ clusterId }) => clusterId);
    expect(byStory.clusters).toBe(20);
    expect(byStory.coefficients[1]!.value).toBeCloseTo(0.7425086419753086, 9);
  });

  it("of UKPConvArg: 84,445 rankings of pairs by 3,815 labelers in 16 debates", () => {
    const prompts = readRankings("ukp-convarg");
    const started = performance.now();
    const result = report(prompts, ({ clusterId }) => clusterId);
    process.stderr.write(`ukp-convarg: report in ${Math.round(performance.now() - started)} ms\n`);
    expect(result.judgments + result.repeats).toBe(84_445);
    expect(result).toMatchObject({ labelers: 3815, clusters: 16 });
    const names = result.coefficients.map(({ name }) => name);
    const ofPairs = names.filter((name) => /^(COHEN|WEIGHTED)_KAPPA/.test(name));
    expect(ofPairs).toHaveLength(3);
    expect(result.warnings).toEqual([
      "PERCENT_AGREEMENT is under tie policy EXACT: `<`, `=` and `>` must match.",
      ...ofPairs.map(
        (name) =>
          `${name} is the mean over 1731 of 35226 pairs of labelers: the others share fewer than 10 units and are left out.`,
      ),
      // In 16 debates; checked against a second computation below.
      "KENDALL_TAU_B is of 24240 of 115169 pairs of labelers on a prompt; 88135 have fewer than three completions in common, of 2794 one tied all.",
      "KENDALL_W is of 0 of 84445 rankings; left out are 84445 of two completions.",
      "SPEARMAN_RHO is of 0 of 84445 rankings; left out are 84445 of two completions.",
      `Intervals from fewer than 20 clusters are rough: ${names.slice(0, -2).join(", ")} rest on 16 clusters.`,
    ]);
    // Counted before by another program: 35,226 pairs of labelers share a unit, 28,701 of them exactly 3.
    const shared = result.matrix(1).map(({ n }) => n);
    expect([shared.length, shared.filter((n) => n === 3).length]).toEqual([35_226, 28_701]);
  });
});
