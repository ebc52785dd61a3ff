/**
 * Long work as a generator that yields every few milliseconds, so that a server can turn to other requests in between; its
 * return value is the result. The work done between two yields is bounded by counting it, not by a clock.
 */
export type TimeSlices<Result> = Generator<void, Result, void>;

/** About how many elementary operations (a draw, a multiplication) are done between two yields: about a millisecond. */
export const OPERATIONS_PER_SLICE = 100_000;

/** Runs the work to its end without a pause. */
export function runSlices<Result>(work: TimeSlices<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) {
      return value;
    }
  }
}
