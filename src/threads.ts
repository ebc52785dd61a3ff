/** Threads of this process. */
import { Worker } from "node:worker_threads";

export interface ThreadOptions {
  /** Copied to the thread. */
  readonly workerData: unknown;
  /** The most that JavaScript's own heap of the thread may take, in MiB; absent: what Node allows it. */
  readonly heapMiB?: number;
}

/**
 * Begins a thread at a compiled module, in a process begun in whatever way. Node itself hands over what a thread can have
 * of its process: what loads modules (`--require`, `--import`, also in NODE_OPTIONS), how warnings are told, the
 * environment with what `--env-file` added. V8's flags hold for all threads of a process as it is. So no execArgv is
 * passed: a list is read anew, and refused where it names a flag of V8 or of the process.
 */
export function startThread(entry: URL, { workerData, heapMiB }: ThreadOptions): Worker {
  return new Worker(entry, {
    workerData,
    ...(heapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMiB } }),
  });
}
