/** How long texts are, as the paper's Tables 9 to 11 print it. */

/** pandas' `describe`: of numbers, in their own unit (tokens). */
export interface LengthSummary {
  count: number;
  mean: number;
  /** With n − 1 in the denominator; 0 for a single number, where pandas has NaN. */
  std: number;
  min: number;
  p25: number;
  p50: number;
  p75: number;
  max: number;
}

/**
 * Count, mean, sample standard deviation √(Σ(x − mean)² / (n − 1)), extremes and quartiles of some lengths. The quantile q
 * is interpolated linearly between the order statistics around (n − 1)·q, as pandas and NumPy do by default.
 * @param lengths [n] finite numbers in any order; they are not changed
 * @returns null where there is none
 */
export function summarizeLengths(lengths: readonly number[]): LengthSummary | null {
  const sorted = Float64Array.from(lengths).sort();
  const count = sorted.length;
  if (count === 0) return null;
  let sum = 0;
  for (const length of sorted) sum += length;
  const mean = sum / count;
  let squares = 0;
  for (const length of sorted) squares += (length - mean) ** 2;
  return {
    count,
    mean,
    std: count === 1 ? 0 : Math.sqrt(squares / (count - 1)),
    min: quantile(sorted, 0),
    p25: quantile(sorted, 0.25),
    p50: quantile(sorted, 0.5),
    p75: quantile(sorted, 0.75),
    max: quantile(sorted, 1),
  };
}

function quantile(sorted: Float64Array, q: number): number {
  const place = (sorted.length - 1) * q;
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.ceil(place)]!;
  return low + (high - low) * (place - below);
}
