/** Completions of prompts by a model. */
import { JobFailure } from "../../errors.js";
import type { Backend } from "../backend.js";
import type { GenerationConfig } from "../config/generation.js";
import { isArchitectureOf } from "../config/model-shape.js";
import type { PromptToAnswer } from "../config/prompts.js";
import type { TensorFile, Training } from "../events/events.js";
import { readModel } from "../files/model-file.js";
import { pause } from "../shards/data-parallel.js";
import { LoadedModel } from "../shards/loaded-model.js";
import { layOutContext } from "../text/text-layout.js";
import { ContextCuts } from "../text/window-cuts.js";
import { ResponseCounts, sampleRandom, sampleResponses } from "./sampling.js";

export interface GenerationOptions {
  readonly backend: Backend;
  readonly config: GenerationConfig;
  /** The frozen input, in a fixed order. */
  readonly prompts: readonly PromptToAnswer[];
  readonly model: TensorFile;
  /** How many prompts were done before. */
  readonly fromPrompt: number;
  readonly signal: AbortSignal;
}

/**
 * Let a model complete prompts. It yields the completions of one prompt after another; all samples of a prompt are computed
 * together and apart from every other's, and each sample has a generator of its own from (seed, prompt, sample), so neither
 * the prompts around it nor where a run began change a completion. Empty ones are completions too. A context is cut at its
 * beginning so that maxResponseTokens fit the window behind it.
 * @returns null
 * @throws JobFailure MODEL_DAMAGED (the model does not fit the configuration), OUT_OF_MEMORY
 */
export async function* generateCompletions(options: GenerationOptions): Training {
  try {
    options.signal.throwIfAborted();
    yield* generate(options);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
  return null;
}

async function* generate({ backend, config, prompts, model: file, fromPrompt, signal }: GenerationOptions): Training {
  const { architecture, tokenizer, values } = await readModel(file);
  if (!isArchitectureOf(architecture, config.architecture))
    throw new JobFailure(
      "MODEL_DAMAGED",
      `The model is ${JSON.stringify(architecture)}; the job was configured for ${JSON.stringify(config.architecture)}.`,
    );
  const { seed, samplesPerPrompt, temperature, maxResponseTokens } = config;
  const model = new LoadedModel(backend, architecture);
  let tokens = 0;
  const cuts = new ContextCuts();
  const counts = new ResponseCounts();
  try {
    model.load(values);
    for (const [index, prompt] of prompts.entries()) {
      if (index < fromPrompt) continue;
      const { ids, whole } = layOutContext(prompt, tokenizer, architecture.contextLength, maxResponseTokens);
      cuts.add(ids.length, whole);
      const randoms = Array.from({ length: samplesPerPrompt }, (_, sample) => sampleRandom(seed, prompt.id, sample));
      const responses = await sampleResponses(model, tokenizer, {
        context: ids,
        maxTokens: maxResponseTokens,
        temperature,
        randoms,
        pause: async () => {
          tokens += samplesPerPrompt;
          await pause();
          signal.throwIfAborted();
        },
      });
      const step = index + 1;
      for (const response of responses) counts.add(response);
      const completions = responses.map(({ text, ended }) => ({ text, ended }));
      yield { kind: "completions", step, promptId: prompt.id, completions };
      yield { kind: "progress", phase: "generating", step, totalSteps: prompts.length, tokens };
    }
  } finally {
    model.dispose();
  }
  for (const message of [
    cuts.sentence(maxResponseTokens, architecture.contextLength),
    counts.cutSentence(maxResponseTokens, "completion"),
    counts.brokenSentence("completion"),
  ])
    if (message !== null) yield { kind: "warning", message };
  return null;
}
