/** How long texts are, from how many have each length: a million texts are described without a list of a million. */
import type { LengthSummary } from "./lengths.js";

/**
 * What `describe` says of the lengths that these counts stand for: mean, sample standard deviation (n − 1 in the
 * denominator; 0 for a single text), extremes, and quartiles interpolated linearly around (n − 1)·q.
 * @param counts [k] lengths and how many texts have each, in any order; a length may stand more than once
 * @returns null where there is no text
 */
export function describeCounts(counts: Iterable<readonly [length: number, texts: number]>): LengthSummary | null {
  const sorted = [...counts].filter(([, texts]) => texts > 0).sort(([a], [b]) => a - b);
  const count = sorted.reduce((sum, [, texts]) => sum + texts, 0);
  if (count === 0) return null;
  const mean = sorted.reduce((sum, [length, texts]) => sum + length * texts, 0) / count;
  const squares = sorted.reduce((sum, [length, texts]) => sum + (length - mean) ** 2 * texts, 0);
  const at = (rank: number): number => {
    let before = 0;
    for (const [length, texts] of sorted) {
      before += texts;
      if (rank < before) return length;
    }
    return sorted.at(-1)![0]!;
  };
  const quantile = (q: number): number => {
    const place = (count - 1) * q;
    const low = at(Math.floor(place));
    return low + (at(Math.ceil(place)) - low) * (place - Math.floor(place));
  };
  return {
    count,
    mean,
    std: count === 1 ? 0 : Math.sqrt(squares / (count - 1)),
    min: quantile(0),
    p25: quantile(0.25),
    p50: quantile(0.5),
    p75: quantile(0.75),
    max: quantile(1),
  };
}
