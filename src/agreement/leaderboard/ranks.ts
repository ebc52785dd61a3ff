/** Ratings that differ by no more than this are equal: rounding must not decide a rank. */
const SAME = 1e-9;

/**
 * The rank of each source, 1 for the best; equal ratings share a rank, and the next one is as many below as there are:
 *
 *   rank_i = 1 + #{j : rating_j > rating_i + 10⁻⁹}
 *
 * @param ratings [sources] @returns from 1 to sources. [sources]
 */
export function ranksOf(ratings: ArrayLike<number>): number[] {
  const ascending = Float64Array.from(ratings).sort();
  return Array.from(ratings, (rating) => {
    // The first place above rating + SAME.
    let [low, high] = [0, ascending.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ascending[middle]! > rating + SAME) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return 1 + ascending.length - low;
  });
}
