import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it as test } from "@jest/globals";
import { runSlices } from "../../../src/agreement/judgments/time-slices.js";
import { type QualityFigures, qualityReport } from "../../../src/agreement/quality/quality-report.js";
import { WorkLog } from "../../../src/agreement/quality/work-log.js";
import { RANKING, signalOf } from "./world.js";

interface NativePrompt {
  author: string;
  completions: { key: string }[];
  rankings: { labeler: string; tiers: string[][]; createdAt?: string; durationMs?: number }[];
}

const fileOf = (name: string): URL => new URL(`../../../../shared/data/${name}.jsonl.gz`, import.meta.url);
const present = existsSync(fileOf("squality")) && existsSync(fileOf("ukp-convarg"));
const withData = present ? describe : describe.skip;

/** The report on the first prompts of a file. */
function reportOf(name: string, prompts: number): QualityFigures {
  const lines = gunzipSync(readFileSync(fileOf(name)))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
  const log = new WorkLog(3, true);
  for (const line of lines.slice(0, prompts)) {
    const { author, completions, rankings } = JSON.parse(line) as NativePrompt;
    const position = new Map(completions.map(({ key }, i) => [key, i]));
    const works = rankings.map(({ labeler, tiers, createdAt, durationMs }, ordinal) => ({
      labelerId: labeler,
      positions: tiers.flat().map((key) => position.get(key)!),
      tiers: tiers.flatMap((tier, i) => tier.map(() => i + 1)),
      createdAt: createdAt === undefined ? 0 : Date.parse(createdAt),
      ordinal,
      isTimeKnown: createdAt !== undefined,
      durationMs: durationMs ?? null,
      displayOrder: null,
    }));
    runSlices(log.addRankings(author, works));
  }
  return runSlices(qualityReport(log, RANKING));
}

if (!present) process.stderr.write("squality and ukp-convarg are not there: their labelers are not looked at.\n");

withData("the labelers of real data", () => {
  test("of SQuALITY: four, of whom none stands out", () => {
    const report = reportOf("squality", 100);
    // 300 rankings of 3 completions, 75 a labeler: 900 values on 300 pairs; no ties.
    expect(report).toMatchObject({ labelers: 4, works: 300, units: 300, pairableUnits: 300, repeats: 0 });
    expect(report.byLabeler.map(({ labelerId, works, units }) => [labelerId, works, units])).toEqual([
      ["w2", 75, 225],
      ["w3", 75, 225],
      ["w6", 75, 225],
      ["w8", 75, 225],
    ]);
    expect(report.priors![1]).toBeCloseTo(0, 9);
    expect(report.byLabeler.flatMap(({ signals }) => signals).filter(({ flagged }) => flagged)).toEqual([]);
    // Neither times nor durations nor orders of display are in the file.
    for (const name of ["DRIFT", "SPEED", "POSITION_BIAS"] as const) {
      expect(signalOf(report, "w2", name).reason).not.toBeNull();
    }
  });

  test("of two debate sides of UKPConvArg: numbers or reasons for everybody", () => {
    const report = reportOf("ukp-convarg", 2);
    expect(report.labelers).toBeGreaterThan(100);
    const isShare = (value: number | null): boolean => value === null || (value >= 0 && value <= 1);
    const wrong = report.byLabeler.filter(
      ({ consensus, accuracy, reliability, signals }) =>
        ![consensus, accuracy.value, reliability.value].every(isShare) ||
        signals.some(
          ({ pValue, reason, evidence }) =>
            (pValue === null) === (reason === null) || /NaN|undefined|Infinity/.test(`${evidence} ${reason}`),
        ),
    );
    expect(wrong).toEqual([]);
  });
});
