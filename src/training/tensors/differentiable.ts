import type { Tensor, Tf } from "./tensorflow.js";

/** What an operation computes, and what of it its gradient needs. */
interface Computed {
  readonly value: Tensor;
  readonly kept: readonly Tensor[];
}

/** An operation with its gradient written out: from that of its value to that of each input. */
export type Differentiable = (
  inputs: readonly Tensor[],
  forward: () => Computed,
  backward: (dy: Tensor, kept: readonly Tensor[]) => Tensor[],
) => Tensor;

export const differentiableOn =
  (tf: Tf): Differentiable =>
  (inputs, forward, backward) =>
    tf.customGrad((...inputsAndSave) => {
      const { value, kept } = forward();
      (inputsAndSave.at(-1) as (tensors: Tensor[]) => void)([...kept]);
      return { value, gradFunc: (dy, saved) => tf.tidy(() => backward(dy, saved)) };
    })(...inputs);
