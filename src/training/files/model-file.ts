/** A model as it is kept: its parameters under GPT-2's names, and in the metadata all that is needed to use them. */
import { readTokenizer } from "../../datasets/tokenizers/make-tokenizer.js";
import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import { JobFailure } from "../../errors.js";
import { MODEL_STAGES, type ModelStage } from "../../vocabulary.js";
import { type Architecture, parameterCount } from "../config/model-shape.js";
import type { TensorFile } from "../events/events.js";
import { fromTensors, parametersOf, toTensors } from "../model/parameters.js";

export interface ModelFile {
  readonly stage: ModelStage;
  readonly architecture: Architecture;
  readonly tokenizer: Tokenizer;
  /** All parameters, in the order of parametersOf. */
  readonly values: Float32Array;
}

/** Readers refuse what is newer. */
const FORMAT_VERSION = "1";

const damaged = (sentence: string): JobFailure => new JobFailure("MODEL_DAMAGED", sentence);

/**
 * A model as a file. Nothing in it varies between equal trainings: no time, no ids, no names.
 * @param values all parameters, copied
 */
export function writeModel({ stage, architecture, tokenizer, values }: ModelFile): TensorFile {
  return {
    metadata: { ...modelDescription({ architecture, tokenizer }), stage },
    tensors: toTensors(values, parametersOf(architecture)),
  };
}

/** The metadata that models and checkpoints have in common. */
export function modelDescription({
  architecture,
  tokenizer,
}: Pick<ModelFile, "architecture" | "tokenizer">): Record<string, string> {
  const { layers, heads, width, contextLength, vocabularySize, head, untied } = architecture;
  const shape = { layers, heads, width, contextLength, vocabularySize, tokenizer: tokenizer.kind, head, untied };
  return {
    formatVersion: FORMAT_VERSION,
    architecture: JSON.stringify(shape), // what is undefined is left out
    tokenizer: JSON.stringify(tokenizer),
  };
}

/** The inverse of writeModel. Refused with MODEL_DAMAGED: a file that lacks something, or whose parts contradict each other. */
export async function readModel(file: TensorFile): Promise<ModelFile> {
  const { architecture, tokenizer } = await readDescription(file.metadata);
  const { stage } = file.metadata;
  if (!isStage(stage)) throw damaged(`The model's stage is ${stage}; it must be one of ${MODEL_STAGES.join(", ")}.`);
  if ((stage === "REWARD") !== (architecture.head === "SCORE"))
    throw damaged(`The model's stage is ${stage}; a scalar head is what models of stage REWARD have, and no others.`);
  const numbers = file.tensors.reduce((sum, { data }) => sum + data.length, 0);
  if (numbers !== parameterCount(architecture))
    throw damaged(`The model's architecture has ${parameterCount(architecture)} parameters; its file has ${numbers}.`);
  const parameters = parametersOf(architecture);
  const values = new Float32Array(numbers);
  const problem = fromTensors(values, parameters, new Map(file.tensors.map((tensor) => [tensor.name, tensor])));
  if (problem !== null) throw damaged(`The model ${problem}.`);
  return { stage, architecture, tokenizer, values };
}

/** The inverse of describe. */
export async function readDescription(
  metadata: Readonly<Record<string, string>>,
): Promise<Pick<ModelFile, "architecture" | "tokenizer">> {
  if (metadata.formatVersion !== FORMAT_VERSION)
    throw damaged(`The file has the format version ${metadata.formatVersion}; version ${FORMAT_VERSION} is read.`);
  const tokenizer = await readTokenizer(metadata.tokenizer ?? "");
  const architecture = readArchitecture(metadata.architecture ?? "");
  if (architecture.tokenizer !== tokenizer.kind || architecture.vocabularySize !== tokenizer.vocabularySize)
    throw damaged(
      `The model's architecture is for ${architecture.vocabularySize} tokens of ${architecture.tokenizer}; its tokenizer is ${tokenizer.kind} with ${tokenizer.vocabularySize}.`,
    );
  return { architecture, tokenizer };
}

const isStage = (stage: string | undefined): stage is ModelStage => MODEL_STAGES.includes(stage as ModelStage);

function readArchitecture(json: string): Architecture {
  let value: Partial<Record<keyof Architecture, unknown>>;
  try {
    value = Object(JSON.parse(json));
  } catch {
    throw damaged("The model's architecture is no JSON.");
  }
  const sizes = [value.layers, value.heads, value.width, value.contextLength, value.vocabularySize];
  if (!sizes.every((size) => Number.isSafeInteger(size) && (size as number) > 0))
    throw damaged("The sizes of the model's architecture are no whole numbers above 0.");
  if (value.head !== undefined && value.head !== "SCORE")
    throw damaged(`The head of the model's architecture is ${JSON.stringify(value.head)}; it must be SCORE or absent.`);
  if (value.untied !== undefined && (value.untied !== true || value.head !== undefined))
    throw damaged("The unembedding of the model's architecture must be untied: true in a language model, or absent.");
  return value as Architecture;
}
