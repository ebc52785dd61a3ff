/**
 * Twice the midranks of values, less their mean: of each value how many of the others are smaller, less how many are larger.
 *
 *   u_i = #{j: x_j < x_i} − #{j: x_j > x_i} = 2 (r_i − (k + 1)/2),   r the midranks (ties share the mean of their ranks)
 *
 * Whole numbers with sum 0, so that what is computed of them is exact where ranks are; 0 everywhere where all values are tied.
 *
 * @param values compared by size alone. [k]
 * @returns [k]
 * Source: Kendall 1945, "The treatment of ties in ranking problems".
 */
export function centredRanks(values: ArrayLike<number>): Float64Array {
  const k = values.length;
  const order = Int32Array.from({ length: k }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(k);
  for (let first = 0; first < k; ) {
    let end = first + 1;
    while (end < k && values[order[end]!] === values[order[first]!]) {
      end++;
    }
    for (let place = first; place < end; place++) {
      ranks[order[place]!] = first - (k - end);
    }
    first = end;
  }
  return ranks;
}

/** Σ u², 0 where all values are tied. [k] */
export function sumOfSquares(ranks: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < ranks.length; i++) {
    squares += ranks[i]! ** 2;
  }
  return squares;
}
