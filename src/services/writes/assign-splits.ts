import { hash } from "node:crypto";
import { checkFractions } from "../../datasets/splits/split.js";
import { type Crossing, type PlannedGroup, type PlannedPrompt, planSplits } from "../../datasets/splits/split-plan.js";
import { foldText } from "../../datasets/text/folding.js";
import { clearAuthorsGroups, moveAuthors, newGroups } from "../../entities/queries/splits/split-groups.js";
import {
  endAssignments,
  movePrompts,
  promptsToSplit,
  replacePolicy,
  type SplitPolicyFacts,
} from "../../entities/queries/splits/split-writes.js";
import { conflict } from "../../errors.js";
import type { Split } from "../../vocabulary.js";
import { requireDataset } from "../access/visibility.js";
import { globalId, localId } from "../input/global-id.js";
import { audit } from "./audit.js";
import { beginChange } from "./change-dataset.js";
import { type Change, runChange, type Writer } from "./run-change.js";
import { setSplits } from "./split-groups.js";

export interface SplitAssignment extends SplitPolicyFacts {
  readonly datasetId: string;
  readonly onlyUnassigned: boolean;
  readonly idempotencyKey?: string | null;
}

/**
 * Gives every prompt of a dataset a split: the same prompts, fractions and seed give the same splits, and prompts of one
 * author (unless groupBy is PROMPT) or of equal texts after Unicode, case and white-space folding get the same one.
 * Refused: fractions that are no shares of 1; with onlyUnassigned, prompts that belong to two splits at once (CONFLICT).
 * @returns the dataset's number
 */
export async function assignSplits(writer: Writer, input: SplitAssignment): Promise<string> {
  const { train, validation, test, seed, groupBy, onlyUnassigned } = input;
  const check = () => checkFractions({ train, validation, test }, "input");
  return runChange(writer, { mutation: "assignSplits", input, check }, async (change) => {
    const { connection, manager, viewer } = change;
    const datasetId = localId("Dataset", input.datasetId, "input.datasetId");
    requireDataset(viewer, datasetId);
    const revision = await beginChange(manager, datasetId);
    const prompts = await readPrompts(change, datasetId);
    const fractions = { train, validation, test };
    const { groups: plan, crossings } = planSplits({ prompts, fractions, seed, groupBy, onlyUnassigned });
    if (crossings[0]) throw crossed(prompts, crossings[0]);
    const groupIds = await groupsOfPlan(change, datasetId, plan);
    await carryOut(change, prompts, plan, groupIds, revision);
    if (groupBy === "AUTHOR") await moveAuthors(connection, datasetId, authorsOf(prompts, plan, groupIds));
    else await clearAuthorsGroups(connection, datasetId);
    const policy = { train, validation, test, seed, groupBy };
    const before = await replacePolicy(connection, datasetId, policy, new Date(), revision);
    await audit(manager, viewer, {
      action: "assignSplits",
      subject: input.datasetId,
      datasetId,
      before: before ? { ...before } : null,
      after: { ...policy, onlyUnassigned, groups: plan.length, prompts: promptsBySplit(plan) },
    });
    return datasetId;
  });
}

function crossed(prompts: readonly PlannedPrompt[], { splits, unassigned }: Crossing): Error {
  const examples = [...splits].map(([split, index]) => `${globalId("Prompt", prompts[index]?.id ?? "")} (${split})`);
  return conflict(
    `Prompts that belong together by their author or an equal text have different splits already: ${examples.join(", ")}. ${unassigned} more without a split belong to them and would cross. Assign all anew with onlyUnassigned: false.`,
  );
}

async function readPrompts({ connection }: Change, datasetId: string): Promise<PlannedPrompt[]> {
  const prompts: PlannedPrompt[] = [];
  for await (const batch of promptsToSplit(connection, datasetId)) {
    for (const { text, ...prompt } of batch)
      prompts.push({ ...prompt, folded: hash("sha256", foldText(text), "base64") });
  }
  return prompts;
}

/** The group of each part of the plan: the one it continues, or a new one. */
async function groupsOfPlan(
  { connection }: Change,
  datasetId: string,
  plan: readonly PlannedGroup[],
): Promise<string[]> {
  const missing = plan.filter(({ groupId }) => groupId === null).length;
  const fresh = (await newGroups(connection, datasetId, missing)).values();
  return plan.map(({ groupId }) => groupId ?? (fresh.next().value as string));
}

/** Moves prompts into their groups, and gives the groups their splits. */
async function carryOut(
  { connection }: Change,
  prompts: readonly PlannedPrompt[],
  plan: readonly PlannedGroup[],
  groupIds: readonly string[],
  revision: number,
): Promise<void> {
  const moved = new Map<string, string>();
  const ended: string[] = [];
  const splits = new Map<string, Split>();
  for (const [index, { split, before, members }] of plan.entries()) {
    const groupId = groupIds[index]!;
    for (const member of members) {
      const prompt = prompts[member] as PlannedPrompt;
      if (prompt.groupId !== groupId) moved.set(prompt.id, groupId);
    }
    if (split === before) continue;
    if (before !== null) ended.push(groupId);
    splits.set(groupId, split);
  }
  await movePrompts(connection, moved, revision);
  await endAssignments(connection, ended, revision);
  await setSplits(connection, splits, revision);
}

function authorsOf(
  prompts: readonly PlannedPrompt[],
  plan: readonly PlannedGroup[],
  groupIds: readonly string[],
): Map<string, string> {
  const groups = new Map<string, string>();
  for (const [index, { members }] of plan.entries()) {
    for (const member of members) {
      const author = prompts[member]?.author ?? null;
      if (author !== null) groups.set(author, groupIds[index]!);
    }
  }
  return groups;
}

function promptsBySplit(plan: readonly PlannedGroup[]): Partial<Record<Split, number>> {
  const counts: Partial<Record<Split, number>> = {};
  for (const { split, members } of plan) counts[split] = (counts[split] ?? 0) + members.length;
  return counts;
}
