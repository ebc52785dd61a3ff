/** Sequences of ids, one after another, without padding: no position stands for nothing, so none needs to be masked. */
export interface Sequences {
  /** [n] */
  readonly ids: Int32Array;
  /** How many positions each has, at most the model's contextLength; their sum is n. */
  readonly lengths: readonly number[];
}

/** Where each sequence begins. */
export function startsOf(lengths: readonly number[]): number[] {
  let start = 0;
  return lengths.map((length) => {
    const own = start;
    start += length;
    return own;
  });
}
