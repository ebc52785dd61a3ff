/** All that a run needs to go on after a step with the same bits. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../../datasets/records/canonical-json.js";
import type { Json } from "../../datasets/records/records.js";
import { JobFailure } from "../../errors.js";
import type { NamedTensor, TensorFile } from "../events/events.js";
import { fromTensors, type Parameter, toTensors } from "../model/parameters.js";
import type { AdamW } from "../optimization/optimizer.js";
import { type ModelFile, modelDescription, readDescription } from "./model-file.js";

/** Where a run stands between two steps. */
export interface RunState {
  /** Steps that are done. */
  step: number;
  /** Metric points that came so far. */
  points: number;
  /** Tokens read so far. */
  tokens: number;
  /** The evaluation with the lowest loss so far. */
  best: { readonly step: number; readonly loss: number } | null;
}

/** The numbers of a run. */
export interface RunArrays {
  readonly values: Float32Array;
  readonly optimizer: Pick<AdamW, "firstMoments" | "secondMoments">;
  /** The parameters at the best evaluation; of no meaning before the first. */
  readonly bestValues: Float32Array;
}

const damaged = (sentence: string): JobFailure => new JobFailure("MODEL_DAMAGED", sentence);

/** The hash by which a checkpoint knows the configuration that it belongs to. */
const hashOf = (config: object): string =>
  createHash("sha256")
    .update(canonicalJson(config as Json))
    .digest("hex");

/** Numbers of a run that belong to some parameters, and the prefix of their names in a checkpoint. */
export interface CheckpointPart {
  readonly prefix: string;
  readonly values: Float32Array;
  readonly parameters: readonly Parameter[];
}

/** A checkpoint of any run: everything copied, so that the run may go on while the file is written. */
export function checkpointOf(
  config: object,
  model: Pick<ModelFile, "architecture" | "tokenizer">,
  state: RunState,
  parts: readonly CheckpointPart[],
): TensorFile {
  return {
    metadata: { ...modelDescription(model), config: hashOf(config), state: JSON.stringify(state) },
    tensors: parts.flatMap(({ prefix, values, parameters }) => toTensors(values, parameters, prefix)),
  };
}

/** Fill a run's arrays with those of its checkpoint. */
export function restoreParts(file: TensorFile, parts: readonly CheckpointPart[]): void {
  const tensors = new Map<string, NamedTensor>(file.tensors.map((tensor) => [tensor.name, tensor]));
  for (const { prefix, values, parameters } of parts) {
    const problem = fromTensors(values, parameters, tensors, prefix);
    if (problem !== null) throw damaged(`The checkpoint ${problem}.`);
  }
}

export const writeCheckpoint = (
  config: object,
  model: Pick<ModelFile, "architecture" | "tokenizer">,
  state: RunState,
  arrays: RunArrays,
  parameters: readonly Parameter[],
): TensorFile => checkpointOf(config, model, state, partsOf(state, arrays, parameters));

/** What of a checkpoint is needed before there are arrays to fill: refused with MODEL_DAMAGED if it is another configuration's. */
export async function readCheckpoint(
  file: TensorFile,
  config: object,
): Promise<Pick<ModelFile, "architecture" | "tokenizer"> & { readonly state: RunState }> {
  const description = await readDescription(file.metadata);
  if (file.metadata.config !== hashOf(config)) throw damaged("The checkpoint belongs to another configuration.");
  return { ...description, state: readState(file.metadata.state ?? "") };
}

function readState(json: string): RunState {
  try {
    const { step, points, tokens, best } = JSON.parse(json) as RunState;
    if ([step, points, tokens].every(Number.isSafeInteger) && typeof best === "object")
      return { step, points, tokens, best };
  } catch {
    // told below, like any other content
  }
  throw damaged("The checkpoint does not say where the run stood.");
}

/** Fill a run's arrays with a checkpoint's. */
export const restoreArrays = (
  file: TensorFile,
  state: RunState,
  arrays: RunArrays,
  parameters: readonly Parameter[],
): void => restoreParts(file, partsOf(state, arrays, parameters));

function partsOf(
  state: RunState,
  { values, optimizer, bestValues }: RunArrays,
  parameters: readonly Parameter[],
): CheckpointPart[] {
  return [
    { prefix: "model.", values, parameters },
    { prefix: "first_moments.", values: optimizer.firstMoments, parameters },
    { prefix: "second_moments.", values: optimizer.secondMoments, parameters },
    ...(state.best === null ? [] : [{ prefix: "best.", values: bestValues, parameters }]),
  ];
}
