import { JobFailure } from "../../errors.js";

/** What threads of one job count together, and what one of them counts by itself. */
export interface SharedCounters {
  /** [bytes in use, the most that ever were] of all threads. */
  readonly job: SharedArrayBuffer;
  /** [bytes in use] of this thread. */
  readonly thread: SharedArrayBuffer;
}

const COUNTER_BYTES = BigInt64Array.BYTES_PER_ELEMENT;

/** How much memory a job's tensors and arrays may take, counted together over all of its threads. */
export class MemoryBudget {
  readonly shared: SharedCounters;
  private readonly job: BigInt64Array;
  private readonly thread: BigInt64Array;

  /**
   * @param limitBytes more than this is refused
   * @param shared counters that another thread of the job has made with `forThread`
   */
  constructor(
    readonly limitBytes: number,
    shared?: SharedCounters,
  ) {
    this.shared = shared ?? {
      job: new SharedArrayBuffer(2 * COUNTER_BYTES),
      thread: new SharedArrayBuffer(COUNTER_BYTES),
    };
    this.job = new BigInt64Array(this.shared.job);
    this.thread = new BigInt64Array(this.shared.thread);
  }

  /** Count bytes that are about to be allocated; OUT_OF_MEMORY, and nothing is counted, where they are too many. */
  take(bytes: number): void {
    const inUse = Number(Atomics.add(this.job, 0, BigInt(bytes))) + bytes;
    Atomics.add(this.thread, 0, BigInt(bytes));
    if (inUse > this.limitBytes) {
      this.give(bytes);
      throw new JobFailure(
        "OUT_OF_MEMORY",
        `The job has ${mebibytes(inUse - bytes)} in use and needs ${mebibytes(bytes)} more; it may use ${mebibytes(this.limitBytes)}.`,
      );
    }
    if (inUse > this.peakBytes) Atomics.store(this.job, 1, BigInt(inUse));
  }

  /** Count bytes that were released. */
  give(bytes: number): void {
    Atomics.sub(this.job, 0, BigInt(bytes));
    Atomics.sub(this.thread, 0, BigInt(bytes));
  }

  /** Counters for another thread of the job. */
  forThread(): SharedCounters {
    return { job: this.shared.job, thread: new SharedArrayBuffer(COUNTER_BYTES) };
  }

  /** Count all that another thread had as released: it has ended. */
  endThread({ thread }: SharedCounters): void {
    Atomics.sub(this.job, 0, Atomics.exchange(new BigInt64Array(thread), 0, 0n));
  }

  /** Of all threads of the job. */
  get bytesInUse(): number {
    return Number(Atomics.load(this.job, 0));
  }

  /** Of all threads of the job. */
  get peakBytes(): number {
    return Number(Atomics.load(this.job, 1));
  }
}

/** Bytes as a sentence shows them. */
export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
