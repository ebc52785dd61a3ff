/** The weights of a model in Hugging Face's layout: the numbers of its own file, in their order, under other names. */
import { JobFailure } from "../../errors.js";
import type { ModelStage } from "../../vocabulary.js";
import type { Architecture } from "../config/model-shape.js";
import type { NamedTensor } from "../events/events.js";
import { safetensorsHeader } from "../files/safetensors.js";
import { parametersOf } from "../model/parameters.js";
import { foldBias, foldedMetadata, type ScalarHead } from "./folded-bias.js";

/** A piece of model.safetensors: bytes, or a stretch of the data of the model's own file. */
export type WeightsPart = Uint8Array | { readonly start: number; readonly end: number };

/** Tensors by name, of a reward model alone: those that its bias is folded into. */
export type HeadTensors = ReadonlyMap<string, Float32Array>;

/** What of a reward model's own file has to be read for its export. */
export const HEAD_TENSORS = ["ln_f.bias", "score.weight", "score.bias"] as const;

/**
 * The parts of model.safetensors. The embedding, and an unembedding of its own, have one more row, 0, for the
 * padding token. A reward model is a sequence classifier, whose head has no bias: it is folded into the last LayerNorm's
 * (see folded-bias.ts).
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
  const scalarHead = stage === "REWARD" ? scalarHeadOf(head) : null;
  const metadata = { format: "pt", ...(scalarHead === null ? {} : foldedMetadata(scalarHead)) };
  const parts: WeightsPart[] = [safetensorsHeader(metadata, tensors)];
  const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (const { name, offset, size } of stored) {
    const stretch = { start: 4 * offset, end: 4 * (offset + size) };
    if (name === "wte.weight" || name === "lm_head.weight") parts.push(stretch, new Uint8Array(4 * architecture.width));
    else if (scalarHead !== null && name === "ln_f.bias") parts.push(bytesOf(foldBias(scalarHead)));
    else if (name !== "score.bias") parts.push(stretch);
  }
  return parts;
}

/** How many bytes some parts have together. */
export const partsSize = (parts: readonly WeightsPart[]): number =>
  parts.reduce((sum, part) => sum + (part instanceof Uint8Array ? part.length : part.end - part.start), 0);

function scalarHeadOf(head: HeadTensors): ScalarHead {
  const [normBias, weight, [bias] = []] = HEAD_TENSORS.map((name) => head.get(name));
  if (normBias === undefined || weight === undefined || bias === undefined)
    throw new JobFailure("MODEL_DAMAGED", "The reward model's file lacks its head.");
  return { normBias, weight, bias };
}
