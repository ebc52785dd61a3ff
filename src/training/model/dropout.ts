import { keyedRandom } from "../../random.js";
import type { Operations } from "../tensors/operations.js";
import type { Model } from "./gpt.js";

/** No dropout: for evaluation, and where the rate is 0. */
export const noDropout: Model["dropout"] = (x) => x;

/**
 * Residual dropout: each number of the embedding's sum and of what attention and feed-forward add to the residual stream is
 * 0 with probability `rate`, else divided by 1 − rate. Attention's weights have none (Brown et al. 2020 and Ouyang et al.
 * 2022, appendix C, speak of residual dropout alone).
 * @param rate in [0, 1)
 * @param key what the masks depend on: [seed, step, shard]; the place in the model is added to it
 */
export function residualDropout(operations: Operations, rate: number, key: readonly number[]): Model["dropout"] {
  if (rate === 0) return noDropout;
  const threshold = rate * 2 ** 32;
  const kept = 1 / (1 - rate);
  return (x, place) => {
    const random = keyedRandom([...key, "dropout", place]);
    const factors = new Float32Array(x.size);
    for (let i = 0; i < factors.length; i++) factors[i] = random.nextUint32() < threshold ? 0 : kept;
    return operations.scale(x, factors);
  };
}
