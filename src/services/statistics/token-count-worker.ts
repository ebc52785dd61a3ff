/** The entry of a worker thread that counts tokens: it is told the tokenizer once, then sends back counts for texts. */
import { parentPort, workerData } from "node:worker_threads";
import { loadTokenCounter } from "../../datasets/tokenizers/token-counters.js";
import type { LengthTokenizer } from "../../vocabulary.js";

const { tokenizer } = workerData as { tokenizer: LengthTokenizer };
const count = await loadTokenCounter(tokenizer);
parentPort?.on("message", (texts: readonly string[]) => parentPort?.postMessage(texts.map(count)));
