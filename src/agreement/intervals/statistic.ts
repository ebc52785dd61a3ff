/** A statistic is a finite number, or undefined for a reason that a sentence states: never NaN, never a made-up 0 or 1. */
export type Statistic =
  | { readonly value: number; readonly reason: null }
  | { readonly value: null; readonly reason: string };

/** The statistic has this value. A number that is not finite is a fault of the caller and throws. */
export function defined(value: number): Statistic {
  if (!Number.isFinite(value)) {
    throw new RangeError(`A defined statistic is finite; this one is ${value}.`);
  }
  return { value, reason: null };
}

/** The statistic has no value, and the sentence says why. */
export const undefinedBecause = (reason: string): Statistic => ({ value: null, reason });
