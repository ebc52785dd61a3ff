/**
 * The native format, writing. There is one written form of a record: fields in the order of the format's example, no white
 * space, nothing that is absent or empty, tiers with their keys in code-point order, words in the vocabulary's order,
 * metadata with sorted keys, times in UTC to the millisecond. So writing what was parsed from it gives the same bytes, and
 * the hash of the written form is the record's.
 */
import { canonicalJson } from "../records/canonical-json.js";
import type {
  InstructionsDeclaration,
  LabelerDeclaration,
  NativeAssessment,
  NativeCompletion,
  NativeDemonstration,
  NativeExclusion,
  NativePrompt,
  NativeRanking,
  NativeRankingAssessment,
  NativeRecord,
  NativeSkip,
  QueryResponse,
  SplitPolicyDeclaration,
} from "../records/records.js";

/** One record as a line, without the line feed. */
export function writeLine(record: NativeRecord): string {
  if (record.kind === "prompt") return writePrompt(record.prompt);
  if (record.kind === "splitPolicy") return object(field("splitPolicy", writeSplitPolicy(record.splitPolicy)));
  if (record.kind === "labeler") return object(field("labeler", writeLabeler(record.labeler)));
  return object(field("instructions", writeInstructions(record.instructions)));
}

/** A prompt's children, each as one JSON object. */
export interface WrittenChildren {
  demonstrations: string[];
  rankings: string[];
  assessments: string[];
  skips: string[];
}

export const writeChildren = (prompt: NativePrompt): WrittenChildren => ({
  demonstrations: prompt.demonstrations.map(writeDemonstration),
  rankings: prompt.rankings.map(writeRanking),
  assessments: prompt.assessments.map(writeAssessment),
  skips: prompt.skips.map(writeSkip),
});

/** A prompt with all its children, as one JSON object; children that are written already need not be again. */
export function writePrompt(prompt: NativePrompt, children = writeChildren(prompt)): string {
  return object(
    plain("id", prompt.externalId) +
      plain("text", prompt.text) +
      plain("kind", prompt.kind) +
      list("fewShot", prompt.fewShot.map(writeQueryResponse)) +
      plain("useCase", prompt.useCase) +
      plain("source", prompt.source) +
      plain("author", prompt.author) +
      plain("language", prompt.language) +
      map("traits", prompt.traits) +
      plain("stages", prompt.stages) +
      plain("split", prompt.split) +
      (prompt.tags.length === 0 ? "" : plain("tags", prompt.tags)) +
      (Object.keys(prompt.metadata).length === 0 ? "" : field("metadata", canonicalJson(prompt.metadata))) +
      plain("createdAt", prompt.createdAt) +
      list("demonstrations", children.demonstrations) +
      list("completions", prompt.completions.map(writeCompletion)) +
      list("rankings", children.rankings) +
      list("assessments", children.assessments) +
      list("skips", children.skips) +
      (prompt.exclusion === null ? "" : field("exclusion", writeExclusion(prompt.exclusion))),
  );
}

const writeQueryResponse = (pair: QueryResponse): string =>
  object(plain("query", pair.query) + plain("response", pair.response));

export const writeDemonstration = (demonstration: NativeDemonstration): string =>
  object(
    plain("labeler", demonstration.labeler) +
      plain("text", demonstration.text) +
      plain("createdAt", demonstration.createdAt) +
      plain("instructions", demonstration.instructions),
  );

export const writeCompletion = (completion: NativeCompletion): string =>
  object(
    plain("key", completion.key) +
      plain("source", completion.source) +
      plain("sampleIndex", completion.sampleIndex) +
      plain("version", completion.version) +
      plain("text", completion.text) +
      plain("ended", completion.ended) +
      plain("createdAt", completion.createdAt),
  );

export const writeRanking = (ranking: NativeRanking): string =>
  object(
    plain("labeler", ranking.labeler) +
      list("tiers", ranking.tiers.map(texts)) +
      plain("displayOrder", ranking.displayOrder) +
      plain("durationMs", ranking.durationMs) +
      plain("note", ranking.note) +
      plain("createdAt", ranking.createdAt) +
      plain("instructions", ranking.instructions) +
      list("assessments", ranking.assessments.map(writeRankingAssessment)),
  );

const writeRankingAssessment = (assessment: NativeRankingAssessment): string => object(judgments(assessment));

export const writeAssessment = (assessment: NativeAssessment): string =>
  object(plain("labeler", assessment.labeler) + judgments(assessment));

export const writeSkip = (skip: NativeSkip): string =>
  object(
    plain("labeler", skip.labeler) +
      (skip.reason === "" ? "" : plain("reason", skip.reason)) +
      plain("createdAt", skip.createdAt),
  );

function judgments(assessment: NativeRankingAssessment): string {
  const { toxicity } = assessment;
  const scores =
    toxicity === null
      ? ""
      : plain("input", toxicity.input) +
        plain("output", toxicity.output) +
        plain("relative", toxicity.relative) +
        plain("continuity", toxicity.continuity);
  return (
    plain("completion", assessment.completion) +
    plain("overall", assessment.overall) +
    map("labels", assessment.labels) +
    (scores === "" ? "" : field("toxicity", object(scores))) +
    plain("createdAt", assessment.createdAt) +
    plain("instructions", assessment.instructions)
  );
}

const writeExclusion = (exclusion: NativeExclusion): string =>
  object(
    plain("reason", exclusion.reason) +
      plain("from", exclusion.from) +
      plain("by", exclusion.by) +
      plain("at", exclusion.at),
  );

const writeSplitPolicy = (policy: SplitPolicyDeclaration): string =>
  object(
    plain("train", policy.train) +
      plain("validation", policy.validation) +
      plain("test", policy.test) +
      plain("seed", policy.seed) +
      plain("groupBy", policy.groupBy) +
      plain("assignedAt", policy.assignedAt),
  );

const writeLabeler = (labeler: LabelerDeclaration): string =>
  object(plain("handle", labeler.handle) + plain("pool", labeler.pool) + plain("status", labeler.status));

const writeInstructions = (instructions: InstructionsDeclaration): string =>
  object(
    plain("version", instructions.version) +
      plain("purpose", instructions.purpose) +
      plain("text", instructions.text) +
      (instructions.criteriaOrder.length === 0 ? "" : plain("criteriaOrder", instructions.criteriaOrder)) +
      plain("validFrom", instructions.validFrom),
  );

// Every field is written with a comma before it; the object drops the first.

const object = (fields: string): string => `{${fields.slice(1)}}`;

const field = (name: string, json: string): string => `,"${name}":${json}`;

function plain(name: string, value: string | number | boolean | Date | readonly string[] | null): string {
  if (value === null) return "";
  if (typeof value === "string") return field(name, JSON.stringify(value));
  if (typeof value === "number" || typeof value === "boolean") return field(name, String(value));
  if (value instanceof Date) return field(name, `"${value.toISOString()}"`);
  return field(name, texts(value));
}

const texts = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(",")}]`;

const list = (name: string, items: readonly string[]): string =>
  items.length === 0 ? "" : field(name, `[${items.join(",")}]`);

const map = (name: string, values: object): string =>
  Object.keys(values).length === 0 ? "" : field(name, JSON.stringify(values));
