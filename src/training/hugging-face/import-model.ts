/** A model of ours from a GPT-2 in Hugging Face's layout. */
import { show } from "../../datasets/code-points.js";
import { AppError } from "../../errors.js";
import { completeArchitecture } from "../config/architecture.js";
import type { NamedTensor } from "../events.js";
import type { ModelFile } from "../model-file.js";
import { parametersOf, totalSize } from "../parameters.js";
import { readSafetensors } from "../safetensors.js";
import { readGpt2Config, refused } from "./import-config.js";
import { checkMemory } from "./import-memory.js";
import { importTokenizer, type TokenizerTexts } from "./import-tokenizer.js";

export interface ImportedFolder {
  /** config.json. */
  readonly config: string;
  readonly tokenizer: TokenizerTexts;
  /** model.safetensors. */
  readonly weights: Uint8Array;
}

/** Masks that older files carry; they hold nothing learned. */
const IS_MASK = /^(transformer\.)?h\.\d+\.attn\.(masked_)?bias$/;
const HEAD = "lm_head.weight";

/**
 * Read a GPT-2 (Radford et al. 2019) of F32, F16 or BF16, with or without the prefix "transformer.", its unembedding
 * lm_head.weight tied to the embedding (absent or equal to it) or, as config.json says, a matrix of its own. Tokens that no
 * text becomes, such as padding, are left out: their logits are −∞ here.
 * @param memoryBytes what a job may use; a model that could not be generated from in it is refused
 * @throws JobFailure MODEL_DAMAGED: a configuration, tokenizer or tensor that is not GPT-2's, a tensor that is missing, of
 *   another shape or of no name of GPT-2's, numbers that are not finite, an unembedding that config.json contradicts
 */
export async function importGpt2(folder: ImportedFolder, memoryBytes: number): Promise<ModelFile> {
  const config = readGpt2Config(folder.config);
  const { tokenizer, rows } = await importTokenizer(folder.tokenizer, config);
  const { layers, heads, width, contextLength, untied } = config;
  const { vocabularySize, kind } = tokenizer;
  const architecture = checked(() =>
    completeArchitecture(
      { layers, heads, width, contextLength, vocabularySize, tokenizer: kind, untied },
      "config.json",
    ),
  );
  checkMemory(config, memoryBytes);
  const tensors = tensorsOf(folder.weights, untied);
  const parameters = parametersOf(architecture);
  const values = new Float32Array(totalSize(parameters));
  for (const { name, shape, offset } of parameters) {
    const hasRows = name === "wte.weight" || name === HEAD; // one of each token
    const data = take(tensors, name, hasRows ? [config.rows, width] : shape);
    if (!hasRows) values.set(data, offset);
    else
      for (const [id, row] of rows.entries())
        values.set(data.subarray(row * width, (row + 1) * width), offset + id * width);
  }
  for (const name of tensors.keys())
    throw refused(`model.safetensors has the tensor ${show(name)}, which GPT-2 has not.`);
  return { stage: "IMPORTED", architecture, tokenizer, values };
}

/** The tensors by GPT-2's names, without a tied unembedding. */
function tensorsOf(weights: Uint8Array, untied: boolean): Map<string, NamedTensor> {
  const { tensors } = readSafetensors(weights, (name) => !IS_MASK.test(name));
  const byName = new Map(tensors.map((tensor) => [tensor.name.replace(/^transformer\./, ""), tensor]));
  if (byName.size < tensors.length) throw refused('model.safetensors has a tensor with and without "transformer.".');
  const [head, embedding] = [byName.get(HEAD), byName.get("wte.weight")];
  if (untied || head === undefined) return byName;
  if (
    embedding === undefined ||
    head.data.length !== embedding.data.length ||
    !head.data.every((one, i) => one === embedding.data[i])
  )
    throw refused(
      `model.safetensors has a ${HEAD} of its own; config.json must say so with "tie_word_embeddings": false, or it is to be wte.weight.`,
    );
  byName.delete(HEAD);
  return byName;
}

/** The numbers of a tensor, which is then taken. */
function take(tensors: Map<string, NamedTensor>, name: string, shape: readonly number[]): Float32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw refused(`model.safetensors lacks the tensor ${name} of shape [${shape}].`);
  if (tensor.shape.join() !== shape.join())
    throw refused(`model.safetensors has ${name} in the shape [${tensor.shape}], not [${shape}] as config.json says.`);
  const odd = tensor.data.findIndex((one) => !Number.isFinite(one));
  if (odd >= 0) throw refused(`The number ${odd} of ${name} is ${tensor.data[odd]}; all must be finite.`);
  tensors.delete(name);
  return tensor.data;
}

/** What is refused as input of a job is refused as a file here. */
function checked<T>(resolve: () => T): T {
  try {
    return resolve();
  } catch (error) {
    throw error instanceof AppError ? refused(`config.json: ${error.message}`) : error;
  }
}
