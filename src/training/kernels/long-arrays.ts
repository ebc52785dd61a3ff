/**
 * Loops over long arrays: sums, squares, the optimizer's step, and a softmax. They are written twice, plainly and with SIMD on
 * a small memory of its own, through which arrays are copied piece by piece. Both round alike, so they have the same bits;
 * the softmax alone has another exp.
 */
import { compileKernels, instantiate } from "./load-kernels.js";

/** The numbers of a step of AdamW; see optimizer.ts. */
interface AdamWStep {
  /** What the gradient is multiplied with. */
  readonly factor: number;
  readonly beta1: number;
  readonly beta2: number;
  /** η / (1 − β₁ᵗ) */
  readonly stepSize: number;
  /** 1 − β₂ᵗ */
  readonly correction2: number;
  readonly epsilon: number;
  /** 1 − η λ */
  readonly keep: number;
}

/** Four arrays of one length; all but the gradient are changed in place. */
export interface AdamWArrays {
  readonly values: Float32Array;
  readonly gradient: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
}

export interface LongArrays {
  /** sum ← sum + addend, element by element, rounded to float32. */
  addInto(sum: Float32Array, addend: Float32Array): void;
  /** Σ x² in float64: the sums of every fourth number apart, then ((0 + 1) + (2 + 3)). */
  sumOfSquares(x: Float32Array): number;
  /** exp((x − largest) / temperature) of each number, within a relative 2e-5 where it is above 1e-30. @param temperature above 0 */
  softmaxWeights(x: Float32Array, largest: number, temperature: number): Float32Array;
  /** One step; moments are rounded to float32 before they are used, all else is float64. */
  adamW(arrays: AdamWArrays, step: AdamWStep): void;
}

export const plainArrays: LongArrays = {
  addInto(sum, addend) {
    for (let i = 0; i < sum.length; i++) sum[i]! += addend[i]!;
  },
  sumOfSquares(x) {
    const sums = new Float64Array(4);
    for (let i = 0; i < x.length; i++) sums[i % 4]! += x[i]! * x[i]!;
    return inOrder(sums);
  },
  softmaxWeights: (x, largest, temperature) => x.map((number) => Math.exp((number - largest) / temperature)),
  adamW({ values, gradient, firstMoments, secondMoments }, step) {
    const { factor, beta1, beta2, stepSize, correction2, epsilon, keep } = step;
    for (let i = 0; i < values.length; i++) {
      const g = gradient[i]! * factor;
      firstMoments[i] = beta1 * firstMoments[i]! + (1 - beta1) * g;
      secondMoments[i] = beta2 * secondMoments[i]! + (1 - beta2) * g * g;
      const denominator = Math.sqrt(secondMoments[i]! / correction2) + epsilon;
      values[i] = values[i]! * keep - (stepSize * firstMoments[i]!) / denominator;
    }
  },
};

/** Numbers of a piece: four of them fit the second-level cache many times. */
const PIECE = 4096;
const PAGE_BYTES = 65_536;

/** The loops with SIMD; null where there is none. */
export function simdArrays(): LongArrays | null {
  const compiled = compileKernels(["simd"]);
  if (compiled === null) return null;
  const memory = new WebAssembly.Memory({ initial: (4 * PIECE * Float32Array.BYTES_PER_ELEMENT) / PAGE_BYTES + 1 });
  const kernels = instantiate(compiled, memory);
  const [first, second, third, fourth] = [0, 1, 2, 3].map(
    (place) => new Float32Array(memory.buffer, place * PIECE * Float32Array.BYTES_PER_ELEMENT, PIECE),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const sums = new Float64Array(memory.buffer, 4 * PIECE * Float32Array.BYTES_PER_ELEMENT, 4);
  const inVectors = (count: number): number => Math.ceil(count / 4) * 16; // bytes
  return {
    addInto(sum, addend) {
      for (const [from, to] of pieces(sum.length)) {
        const part = sum.subarray(from, to);
        first.set(part);
        second.set(addend.subarray(from, to));
        kernels.addArray(inVectors(to - from), first.byteOffset, second.byteOffset);
        part.set(first.subarray(0, to - from));
      }
    },
    sumOfSquares(x) {
      sums.fill(0);
      for (const [from, to] of pieces(x.length)) {
        first.set(x.subarray(from, to));
        first.fill(0, to - from, inVectors(to - from) / 4);
        kernels.addSquares(inVectors(to - from), first.byteOffset, sums.byteOffset);
      }
      return inOrder(sums);
    },
    softmaxWeights(x, largest, temperature) {
      const weights = new Float32Array(x.length);
      for (const [from, to] of pieces(x.length)) {
        first.set(x.subarray(from, to));
        kernels.softmaxWeights(inVectors(to - from), first.byteOffset, largest, temperature);
        weights.set(first.subarray(0, to - from), from);
      }
      return weights;
    },
    adamW({ values, gradient, firstMoments, secondMoments }, step) {
      const { factor, beta1, beta2, stepSize, correction2, epsilon, keep } = step;
      const changed = [values, firstMoments, secondMoments] as const;
      for (const [from, to] of pieces(values.length)) {
        const parts = changed.map((array) => array.subarray(from, to));
        for (const [index, part] of parts.entries()) [first, third, fourth][index]?.set(part);
        second.set(gradient.subarray(from, to));
        kernels.adamW(
          inVectors(to - from),
          first.byteOffset,
          second.byteOffset,
          third.byteOffset,
          fourth.byteOffset,
          factor,
          beta1,
          beta2,
          stepSize,
          correction2,
          epsilon,
          keep,
        );
        for (const [index, part] of parts.entries())
          part.set(([first, third, fourth][index] as Float32Array).subarray(0, to - from));
      }
    },
  };
}

let chosen: LongArrays | null = null;

/** The fastest of the two that run here, ready from the first use on. */
export const longArrays = (): LongArrays => {
  chosen ??= simdArrays() ?? plainArrays;
  return chosen;
};

function* pieces(length: number): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from < length; from += PIECE) yield [from, Math.min(from + PIECE, length)];
}

const inOrder = (sums: Float64Array): number => sums[0]! + sums[1]! + (sums[2]! + sums[3]!);
