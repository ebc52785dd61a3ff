/** The entry of a thread that computes shards: it is told the model once, then answers each work. */
import { parentPort, workerData } from "node:worker_threads";
import { type JobErrorCode, JobFailure } from "../../errors.js";
import { type BackendName, openBackend } from "../backend.js";
import type { Architecture } from "../config/model-shape.js";
import type { SharedCounters } from "../tensors/memory-budget.js";
import { LoadedModel } from "./loaded-model.js";
import { computeShards, type ShardResults, type ShardWork } from "./shard-work.js";

export interface ShardThreadData {
  readonly backend: BackendName;
  readonly memoryBytes: number;
  readonly budget: SharedCounters;
  readonly architecture: Architecture;
  /** All parameters, written by the thread that trains, and only between two works. */
  readonly parameters: SharedArrayBuffer;
  /** Where the gradient of each node goes. */
  readonly slots: readonly SharedArrayBuffer[];
}

export interface ShardThreadRequest extends ShardWork {
  /** Whether the parameters have changed since the work before. */
  readonly isChanged: boolean;
}

export type ShardThreadReply =
  | ShardResults
  | { readonly failure: { readonly code: JobErrorCode; readonly message: string; readonly step: number | null } };

const { backend: name, memoryBytes, budget, architecture, parameters, slots } = workerData as ShardThreadData;
const values = new Float32Array(parameters);
const sums = slots.map((slot) => new Float32Array(slot));
const partials: Float32Array[] = [];
const backend = await openBackend(name, { memoryBytes, shared: budget });
const model = new LoadedModel(backend, architecture);

async function answer({ isChanged, ...work }: ShardThreadRequest): Promise<ShardThreadReply> {
  try {
    if (isChanged) model.load(values);
    const { losses, outputs } = await computeShards(model, work, sums, partials, async () => {});
    return { losses, outputs };
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error;
    return { failure: { code: error.code, message: error.message, step: error.step } };
  }
}

parentPort?.on("message", async (request: ShardThreadRequest) => parentPort?.postMessage(await answer(request)));
