/** The kernels that scripts/build-kernels.mjs makes of assembly/, compiled for this machine. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import v8 from "node:v8";
import { engineFlags } from "./engine-flags.js";

/** What assembly/index.ts exports; addresses and strides are described there. */
export interface Kernels {
  multiply(
    ...args: [
      ...shape: [rows: number, columns: number, depth: number],
      alpha: number,
      ...left: [address: number, rowStride: number, columnStride: number],
      ...right: [address: number, rowStride: number, columnStride: number],
      ...result: [address: number, rowStride: number],
      ...addend: [address: number, rowStride: number],
      scratch: number,
    ]
  ): void;
  productScratchBytes(): number;
  layerNorm(
    ...args: [rows: number, width: number, x: number, gain: number, bias: number, y: number, statistics: number]
  ): void;
  layerNormGradient(
    ...args: [
      ...shape: [rows: number, width: number],
      ...from: [x: number, gain: number, dy: number, statistics: number],
      ...into: [dx: number, dGain: number, dBias: number],
    ]
  ): void;
  gelu(count: number, x: number, y: number): void;
  geluGradient(count: number, x: number, dy: number, dx: number): void;
  sumOfRows(rows: number, width: number, x: number, sums: number): void;
  takeRows(rows: number, width: number, table: number, ids: number, y: number): void;
  takeRowsGradient(
    ...args: [rows: number, width: number, dy: number, ids: number, dTable: number, tableRows: number]
  ): void;
  crossEntropy(rows: number, vocabulary: number, x: number, targets: number, parts: number): void;
  crossEntropyGradient(
    ...args: [rows: number, vocabulary: number, x: number, targets: number, parts: number, dy: number]
  ): void;
  entropy(rows: number, vocabulary: number, x: number, parts: number): void;
  attentionScratchBytes(length: number): number;
  causalAttention(
    ...args: [
      ...shape: [length: number, heads: number, width: number],
      ...addresses: [qkv: number, y: number, parts: number],
      ...scratch: [attention: number, products: number],
    ]
  ): void;
  causalAttentionGradient(
    ...args: [
      ...shape: [length: number, heads: number, width: number],
      ...from: [qkv: number, dy: number, parts: number],
      dQkv: number,
      ...scratch: [attention: number, products: number],
    ]
  ): void;
  addRow(count: number, sum: number, addend: number): void;
  packedBytes(depth: number, columns: number): number;
  pack(
    ...args: [depth: number, columns: number, b: number, rowStride: number, columnStride: number, packed: number]
  ): void;
  multiplyPacked(
    ...args: [
      ...shape: [rows: number, columns: number, depth: number],
      ...addresses: [a: number, packed: number, c: number],
      ...addend: [address: number, rowStride: number],
      scratch: number,
    ]
  ): void;
  remember(
    ...args: [
      ...positions: [first: number, count: number, capacity: number],
      ...shape: [heads: number, width: number],
      ...addresses: [qkv: number, keys: number],
    ]
  ): void;
  attend(
    ...args: [
      ...positions: [seen: number, capacity: number],
      ...shape: [heads: number, width: number],
      ...addresses: [q: number, keys: number, y: number, scratch: number],
    ]
  ): void;
  addArray(bytes: number, sum: number, addend: number): void;
  softmaxWeights(bytes: number, x: number, most: number, temperature: number): void;
  addSquares(bytes: number, x: number, sums: number): void;
  adamW(
    ...args: [
      bytes: number,
      ...arrays: [values: number, gradient: number, firstMoments: number, secondMoments: number],
      factor: number,
      ...config: [beta1: number, beta2: number, stepSize: number, correction2: number, epsilon: number, keep: number],
    ]
  ): void;
}

/** relaxed-simd rounds a product and its sum once where the machine can, which is twice as fast. */
const KERNEL_VARIANTS = ["relaxed-simd", "simd"] as const;
export type KernelVariant = (typeof KERNEL_VARIANTS)[number];

export interface CompiledKernels {
  readonly variant: KernelVariant;
  /** Hexadecimal digits that tell one build from another. */
  readonly fingerprint: string;
  readonly module: WebAssembly.Module;
}

/** The fastest kernels that run here; null where there is no SIMD. */
export function compileKernels(variants: readonly KernelVariant[] = KERNEL_VARIANTS): CompiledKernels | null {
  for (const flag of engineFlags(process.versions.v8)) v8.setFlagsFromString(flag);
  for (const variant of variants) {
    const binary = readFileSync(new URL(`../../../dist/training/kernels/${variant}.wasm`, import.meta.url));
    if (!WebAssembly.validate(binary)) continue;
    const fingerprint = createHash("sha256").update(binary).digest("hex").slice(0, 16);
    return { variant, fingerprint, module: new WebAssembly.Module(binary) };
  }
  return null;
}

/** The kernels on a memory. */
export const instantiate = ({ module }: CompiledKernels, memory: WebAssembly.Memory): Kernels =>
  new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
