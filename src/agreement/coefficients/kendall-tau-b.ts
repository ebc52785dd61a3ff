/**
 * Kendall's τ-b of two labelers from how they ordered pairs of completions.
 *
 *   τ_b = Σ s₁ s₂ / √(n₁ n₂),   s = −1, 0, 1 for `<`, `=`, `>`;   n₁, n₂: pairs that the one and the other ordered strictly
 *
 * over the pairs that both ordered. From −1 (opposite orders) to 1 (the same order, ties included). Null where one of the two
 * ordered no pair strictly: a constant has no rank correlation.
 *
 * @param counts pairs that the first labeler put in category c (0 `<`, 1 `=`, 2 `>`) and the second in k, at
 *   counts[offset + 3·c + k]. Which completion of a pair stands first changes nothing. [9]
 * Source: Kendall 1945, "The treatment of ties in ranking problems", Biometrika 33.
 */
export function tauBOfOrders(counts: ArrayLike<number>, offset = 0): number | null {
  const at = (cell: number): number => counts[offset + cell]!;
  const [sameSide, otherSide] = [at(0) + at(8), at(2) + at(6)];
  const first = sameSide + otherSide + at(1) + at(7);
  const second = sameSide + otherSide + at(3) + at(5);
  return first > 0 && second > 0 ? (sameSide - otherSide) / Math.sqrt(first * second) : null;
}

/**
 * Kendall's τ-b of two labelers from how they scored things.
 *
 *   τ_b = (C − D) / √((P − T₁)(P − T₂)),   P = k(k − 1)/2
 *
 * C and D are the pairs of things that both order alike and contrarily, T₁ and T₂ those that the one and the other tie, k the
 * things that both scored. From −1 to 1. Null where one of the two gave a single value.
 *
 * @param counts things to which the first labeler gave the value c and the second k of an ascending scale, at
 *   counts[offset + q·c + k]. [q·q]
 * Source: Kendall 1945, "The treatment of ties in ranking problems", Biometrika 33.
 */
export function tauBOfTable(counts: ArrayLike<number>, q: number, offset = 0): number | null {
  let [balance, things, tiedByFirst] = [0, 0, 0];
  const columns = new Float64Array(q);
  for (let c = 0; c < q; c++) {
    let row = 0;
    for (let k = 0; k < q; k++) {
      const count = counts[offset + q * c + k]!;
      if (count > 0) {
        row += count;
        columns[k]! += count;
        balance += count * above(counts, q, offset, c, k);
      }
    }
    things += row;
    tiedByFirst += (row * (row - 1)) / 2;
  }
  const pairs = (things * (things - 1)) / 2;
  const tiedBySecond = columns.reduce((sum, column) => sum + (column * (column - 1)) / 2, 0);
  const [first, second] = [pairs - tiedByFirst, pairs - tiedBySecond];
  return first > 0 && second > 0 ? balance / Math.sqrt(first * second) : null;
}

/** Of the things with a higher first value than c: those with a higher second value than k, less those with a lower one. */
function above(counts: ArrayLike<number>, q: number, offset: number, c: number, k: number): number {
  let balance = 0;
  for (let higher = c + 1; higher < q; higher++) {
    for (let other = 0; other < q; other++) {
      balance += Math.sign(other - k) * counts[offset + q * higher + other]!;
    }
  }
  return balance;
}
