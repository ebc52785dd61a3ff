import { type ExampleKind, examplesWithin } from "../../../entities/queries/training/example-lengths.js";
import {
  type ArchitectureInput,
  completeArchitecture,
  resolveArchitecture,
} from "../../../training/config/architecture.js";
import { trainingMemoryBytes } from "../../../training/config/estimates.js";
import type { Architecture } from "../../../training/config/model-shape.js";
import { MOST_IN_ELEMENT } from "../../../training/config/reward-elements.js";
import { autoWindow, tokenRates, WINDOWS } from "../../../training/config/window.js";
import type { Context } from "../../request/context.js";
import type { FrozenDataset } from "./start-job.js";

/** Batches that a window has to leave room for where a request names none. */
const FEW = 8;

/** An architecture with its window, and why the window is what it is. */
export interface WindowedArchitecture {
  readonly architecture: Architecture;
  readonly reasons: { readonly contextLength: string };
}

/**
 * The architecture of a model that is trained from nothing on a dataset. Where its window is left open, it is the smallest that
 * nearly all examples of the training fit, as far as the memory suffices: for this training, and for a reward model that is
 * made of it, which reads nine completions of a prompt together.
 * @param kind what the model is trained on @param batchSize what the request names
 */
export async function withWindow(
  { database, config: { JOB_MEMORY_BYTES: memoryBytes } }: Context,
  { datasetId, revision }: FrozenDataset,
  input: ArchitectureInput,
  kind: ExampleKind,
  batchSize: number | null | undefined,
): Promise<WindowedArchitecture> {
  const field = "input.architecture";
  if (input.contextLength != null)
    return { architecture: resolveArchitecture(input, field, memoryBytes), reasons: { contextLength: "Given." } };
  const { tokenizer, vocabularySize } = completeArchitecture(input, field);
  const rates = tokenRates(tokenizer, vocabularySize);
  const counted = await examplesWithin(database, kind, { datasetId, asOf: revision }, WINDOWS, rates);
  const none = WINDOWS.map((window) => ({ window, examples: 0, fitting: 0 }));
  const { value, reason } = autoWindow(counted.length > 0 ? counted : none, (contextLength) => {
    const architecture = completeArchitecture({ ...input, contextLength }, field);
    const ofReward = { ...architecture, head: "SCORE" as const };
    return [
      trainingMemoryBytes(architecture, { batchSize: batchSize ?? FEW, threads: 1 }),
      trainingMemoryBytes(ofReward, { batchSize: 1, threads: 1, sequencesEach: MOST_IN_ELEMENT }),
    ].every((bytes) => bytes <= memoryBytes);
  });
  const architecture = resolveArchitecture({ ...input, contextLength: value }, field, memoryBytes);
  return { architecture, reasons: { contextLength: reason } };
}
