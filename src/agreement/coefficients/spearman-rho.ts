import { sumOfSquares } from "../judgments/centred-ranks.js";

/**
 * Spearman's ρ of two labelers: Pearson's correlation of the midranks that their scores have among the things both scored.
 *
 *   ρ = Σ u_i v_i / √(Σ u_i² Σ v_i²),   u, v: centred midranks (see centredRanks)
 *
 * From −1 to 1. Null where one of the two gave a single value.
 *
 * @param counts things to which the first labeler gave the value c and the second k of an ascending scale, at
 *   counts[offset + q·c + k]. [q·q]
 * Source: Spearman 1904, "The proof and measurement of association between two things"; midranks: Kendall 1945.
 */
export function spearmanOfTable(counts: ArrayLike<number>, q: number, offset = 0): number | null {
  const rows = new Float64Array(q);
  const columns = new Float64Array(q);
  for (let c = 0; c < q; c++) {
    for (let k = 0; k < q; k++) {
      rows[c]! += counts[offset + q * c + k]!;
      columns[k]! += counts[offset + q * c + k]!;
    }
  }
  const [u, v] = [ranksOfMarginals(rows), ranksOfMarginals(columns)];
  let [products, first, second] = [0, 0, 0];
  for (let c = 0; c < q; c++) {
    first += rows[c]! * u[c]! ** 2;
    second += columns[c]! * v[c]! ** 2;
    for (let k = 0; k < q; k++) {
      products += counts[offset + q * c + k]! * u[c]! * v[k]!;
    }
  }
  return first > 0 && second > 0 ? products / Math.sqrt(first * second) : null;
}

/** The centred midrank of each value that stands so often: how many are smaller, less how many are larger. [q] */
function ranksOfMarginals(counts: Float64Array): Float64Array {
  let above = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  return counts.map((count) => {
    above -= count;
    const rank = below - above;
    below += count;
    return rank;
  });
}

/**
 * The mean of Spearman's ρ over all pairs of labelers who ranked the same things, without forming the pairs.
 *
 *   ρ̄ = (Σ_i (Σ_j z_ij)² − m) / (m (m − 1)),   z_j = u_j / |u_j|
 *
 * because Σ_j Σ_l z_j·z_l is m and twice the sum over pairs. From −1/(m − 1) to 1.
 *
 * @param ranks centred midranks of m ≥ 2 labelers (see centredRanks), none of whom ties everything. [m][k]
 * Source: Kendall and Babington Smith 1939, "The problem of m rankings" (without ties ρ̄ = (m W − 1)/(m − 1)).
 */
export function meanSpearman(ranks: readonly Float64Array[]): number {
  const m = ranks.length;
  const sums = new Float64Array(ranks[0]!.length);
  for (const u of ranks) {
    const length = Math.sqrt(sumOfSquares(u));
    for (let i = 0; i < sums.length; i++) {
      sums[i]! += u[i]! / length;
    }
  }
  // Rounding may carry labelers who agree fully beyond 1 by its last bit.
  return Math.min(1, (sumOfSquares(sums) - m) / (m * (m - 1)));
}
