import type { TimeSlices } from "../../agreement/judgments/time-slices.js";

/** Runs long work to its end, turning to whatever else waits at each of its pauses. */
export async function runInSlices<Result>(work: TimeSlices<Result>): Promise<Result> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await giveWay();
  }
}

/** Lets whatever waits have its turn. */
export const giveWay = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
