import { generationMemoryBytes, trainingMemoryBytes } from "./estimates.js";
import { type Architecture, parameterCount } from "./model-shape.js";

/** What the memory of PPO depends on. */
export interface PpoMemory {
  /** Of the policy and its reference. */
  readonly architecture: Architecture;
  /** Of the reward model and the value model. */
  readonly rewardArchitecture: Architecture;
  readonly batchSize: number;
  readonly minibatchSize: number;
  readonly threads: number;
}

/** As many contexts are sampled together at most. */
const SAMPLED_TOGETHER = 64;

const FLOAT_BYTES = 4;
/** Beside those of a training: the policy's parameters, the reference, and the sum with the pretraining gradient. */
const POLICY_ARRAYS = 3;
/** The value model's parameters, and the reward model. */
const VALUE_ARRAYS = 2;

/**
 * The most memory that PPO takes, in bytes: that of training the policy and that of training the value model, whose threads
 * and arrays are there together, that of sampling, and the frozen models.
 */
export function ppoMemoryBytes(facts: PpoMemory): number {
  const { architecture, rewardArchitecture, batchSize, minibatchSize, threads } = facts;
  const training = { batchSize: minibatchSize, threads };
  const frozen = POLICY_ARRAYS * parameterCount(architecture) + VALUE_ARRAYS * parameterCount(rewardArchitecture);
  return (
    trainingMemoryBytes(architecture, training) +
    trainingMemoryBytes(rewardArchitecture, training) +
    generationMemoryBytes(architecture, Math.min(batchSize, SAMPLED_TOGETHER)) +
    FLOAT_BYTES * frozen
  );
}

/** As many threads as the memory suffices for, at least 1; the bits do not depend on it. @param facts with the most threads */
export function affordablePpoThreads(facts: PpoMemory, memoryBytes: number): number {
  let { threads } = facts;
  while (threads > 1 && ppoMemoryBytes({ ...facts, threads }) > memoryBytes) threads--;
  return threads;
}
