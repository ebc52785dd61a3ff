import { sumOfSquares } from "../judgments/centred-ranks.js";

/**
 * Kendall's coefficient of concordance of m labelers who ranked the same k things.
 *
 *   W = 12 S / (m² (k³ − k) − m Σ_j T_j),   S = Σ_i (R_i − R̄)²,   T_j = Σ (t³ − t) over the ties of labeler j
 *
 * R_i is the sum of the midranks of thing i. In centred ranks u this is Σ_i (Σ_j u_ij)² / (m Σ_ij u_ij²), since ties take
 * T_j / 12 from a labeler's sum of squares. From 0 (none) to 1 (all rank alike, ties included). Null where every labeler ties
 * everything.
 *
 * @param ranks centred midranks (see centredRanks) of m ≥ 2 labelers. [m][k]
 * @param tieCorrection without it T is taken for 0, as in Kendall and Babington Smith 1939, and ties keep W below 1.
 * Source: Kendall and Gibbons 1990, "Rank Correlation Methods", 5th ed., chapter 6.
 */
export function kendallW(ranks: readonly Float64Array[], tieCorrection = true): number | null {
  const m = ranks.length;
  const k = ranks[0]!.length;
  const sums = new Float64Array(k);
  let squares = 0;
  for (const u of ranks) {
    squares += sumOfSquares(u);
    for (let i = 0; i < k; i++) {
      sums[i]! += u[i]!;
    }
  }
  // Ranks are doubled, so 12 S is 3 Σ u², and a labeler without ties has Σ u² = (k³ − k) / 3.
  const most = tieCorrection ? m * squares : (m * m * (k ** 3 - k)) / 3;
  return squares > 0 ? sumOfSquares(sums) / most : null;
}
