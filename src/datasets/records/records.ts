/**
 * One line of a data file, parsed and normalised. `null` (or an empty list or map) means that the line did not say:
 * what was absent stays absent, so that an export can leave it out again and a merge need not compare it.
 */
import type {
  Criterion,
  InstructionPurpose,
  LabelerPool,
  LabelerStatus,
  OutputLabel,
  PromptKind,
  PromptSource,
  PromptTrait,
  Split,
  SplitGrouping,
  Stage,
  UseCase,
} from "../../vocabulary.js";

/** A value of the JSON data model. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** One query and response pair of a few-shot prompt. */
export interface QueryResponse {
  query: string;
  response: string;
}

/** What a prompt is like: true, false or null (asked, not applicable); an absent trait was not asked. */
type Traits = Partial<Record<PromptTrait, boolean | null>>;

/** What a completion is like: true, false or null (asked, not applicable); an absent label was not asked. */
export type Labels = Partial<Record<OutputLabel, boolean | null>>;

export interface NativeDemonstration {
  labeler: string;
  text: string;
  createdAt: Date | null;
  /** The version of the instructions under which it was written. */
  instructions: number | null;
}

export interface NativeCompletion {
  /** Unique within the prompt; null where the server gives one (`resolveKeys`). */
  key: string | null;
  /** The name of the policy that wrote it. */
  source: string | null;
  /** Which of that policy's samples; null where the ordinal within prompt and source counts (`resolveSamples`). */
  sampleIndex: number | null;
  version: number | null;
  text: string;
  /** False: it was cut at a limit of tokens; null: not known. */
  ended: boolean | null;
  createdAt: Date | null;
}

/** Toxicity judgments (figure 11 of the paper): input and output 0–2, relative −1…1, continuity 1–7. */
export interface NativeToxicity {
  input: number | null;
  output: number | null;
  relative: number | null;
  continuity: number | null;
}

/** What a labeler said of one completion alone, as step (a) of a ranking. */
export interface NativeRankingAssessment {
  /** The completion's key. */
  completion: string;
  /** Likert scale, 1–7. */
  overall: number | null;
  labels: Labels;
  /** Null where none of the four was judged. */
  toxicity: NativeToxicity | null;
  /** Null where it is the ranking's. */
  createdAt: Date | null;
  /** Null where it is the ranking's. */
  instructions: number | null;
}

/** What a labeler said of one completion alone, outside any ranking. */
export interface NativeAssessment extends NativeRankingAssessment {
  labeler: string;
}

export interface NativeRanking {
  labeler: string;
  /** Keys, best tier first; those of one tier are tied and stand in code-point order. At least two keys, none twice. */
  tiers: string[][];
  /** How the completions stood before the labeler: distinct keys, the ranked ones among them. */
  displayOrder: string[] | null;
  durationMs: number | null;
  note: string | null;
  createdAt: Date | null;
  instructions: number | null;
  assessments: NativeRankingAssessment[];
}

/** A labeler's refusal to judge a prompt. */
export interface NativeSkip {
  labeler: string;
  reason: string;
  createdAt: Date | null;
}

export interface NativeExclusion {
  reason: string;
  /** In the vocabulary's order; at least one. */
  from: Stage[];
  by: string | null;
  at: Date | null;
}

/** One prompt with everything that was said about it: the native record. */
export interface NativePrompt {
  externalId: string | null;
  text: string;
  /** Null where the line does not say: `promptKind` has the default. */
  kind: PromptKind | null;
  fewShot: QueryResponse[];
  useCase: UseCase | null;
  /** Null where the line does not say: `promptSource` has the default. */
  source: PromptSource | null;
  author: string | null;
  language: string | null;
  traits: Traits;
  /** Stages stated explicitly, in the vocabulary's order (an empty list: in no stage); null: they are derived. */
  stages: Stage[] | null;
  split: Split | null;
  tags: string[];
  metadata: JsonObject;
  createdAt: Date | null;
  demonstrations: NativeDemonstration[];
  completions: NativeCompletion[];
  rankings: NativeRanking[];
  assessments: NativeAssessment[];
  skips: NativeSkip[];
  exclusion: NativeExclusion | null;
}

/** How the dataset's prompts were divided. */
export interface SplitPolicyDeclaration {
  train: number;
  validation: number;
  test: number;
  seed: number;
  groupBy: SplitGrouping;
  assignedAt: Date | null;
}

/** A labeler, and the pool and status it has; null leaves what is stored (TRAINING and ACTIVE when new). */
export interface LabelerDeclaration {
  handle: string;
  pool: LabelerPool | null;
  status: LabelerStatus | null;
}

/** One version of the instructions that labelers worked under. */
export interface InstructionsDeclaration {
  version: number;
  purpose: InstructionPurpose;
  text: string;
  /** Most important first; empty where the line does not say. */
  criteriaOrder: Criterion[];
  validFrom: Date | null;
}

/** What one line of a native file holds. */
export type NativeRecord =
  | { kind: "prompt"; prompt: NativePrompt }
  | { kind: "splitPolicy"; splitPolicy: SplitPolicyDeclaration }
  | { kind: "labeler"; labeler: LabelerDeclaration }
  | { kind: "instructions"; instructions: InstructionsDeclaration };

/** The prompt's source, LABELER where the record does not say: nothing then enters PPO by omission. */
export const promptSource = (prompt: Pick<NativePrompt, "source">): PromptSource => prompt.source ?? "LABELER";

/** The prompt's kind; where the record does not say, FEW_SHOT with query and response pairs and PLAIN without. */
export const promptKind = (prompt: Pick<NativePrompt, "kind" | "fewShot">): PromptKind =>
  prompt.kind ?? (prompt.fewShot.length > 0 ? "FEW_SHOT" : "PLAIN");
