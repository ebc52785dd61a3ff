/** Asks a server from a process of its own, so that the clocks of a benchmark stand beside no other work. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const WORKER = fileURLToPath(new URL("./load-worker.mjs", import.meta.url));

/** Runs work with a load generator; see LoadGenerator. */
export async function withLoad(work) {
  const child = fork(WORKER, { execArgv: [] });
  try {
    return await work(new LoadGenerator(child));
  } finally {
    child.kill();
  }
}

class LoadGenerator {
  constructor(child) {
    this.child = child;
  }

  /**
   * Asks the same again and again on some connections, each as soon as it is answered, for `ms` milliseconds
   * or `requests` times. target: { url, method, headers, body }. Returns { requests, perSecond, p50, p99 (ms), body }. Refused: an answer that is
   * not 200, and two answers that differ.
   */
  async hammer(target, { connections, ms = null, requests = null }) {
    return this.tell({ kind: "hammer", target, connections, ms, requests });
  }

  /** Begins to ask every `everyMs` milliseconds, whether or not the answers before have come. */
  async startProbe(target, everyMs) {
    return this.tell({ kind: "probe", target, everyMs });
  }

  /** Ends the probe; the latency of each answer in milliseconds. */
  async stopProbe() {
    return this.tell({ kind: "stop" });
  }

  async tell(message) {
    this.child.send(message);
    const [{ error, result }] = await once(this.child, "message");
    if (error) throw new Error(error);
    return result;
  }
}
