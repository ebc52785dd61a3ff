/** The value below which a share of the numbers lies, interpolated between neighbours. share: in [0, 1]. */
export function quantile(numbers, share) {
  const sorted = Float64Array.from(numbers).sort();
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

export const median = (numbers) => quantile(numbers, 0.5);

/** A number for a reader: three digits that count, thousands set apart. */
export function short(number) {
  const digits = number === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(number))));
  return number.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

/** A duration for a reader. */
export const duration = (ms) => (ms < 1000 ? `${short(ms)} ms` : `${short(ms / 1000)} s`);

/** The milliseconds that a piece of work takes, and what it returns. */
export async function timed(work) {
  const begin = performance.now();
  const value = await work();
  return { ms: performance.now() - begin, value };
}

/** Throws unless a benchmark's answer is the right one: a fast wrong answer is no figure. */
export function mustBe(what, actual, expected) {
  const [is, should] = [actual, expected].map((value) => JSON.stringify(value));
  if (is !== should) throw new Error(`${what} is ${is.slice(0, 300)}; it must be ${should.slice(0, 300)}.`);
}
