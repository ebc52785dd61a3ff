import type { CountedUnit } from "../judgments/unit.js";

/**
 * Adds the coincidences of a unit with m ≥ 2 values: every ordered pair of values from two different labelers counts 1/(m−1),
 * so that each value counts once in all.
 *
 *   o_ck += n_c (n_k − [c = k]) / (m − 1)
 *
 * @param matrix the coincidence matrix, row by row. [q·q], starting at offset
 * Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C, step 2.
 */
export function addCoincidences(matrix: Float64Array, offset: number, unit: CountedUnit): void {
  const { counts } = unit;
  const q = counts.length;
  const others = unit.values.length - 1;
  for (let c = 0; c < q; c++) {
    const inRow = counts[c]!;
    if (inRow === 0) {
      continue;
    }
    for (let k = 0; k < q; k++) {
      matrix[offset + c * q + k]! += (inRow * (c === k ? inRow - 1 : counts[k]!)) / others;
    }
  }
}

/**
 * The same, averaged over the two orientations of a pair of completions: C ← (C + C flipped) / 2, where flipping exchanges
 * category c with q−1−c (`<` with `>`). Which completion of a pair stands first is arbitrary, yet the marginals of `<` and `>`
 * depend on it; so does every chance-corrected coefficient, unless both orientations count alike. The total is unchanged.
 */
export function addOrientedCoincidences(matrix: Float64Array, offset: number, unit: CountedUnit): void {
  const { counts } = unit;
  const q = counts.length;
  const others = unit.values.length - 1;
  for (let c = 0; c < q; c++) {
    const inRow = counts[c]!;
    if (inRow === 0) {
      continue;
    }
    for (let k = 0; k < q; k++) {
      const half = (inRow * (c === k ? inRow - 1 : counts[k]!)) / (2 * others);
      matrix[offset + c * q + k]! += half;
      matrix[offset + (q - 1 - c) * q + (q - 1 - k)]! += half;
    }
  }
}
