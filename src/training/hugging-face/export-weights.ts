/** The weights of a model in Hugging Face's layout: the numbers of its own file, in their order, under other names. */
import { JobFailure } from "../../errors.js";
import type { ModelStage } from "../../vocabulary.js";
import type { Architecture } from "../config/model-shape.js";
import type { NamedTensor } from "../events.js";
import { parametersOf } from "../parameters.js";
import { safetensorsHeader } from "../safetensors.js";

/** A piece of model.safetensors: bytes, or a stretch of the data of the model's own file. */
export type WeightsPart = Uint8Array | { readonly start: number; readonly end: number };

/** Tensors by name, of a reward model alone: those that its bias is folded into. */
export type HeadTensors = ReadonlyMap<string, Float32Array>;

/** What of a reward model's own file has to be read for its export. */
export const HEAD_TENSORS = ["ln_f.bias", "score.weight", "score.bias"] as const;

/**
 * The parts of model.safetensors. The embedding, and an unembedding of its own, have one more row, 0, for the
 * padding token. A reward model is a sequence
 * classifier, whose head has no bias: score = w·h + b stands in the last LayerNorm's bias, β + b·w / |w|², for then
 * w·h' = w·h + b.
 * @param head of a reward model, else empty
 */
export function exportWeights(
  stage: ModelStage,
  architecture: Architecture,
  head: HeadTensors,
): readonly WeightsPart[] {
  const stored = parametersOf(architecture);
  const rows = architecture.vocabularySize + 1;
  const tensors = stored.flatMap(({ name, shape }): Pick<NamedTensor, "name" | "shape">[] => {
    if (name === "lm_head.weight") return [{ name, shape: [rows, architecture.width] }];
    if (name === "wte.weight") return [{ name: `transformer.${name}`, shape: [rows, architecture.width] }];
    if (name === "score.weight") return [{ name, shape: [1, architecture.width] }];
    if (name === "score.bias") return [];
    return [{ name: `transformer.${name}`, shape }];
  });
  const parts: WeightsPart[] = [safetensorsHeader({ format: "pt" }, tensors)];
  const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (const { name, offset, size } of stored) {
    const stretch = { start: 4 * offset, end: 4 * (offset + size) };
    if (name === "wte.weight" || name === "lm_head.weight") parts.push(stretch, new Uint8Array(4 * architecture.width));
    else if (stage === "REWARD" && name === "ln_f.bias") parts.push(bytesOf(withBiasFolded(head)));
    else if (name !== "score.bias") parts.push(stretch);
  }
  return parts;
}

/** How many bytes some parts have together. */
export const partsSize = (parts: readonly WeightsPart[]): number =>
  parts.reduce((sum, part) => sum + (part instanceof Uint8Array ? part.length : part.end - part.start), 0);

/** β + b·w / |w|², computed in doubles; without a bias β. */
function withBiasFolded(head: HeadTensors): Float32Array {
  const [beta, weight, [bias] = []] = HEAD_TENSORS.map((name) => head.get(name));
  if (beta === undefined || weight === undefined || bias === undefined)
    throw new JobFailure("MODEL_DAMAGED", "The reward model's file lacks its head.");
  if (bias === 0) return beta;
  const square = weight.reduce((sum, one) => sum + one * one, 0);
  if (!(square > 0))
    throw new JobFailure(
      "UNPROCESSABLE",
      `The reward model learned nothing: the weights of its head are all 0, and each text scores ${bias}. A classifier of Hugging Face's has no bias to say that with; the model's own file can be downloaded (format=native).`,
    );
  return beta.map((one, i) => one + (bias * (weight[i] as number)) / square);
}
