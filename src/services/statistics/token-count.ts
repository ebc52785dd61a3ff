import { once } from "node:events";
import { startThread } from "../../threads.js";
import type { LengthTokenizer } from "../../vocabulary.js";

/** The worker's compiled entry; this file stands three folders below the package's root, compiled or not. */
const ENTRY = new URL("../../../dist/services/statistics/token-count-worker.js", import.meta.url);

/** Tokens of each of some texts. */
export type CountTokens = (texts: readonly string[]) => Promise<readonly number[]>;

/** Runs work that counts tokens in a thread of its own, which ends with the work. Counts are asked for one after another. */
export async function withTokenCounter<T>(
  tokenizer: LengthTokenizer,
  work: (count: CountTokens) => Promise<T>,
): Promise<T> {
  const worker = startThread(ENTRY, { workerData: { tokenizer } });
  const failed = new Promise<never>((_, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`The thread that counts tokens ended with ${code}.`)));
  });
  failed.catch(() => {});
  try {
    return await work(async (texts) => {
      worker.postMessage(texts);
      const [counts] = (await Promise.race([once(worker, "message"), failed])) as [readonly number[]];
      return counts;
    });
  } finally {
    await worker.terminate();
  }
}
