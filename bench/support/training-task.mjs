/** What is trained, the same for all programs that are measured. */
import { keyedRandom } from "../../dist/random.js";

export const OPTIMIZER = {
  learningRate: 3e-4,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  gradientNorm: 1,
};

/** The ids of a batch, [batch][contextLength + 1]: each but the last is read, each but the first is learned. */
export function batchIds({ contextLength, vocabularySize }, batch) {
  return Array.from({ length: batch }, (_, row) => {
    const random = keyedRandom(["batch", row]);
    return Array.from({ length: contextLength + 1 }, () => random.nextBelow(vocabularySize));
  });
}
