/** Real human data beside the project, where it is: the numbers are those that its description states. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { lineHash, promptIdentity, rankingIdentity } from "../../src/datasets/formats/identity.js";
import { parseLine } from "../../src/datasets/formats/native.js";
import { writeLine } from "../../src/datasets/formats/native-write.js";
import { canonicalJson } from "../../src/datasets/records/canonical-json.js";
import { countComparisons } from "../../src/datasets/records/comparisons.js";
import type { Json, NativePrompt } from "../../src/datasets/records/records.js";
import { checkReferences } from "../../src/datasets/records/references.js";
import { resolveSamples } from "../../src/datasets/records/samples.js";
import { type Line, LineSplitter } from "../../src/datasets/text/ndjson.js";

const FOLDER = new URL("../../../shared/data/", import.meta.url);
const present = existsSync(FOLDER);
if (!present) console.warn("Skipped: the real data files are not beside the project (../shared/data).");
const onRealData = present ? test : test.skip;

function readPrompts(name: string): NativePrompt[] {
  const bytes = gunzipSync(readFileSync(new URL(`${name}.jsonl.gz`, FOLDER)));
  const splitter = new LineSplitter(16 << 20);
  const lines: Line[] = [];
  for (let at = 0; at < bytes.length; at += 65_536) lines.push(...splitter.push(bytes.subarray(at, at + 65_536)));
  lines.push(...splitter.end());
  return lines.map((line) => {
    if (!("text" in line)) throw new Error(line.error);
    const record = parseLine(line.text);
    if (record.kind !== "prompt") throw new Error(`Line ${line.line} is no prompt.`);
    expect(record.losses).toEqual([]);
    const written = writeLine(record);
    const again = parseLine(written);
    expect(writeLine(again) === written).toBe(true);
    expect(meaningOf(JSON.parse(written)) === meaningOf(JSON.parse(line.text))).toBe(true);
    checkReferences(record.prompt);
    expect(resolveSamples(record.prompt.completions).length).toBe(record.prompt.completions.length);
    expect(lineHash(record)).toBe(lineHash(again));
    return record.prompt;
  });
}

/** A raw record without what is absent or empty, tiers as sets, fields in one order: equal texts mean the same. */
const meaningOf = (raw: unknown): string => canonicalJson(kept(raw) as Json);

function kept(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(kept);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(
    ([, item]) => item !== null && !(Array.isArray(item) && item.length === 0),
  );
  return Object.fromEntries(fields.map(([name, item]) => [name, name === "tiers" ? asSets(item) : kept(item)]));
}

const asSets = (tiers: string[][]): string[][] => tiers.map((tier) => [...tier].sort());

const total = (prompts: readonly NativePrompt[], of: "demonstrations" | "completions" | "rankings"): number =>
  prompts.reduce((sum, prompt) => sum + prompt[of].length, 0);

function expectDistinct(prompts: readonly NativePrompt[]): void {
  expect(new Set(prompts.map(promptIdentity)).size).toBe(prompts.length);
  for (const { rankings } of prompts) expect(new Set(rankings.map(rankingIdentity)).size).toBe(rankings.length);
}

onRealData("squality: 100 prompts, 400 demonstrations, 300 strict rankings of three", () => {
  const prompts = readPrompts("squality");
  expect([prompts.length, total(prompts, "demonstrations"), total(prompts, "rankings")]).toEqual([100, 400, 300]);
  // Three strict pairs each: C(3,2).
  expect(prompts.flatMap(({ rankings }) => rankings.map(({ tiers }) => countComparisons(tiers)))).toEqual(
    Array(300).fill(3),
  );
  expectDistinct(prompts);
});

onRealData("self-instruct: 427 prompts and demonstrations, 252 of them TEST", () => {
  const prompts = readPrompts("self-instruct");
  expect([prompts.length, total(prompts, "demonstrations")]).toEqual([427, 427]);
  expect(prompts.filter(({ split }) => split === "TEST").length).toBe(252);
  expectDistinct(prompts);
});

onRealData(
  "ukp-convarg: 32 prompts, 1,052 completions, 84,445 rankings, 19,105 of them ties, by 3,815 labelers",
  () => {
    const prompts = readPrompts("ukp-convarg");
    expect([prompts.length, total(prompts, "completions"), total(prompts, "rankings")]).toEqual([32, 1052, 84_445]);
    const rankings = prompts.flatMap((prompt) => prompt.rankings);
    expect(rankings.filter(({ tiers }) => tiers.some((tier) => tier.length > 1)).length).toBe(19_105);
    expect(new Set(rankings.map(({ labeler }) => labeler)).size).toBe(3815);
    expectDistinct(prompts);
  },
  60_000,
);
