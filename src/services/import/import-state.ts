import { canonicalJson } from "../../datasets/records/canonical-json.js";
import {
  type JsonObject,
  type NativeExclusion,
  type NativePrompt,
  promptKind,
  promptSource,
} from "../../datasets/records/records.js";
import type { KnownInstructions, KnownPrompt, KnownSplitPolicy } from "../../entities/queries/files/import-known.js";
import type {
  InstructionPurpose,
  LabelerPool,
  LabelerStatus,
  PromptKind,
  PromptSource,
  Split,
  SplitGrouping,
} from "../../vocabulary.js";

/** What stays the same about a prompt that comes again: its fields but for its children and its split. */
export type KnownPromptFields = Omit<
  NativePrompt,
  "kind" | "source" | "split" | "demonstrations" | "completions" | "rankings" | "assessments" | "skips"
> & { readonly kind: PromptKind; readonly source: PromptSource };

/** A group of prompts that share a split; id null: it is made with this batch. */
export interface GroupInBatch {
  id: string | null;
  readonly author: string | null;
  split: Split | null;
  /** The split is given by this batch. */
  splitIsNew: boolean;
}

/** A labeler that a batch names; id null: registered with this batch. */
export interface LabelerInBatch {
  id: string | null;
  readonly handle: string;
  readonly pool: LabelerPool;
  readonly status: LabelerStatus;
  isMember: boolean;
}

/** Instructions that a batch names; id null: added with this batch. */
export interface InstructionsInBatch {
  id: string | null;
  readonly version: number;
  readonly purpose: InstructionPurpose;
  readonly text: string;
  readonly criteriaOrder: KnownInstructions["criteriaOrder"];
  readonly validFrom: Date;
}

/** A completion of a prompt of the batch; id null: added with this batch. */
export interface CompletionInBatch {
  id: string | null;
  readonly position: number;
  readonly key: string;
  readonly text: string;
  readonly source: string | null;
  readonly sampleIndex: number;
  readonly version: number;
  readonly ended: boolean | null;
  readonly createdAt: Date | null;
}

/** The children of a prompt whose order a file keeps and whose identity a second import recognises. */
export const CHILDREN = ["demonstrations", "rankings", "assessments", "skips"] as const;
export type Children = (typeof CHILDREN)[number];

/** A prompt that a batch names, with all that was known of it and all that the batch adds; id null: added with it. */
export interface PromptInBatch {
  id: string | null;
  readonly identity: string;
  readonly facts: KnownPromptFields;
  readonly group: GroupInBatch;
  /** In the order of their positions, which run from 0 without gaps. */
  readonly completions: CompletionInBatch[];
  /** The identities of those known that this batch may name again, and of those it adds. */
  readonly identities: Readonly<Record<Children, Set<string>>>;
  /** The next ordinal of each kind of child. */
  readonly next: Record<Children, number>;
  /** Rankings added by this batch. */
  addedRankings: number;
}

/** A record to be written: where it hangs, its ordinal, and what the line said. */
export interface Added<Record> {
  readonly prompt: PromptInBatch;
  readonly labeler: LabelerInBatch;
  readonly instructions: InstructionsInBatch | null;
  readonly position: number;
  readonly identity: string;
  readonly record: Record;
}

/** The facts of a new prompt. at, by: when and by whom an exclusion is made that does not say so. */
export function factsOfLine(prompt: NativePrompt, at: Date, by: string): KnownPromptFields {
  const { split: _, demonstrations: _d, completions: _c, rankings: _r, assessments: _a, skips: _s, ...facts } = prompt;
  const { exclusion } = prompt;
  return {
    ...facts,
    kind: promptKind(prompt),
    source: promptSource(prompt),
    exclusion: exclusion && { ...exclusion, at: exclusion.at ?? at, by: exclusion.by ?? by },
  };
}

/** The facts of a prompt that the database knows. */
export function factsOfKnown(known: KnownPrompt): KnownPromptFields {
  return {
    externalId: known.externalId,
    text: known.text,
    kind: known.kind,
    fewShot: [...known.fewShot],
    useCase: known.useCase,
    source: known.source,
    author: known.author,
    language: known.language,
    traits: known.traits,
    stages: known.stages && [...known.stages],
    tags: [...known.tags],
    metadata: known.metadata as JsonObject,
    createdAt: known.createdAtGiven ? known.createdAt : null,
    exclusion: exclusionOf(known),
  };
}

function exclusionOf(known: KnownPrompt): NativeExclusion | null {
  const { exclusionReason: reason, exclusionFrom: from, excludedBy: by, excludedAt: at } = known;
  return reason === null || from === null ? null : { reason, from: [...from], by, at };
}

/** The first field in which a line contradicts a known prompt, with both values; null where it contradicts none. */
export function contradiction(
  facts: KnownPromptFields,
  line: NativePrompt,
): { field: string; given: unknown; known: unknown } | null {
  for (const field of ["text", "kind", "useCase", "source", "author", "language"] as const) {
    if (line[field] !== null && line[field] !== facts[field]) {
      return { field, given: line[field], known: facts[field] };
    }
  }
  for (const [trait, given] of Object.entries(line.traits)) {
    const known = facts.traits[trait as keyof typeof facts.traits];
    if (given !== known) return { field: `traits.${trait}`, given, known };
  }
  const { exclusion } = line;
  const pairs = {
    fewShot: [line.fewShot.length > 0 ? pairsOf(line) : null, pairsOf(facts)],
    stages: [line.stages?.join(), facts.stages?.join()],
    tags: [line.tags.length > 0 ? JSON.stringify(line.tags) : null, JSON.stringify(facts.tags)],
    metadata: [
      Object.keys(line.metadata).length > 0 ? canonicalJson(line.metadata) : null,
      canonicalJson(facts.metadata),
    ],
    createdAt: [line.createdAt?.toISOString(), facts.createdAt?.toISOString()],
    "exclusion.reason": [exclusion?.reason, facts.exclusion?.reason],
    "exclusion.from": [exclusion?.from.join(), facts.exclusion?.from.join()],
    "exclusion.by": [exclusion?.by, facts.exclusion?.by],
    "exclusion.at": [exclusion?.at?.toISOString(), facts.exclusion?.at?.toISOString()],
  };
  for (const [field, [given, known]] of Object.entries(pairs)) {
    if (given != null && given !== known) return { field, given, known };
  }
  return null;
}

const pairsOf = ({ fewShot }: Pick<NativePrompt, "fewShot">): string =>
  JSON.stringify(fewShot.map(({ query, response }) => [query, response]));

/** The split policy of the batch's dataset; isNew: declared by this batch. */
export interface PolicyInBatch extends KnownSplitPolicy {
  readonly isNew: boolean;
}

/** By what new prompts are kept together. */
export const groupingOf = (policy: PolicyInBatch | null): SplitGrouping => policy?.groupBy ?? "AUTHOR";
