/** The memory of TensorFlow.js' wasm backend: each allocation is counted, and tensors have addresses. */
import { JobFailure } from "../../errors.js";
import { type MemoryBudget, mebibytes } from "../tensors/memory-budget.js";
import type { Tensor, TensorInfo, Tf } from "../tensors/tensorflow.js";

/** What of the wasm backend's Emscripten module is used here. */
interface WasmModule {
  readonly asm: { readonly memory: WebAssembly.Memory };
  _malloc(bytes: number): number;
  _free(offset: number): void;
}

/** What of the wasm backend is used by a kernel. */
export interface WasmBackend {
  readonly wasm: WasmModule;
  readonly dataIdMap: { get(dataId: TensorInfo["dataId"]): { readonly memoryOffset: number } };
  incRef(dataId: TensorInfo["dataId"]): void;
  makeOutput(shape: readonly number[], dtype: string): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array;
}

/** Exists once for each backend that was opened. */
export class WasmHeap {
  private readonly backend: WasmBackend;

  constructor(private readonly tf: Tf) {
    this.backend = tf.backend() as unknown as WasmBackend;
  }

  get memory(): WebAssembly.Memory {
    return this.backend.wasm.asm.memory;
  }

  /** Bytes that are kept as long as the backend is. */
  allocate(bytes: number): number {
    return this.backend.wasm._malloc(bytes) >>> 0;
  }

  address(tensor: TensorInfo): number {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset;
  }

  /** A tensor's numbers where they stand; valid until the next allocation, which may move the memory. */
  floats(tensor: TensorInfo): Float32Array {
    return this.backend.typedArrayFromHeap(tensor);
  }

  /** A tensor with whatever stood in its memory before. */
  output(shape: readonly number[]): Tensor {
    return this.tf.engine().makeTensorFromTensorInfo(this.backend.makeOutput(shape, "float32"));
  }

  /**
   * From here on count every allocation, and fail where there is no memory: by itself the backend takes malloc's 0, beyond
   * 3.84 GiB, for an address, and tensors then share their memory silently.
   */
  countAllocations(budget: MemoryBudget): void {
    const { wasm } = this.backend;
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
}
