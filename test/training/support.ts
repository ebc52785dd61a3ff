import { type Backend, type BackendChoice, openBackend } from "../../src/training/backend.js";
import type { Architecture } from "../../src/training/config/model-shape.js";
import type { TrainingPrompt } from "../../src/training/config/prompts.js";
import { resolveSft, type SftConfig, type SftInput } from "../../src/training/config/sft.js";
import type { TensorFile, TrainingEvent, TrainingRequest } from "../../src/training/events/events.js";
import { initialise, parametersOf, totalSize } from "../../src/training/model/parameters.js";
import type { TokenShard } from "../../src/training/optimization/objectives.js";
import { makeBatch } from "../../src/training/shards/batches.js";
import { startsOf } from "../../src/training/tensors/sequences.js";
import { type Example, sftTexts } from "../../src/training/text/text-layout.js";

export const MEMORY = 512 * 2 ** 20;

/** Small enough that a step takes a few milliseconds. */
export const TINY: Architecture = {
  layers: 2,
  heads: 2,
  width: 16,
  contextLength: 32,
  vocabularySize: 257,
  tokenizer: "BYTES",
};

/** The same with an unembedding of its own, as imported models may have it. */
export const UNTIED: Architecture = { ...TINY, untied: true };

export const open = (choice: BackendChoice = "wasm", memoryBytes = MEMORY): Promise<Backend> =>
  openBackend(choice, { memoryBytes });

/** The numbers that a new model begins with. */
export function newValues(architecture: Architecture, seed = 1): Float32Array {
  const parameters = parametersOf(architecture);
  const values = new Float32Array(totalSize(parameters));
  initialise(values, parameters, seed);
  return values;
}

/** Prompts of which every fourth is in VALIDATION, with one demonstration each, of different lengths. */
export function somePrompts(count: number): TrainingPrompt[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `p${index}`,
    split: index % 4 === 3 ? "VALIDATION" : "TRAIN",
    source: "CUSTOMER",
    text: `Say ${"the ".repeat(index % 3)}${index}`,
    fewShot: [],
    demonstrations: [`It is ${index}.`],
  }));
}

/** The configuration for some prompts. */
export function configFor(
  prompts: readonly TrainingPrompt[],
  input: SftInput,
  overrides: Partial<SftConfig> = {},
  architecture = TINY,
): SftConfig {
  const examples = (split: TrainingPrompt["split"]) =>
    prompts.filter((prompt) => prompt.split === split).flatMap(sftTexts).length;
  const facts = { trainExamples: examples("TRAIN"), validationExamples: examples("VALIDATION") };
  return { ...resolveSft(input, { ...facts, architecture, memoryBytes: MEMORY }), ...overrides };
}

/** A batch as one shard, however many rows it has. */
export function joined<
  S extends { ids: Int32Array; lengths: readonly number[]; positions: Int32Array; targets: Int32Array },
>(shards: readonly S[]): S {
  const starts = startsOf(shards.map(({ ids }) => ids.length));
  return {
    ...(shards[0] as S),
    ids: Int32Array.from(shards.flatMap(({ ids }) => [...ids])),
    lengths: shards.flatMap(({ lengths }) => [...lengths]),
    positions: Int32Array.from(shards.flatMap(({ positions }, i) => [...positions].map((p) => p + starts[i]!))),
    targets: Int32Array.from(shards.flatMap(({ targets }) => [...targets])),
  };
}

/** Examples as one shard. */
export const oneShard = (examples: readonly Example[]): TokenShard => joined(makeBatch(examples).shards);

/** A run to its end, or to its failure. Asks for a checkpoint after every event whose place is in `askAfter`. */
export async function collect<Event = TrainingEvent>(
  training: AsyncGenerator<Event, TensorFile | null, TrainingRequest>,
  askAfter: (event: Event, index: number) => boolean = () => false,
): Promise<{ events: Event[]; model: TensorFile | null; error: unknown }> {
  const events: Event[] = [];
  try {
    let result = await training.next();
    while (result.done !== true) {
      events.push(result.value);
      result = await training.next(askAfter(result.value, events.length - 1) ? "checkpoint" : undefined);
    }
    return { events, model: result.value, error: null };
  } catch (error) {
    return { events, model: null, error };
  }
}

/** The points of some metrics as [step, name, value], in their order. Throughput is left out: it alone differs between runs. */
export function pointsOf(events: readonly TrainingEvent[]): [number, string, number][] {
  return events.flatMap((event) =>
    event.kind === "metrics"
      ? event.points
          .filter(({ name }) => name !== "train/tokens_per_second")
          .map(({ name, value }): [number, string, number] => [event.step, name, value])
      : [],
  );
}

export const valuesOf = (events: readonly TrainingEvent[], metric: string): number[] =>
  pointsOf(events)
    .filter(([, name]) => name === metric)
    .map(([, , value]) => value);

/** Whether two arrays have the same bits, NaN included. */
export const sameBits = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
