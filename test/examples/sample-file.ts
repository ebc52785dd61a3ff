/** The sample dataset as it lies in the file, read without the server's own reader. */
import { readFileSync } from "node:fs";

interface SampleAssessment {
  labeler?: string;
  completion: string;
  overall?: number;
  labels?: Record<string, boolean | null>;
  toxicity?: { input: number; output: number; relative: number; continuity: number };
}
export interface SampleRanking {
  labeler: string;
  tiers: string[][];
  displayOrder?: string[];
  note?: string;
  createdAt?: string;
  instructions?: number;
  assessments?: SampleAssessment[];
}
export interface SamplePrompt {
  id: string;
  text: string;
  kind: string;
  fewShot?: { query: string; response: string }[];
  useCase: string;
  source: string;
  author: string;
  language: string;
  traits?: Record<string, boolean | null>;
  stages?: string[];
  split: string;
  createdAt?: string;
  tags?: string[];
  demonstrations?: { labeler: string; text: string; createdAt?: string }[];
  completions?: { key: string; source: string; sampleIndex?: number; version?: number; text: string }[];
  rankings?: SampleRanking[];
  assessments?: SampleAssessment[];
  skips?: { labeler: string; reason: string }[];
  exclusion?: { reason: string };
}

const folder = new URL("../../examples/sample/", import.meta.url);
export const file = readFileSync(new URL("sample.ndjson", folder), "utf8");
export const readme = readFileSync(new URL("README.md", folder), "utf8");
export const lines = file.trimEnd().split("\n");
export const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
export const prompts = records.filter((record) => "text" in record) as unknown as SamplePrompt[];
export const pools = new Map(
  records
    .filter((record) => "labeler" in record)
    .map((record) => record.labeler as { handle: string; pool: string })
    .map(({ handle, pool }) => [handle, pool]),
);
export const rankings = prompts.flatMap((prompt) => prompt.rankings ?? []);
export const demonstrations = prompts.flatMap((prompt) => prompt.demonstrations ?? []);
export const completions = prompts.flatMap((prompt) => prompt.completions ?? []);
export const insideRankings = rankings.flatMap((ranking) => ranking.assessments ?? []);
export const standAlone = prompts.flatMap((prompt) => prompt.assessments ?? []);
export const byId = (id: string): SamplePrompt => prompts.find((prompt) => prompt.id === id)!;
export const notation = (ranking: SampleRanking): string =>
  ranking.tiers.map((tier) => [...tier].sort().join("=")).join(">");

/** The PPO rule of the recipe (Ouyang et al. 2022, section 3.2): a customer's prompt that nobody labeled. */
export const isUnlabelled = (prompt: SamplePrompt): boolean =>
  prompt.source === "CUSTOMER" &&
  !prompt.demonstrations &&
  !prompt.rankings &&
  !prompt.assessments &&
  !prompt.exclusion;

/** Every string in a JSON value, keys included. */
export function stringsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...stringsOf(inner)]);
}
