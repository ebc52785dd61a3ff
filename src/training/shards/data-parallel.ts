/** One batch on several threads: each computes some of its shards, and the sums have the same bits as on one thread. */
import type { Worker } from "node:worker_threads";
import { JobFailure } from "../../errors.js";
import { startThread } from "../../threads.js";
import type { Backend } from "../backend.js";
import type { Architecture } from "../config/model-shape.js";
import { mostNodes, nodesOf, partialSums, partOf, shardCount } from "../config/shard-layout.js";
import { totalSize } from "../model/parameters.js";
import type { TrainingBatch } from "../optimization/objectives.js";
import { LoadedModel, type ShardLoss, type StepDropout } from "./loaded-model.js";
import type { ShardThreadData, ShardThreadReply, ShardThreadRequest } from "./shard-thread.js";
import { computeShards, type ShardResults, type ShardWork } from "./shard-work.js";
import { type NodeSum, sumOfNodes } from "./shards.js";

/** The compiled entry of a thread; this file stands three folders below the package's root, compiled or not. */
const ENTRY = new URL("../../../dist/training/shards/shard-thread.js", import.meta.url);

export interface DataParallelOptions {
  readonly backend: Backend;
  readonly architecture: Architecture;
  /** At most this many threads work, this one among them. */
  readonly threads: number;
  /** The most rows that are cut into shards. */
  readonly batchSize: number;
  /** Whether gradients are computed, too; without them no arrays are held for their sums. */
  readonly hasGradients: boolean;
  readonly signal: AbortSignal;
}

/** What came of a batch. */
export interface BatchGradient {
  readonly loss: number;
  readonly figures: readonly number[];
  /** Of each shard: not every figure is a sum. */
  readonly parts: readonly ShardLoss[];
  readonly gradient: Float32Array;
}

export class DataParallel {
  /** All parameters. Whoever writes them says so with `changed`. */
  readonly values: Float32Array;
  private readonly model: LoadedModel;
  private readonly helpers: readonly Helper[];
  private readonly slots: readonly Float32Array[];
  private readonly partials: Float32Array[] = [];
  private readonly bytes: number;
  private isChanged = true;

  /** The other threads start at once; `close` ends them. */
  constructor(private readonly options: DataParallelOptions) {
    const { backend, architecture, hasGradients } = options;
    this.model = new LoadedModel(backend, architecture);
    const size = totalSize(this.model.parameters);
    const threads = threadCount(options);
    const arrays = hasGradients ? arrayCount(options, threads) : 1;
    this.bytes = arrays * size * Float32Array.BYTES_PER_ELEMENT;
    backend.budget.take(this.bytes);
    const array = () => new SharedArrayBuffer(size * Float32Array.BYTES_PER_ELEMENT);
    const slotsEach = hasGradients ? mostNodes(threads) : 0;
    const parameters = array();
    this.values = new Float32Array(parameters);
    this.slots = Array.from({ length: slotsEach }, () => new Float32Array(array()));
    this.helpers = Array.from({ length: threads - 1 }, () => {
      const slots = Array.from({ length: slotsEach }, array);
      return new Helper(backend, { architecture, parameters, slots }, options.signal);
    });
  }

  /** The parameters were written: the model is loaded anew wherever it is. */
  changed(): void {
    this.isChanged = true;
    for (const helper of this.helpers) helper.isChanged = true;
  }

  /**
   * The loss of a batch, its gradient, which is valid until the next call, and the sums of its further figures.
   * @param dropout of this step
   */
  async gradient(batch: TrainingBatch, dropout: StepDropout): Promise<BatchGradient> {
    const { losses, sums } = await this.compute(batch, dropout);
    const figures = losses[0]?.figures.map((_, place) => total(losses.map((one) => one.figures[place] ?? 0))) ?? [];
    const gradient = sumOfNodes(sums, batch.shards.length);
    return { loss: total(losses.map(({ loss }) => loss)), figures, parts: losses, gradient };
  }

  /** What the model says of each shard of a batch, without dropout: the vectors of its objective. */
  async outputs(batch: TrainingBatch): Promise<readonly (readonly Float32Array[])[]> {
    return (await this.compute(batch, null)).outputs;
  }

  /** This thread's copy of the model, with the parameters as they are now. */
  upToDateModel(): LoadedModel {
    if (this.isChanged) this.model.load(this.values);
    this.isChanged = false;
    return this.model;
  }

  /** End the threads and release what is held. */
  async close(): Promise<void> {
    await Promise.all(this.helpers.map((helper) => helper.close()));
    this.model.dispose();
    this.options.backend.budget.give(this.bytes);
  }

  private async compute(
    batch: TrainingBatch,
    gradient: ShardWork["gradient"],
  ): Promise<ShardResults & { readonly sums: NodeSum[] }> {
    const { signal } = this.options;
    signal.throwIfAborted();
    const model = this.upToDateModel();
    const threads = this.helpers.length + 1;
    const workOf = (thread: number): ShardWork => {
      const [from, to] = partOf(batch.shards.length, threads, thread);
      return { first: from, shards: batch.shards.slice(from, to), gradient };
    };
    const replies = this.helpers.map((helper, index) => helper.compute(workOf(index + 1)));
    for (const reply of replies) reply.catch(() => {}); // awaited below, if this thread's own work does not fail first
    const own = await computeShards(model, workOf(0), this.slots, this.partials, async () => {
      await pause();
      signal.throwIfAborted();
    });
    const all = [own, ...(await Promise.all(replies))];
    return {
      losses: all.flatMap(({ losses }) => losses),
      outputs: all.flatMap(({ outputs }) => outputs),
      sums: all.flatMap(({ sums }) => sums),
    };
  }
}

/** A thread of its own that computes a part of each batch. */
class Helper {
  isChanged = true;
  private readonly worker: Worker;
  private readonly slots: readonly Float32Array[];
  private readonly ended: () => void;
  /** The work that is not answered yet. */
  private waiting: {
    readonly answer: (reply: ShardThreadReply) => void;
    readonly fail: (reason: unknown) => void;
  } | null = null;
  /** Why no more work will be answered. */
  private failure: { readonly reason: unknown } | null = null;

  constructor(
    { name, budget }: Backend,
    task: Pick<ShardThreadData, "architecture" | "parameters" | "slots">,
    private readonly signal: AbortSignal,
  ) {
    this.slots = task.slots.map((slot) => new Float32Array(slot));
    const counters = budget.forThread();
    this.ended = () => budget.endThread(counters);
    const data: ShardThreadData = { ...task, backend: name, memoryBytes: budget.limitBytes, budget: counters };
    this.worker = startThread(ENTRY, { workerData: data });
    this.worker.on("message", (reply: ShardThreadReply) => this.waiting?.answer(reply));
    this.worker.once("error", (error) => this.fail(error));
    this.worker.once("exit", (code) => this.fail(new Error(`A thread that computes shards ended with ${code}.`)));
    signal.addEventListener("abort", this.abort);
  }

  async compute(work: ShardWork): Promise<ShardResults & { readonly sums: NodeSum[] }> {
    if (work.shards.length === 0) return { losses: [], outputs: [], sums: [] };
    const reply = await this.ask({ ...work, isChanged: this.isChanged });
    this.isChanged = false;
    if ("failure" in reply) {
      const { code, message, step } = reply.failure;
      throw new JobFailure(code, message, step);
    }
    const nodes = work.gradient === null ? [] : nodesOf(work.first, work.first + work.shards.length);
    const sums = nodes.map((node, index) => ({ node, values: this.slots[index] as Float32Array }));
    return { ...reply, sums };
  }

  async close(): Promise<void> {
    this.signal.removeEventListener("abort", this.abort);
    await this.worker.terminate();
    this.ended();
  }

  private async ask(request: ShardThreadRequest): Promise<ShardThreadReply> {
    if (this.failure !== null) throw this.failure.reason;
    try {
      return await new Promise((answer, fail) => {
        this.waiting = { answer, fail };
        this.worker.postMessage(request);
      });
    } finally {
      this.waiting = null;
    }
  }

  private readonly abort = (): void => this.fail(this.signal.reason);

  private fail(reason: unknown): void {
    this.failure ??= { reason };
    this.waiting?.fail(reason);
  }
}

/** No more threads than a batch has shards; and one with tfjs-node, which has threads of its own and loads in one alone. */
function threadCount({ backend, threads, batchSize }: DataParallelOptions): number {
  return backend.name === "tensorflow" ? 1 : Math.max(1, Math.min(threads, shardCount(batchSize)));
}

/** How many arrays as long as the parameters there are: the parameters, each thread's sums, and, without kernels, on whose heap they are counted, the sums in between. */
function arrayCount({ backend, batchSize }: DataParallelOptions, threads: number): number {
  const between = backend.kernels === null ? partialSums(batchSize, threads) : 0;
  return 1 + threads * (mostNodes(threads) + between);
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Let the thread's other events be seen, such as a message that aborts. */
export const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
