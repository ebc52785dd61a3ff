/** The keys that the server gives to completions: A … Z, AA, AB …, as columns of a sheet are named. */

/** The key of the completion with this ordinal: 0 is A, 25 is Z, 26 is AA, 702 is AAA. */
export function keyAt(ordinal: number): string {
  if (!Number.isSafeInteger(ordinal) || ordinal < 0) throw new RangeError(`There is no completion key for ${ordinal}.`);
  let key = "";
  for (let rest = ordinal; rest >= 0; rest = Math.floor(rest / 26) - 1)
    key = String.fromCharCode(65 + (rest % 26)) + key;
  return key;
}

/** The first of A, B, C … that is not among the existing keys (removed completions keep theirs: pass them too). */
export const nextKey = (existing: Iterable<string>): string => nextKeys(existing, 1)[0]!;

/** The first `count` of A, B, C … that are not among the existing keys. */
export function nextKeys(existing: Iterable<string>, count: number): string[] {
  const taken = new Set(existing);
  const free: string[] = [];
  for (let ordinal = 0; free.length < count; ordinal++) {
    const key = keyAt(ordinal);
    if (!taken.has(key)) free.push(key);
  }
  return free;
}
