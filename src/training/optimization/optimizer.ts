import { longArrays } from "../kernels/long-arrays.js";
import { type Parameter, totalSize } from "../model/parameters.js";

export interface AdamWConfig {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Per unit of learning rate; of matrices alone. */
  readonly weightDecay: number;
}

/** The norm of a gradient is computed and compared as PyTorch's clip_grad_norm_ does, with this in the denominator. */
const NORM_EPSILON = 1e-6;

/**
 * √Σ g² over all parameters together.
 * @returns at least 0; NaN or ∞ where the gradient is not finite
 */
export const globalNorm = (gradient: Float32Array): number => Math.sqrt(longArrays().sumOfSquares(gradient));

/** What a gradient of some norm is multiplied with, so that its norm is at most `most` (Pascanu et al. 2013, section 3.2). */
export const clipFactor = (norm: number, most: number): number => Math.min(1, most / (norm + NORM_EPSILON));

/**
 * AdamW (Kingma and Ba 2015, algorithm 1; decoupled weight decay: Loshchilov and Hutter 2019, algorithm 2), as PyTorch has it:
 *
 *   θ ← θ (1 − η λ);  m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²
 *   θ ← θ − η / (1 − β₁ᵗ) · m / (√(v / (1 − β₂ᵗ)) + ε)
 *
 * λ is 0 for biases and LayerNorms. Moments are float32 like the parameters, the arithmetic between them float64. There is
 * one optimizer for each fixed, ordered list of parameters.
 */
export class AdamW {
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
  /** How many steps were made, t. */
  steps = 0;
  private readonly names: string;

  /** @param parameters the list that every step is of */
  constructor(
    parameters: readonly Parameter[],
    private readonly config: AdamWConfig,
  ) {
    this.names = namesOf(parameters);
    this.firstMoments = new Float32Array(totalSize(parameters));
    this.secondMoments = new Float32Array(totalSize(parameters));
  }

  /**
   * Change the parameters by one step.
   * @param values all parameters, changed in place
   * @param gradient of each of them
   * @param factor what the gradient is multiplied with before, such as that of clipping
   * @param learningRate η, at least 0; with 0 nothing changes but the moments
   */
  step(
    parameters: readonly Parameter[],
    values: Float32Array,
    gradient: Float32Array,
    factor: number,
    learningRate: number,
  ): void {
    if (namesOf(parameters) !== this.names)
      throw new Error("An optimizer belongs to one list of parameters, in its order.");
    const { beta1, beta2, epsilon, weightDecay } = this.config;
    const { firstMoments, secondMoments } = this;
    this.steps++;
    const stepSize = learningRate / (1 - beta1 ** this.steps);
    const correction2 = 1 - beta2 ** this.steps;
    for (const { shape, offset, size } of parameters) {
      const keep = 1 - learningRate * (shape.length === 2 ? weightDecay : 0);
      const part = (array: Float32Array): Float32Array => array.subarray(offset, offset + size);
      longArrays().adamW(
        {
          values: part(values),
          gradient: part(gradient),
          firstMoments: part(firstMoments),
          secondMoments: part(secondMoments),
        },
        { factor, beta1, beta2, stepSize, correction2, epsilon, keep },
      );
    }
  }
}

const namesOf = (parameters: readonly Parameter[]): string => parameters.map(({ name }) => name).join();
