/** Division into train, validation and test: deterministic in the seed, and no group crosses (InstructGPT, section 3.2). */
import { hash } from "node:crypto";
import { badInput } from "../../errors.js";
import { SPLITS, type Split } from "../../vocabulary.js";
import { compareCodePoints, show } from "../text/code-points.js";

/** The share of all prompts that each split shall have. */
export interface SplitFractions {
  train: number;
  validation: number;
  test: number;
}

/** Prompts that must stay together: those of one author, with the near-duplicates of each. */
export interface SplitGroup {
  /** Stable and unique among the groups. */
  key: string;
  /** How many prompts it has. */
  prompts: number;
}

const TOLERANCE = 1e-9;

/** Refuse fractions that are no numbers from 0 to 1, or that do not add up to 1 (within 1e-9). */
export function checkFractions(fractions: SplitFractions, place = "input"): void {
  const { train, validation, test } = fractions;
  for (const [name, value] of Object.entries({ train, validation, test })) {
    if (!(Number.isFinite(value) && value >= 0 && value <= 1)) {
      const shown = Number.isNaN(value) ? "NaN" : show(value);
      throw badInput(
        `${place}.${name} is ${shown}; a split fraction must be a number from 0 to 1.`,
        `${place}.${name}`,
      );
    }
  }
  const sum = train + validation + test;
  if (Math.abs(sum - 1) > TOLERANCE) {
    throw badInput(`Split fractions add up to ${Number(sum.toPrecision(12))}; they must add up to 1.`, place);
  }
}

/**
 * Give every group a split.
 *
 * Groups are taken in the order of sha256(seed, key), so that neither their order here nor their size or age decides; each
 * goes to the split s with the largest deficit f_s · N − n_s, where N counts the prompts of all groups and those assigned
 * already, and n_s those that s has so far (the first of TRAIN, VALIDATION, TEST when equal). Starting from nothing, no
 * split ends further from its share than the largest group has prompts.
 * @param groups the groups without a split
 * @param already how many prompts each split has already; they keep it
 * @param fractions each split's share; a split of fraction 0 gets no group
 * @param seed any integer; the same seed, groups and counts give the same splits
 * @returns each group's split, by key
 */
export function drawSplits(input: {
  groups: readonly SplitGroup[];
  already: Readonly<Partial<Record<Split, number>>>;
  fractions: SplitFractions;
  seed: number;
}): Map<string, Split> {
  const { groups, already, fractions, seed } = input;
  checkFractions(fractions);
  const splits = SPLITS.map((split) => ({
    split,
    fraction: fractions[FRACTION_OF[split]],
    prompts: already[split] ?? 0,
  }));
  let all = 0;
  for (const { prompts } of splits) all += prompts;
  for (const { prompts } of groups) all += prompts;

  const open = splits.filter(({ fraction }) => fraction > 0);
  const assigned = new Map<string, Split>();
  for (const group of inSeededOrder(groups, seed)) {
    let best = open[0]!; // the fractions add up to 1: one of them is above 0
    for (const split of open) {
      if (split.fraction * all - split.prompts > best.fraction * all - best.prompts) best = split;
    }
    best.prompts += group.prompts;
    assigned.set(group.key, best.split);
  }
  if (assigned.size < groups.length) throw new RangeError("Two groups to be split have the same key.");
  return assigned;
}

const FRACTION_OF = { TRAIN: "train", VALIDATION: "validation", TEST: "test" } as const;

/** The groups by the first 48 bits of sha256 over the seed and the key; equal ones by key. */
function inSeededOrder(groups: readonly SplitGroup[], seed: number): SplitGroup[] {
  return groups
    .map((group) => ({ group, draw: Number.parseInt(hash("sha256", `${seed}\0${group.key}`, "hex").slice(0, 12), 16) }))
    .sort((a, b) => a.draw - b.draw || compareCodePoints(a.group.key, b.group.key))
    .map(({ group }) => group);
}
