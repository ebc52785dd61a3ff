/** Who gets which split: the groups that prompts form, what stays, and what is assigned. No group crosses splits. */
import type { Split, SplitGrouping } from "../../vocabulary.js";
import { connectedGroups } from "./groups.js";
import { drawSplits, type SplitFractions } from "./split.js";

/** A prompt with what connects it to others. */
export interface PlannedPrompt {
  readonly id: string;
  /** A hash of what makes it the same prompt: the same in every database. */
  readonly identity: string;
  readonly author: string | null;
  /** Its text as `foldText` gives it, or a hash of that. */
  readonly folded: string;
  /** The group it belongs to at present, and that group's split. */
  readonly groupId: string;
  readonly split: Split | null;
}

export interface SplitPlanInput {
  readonly prompts: readonly PlannedPrompt[];
  readonly fractions: SplitFractions;
  readonly seed: number;
  readonly groupBy: SplitGrouping;
  /** True: what has a split keeps it. False: everything is grouped and assigned anew. */
  readonly onlyUnassigned: boolean;
}

/** A group as it shall be. */
export interface PlannedGroup {
  /** The present group that it continues, or null where a new one is to be made. */
  readonly groupId: string | null;
  readonly split: Split;
  /** The split that groupId has at present. */
  readonly before: Split | null;
  /** All its prompts, as indexes into the input. */
  readonly members: readonly number[];
}

/** Prompts that belong together, have different splits, and draw others without a split between them. */
export interface Crossing {
  /** One prompt of each split, as indexes into the input. */
  readonly splits: ReadonlyMap<Split, number>;
  /** How many prompts of the component have no split. */
  readonly unassigned: number;
}

export interface SplitPlan {
  readonly groups: readonly PlannedGroup[];
  /** Where not empty, the plan must not be carried out. */
  readonly crossings: readonly Crossing[];
}

/**
 * Plan the splits of a dataset.
 *
 * Prompts with equal folded texts belong together, under AUTHOR also those of one author, and with onlyUnassigned those of a
 * group that has a split. Each such component becomes one group. One with a split keeps it, the others are assigned by
 * `assignSplits`, known by the smallest identity among their prompts, so that the same prompts, fractions and seed give the
 * same splits in every database.
 * A component whose prompts have different splits is left as it is; where others of it have none and would have to share
 * both, it is a crossing.
 */
export function planSplits(input: SplitPlanInput): SplitPlan {
  const { prompts, fractions, seed, onlyUnassigned } = input;
  const sizes = new Map<string, number>();
  for (const { groupId } of prompts) sizes.set(groupId, (sizes.get(groupId) ?? 0) + 1);

  const kept: PlannedGroup[] = [];
  const crossings: Crossing[] = [];
  const open: { key: string; members: readonly number[] }[] = [];
  const already: Partial<Record<Split, number>> = {};
  for (const members of componentsOf(input)) {
    const splits = onlyUnassigned ? splitsOf(prompts, members) : new Map<Split, number>();
    const [split] = splits.keys();
    if (split === undefined) {
      open.push({ key: smallestIdentity(prompts, members), members });
      continue;
    }
    if (splits.size > 1) {
      for (const index of members) countSplit(already, (prompts[index] as PlannedPrompt).split, 1);
      const unassigned = members.filter((index) => prompts[index]?.split === null).length;
      if (unassigned > 0) crossings.push({ splits, unassigned });
      continue;
    }
    countSplit(already, split, members.length);
    kept.push({ groupId: wholeGroup(prompts, members, sizes, true), split, before: split, members });
  }

  const groups = open.map(({ key, members }) => ({ key, prompts: members.length }));
  const assigned = drawSplits({ groups, already, fractions, seed });
  const planned = open.map(({ key, members }) => {
    const groupId = wholeGroup(prompts, members, sizes, false);
    const before = groupId === null ? null : splitOfGroup(prompts, members, groupId);
    return { groupId, split: assigned.get(key) as Split, before, members };
  });
  return { groups: [...kept, ...planned], crossings };
}

/** The components, each as the indexes of its prompts. */
function componentsOf({ prompts, groupBy, onlyUnassigned }: SplitPlanInput): number[][] {
  const byAuthor = groupBy === "AUTHOR";
  let component = connectedGroups(prompts.map(({ author, folded }) => ({ author: byAuthor ? author : null, folded })));
  if (onlyUnassigned && prompts.some(({ split }) => split !== null)) {
    // A second round with each component as an "author": what shares a group with a split is connected too.
    component = connectedGroups(
      prompts.map(({ groupId, split }, index) => ({
        author: String(component[index]),
        folded: split === null ? `prompt ${index}` : `group ${groupId}`,
      })),
    );
  }
  const members = new Map<number, number[]>();
  for (const [index, root] of component.entries()) {
    const known = members.get(root);
    if (known) known.push(index);
    else members.set(root, [index]);
  }
  return [...members.values()];
}

/** The splits among some prompts, each with the index of its first. */
function splitsOf(prompts: readonly PlannedPrompt[], members: readonly number[]): Map<Split, number> {
  const splits = new Map<Split, number>();
  for (const index of members) {
    const split = prompts[index]?.split ?? null;
    if (split !== null && !splits.has(split)) splits.set(split, index);
  }
  return splits;
}

const countSplit = (counts: Partial<Record<Split, number>>, split: Split | null, prompts: number): void => {
  if (split !== null) counts[split] = (counts[split] ?? 0) + prompts;
};

function smallestIdentity(prompts: readonly PlannedPrompt[], members: readonly number[]): string {
  let smallest = prompts[members[0]!]?.identity as string;
  for (const index of members) {
    const { identity } = prompts[index] as PlannedPrompt;
    if (identity < smallest) smallest = identity;
  }
  return smallest;
}

/** The lowest present group all of whose prompts are in the component (withSplit: that has a split), or null. */
function wholeGroup(
  prompts: readonly PlannedPrompt[],
  members: readonly number[],
  sizes: ReadonlyMap<string, number>,
  withSplit: boolean,
): string | null {
  const counts = new Map<string, number>();
  for (const index of members) {
    const { groupId, split } = prompts[index] as PlannedPrompt;
    if (!withSplit || split !== null) counts.set(groupId, (counts.get(groupId) ?? 0) + 1);
  }
  let lowest: string | null = null;
  for (const [groupId, count] of counts) {
    if (count === sizes.get(groupId) && (lowest === null || Number(groupId) < Number(lowest))) lowest = groupId;
  }
  return lowest;
}

const splitOfGroup = (prompts: readonly PlannedPrompt[], members: readonly number[], groupId: string): Split | null => {
  const member = members.find((index) => prompts[index]?.groupId === groupId);
  return member === undefined ? null : ((prompts[member] as PlannedPrompt).split ?? null);
};
