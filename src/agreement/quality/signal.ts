import type { LabelerSignalName } from "../../vocabulary.js";

/** What one look at one labeler's work found. Nothing follows from it by itself: a person reads the evidence and decides. */
export interface LabelerSignal {
  readonly signal: LabelerSignalName;
  /** What was measured, of this labeler … */
  readonly value: number | null;
  /** … and what it would be for a labeler like the others. */
  readonly expected: number | null;
  /**
   * The probability of something at least as far out from a labeler whose work is like that of the others; where a signal looks
   * several times (at each other labeler, at both directions) it is Bonferroni's bound for all looks.
   */
  readonly pValue: number | null;
  /** The same for all labelers of the report together, by Holm's method. */
  readonly adjustedPValue: number | null;
  /** What was counted: works, units or prompts, as the evidence says. */
  readonly n: number;
  /** True where the probability is at most FLAGGED_AT. */
  readonly flagged: boolean;
  /** What was seen, in a sentence with its numbers; null where nothing could be looked at. */
  readonly evidence: string | null;
  /** Why there is no value, or no probability, in a sentence. */
  readonly reason: string | null;
  /** The labeler that COPYING is about, by number; null under every other signal. */
  readonly other: number | null;
}

/** A signal before the labelers of a report are looked at together. */
export type Finding = Omit<LabelerSignal, "signal" | "adjustedPValue" | "flagged" | "other"> & {
  readonly other?: number;
  /** False where the effect is too small to matter, however sure it is. */
  readonly isLarge?: boolean;
};

/** At most this share of honest labelers is flagged by a signal. */
export const FLAGGED_AT = 0.01;

/** Nothing could be looked at, for this reason. */
export const nothingToSee = (reason: string, n = 0): Finding => ({
  value: null,
  expected: null,
  pValue: null,
  n,
  evidence: null,
  reason,
});

/** The findings of one signal on all labelers as signals, in the same order. */
export function signalsOf(signal: LabelerSignalName, findings: readonly Finding[]): LabelerSignal[] {
  const adjusted = holm(findings.map(({ pValue }) => pValue));
  return findings.map(({ value, expected, pValue, n, evidence, reason, other, isLarge }, i) => ({
    signal,
    value,
    expected,
    pValue,
    adjustedPValue: adjusted[i]!,
    n,
    flagged: pValue !== null && pValue <= FLAGGED_AT && isLarge !== false,
    evidence,
    reason,
    other: other ?? null,
  }));
}

/**
 * Adjusts probabilities so that a labeler whose adjusted one is at most a is, with probability 1 − a, no mistake among all labelers:
 * of m sorted p-values p̃_(i) = max_{j ≤ i} min(1, (m − j + 1) p_(j)). Null stays null and is not counted.
 * Source: Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure".
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  const known = pValues.flatMap((p, i) => (p === null ? [] : [{ p, i }])).sort((a, b) => a.p - b.p);
  const adjusted: (number | null)[] = pValues.map(() => null);
  let least = 0;
  known.forEach(({ p, i }, rank) => {
    least = Math.max(least, Math.min(1, (known.length - rank) * p));
    adjusted[i] = least;
  });
  return adjusted;
}
