import type { Loss } from "../../datasets/records/losses.js";
import type { NativePrompt } from "../../datasets/records/records.js";
import { resolveKeys } from "../../datasets/records/references.js";
import { resolveSamples } from "../../datasets/records/samples.js";
import { MOST_COMPLETIONS } from "../../datasets/records/tiers.js";
import { show } from "../../datasets/text/code-points.js";
import { AppError, badInput } from "../../errors.js";
import type { ImportBatch } from "./import-batch-state.js";
import type { PreparedPrompt } from "./import-line.js";
import {
  CHILDREN,
  type Children,
  type CompletionInBatch,
  contradiction,
  factsOfLine,
  type GroupInBatch,
  groupingOf,
  type InstructionsInBatch,
  type LabelerInBatch,
  type PromptInBatch,
} from "./import-state.js";

/** What became of a prompt's line that was not refused. */
export interface PromptOutcome {
  readonly isDuplicate: boolean;
  readonly losses: readonly Loss[];
}

/**
 * Adds a prompt's line to a batch: a new prompt, or new children of a known one. All that can be wrong is asked before
 * the first thing is added, so that a refused line leaves nothing.
 * Refused: a field that contradicts the known prompt, a split that is not the group's, a completion that contradicts the
 * known one of its key, a reference to a completion or to instructions that are not there.
 */
export function addPrompt(batch: ImportBatch, line: PreparedPrompt): PromptOutcome {
  const known = batch.prompts.get(line.identity) ?? null;
  if (known) refuseContradiction(known, line.prompt);
  const group = known?.group ?? groupFor(batch, line.prompt);
  checkSplit(group, line.prompt, known !== null);
  const before = known?.completions ?? [];
  const prompt = resolveKeys(line.prompt, before);
  const completions = newCompletions(prompt, before);
  checkInstructions(batch, prompt);

  const target = known ?? newPrompt(batch, line, group);
  const fresh = freshChildren(target, line);
  const children = CHILDREN.reduce((sum, name) => sum + fresh[name].length, 0);
  const givesSplit = prompt.split !== null && group.split === null;
  if (known && completions.length === 0 && children === 0 && !givesSplit) return { isDuplicate: true, losses: [] };

  if (!known) {
    batch.prompts.set(line.identity, target);
    batch.added.prompts.push(target);
    if (group.id === null) batch.added.groups.add(group);
    if (group.author !== null) batch.groups.set(group.author, group);
  }
  if (givesSplit) {
    group.split = prompt.split;
    group.splitIsNew = true;
    batch.added.splits.add(group);
  }
  for (const completion of completions) {
    target.completions.push(completion);
    batch.added.completions.push({ prompt: target, completion });
  }
  addChildren(batch, target, line, fresh);
  batch.hashes.add(line.hash);
  batch.added.hashes.push(line.hash);
  return { isDuplicate: false, losses: [...line.losses, ...repeats(line, fresh, known !== null)] };
}

function refuseContradiction(known: PromptInBatch, line: NativePrompt): void {
  const difference = contradiction(known.facts, line);
  if (!difference) return;
  const { field, given, known: stored } = difference;
  const before = stored == null ? "without one" : `with ${show(stored)}`;
  throw badInput(`${field} is ${show(given)}, but the prompt is known ${before}; an import changes no field.`, field);
}

/** The group that a new prompt joins: its author's, or one of its own. */
function groupFor(batch: ImportBatch, { author }: NativePrompt): GroupInBatch {
  const shared = author !== null && groupingOf(batch.policy) === "AUTHOR" ? author : null;
  const known = shared === null ? undefined : batch.groups.get(shared);
  return known ?? { id: null, author: shared, split: null, splitIsNew: false };
}

function checkSplit(group: GroupInBatch, { split, author }: NativePrompt, isKnown: boolean): void {
  if (split === null || group.split === null || group.split === split) return;
  const reason = isKnown
    ? `the prompt is known in ${group.split}; an import changes no split`
    : `the prompts of the author ${show(author)} are in ${group.split}, and an author stays in one split`;
  throw badInput(`split is ${show(split)}, but ${reason}.`, "split");
}

/** The completions that the prompt does not have yet; refused where one contradicts the known completion of its key. */
function newCompletions(prompt: NativePrompt, before: readonly CompletionInBatch[]): CompletionInBatch[] {
  const known = new Map(before.map((completion) => [completion.key, completion]));
  const fresh: { index: number; completion: NativePrompt["completions"][number] }[] = [];
  for (const [index, completion] of prompt.completions.entries()) {
    const same = known.get(completion.key as string);
    if (!same) {
      fresh.push({ index, completion });
      continue;
    }
    for (const field of ["text", "source", "sampleIndex", "version", "ended", "createdAt"] as const) {
      const given = plain(completion[field]);
      if (given === null || given === plain(same[field])) continue;
      const path = `completions.${index}.${field}`;
      throw badInput(
        `${path} is ${show(given)}, but the completion ${show(same.key)} of this prompt is known ${
          same[field] === null ? "without one" : `with ${show(plain(same[field]))}`
        }.`,
        path,
      );
    }
  }
  if (before.length + fresh.length > MOST_COMPLETIONS) {
    throw badInput(
      `The prompt would have ${before.length + fresh.length} completions; it may have ${MOST_COMPLETIONS}.`,
      "completions",
    );
  }
  const samples = samplesOf(fresh, before);
  return fresh.map(({ completion }, i) => ({
    id: null,
    position: before.length + i,
    key: completion.key as string,
    text: completion.text,
    source: completion.source,
    sampleIndex: samples[i]?.sampleIndex ?? 0,
    version: samples[i]?.version ?? 1,
    ended: completion.ended,
    createdAt: completion.createdAt,
  }));
}

const plain = (value: string | number | boolean | Date | null): string | number | boolean | null =>
  value instanceof Date ? value.toISOString() : value;

/** The samples of the new completions; a refusal names the place in the line, known completions counted. */
function samplesOf(
  fresh: readonly { index: number; completion: NativePrompt["completions"][number] }[],
  before: readonly CompletionInBatch[],
): ReturnType<typeof resolveSamples> {
  try {
    return resolveSamples(
      fresh.map(({ completion }) => completion),
      before,
    );
  } catch (error) {
    const at = error instanceof AppError ? /^completions\.(\d+)$/.exec(error.field ?? "")?.[1] : undefined;
    const place = at === undefined ? undefined : `completions.${fresh[Number(at)]?.index}`;
    if (!(error instanceof AppError) || !place) throw error;
    throw badInput(error.message.replace(/^completions\.\d+/, place), place);
  }
}

/** Refuses a version of the instructions that neither the dataset nor an earlier line declares. */
function checkInstructions(batch: ImportBatch, { demonstrations, rankings, assessments }: NativePrompt): void {
  const check = (version: number | null, path: () => string): void => {
    if (version === null || batch.instructions.has(version)) return;
    throw badInput(`${path()} is ${version}, but no instructions of that version are declared.`, path());
  };
  for (const [i, { instructions }] of demonstrations.entries()) {
    check(instructions, () => `demonstrations.${i}.instructions`);
  }
  for (const [i, ranking] of rankings.entries()) {
    check(ranking.instructions, () => `rankings.${i}.instructions`);
    for (const [k, { instructions }] of ranking.assessments.entries()) {
      check(instructions, () => `rankings.${i}.assessments.${k}.instructions`);
    }
  }
  for (const [i, { instructions }] of assessments.entries()) check(instructions, () => `assessments.${i}.instructions`);
}

function newPrompt(batch: ImportBatch, line: PreparedPrompt, group: GroupInBatch): PromptInBatch {
  return {
    id: null,
    identity: line.identity,
    facts: factsOfLine(line.prompt, batch.at, batch.by),
    group,
    completions: [],
    identities: { demonstrations: new Set(), rankings: new Set(), assessments: new Set(), skips: new Set() },
    next: { demonstrations: 0, rankings: 0, assessments: 0, skips: 0 },
    addedRankings: 0,
  };
}

type Fresh = Record<Children, number[]>;

/** The places in the line of the children that the prompt does not have yet; of equal ones the first. */
function freshChildren(target: PromptInBatch, line: PreparedPrompt): Fresh {
  const fresh = (children: Children): number[] => {
    const taken = new Set<string>();
    return line[children].flatMap((identity, index) => {
      if (target.identities[children].has(identity) || taken.has(identity)) return [];
      taken.add(identity);
      return [index];
    });
  };
  return {
    demonstrations: fresh("demonstrations"),
    rankings: fresh("rankings"),
    assessments: fresh("assessments"),
    skips: fresh("skips"),
  };
}

/** Children of a new prompt's line that are equal in every field: they are kept once, and the report says so. */
function repeats(line: PreparedPrompt, fresh: Fresh, isKnown: boolean): Loss[] {
  if (isKnown) return [];
  return CHILDREN.flatMap((children) => {
    const count = line[children].length - fresh[children].length;
    return count > 0 ? [{ what: `${children} equal in every field to another of their line`, count }] : [];
  });
}

function addChildren(batch: ImportBatch, target: PromptInBatch, line: PreparedPrompt, fresh: Fresh): void {
  const { added } = batch;
  const add = <Record extends { readonly labeler: string; readonly instructions?: number | null }>(
    children: Children,
    records: readonly Record[],
    list: {
      prompt: PromptInBatch;
      labeler: LabelerInBatch;
      instructions: InstructionsInBatch | null;
      position: number;
      identity: string;
      record: Record;
    }[],
  ): void => {
    for (const index of fresh[children]) {
      const record = records[index] as Record;
      const identity = line[children][index]!;
      target.identities[children].add(identity);
      list.push({
        prompt: target,
        labeler: worker(batch, record.labeler),
        instructions: record.instructions == null ? null : (batch.instructions.get(record.instructions) ?? null),
        position: target.next[children]++,
        identity,
        record,
      });
    }
  };
  add("demonstrations", line.prompt.demonstrations, added.demonstrations);
  add("rankings", line.prompt.rankings, added.rankings);
  add("assessments", line.prompt.assessments, added.assessments);
  add("skips", line.prompt.skips, added.skips);
  target.addedRankings += fresh.rankings.length;
}

/** The labeler with this handle, registered in pool TRAINING when new, and from now on a member of the dataset. */
function worker(batch: ImportBatch, handle: string): LabelerInBatch {
  let labeler = batch.labelers.get(handle);
  if (!labeler) {
    labeler = { id: null, handle, pool: "TRAINING", status: "ACTIVE", isMember: false };
    batch.labelers.set(handle, labeler);
  }
  if (!labeler.isMember) {
    labeler.isMember = true;
    batch.added.members.add(labeler);
  }
  return labeler;
}
