/** All that a run needs to go on after a step with the same bits. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../datasets/canonical-json.js";
import type { Json } from "../datasets/records.js";
import { JobFailure } from "../errors.js";
import type { NamedTensor, TensorFile } from "./events.js";
import { describe, type ModelFile, readDescription } from "./model-file.js";
import type { AdamW } from "./optimizer.js";
import { fromTensors, type Parameter, toTensors } from "./parameters.js";

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

/** Everything copied, so that the run may go on while the file is written. */
export function writeCheckpoint(
  config: object,
  model: Pick<ModelFile, "architecture" | "tokenizer">,
  state: RunState,
  { values, optimizer, bestValues }: RunArrays,
  parameters: readonly Parameter[],
): TensorFile {
  return {
    metadata: { ...describe(model), config: hashOf(config), state: JSON.stringify(state) },
    tensors: [
      ...toTensors(values, parameters, "model."),
      ...toTensors(optimizer.firstMoments, parameters, "first_moments."),
      ...toTensors(optimizer.secondMoments, parameters, "second_moments."),
      ...(state.best === null ? [] : toTensors(bestValues, parameters, "best.")),
    ],
  };
}

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
export function restoreArrays(
  file: TensorFile,
  state: RunState,
  { values, optimizer, bestValues }: RunArrays,
  parameters: readonly Parameter[],
): void {
  const tensors = new Map<string, NamedTensor>(file.tensors.map((tensor) => [tensor.name, tensor]));
  const parts: [Float32Array, string][] = [
    [values, "model."],
    [optimizer.firstMoments, "first_moments."],
    [optimizer.secondMoments, "second_moments."],
  ];
  if (state.best !== null) parts.push([bestValues, "best."]);
  for (const [array, prefix] of parts) {
    const problem = fromTensors(array, parameters, tensors, prefix);
    if (problem !== null) throw damaged(`The checkpoint ${problem}.`);
  }
}
