/** TensorFlow.js, opened on one of its backends. No other file imports it, and none is loaded before a backend is opened. */
import { createHash } from "node:crypto";
import util from "node:util";
import type { Tensor, Tensor1D, TensorInfo } from "@tensorflow/tfjs-core";
import { JobFailure } from "../errors.js";
import { MemoryBudget, mebibytes, type SharedCounters } from "./memory-budget.js";
import { MOST_SHARDS } from "./shards.js";

const loadCore = () => import("@tensorflow/tfjs-core");
export type Tf = Awaited<ReturnType<typeof loadCore>>["default"];
export type { Tensor, Tensor1D };

/** What TENSOR_BACKEND may ask for; auto: the first of the others that is there. */
export const BACKEND_CHOICES = ["auto", "tensorflow", "wasm", "cpu"] as const;
export type BackendChoice = (typeof BACKEND_CHOICES)[number];
export type BackendName = Exclude<BackendChoice, "auto">;

export interface Backend {
  readonly tf: Tf;
  readonly name: BackendName;
  readonly budget: MemoryBudget;
  /** What equal bits depend on: a run goes on only where this is what it was. */
  readonly environment: Readonly<Record<string, string | number>>;
  /** Refuse what is over the budget now. wasm counts each allocation by itself; cpu and tensorflow are looked at here. */
  checkMemory(): void;
  /** Give all memory back; tensors that are left are lost. */
  close(): void;
}

/**
 * Open a backend. There is one at a time in a thread; opening another closes it.
 * @param choice "auto" is tensorflow where the optional package @tensorflow/tfjs-node is installed, else wasm, else cpu
 * @param memoryBytes the most its tensors, and the arrays that are counted with them, may take
 * @param shared counters of the budget of another thread, where this is one of several threads of a job
 */
export async function openBackend(
  choice: BackendChoice,
  { memoryBytes, shared }: { readonly memoryBytes: number; readonly shared?: SharedCounters },
): Promise<Backend> {
  const { default: tf } = await loadCore();
  await import("@tensorflow/tfjs-layers"); // registers the gradients, which tfjs-core alone does not in Node
  tf.engine().reset(); // ends a backend that was opened before
  tf.env().set("PROD", true); // no advertisement on the console
  const budget = new MemoryBudget(memoryBytes, shared);
  const name = await start(tf, choice);
  if (name === "wasm") {
    supplySegmentSum(tf);
    countAllocations(tf, budget);
  }
  const environment = Object.freeze({
    backend: name,
    simd: name === "wasm" && (await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")) ? "simd128" : "none",
    tfjs: tf.version_core,
    v8: process.versions.v8,
    arch: process.arch,
    shards: MOST_SHARDS,
    probe: probe(tf),
  });
  let counted = 0;
  return {
    tf,
    name,
    budget,
    environment,
    checkMemory: () => {
      if (name === "wasm") return;
      const { numBytes } = tf.memory();
      budget.give(counted);
      counted = 0;
      budget.take(numBytes);
      counted = numBytes;
    },
    close: () => {
      budget.give(counted);
      counted = 0;
      tf.engine().reset();
    },
  };
}

/** Make the backend of a choice the one that tf uses; its name. */
async function start(tf: Tf, choice: BackendChoice): Promise<BackendName> {
  const candidates: BackendName[] = choice === "auto" ? ["tensorflow", "wasm", "cpu"] : [choice];
  const reasons: string[] = [];
  for (const name of candidates) {
    try {
      await load(name);
      if (await tf.setBackend(name)) return name;
      reasons.push(`${name} did not start`);
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
    }
  }
  throw new JobFailure("TRAINER_FAILED", `No backend of TensorFlow.js could be opened (${reasons.join("; ")}).`);
}

/** Load the package of a backend, which registers it. */
async function load(name: BackendName): Promise<void> {
  if (name === "cpu") await import("@tensorflow/tfjs-backend-cpu");
  else if (name === "wasm") await import("@tensorflow/tfjs-backend-wasm");
  else {
    // Gone in Node 23, but tfjs-node 4.22 calls it (tensorflow/tfjs#8425).
    const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
    legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
    const optional: string = "@tensorflow/tfjs-node";
    await import(optional);
  }
}

/** What of the wasm backend's Emscripten module is used here. */
interface WasmModule {
  _malloc(bytes: number): number;
  _free(offset: number): void;
}

/** What of the wasm backend is used by a kernel. */
interface WasmBackend {
  readonly wasm: WasmModule;
  makeOutput(shape: readonly number[], dtype: string): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array;
}

/**
 * Count every allocation of the wasm backend, and fail where there is no memory: by itself the backend takes malloc's 0,
 * beyond 3.84 GiB, for an address, and tensors then share their memory silently.
 */
function countAllocations(tf: Tf, budget: MemoryBudget): void {
  const { wasm } = tf.backend() as unknown as WasmBackend;
  wasm._free(wasm._malloc(1)); // Emscripten puts the real functions in place at their first calls
  const { _malloc: allocate, _free: release } = wasm;
  const sizes = new Map<number, number>();
  wasm._malloc = (bytes) => {
    budget.take(bytes);
    const offset = allocate(bytes) >>> 0;
    if (offset === 0) {
      budget.give(bytes);
      throw new JobFailure(
        "OUT_OF_MEMORY",
        `No ${mebibytes(bytes)} more can be had beside the ${mebibytes(budget.bytesInUse)} in use: a thread of the wasm backend has 4096 MiB at most.`,
      );
    }
    sizes.set(offset, bytes);
    return offset;
  };
  wasm._free = (offset) => {
    const address = offset >>> 0;
    budget.give(sizes.get(address) ?? 0);
    sizes.delete(address);
    release(offset);
  };
}

/** The wasm backend lacks UnsortedSegmentSum, the gradient of an embedding: rows are added in their order, so bits repeat. */
function supplySegmentSum(tf: Tf): void {
  if (tf.getKernel("UnsortedSegmentSum", "wasm") !== undefined) return;
  tf.registerKernel({
    kernelName: "UnsortedSegmentSum",
    backendName: "wasm",
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, segmentIds } = inputs as unknown as Record<"x" | "segmentIds", TensorInfo>;
      const segments = (attrs as unknown as { readonly numSegments: number }).numSegments;
      const wasm = backend as WasmBackend;
      const shape = [segments, ...x.shape.slice(segmentIds.shape.length)];
      const sums = wasm.makeOutput(shape, "float32");
      // Views only after the allocation: it may have moved the heap.
      const into = wasm.typedArrayFromHeap(sums).fill(0);
      const rows = wasm.typedArrayFromHeap(x);
      const width = into.length / segments;
      for (const [row, segment] of wasm.typedArrayFromHeap(segmentIds).entries()) {
        if (segment < 0) continue;
        for (let i = 0; i < width; i++) into[segment * width + i]! += rows[row * width + i]!;
      }
      return sums;
    },
  });
}

/** SHA-256 of the bits of a small fixed computation: machines on which it differs do not train with equal bits. */
function probe(tf: Tf): string {
  const hash = createHash("sha256");
  const fixed = (size: number, salt: number) =>
    Float32Array.from({ length: size }, (_, i) => ((Math.imul(i + salt, 2654435761) >>> 0) / 2 ** 31 - 1) * 2);
  tf.tidy(() => {
    const a = tf.tensor2d(fixed(37 * 53, 1), [37, 53]);
    const b = tf.tensor2d(fixed(53 * 29, 7), [53, 29]);
    const product = tf.matMul(a, b); // [37, 29]
    const batched = tf.matMul(tf.reshape(a, [1, 37, 53]), tf.reshape(a, [1, 37, 53]), false, true); // [1, 37, 37]
    const results = [
      product,
      batched,
      tf.softmax(product),
      tf.exp(product),
      tf.tanh(product),
      tf.rsqrt(tf.exp(product)),
    ];
    for (const result of [...results, tf.sum(product, 0), tf.mean(product, 1), tf.log(tf.exp(product))]) {
      hash.update(new Uint8Array((result.dataSync() as Float32Array).slice().buffer));
    }
  });
  const script = Float64Array.from(fixed(64, 3), (x) => Math.exp(x) + Math.cos(x) * Math.log(Math.abs(x) + 1));
  return hash.update(new Uint8Array(script.buffer)).digest("hex");
}
