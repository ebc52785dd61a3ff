import type { TiePolicy } from "../../vocabulary.js";
import { defined, undefinedBecause } from "../intervals/statistic.js";
import type { CountedUnit } from "../judgments/unit.js";
import { NOT_PREFERRED, PREFERRED, TIED } from "../judgments/units-from-rankings.js";
import type { Coefficient, UnitShares } from "./coefficient.js";

/** What a pair of values is worth: credit[v·q + w] of counted[v·q + w], both symmetric; 0 of 0 where the pair does not count. [q·q] */
export interface PairCredits {
  readonly q: number;
  readonly credit: Float64Array;
  readonly counted: Float64Array;
}

/** Two values agree where they are the same category: every measure but RANKING, and RANKING under EXACT. */
export function exactCredits(q: number): PairCredits {
  const credit = new Float64Array(q * q);
  for (let c = 0; c < q; c++) {
    credit[c * q + c] = 1;
  }
  return { q, credit, counted: new Float64Array(q * q).fill(1) };
}

/**
 * What two orders of one pair of completions are worth under a tie policy. EXACT: `<`, `=`, `>` must match. HALF_CREDIT: a tie
 * against a strict order counts ½. STRICT_ONLY: only where both order strictly. A>B>C=D against A>B=C>D: 4/6, 5/6, 4/4.
 */
export function rankingCredits(tiePolicy: TiePolicy): PairCredits {
  const q = 3;
  const { credit, counted } = exactCredits(q);
  for (const strict of [PREFERRED, NOT_PREFERRED]) {
    for (const cell of [strict * q + TIED, TIED * q + strict]) {
      credit[cell] = tiePolicy === "HALF_CREDIT" ? 0.5 : 0;
      counted[cell] = tiePolicy === "STRICT_ONLY" ? 0 : 1;
    }
  }
  if (tiePolicy === "STRICT_ONLY") {
    credit[TIED * q + TIED] = 0;
    counted[TIED * q + TIED] = 0;
  }
  return { q, credit, counted };
}

/** PAIRS: every pair of labelers on a unit counts once. ITEMS: every unit counts once, whoever many judged it (Gwet's pa). */
export type AgreementAverage = "PAIRS" | "ITEMS";

/**
 * Percent agreement: the share of labeler pairs that agree, pooled over all units (PAIRS), or the mean over units of each one's
 * share (ITEMS). In [0, 1], 1 is full agreement; not corrected for chance. Undefined where no two labelers' values count.
 *
 *   PAIRS  Σ_u a_u / Σ_u p_u        ITEMS  (1/N) Σ_u a_u / p_u        a_u: credit, p_u: labeler pairs that count in unit u
 *
 * Source of ITEMS: Gwet 2014, "Handbook of Inter-Rater Reliability", 4th ed., section 2.4 (pa).
 */
export function percentAgreement(credits: PairCredits, average: AgreementAverage = "PAIRS"): Coefficient {
  return {
    name: "PERCENT_AGREEMENT",
    size: average === "PAIRS" ? 3 : 4,
    minimum: 0,
    maximum: 1,
    add(sums, unit) {
      const { agreed, pairs } = agreedPairs(unit, credits);
      if (average === "ITEMS" && unit.values.length > 0) {
        sums[3]! += 1; // All units, for Gwet's standard error.
      }
      if (pairs > 0) {
        sums[0]! += 1;
        sums[1]! += average === "PAIRS" ? agreed : agreed / pairs;
        sums[2]! += average === "PAIRS" ? pairs : 1;
      }
    },
    evaluate(sums) {
      return sums[2]! > 0
        ? defined(sums[1]! / sums[2]!)
        : undefinedBecause("No unit has values of two labelers that count, so there is nothing to compare.");
    },
    parts: (sums) => ({ observed: sums[1]! / sums[2]!, expected: null }),
    ...(average === "ITEMS" ? { unitShares: (sums: Float64Array) => itemShares(sums, credits) } : {}),
  };
}

/** The labeler pairs of a unit that count, and the credit of those that agree. */
function agreedPairs({ counts, values }: CountedUnit, { q, credit, counted }: PairCredits) {
  let agreed = 0;
  let pairs = 0;
  for (let c = 0; c < q && values.length >= 2; c++) {
    if (counts[c] === 0) {
      continue;
    }
    const within = (counts[c]! * (counts[c]! - 1)) / 2;
    agreed += within * credit[c * q + c]!;
    pairs += within * counted[c * q + c]!;
    for (let k = c + 1; k < q; k++) {
      const across = counts[c]! * counts[k]!;
      agreed += across * credit[c * q + k]!;
      pairs += across * counted[c * q + k]!;
    }
  }
  return { agreed, pairs };
}

/** Each unit's share of pa, times n/n₂; a unit without a pair that counts has none. Source: Gwet 2014, section 5.3. */
function itemShares(sums: Float64Array, credits: PairCredits): UnitShares {
  const scale = sums[3]! / sums[2]!;
  return {
    centre: sums[1]! / sums[2]!,
    of(unit) {
      const { agreed, pairs } = agreedPairs(unit, credits);
      return pairs > 0 ? (scale * agreed) / pairs : 0;
    },
  };
}
