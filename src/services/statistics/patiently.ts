import type { Steps } from "../../agreement/judgments/steps.js";

/** Runs long work to its end, turning to whatever else waits at each of its pauses. */
export async function patiently<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await breathe();
  }
}

/** Lets whatever waits have its turn. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
