/** The native format, reading: a prompt and everything that hangs on it. */
import { badInput } from "../../errors.js";
import {
  OUTPUT_LABELS,
  PROMPT_KINDS,
  PROMPT_SOURCES,
  PROMPT_TRAITS,
  SPLITS,
  STAGES,
  type Stage,
  USE_CASES,
} from "../../vocabulary.js";
import { type Fields, INT4_MAX } from "../records/fields.js";
import { checkHandle, checkKey, isHandle, isKey } from "../records/names.js";
import type {
  NativeAssessment,
  NativeCompletion,
  NativeDemonstration,
  NativeExclusion,
  NativePrompt,
  NativeRanking,
  NativeRankingAssessment,
  NativeSkip,
  NativeToxicity,
  QueryResponse,
} from "../records/records.js";
import { canonicalTiers, MOST_COMPLETIONS } from "../records/tiers.js";
import { show } from "../text/code-points.js";

/** Most query and response pairs of a few-shot prompt. */
export const MOST_FEW_SHOT = 1000;

/** Texts that stand in an index of the database (at most 2,704 bytes an entry): ids and authors, names of policies. */
const MOST_ID = 500;
const MOST_SOURCE = 200;
const MOST_LANGUAGE = 100;

const PROMPT = new Set([
  "id",
  "text",
  "kind",
  "fewShot",
  "useCase",
  "source",
  "author",
  "language",
  "traits",
  "stages",
  "split",
  "tags",
  "metadata",
  "createdAt",
  "demonstrations",
  "completions",
  "rankings",
  "assessments",
  "skips",
  "exclusion",
]);

export function readPrompt(fields: Fields): NativePrompt {
  fields.countUnknown(PROMPT);
  return {
    externalId: fields.text("id", 1, MOST_ID),
    text: fields.requiredText("text", 1),
    kind: fields.word("kind", PROMPT_KINDS),
    fewShot: fields.children("fewShot", readQueryResponse, MOST_FEW_SHOT),
    useCase: fields.word("useCase", USE_CASES),
    source: fields.word("source", PROMPT_SOURCES),
    author: fields.text("author", 1, MOST_ID),
    language: fields.text("language", 1, MOST_LANGUAGE),
    traits: fields.judgments("traits", PROMPT_TRAITS),
    stages: inOrder(fields.words("stages", STAGES)),
    split: fields.word("split", SPLITS),
    tags: fields.texts("tags"),
    metadata: fields.json("metadata"),
    createdAt: fields.timestamp("createdAt"),
    demonstrations: fields.children("demonstrations", readDemonstration),
    completions: readCompletions(fields),
    rankings: fields.children("rankings", readRanking),
    assessments: fields.children("assessments", readAssessment),
    skips: fields.children("skips", readSkip),
    exclusion: fields.child("exclusion", readExclusion),
  };
}

const QUERY_RESPONSE = new Set(["query", "response"]);

function readQueryResponse(fields: Fields): QueryResponse {
  fields.countUnknown(QUERY_RESPONSE);
  return { query: fields.requiredText("query"), response: fields.requiredText("response") };
}

const DEMONSTRATION = new Set(["labeler", "text", "createdAt", "instructions"]);

function readDemonstration(fields: Fields): NativeDemonstration {
  fields.countUnknown(DEMONSTRATION);
  return {
    labeler: readHandle(fields),
    text: fields.requiredText("text"),
    createdAt: fields.timestamp("createdAt"),
    instructions: readInstructionVersion(fields),
  };
}

const COMPLETION = new Set(["key", "source", "sampleIndex", "version", "text", "ended", "createdAt"]);

function readCompletions(fields: Fields): NativeCompletion[] {
  const completions = fields.children("completions", readCompletion, MOST_COMPLETIONS);
  const keys = new Set<string>();
  for (const { key } of completions) {
    if (key === null) continue;
    if (keys.has(key)) throw badInput(`completions has the key ${show(key)} twice.`, "completions");
    keys.add(key);
  }
  return completions;
}

function readCompletion(fields: Fields): NativeCompletion {
  fields.countUnknown(COMPLETION);
  const key = fields.text("key");
  if (key !== null && !isKey(key)) checkKey(key, fields.path("key"));
  return {
    key,
    source: fields.text("source", 1, MOST_SOURCE),
    sampleIndex: fields.integer("sampleIndex", 0, INT4_MAX),
    version: fields.integer("version", 1, INT4_MAX),
    text: fields.requiredText("text"),
    ended: fields.boolean("ended"),
    createdAt: fields.timestamp("createdAt"),
  };
}

const RANKING = new Set([
  "labeler",
  "tiers",
  "displayOrder",
  "durationMs",
  "note",
  "createdAt",
  "instructions",
  "assessments",
]);

function readRanking(fields: Fields): NativeRanking {
  fields.countUnknown(RANKING);
  const labeler = readHandle(fields);
  const tiers = readTiers(fields);
  return {
    labeler,
    tiers,
    displayOrder: readDisplayOrder(fields, tiers),
    durationMs: fields.integer("durationMs", 0, INT4_MAX),
    note: fields.text("note"),
    createdAt: fields.timestamp("createdAt"),
    instructions: readInstructionVersion(fields),
    assessments: fields.children("assessments", readRankingAssessment),
  };
}

function readTiers(fields: Fields): string[][] {
  const tiers = fields.list("tiers") ?? fields.refuse("tiers", "must be a list of tiers");
  for (const [index, tier] of tiers.entries()) {
    if (!Array.isArray(tier) || !tier.every((key) => typeof key === "string")) {
      const path = `${fields.path("tiers")}.${index}`;
      throw badInput(`${path} is ${show(tier)}; a tier must be a list of completion keys.`, path);
    }
  }
  const place = fields.path("tiers");
  return canonicalTiers(tiers as string[][], place);
}

function readDisplayOrder(fields: Fields, tiers: string[][]): string[] | null {
  const order = fields.list("displayOrder");
  if (order === null) return null;
  const place = fields.path("displayOrder");
  const shown = new Set(fields.texts("displayOrder"));
  if (shown.size < order.length) throw badInput(`${place} names a completion twice.`, place);
  for (const tier of tiers) {
    for (const key of tier) {
      if (!shown.has(key)) throw badInput(`${place} lacks ${show(key)}, which is ranked.`, place);
    }
  }
  return order as string[];
}

const RANKING_ASSESSMENT = new Set(["completion", "overall", "labels", "toxicity", "createdAt", "instructions"]);
const ASSESSMENT = new Set(["labeler", ...RANKING_ASSESSMENT]);

function readRankingAssessment(fields: Fields): NativeRankingAssessment {
  fields.countUnknown(RANKING_ASSESSMENT);
  return readJudgments(fields);
}

function readAssessment(fields: Fields): NativeAssessment {
  fields.countUnknown(ASSESSMENT);
  return { labeler: readHandle(fields), ...readJudgments(fields) };
}

const readJudgments = (fields: Fields): NativeRankingAssessment => ({
  completion: fields.requiredText("completion"),
  overall: fields.integer("overall", 1, 7),
  labels: fields.judgments("labels", OUTPUT_LABELS),
  toxicity: fields.child("toxicity", readToxicity),
  createdAt: fields.timestamp("createdAt"),
  instructions: readInstructionVersion(fields),
});

const TOXICITY = new Set(["input", "output", "relative", "continuity"]);

function readToxicity(fields: Fields): NativeToxicity | null {
  fields.countUnknown(TOXICITY);
  const toxicity = {
    input: fields.integer("input", 0, 2),
    output: fields.integer("output", 0, 2),
    relative: fields.integer("relative", -1, 1),
    continuity: fields.integer("continuity", 1, 7),
  };
  return Object.values(toxicity).every((value) => value === null) ? null : toxicity;
}

const SKIP = new Set(["labeler", "reason", "createdAt"]);

function readSkip(fields: Fields): NativeSkip {
  fields.countUnknown(SKIP);
  return {
    labeler: readHandle(fields),
    reason: fields.text("reason") ?? "",
    createdAt: fields.timestamp("createdAt"),
  };
}

const EXCLUSION = new Set(["reason", "from", "by", "at"]);

function readExclusion(fields: Fields): NativeExclusion {
  fields.countUnknown(EXCLUSION);
  const from = inOrder(fields.words("from", STAGES)) ?? [...STAGES];
  if (from.length === 0) {
    throw badInput(`${fields.path("from")} is empty; an exclusion is from at least one stage.`, fields.path("from"));
  }
  return {
    reason: fields.requiredText("reason", 1),
    from,
    by: fields.text("by", 1),
    at: fields.timestamp("at"),
  };
}

function readHandle(fields: Fields): string {
  const handle = fields.requiredText("labeler");
  if (!isHandle(handle)) checkHandle(handle, fields.path("labeler"));
  return handle;
}

const readInstructionVersion = (fields: Fields): number | null => fields.integer("instructions", 1, INT4_MAX);

const inOrder = (stages: Stage[] | null): Stage[] | null =>
  stages === null ? null : STAGES.filter((stage) => stages.includes(stage));
