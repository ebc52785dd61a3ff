import type {
  NativeAssessment,
  NativeDemonstration,
  NativePrompt,
  NativeRanking,
  NativeRecord,
  NativeSkip,
} from "../../datasets/records/records.js";
import type { Queryable } from "../../entities/database/database.js";
import {
  type IdentifiedTable,
  type KnownPrompt,
  knownCompletions,
  knownIdentities,
  knownInstructions,
  knownLabelers,
  knownLines,
  knownPrompts,
  knownSplitPolicy,
} from "../../entities/queries/files/import-known.js";
import { groupsOfAuthors } from "../../entities/queries/splits/split-groups.js";
import { splitsInForce } from "../writes/split-groups.js";
import type { PreparedLine, PreparedPrompt } from "./import-line.js";
import {
  type Added,
  CHILDREN,
  type Children,
  type CompletionInBatch,
  factsOfKnown,
  type GroupInBatch,
  type InstructionsInBatch,
  type LabelerInBatch,
  type PolicyInBatch,
  type PromptInBatch,
} from "./import-state.js";

/** A batch of lines on its way into the database: what is known of all that it names, and what it adds. */
export interface ImportBatch {
  readonly datasetId: string;
  /** The moment of the import: when a record was made whose line does not say. */
  readonly at: Date;
  /** Who imports. */
  readonly by: string;
  /** The hashes of lines imported before, by this batch too. */
  readonly hashes: Set<string>;
  policy: PolicyInBatch | null;
  readonly prompts: Map<string, PromptInBatch>;
  readonly groups: Map<string, GroupInBatch>;
  readonly labelers: Map<string, LabelerInBatch>;
  readonly instructions: Map<number, InstructionsInBatch>;
  readonly added: {
    readonly hashes: string[];
    readonly prompts: PromptInBatch[];
    readonly groups: Set<GroupInBatch>;
    readonly splits: Set<GroupInBatch>;
    readonly members: Set<LabelerInBatch>;
    readonly instructions: Set<InstructionsInBatch>;
    readonly completions: { readonly prompt: PromptInBatch; readonly completion: CompletionInBatch }[];
    readonly demonstrations: Added<NativeDemonstration>[];
    readonly rankings: Added<NativeRanking>[];
    readonly assessments: Added<NativeAssessment>[];
    readonly skips: Added<NativeSkip>[];
  };
}

/** Asks the database, a handful of questions whatever the number of lines, for all that a batch of lines names. */
export async function loadBatch(
  connection: Queryable,
  datasetId: string,
  lines: readonly PreparedLine[],
  { at, by }: { at: Date; by: string },
): Promise<ImportBatch> {
  const told = lines.filter((line) => line.kind !== "refused");
  const hashes = await knownLines(connection, datasetId, distinct(told.map(({ hash }) => hash)));
  const open = told.filter(({ hash }) => !hashes.has(hash));
  const prompts = open.filter((line) => line.kind === "prompt");
  const declarations = open.flatMap((line) => (line.kind === "declaration" ? [line.record] : []));
  const policy = await knownSplitPolicy(connection, datasetId);

  const known = await knownPrompts(connection, datasetId, distinct(prompts.map(({ identity }) => identity)));
  const groups = await loadGroups(connection, datasetId, known, prompts);
  return {
    datasetId,
    at,
    by,
    hashes,
    policy: policy && { ...policy, isNew: false },
    prompts: await loadPrompts(connection, known, prompts, groups.byId),
    groups: groups.byAuthor,
    labelers: await loadLabelers(connection, datasetId, prompts, declarations),
    instructions: await loadInstructions(connection, datasetId, prompts, declarations),
    added: {
      hashes: [],
      prompts: [],
      groups: new Set(),
      splits: new Set(),
      members: new Set(),
      instructions: new Set(),
      completions: [],
      demonstrations: [],
      rankings: [],
      assessments: [],
      skips: [],
    },
  };
}

const distinct = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** The groups of the known prompts and of the authors, each one object however it is reached. */
async function loadGroups(
  connection: Queryable,
  datasetId: string,
  known: readonly KnownPrompt[],
  prompts: readonly PreparedPrompt[],
): Promise<{ byId: Map<string, GroupInBatch>; byAuthor: Map<string, GroupInBatch> }> {
  const authors = distinct(prompts.flatMap(({ prompt }) => prompt.author ?? []));
  const ofAuthors = authors.length === 0 ? [] : await groupsOfAuthors(connection, datasetId, authors);
  const ids = [...known.map(({ groupId }) => groupId), ...ofAuthors.map(({ groupId }) => groupId)];
  const splits = await splitsInForce(connection, ids);
  const byId = new Map<string, GroupInBatch>();
  for (const id of ids) byId.set(id, { id, author: null, split: splits.get(id) ?? null, splitIsNew: false });
  const byAuthor = new Map(ofAuthors.map(({ author, groupId }) => [author, byId.get(groupId) as GroupInBatch]));
  return { byId, byAuthor };
}

const TABLES: Readonly<Record<Children, IdentifiedTable>> = {
  demonstrations: "demonstration",
  rankings: "ranking",
  assessments: "assessment",
  skips: "skip",
};

async function loadPrompts(
  connection: Queryable,
  known: readonly KnownPrompt[],
  lines: readonly PreparedPrompt[],
  groups: ReadonlyMap<string, GroupInBatch>,
): Promise<Map<string, PromptInBatch>> {
  const byIdentity = new Map<string, PromptInBatch>();
  if (known.length === 0) return byIdentity;
  const byId = new Map<string, PromptInBatch>();
  for (const prompt of known) {
    const { demonstrations, rankings, assessments, skips } = prompt;
    const inBatch: PromptInBatch = {
      id: prompt.id,
      identity: prompt.identity,
      facts: factsOfKnown(prompt),
      group: groups.get(prompt.groupId) as GroupInBatch,
      completions: [],
      identities: { demonstrations: new Set(), rankings: new Set(), assessments: new Set(), skips: new Set() },
      next: { demonstrations, rankings, assessments, skips },
      addedRankings: 0,
    };
    byIdentity.set(prompt.identity, inBatch);
    byId.set(prompt.id, inBatch);
  }
  const again = lines.filter(({ identity }) => byIdentity.has(identity));
  const idOf = ({ identity }: PreparedPrompt): string => byIdentity.get(identity)?.id as string;

  const withText = distinct(again.filter(({ prompt }) => prompt.completions.length > 0).map(idOf));
  for (const row of await knownCompletions(connection, [...byId.keys()], withText)) {
    const { promptId, text, createdAt, createdAtGiven, ...completion } = row;
    byId
      .get(promptId)
      ?.completions.push({ ...completion, text: text ?? "", createdAt: createdAtGiven ? createdAt : null });
  }
  for (const children of CHILDREN) {
    const identities = again.flatMap((line) => line[children]);
    if (identities.length === 0) continue;
    const promptIds = again.flatMap((line) => line[children].map(() => idOf(line)));
    for (const row of await knownIdentities(connection, TABLES[children], promptIds, identities)) {
      byId.get(row.promptId)?.identities[children].add(row.identity);
    }
  }
  return byIdentity;
}

type Declaration = Exclude<NativeRecord, { kind: "prompt" }>;

async function loadLabelers(
  connection: Queryable,
  datasetId: string,
  prompts: readonly PreparedPrompt[],
  declarations: readonly Declaration[],
): Promise<Map<string, LabelerInBatch>> {
  const handles = new Set<string>();
  for (const { prompt } of prompts) for (const children of CHILDREN) addHandles(handles, prompt[children]);
  for (const record of declarations) if (record.kind === "labeler") handles.add(record.labeler.handle);
  if (handles.size === 0) return new Map();
  const known = await knownLabelers(connection, datasetId, [...handles]);
  return new Map(known.map((labeler) => [labeler.handle, { ...labeler }]));
}

function addHandles(handles: Set<string>, children: readonly { readonly labeler: string }[]): void {
  for (const { labeler } of children) handles.add(labeler);
}

async function loadInstructions(
  connection: Queryable,
  datasetId: string,
  prompts: readonly PreparedPrompt[],
  declarations: readonly Declaration[],
): Promise<Map<number, InstructionsInBatch>> {
  const versions = new Set<number>();
  for (const { prompt } of prompts) for (const version of instructionsOf(prompt)) versions.add(version);
  for (const record of declarations) if (record.kind === "instructions") versions.add(record.instructions.version);
  if (versions.size === 0) return new Map();
  const known = await knownInstructions(connection, datasetId, [...versions]);
  return new Map(known.map((instructions) => [instructions.version, instructions]));
}

/** The versions of the instructions that a prompt's children name. */
function* instructionsOf({ demonstrations, rankings, assessments }: NativePrompt): Generator<number> {
  for (const { instructions } of demonstrations) if (instructions !== null) yield instructions;
  for (const { instructions } of assessments) if (instructions !== null) yield instructions;
  for (const ranking of rankings) {
    if (ranking.instructions !== null) yield ranking.instructions;
    for (const { instructions } of ranking.assessments) if (instructions !== null) yield instructions;
  }
}
