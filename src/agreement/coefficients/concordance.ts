import { defined, undefinedBecause } from "../intervals/statistic.js";
import { sumOfSquares } from "../judgments/centred-ranks.js";
import type { JudgedPrompt } from "../judgments/judged-prompt.js";
import { pairsIn, type RankedSet, type RankedSets, rankedSets } from "../judgments/ranked-sets.js";
import type { PromptCoefficient } from "./coefficient.js";
import { kendallW } from "./kendall-w.js";
import { meanSpearman } from "./spearman-rho.js";

/** The sums: pairs of completions and prompts that entered, the sum of their values, rankings, and those left out, by reason. */
const SUMS = ["pairs", "prompts", "total", "rankings", "ofTwo", "ofSeveral", "alone", "tied"] as const;
type Sums = Readonly<Record<(typeof SUMS)[number], number>>;

const read = (sums: Float64Array): Sums =>
  Object.fromEntries(SUMS.map((name, column) => [name, sums[column]!])) as Sums;

/** What a prompt's sets say: its value, the sets that entered, and the rankings that did not. */
interface OfPrompt {
  readonly value: number | null;
  readonly entered: readonly RankedSet[];
  readonly tied: number;
  readonly alone: number;
}

/**
 * Kendall's W of rankings: the mean over prompts. Of a prompt it is the mean over the sets of three or more completions that two
 * labelers or more ranked as a whole (mostly there is one); sets that all labelers tied are left out. From 0 to 1.
 */
export const kendallWOfRankings = (setsOf: SetsOfPrompt): PromptCoefficient =>
  overPrompts("KENDALL_W", setsOf, 0, (sets) => {
    const values = sets.map(({ ranks }) => kendallW(ranks));
    const entered = sets.filter((_, i) => values[i] !== null);
    const total = values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    const tied = sets.reduce((sum, { ranks }, i) => sum + (values[i] === null ? ranks.length : 0), 0);
    return { value: entered.length > 0 ? total / entered.length : null, entered, tied, alone: 0 };
  });

/**
 * Spearman's ρ of rankings: the mean over prompts of the mean over the pairs of labelers who ranked the same three or more
 * completions as a whole; rankings that tie everything are left out. From −1 to 1.
 */
export const spearmanOfRankings = (setsOf: SetsOfPrompt): PromptCoefficient =>
  overPrompts("SPEARMAN_RHO", setsOf, -1, (sets) => {
    const entered: RankedSet[] = [];
    let [total, pairs, tied, alone] = [0, 0, 0, 0];
    for (const set of sets) {
      const ranks = set.ranks.filter((u) => sumOfSquares(u) > 0);
      tied += set.ranks.length - ranks.length;
      if (ranks.length < 2) {
        alone += ranks.length;
        continue;
      }
      const those = (ranks.length * (ranks.length - 1)) / 2;
      total += those * meanSpearman(ranks);
      pairs += those;
      entered.push(set);
    }
    return { value: pairs > 0 ? total / pairs : null, entered, tied, alone };
  });

/** W keeps a ranking that ties everything as long as somebody else orders the set; ρ has no value with one. */
const NOTHING_ENTERS = {
  KENDALL_W:
    "No prompt has two labelers with one ranking each of the same three or more completions, where not everybody tied them all.",
  SPEARMAN_RHO:
    "No prompt has two labelers with one ranking each of the same three or more completions that is not one tie of all.",
} as const;

function overPrompts(
  name: "KENDALL_W" | "SPEARMAN_RHO",
  setsOf: SetsOfPrompt,
  minimum: number,
  ofPrompt: (sets: readonly RankedSet[]) => OfPrompt,
): PromptCoefficient {
  return {
    name,
    size: SUMS.length,
    minimum,
    maximum: 1,
    addPrompt(sums, prompt) {
      const { sets, rankings, ofTwo, ofSeveral, alone } = setsOf(prompt);
      const found = ofPrompt(sets);
      const entered = found.value !== null;
      const added: Sums = {
        pairs: entered ? pairsIn(found.entered) : 0,
        prompts: entered ? 1 : 0,
        total: found.value ?? 0,
        rankings,
        ofTwo,
        ofSeveral,
        alone: alone + found.alone,
        tied: found.tied,
      };
      SUMS.forEach((column, i) => {
        sums[i]! += added[column];
      });
    },
    evaluate(sums) {
      const { prompts, total } = read(sums);
      return prompts > 0 ? defined(total / prompts) : undefinedBecause(NOTHING_ENTERS[name]);
    },
    warnings: (totals) => leftOut(name, read(totals)),
  };
}

/** Which rankings did not enter and why, with counts. */
function leftOut(name: string, { rankings, ofTwo, ofSeveral, alone, tied }: Sums): string[] {
  const parts = [
    [ofTwo, "of two completions"],
    [ofSeveral, "of labelers who ranked several sets of a prompt's completions"],
    [alone, "of completions that nobody else ranked as a whole"],
    [tied, name === "KENDALL_W" ? "of completions that everybody tied" : "that tie all completions"],
  ] as const;
  const given = parts.filter(([count]) => count > 0);
  const out = given.reduce((sum, [count]) => sum + count, 0);
  if (out === 0) {
    return [];
  }
  const reasons = given.map(([count, reason]) => `${count} ${reason}`).join(", ");
  return [`${name} is of ${rankings - out} of ${rankings} rankings; left out are ${reasons}.`];
}

/** The ranked sets of a prompt. */
export type SetsOfPrompt = (prompt: JudgedPrompt) => RankedSets;

/** Finds the sets of a prompt once for the coefficients that ask for the same prompt in turn. */
export function rankedSetsOnce(): SetsOfPrompt {
  let known: { prompt: JudgedPrompt; sets: RankedSets } | null = null;
  return (prompt) => {
    if (known?.prompt !== prompt) {
      known = { prompt, sets: rankedSets(prompt.rankings) };
    }
    return known.sets;
  };
}
