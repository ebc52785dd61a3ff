import type { Backend } from "../../../src/training/backend.js";
import type { Architecture } from "../../../src/training/config/model-shape.js";
import { LoadedModel } from "../../../src/training/shards/loaded-model.js";
import type { TrainingBatch } from "../../../src/training/optimization/objectives.js";
import { addInto } from "../../../src/training/shards/shards.js";

/** The gradient of a batch's loss, without dropout. */
export function gradientOf(
  backend: Backend,
  architecture: Architecture,
  values: Float32Array,
  { shards }: TrainingBatch,
): Float32Array {
  const model = new LoadedModel(backend, architecture);
  model.load(values);
  const gradient = new Float32Array(values.length);
  for (const [shard, part] of shards.entries()) {
    const into = new Float32Array(values.length);
    model.lossAndGradient(part, { rate: 0, seed: 0, step: 0, shard }, into);
    addInto(gradient, into);
  }
  model.dispose();
  return gradient;
}
