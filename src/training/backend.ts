/** TensorFlow.js, opened on one of its backends. No other file imports it, and none is loaded before a backend is opened. */
import { createHash } from "node:crypto";
import util from "node:util";
import { JobFailure } from "../errors.js";
import { MOST_SHARDS } from "./config/shard-layout.js";
import { type KernelSet, kernelOperations } from "./kernels/kernel-operations.js";
import { type CompiledKernels, compileKernels, instantiate } from "./kernels/load-kernels.js";
import { type WasmBackend, WasmHeap } from "./kernels/wasm-heap.js";
import { MemoryBudget, type SharedCounters } from "./tensors/memory-budget.js";
import { type Operations, tfjsOperations } from "./tensors/operations.js";
import { loadTensorFlow, type Tensor, type TensorInfo, type Tf } from "./tensors/tensorflow.js";

/** What TENSOR_BACKEND may ask for; auto: the first of the others that is there. */
const BACKEND_CHOICES = ["auto", "tensorflow", "wasm", "cpu"] as const;
export type BackendChoice = (typeof BACKEND_CHOICES)[number];
export type BackendName = Exclude<BackendChoice, "auto">;

export interface Backend {
  readonly tf: Tf;
  readonly name: BackendName;
  readonly budget: MemoryBudget;
  /** What models are computed with: kernels of our own on wasm, else plain TensorFlow.js. */
  readonly operations: Operations;
  /** The kernels, and where they find tensors; null where models are computed with plain TensorFlow.js. */
  readonly kernels: KernelSet | null;
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
  const { default: tf } = await loadTensorFlow();
  await import("@tensorflow/tfjs-layers"); // registers the gradients, which tfjs-core alone does not in Node
  tf.engine().reset(); // ends a backend that was opened before
  tf.env().set("PROD", true); // no advertisement on the console
  const budget = new MemoryBudget(memoryBytes, shared);
  const name = await start(tf, choice);
  const wasm = name === "wasm" ? new WasmHeap(tf) : null;
  const kernels = wasm === null ? null : openKernels(wasm);
  if (wasm !== null) {
    supplySegmentSum(tf);
    shareCopies(tf);
    wasm.countAllocations(budget);
  }
  const operations = kernels === null ? tfjsOperations(tf) : kernelOperations(tf, kernels);
  const environment = Object.freeze({
    backend: name,
    simd: kernels?.variant ?? "none",
    kernels: kernels?.fingerprint ?? "none",
    tfjs: tf.version_core,
    v8: process.versions.v8,
    arch: process.arch,
    shards: MOST_SHARDS,
    probe: probe(tf, operations),
  });
  let counted = 0;
  return {
    tf,
    name,
    budget,
    operations,
    kernels,
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

/**
 * A copy of a tensor that shares its numbers, as other backends have it. The wasm backend copies them, and so does whatever
 * is kept for a gradient.
 */
function shareCopies(tf: Tf): void {
  tf.unregisterKernel("Identity", "wasm");
  tf.registerKernel({
    kernelName: "Identity",
    backendName: "wasm",
    kernelFunc: ({ inputs, backend }) => {
      const { x } = inputs as unknown as Record<"x", TensorInfo>;
      (backend as WasmBackend).incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  });
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

/** The fastest kernels that run here, on the memory of the wasm backend; null where there is no SIMD. */
function openKernels(heap: WasmHeap): (KernelSet & Pick<CompiledKernels, "variant" | "fingerprint">) | null {
  const compiled = compileKernels();
  if (compiled === null) return null;
  const { variant, fingerprint } = compiled;
  const kernels = instantiate(compiled, heap.memory);
  return { kernels, heap, products: heap.allocate(kernels.productScratchBytes()), variant, fingerprint };
}

/** SHA-256 of the bits of a small fixed computation: machines on which it differs do not train with equal bits. */
function probe(tf: Tf, operations: Operations): string {
  const hash = createHash("sha256");
  const fixed = (salt: number, ...shape: number[]): Tensor => {
    const size = shape.reduce((product, one) => product * one, 1);
    const numbers = Float32Array.from(
      { length: size },
      (_, i) => ((Math.imul(i + salt, 2654435761) >>> 0) / 2 ** 31 - 1) * 2,
    );
    return tf.tensor(numbers, shape);
  };
  tf.tidy(() => {
    const [width, n] = [12, 53];
    const inputs = [fixed(1, 29, width), fixed(2, width, 3 * width), fixed(3, 3 * width), fixed(4, width)];
    const ids = Int32Array.from({ length: n }, (_, i) => (7 * i) % 29);
    const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]) => {
      const [table, weight, bias, gain] = tensors as [Tensor, Tensor, Tensor, Tensor];
      const x = operations.embedding(table, ids); // [n, width]
      const qkv = operations.gelu(operations.linear(operations.layerNorm(x, gain, gain), weight, bias)); // [n, 3 width]
      const y = operations.add(x, operations.causalAttention(qkv, [n - 3, 3], 3)); // [n, width]
      return operations.sum(operations.crossEntropy(y, table, ids), 1 / n);
    })(inputs);
    for (const result of [value, ...grads]) {
      hash.update(new Uint8Array((result.dataSync() as Float32Array).slice().buffer));
    }
  });
  const script = Float64Array.from(
    { length: 64 },
    (_, i) => Math.exp(i / 16) + Math.cos(i) * Math.log(Math.abs(i - 32) + 1),
  );
  return hash.update(new Uint8Array(script.buffer)).digest("hex");
}
