/** A model of ours from a GPT-2 in Hugging Face's layout. */
import { show } from "../../datasets/text/code-points.js";
import { AppError } from "../../errors.js";
import { completeArchitecture } from "../config/architecture.js";
import { type Architecture, withScalarHead } from "../config/model-shape.js";
import type { NamedTensor } from "../events/events.js";
import type { ModelFile } from "../files/model-file.js";
import { type Parameter, parametersOf, totalSize } from "../model/parameters.js";
import { unfoldBias } from "./folded-bias.js";
import { type Gpt2Config, readGpt2Config, refused } from "./import-config.js";
import { checkMemory } from "./import-memory.js";
import { importTokenizer } from "./import-tokenizer.js";
import { dropTiedHead, readTensors, type Weights } from "./import-weights.js";
import type { TokenizerTexts } from "./tokenizer-lists.js";

export interface ImportedFolder {
  /** config.json. */
  readonly config: string;
  readonly tokenizer: TokenizerTexts;
  readonly weights: Weights;
}

/** A model of stage IMPORTED, or REWARD. */
export interface ImportedModel extends ModelFile {
  /** What of the folder was left out or is read otherwise, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Read a GPT-2 (Radford et al. 2019) of F32, F16 or BF16, with or without the prefix "transformer." and those of trainers,
 * its unembedding lm_head.weight tied to the embedding (absent or equal to it) or, as config.json says, a matrix of its own.
 * A classifier of one label is a reward model: its score is score.weight · h, and what an export from here says beside it is
 * undone. Tokens that no text becomes, such as padding, are left out: their logits are −∞ here.
 * @param memoryBytes what a job may use; a model that could not be generated from in it is refused
 * @throws JobFailure MODEL_DAMAGED: a configuration, tokenizer or tensor that is not GPT-2's, a tensor that is missing, of
 *   another shape or of no name of GPT-2's, numbers that are not finite, an unembedding that config.json contradicts
 */
export async function importGpt2(folder: ImportedFolder, memoryBytes: number): Promise<ImportedModel> {
  const config = readGpt2Config(folder.config);
  const { tokenizer, rows, notes } = await importTokenizer(folder.tokenizer, config);
  const { layers, heads, width, contextLength, untied, isReward } = config;
  const { vocabularySize, kind } = tokenizer;
  const base = checked(() =>
    completeArchitecture(
      { layers, heads, width, contextLength, vocabularySize, tokenizer: kind, untied },
      "config.json",
    ),
  );
  const architecture = isReward ? withScalarHead(base) : base;
  checkMemory(config, memoryBytes);
  const { tensors, metadata, notes: others } = readTensors(folder.weights);
  const left = dropTiedHead(tensors, untied, isReward);
  const values = valuesOf(architecture, { tensors, config, rows, metadata });
  for (const { name } of tensors.values())
    throw refused(`The weights have the tensor ${show(name)}, which GPT-2 has not.`);
  const stage = isReward ? "REWARD" : "IMPORTED";
  return { stage, architecture, tokenizer, values, notes: [...notes, ...others, ...left] };
}

interface Found {
  readonly tensors: Map<string, NamedTensor>;
  readonly config: Gpt2Config;
  /** The row of the embedding for each of our ids. */
  readonly rows: Int32Array;
  readonly metadata: Readonly<Record<string, string>>;
}

/** All parameters in order; the tensors are taken. */
function valuesOf(architecture: Architecture, { tensors, config, rows, metadata }: Found): Float32Array {
  const { width } = config;
  const parameters = parametersOf(architecture);
  const values = new Float32Array(totalSize(parameters));
  const put = ({ name, shape, offset }: Parameter): void => {
    const hasRows = name === "wte.weight" || name === "lm_head.weight"; // one of each token
    const data = take(tensors, name, hasRows ? [config.rows, width] : shape);
    if (!hasRows) values.set(data, offset);
    else
      for (const [id, row] of rows.entries())
        values.set(data.subarray(row * width, (row + 1) * width), offset + id * width);
  };
  for (const parameter of parameters) if (!parameter.name.startsWith("score.")) put(parameter);
  if (architecture.head === "SCORE") putScalarHead(values, parameters, takeScore(tensors, width), metadata);
  return values;
}

/** The head's weights, [1, width] as a classifier has them: one row for each label. */
function takeScore(tensors: Map<string, NamedTensor>, width: number): Float32Array {
  const [labels, ...others] = tensors.get("score.weight")?.shape ?? [];
  if (labels !== undefined && labels !== 1 && others.join() === String(width))
    throw refused(
      `The classifier's score.weight has ${labels} labels; a reward model has one, whose logit is the score.`,
    );
  return take(tensors, "score.weight", [1, width]);
}

/** Writes the head, and the bias of the last LayerNorm as it was before the head's was folded into it. */
function putScalarHead(
  values: Float32Array,
  parameters: readonly Parameter[],
  weight: Float32Array,
  metadata: Readonly<Record<string, string>>,
): void {
  const [norm, score, scoreBias] = ["ln_f.bias", "score.weight", "score.bias"].map(
    (name) => parameters.find((parameter) => parameter.name === name) as Parameter,
  ) as [Parameter, Parameter, Parameter];
  const { normBias, bias } = unfoldBias(metadata, values.slice(norm.offset, norm.offset + norm.size), weight);
  values.set(normBias, norm.offset);
  values.set(weight, score.offset);
  values[scoreBias.offset] = bias;
}

/** The numbers of a tensor, which is then taken. */
function take(tensors: Map<string, NamedTensor>, name: string, shape: readonly number[]): Float32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw refused(`The weights lack the tensor ${name} of shape [${shape}].`);
  if (tensor.shape.join() !== shape.join())
    throw refused(`The weights have ${name} in the shape [${tensor.shape}], not [${shape}] as config.json says.`);
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
