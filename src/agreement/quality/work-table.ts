import type { JudgmentTable } from "../judgments/judgment-table.js";

/**
 * What labelers did, in columns. A work is what one labeler said about one set of a prompt's completions: a ranking, or all
 * scores that a labeler gave on a prompt. A block is the works on one set: they answer the same question, so they can be
 * compared as wholes, however much the pairs of one ranking depend on each other. A labeler has at most one work in a block.
 */
export interface WorkTable {
  /** Who said what of each unit, the later value where a labeler judged a unit again. */
  readonly judgments: JudgmentTable;
  /** The two completions of a unit of RANKING, numbered over all prompts; both −1 where a unit is one completion. [units] */
  readonly firstItemOf: Int32Array;
  readonly secondItemOf: Int32Array;
  readonly items: number;
  readonly works: number;
  readonly blocks: number;
  /** [works] each */
  readonly labelerOf: Int32Array;
  readonly promptOf: Int32Array;
  readonly clusterOf: Int32Array;
  readonly blockOf: Int32Array;
  /** Milliseconds since 1970, UTC; NaN where not known. [works] */
  readonly createdAt: Float64Array;
  /** Milliseconds the work took; NaN where not known. [works] */
  readonly durationMs: Float64Array;
  /** The values of work w that count are firstValue[w] … firstValue[w + 1] − 1. [works + 1] */
  readonly firstValue: Int32Array;
  readonly unitOf: Int32Array;
  readonly categoryOf: Uint8Array;
  /** The completions of work w are firstAnswer[w] … firstAnswer[w + 1] − 1, by ascending position. [works + 1] */
  readonly firstAnswer: Int32Array;
  /** The tier of each completion from 1, or its category on the scale. */
  readonly answerOf: Int32Array;
  /** Which completion of the set stood at each place, first place first; −1 where the order of display is not known. */
  readonly shownAt: Int32Array;
  /** True where answers are tiers. */
  readonly ranked: boolean;
  /** The works of block b are workAt[firstWork[b]] … workAt[firstWork[b + 1] − 1]. [blocks + 1] */
  readonly firstWork: Int32Array;
  readonly workAt: Int32Array;
  /** The works of labeler l are workBy[firstBy[l]] … workBy[firstBy[l + 1] − 1]. [labelers + 1] */
  readonly firstBy: Int32Array;
  readonly workBy: Int32Array;
}

/** The items in groups: those of group g are at[first[g]] … at[first[g + 1] − 1], in ascending order. */
export function grouped(groupOf: Int32Array, groups: number): { readonly first: Int32Array; readonly at: Int32Array } {
  const first = new Int32Array(groups + 1);
  for (const group of groupOf) {
    first[group + 1]!++;
  }
  for (let group = 0; group < groups; group++) {
    first[group + 1]! += first[group]!;
  }
  const next = first.slice();
  const at = new Int32Array(groupOf.length);
  for (let item = 0; item < groupOf.length; item++) {
    at[next[groupOf[item]!]!++] = item;
  }
  return { first, at };
}
