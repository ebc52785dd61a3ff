import type { Tensor } from "./backend.js";
import type { Shard } from "./batches.js";
import { type Model, tokenLosses } from "./gpt.js";

/**
 * A shard's part of the masked cross-entropy of its batch: Σ −log p(token) over the shard's learned tokens, divided by the
 * number of learned tokens of the whole batch, in nats a token. The parts of all shards add up to the batch's mean, however
 * it was cut; a mean of shards' means would weigh the tokens of a short shard more.
 * @param learnedTokens of the whole batch, at least 1
 * @returns a scalar, at least 0 (Ouyang et al. 2022, section 3.5: SFT; Radford et al. 2018, equation 1)
 */
export function maskedCrossEntropy(model: Model, shard: Shard, learnedTokens: number): Tensor {
  const losses = tokenLosses(model, shard, shard.positions, shard.targets); // [k]
  return model.operations.sum(losses, 1 / learnedTokens); // []
}
