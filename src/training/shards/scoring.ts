/** A reward model's scores of completions. */
import { JobFailure } from "../../errors.js";
import type { Backend } from "../backend.js";
import { scoringMemoryBytes } from "../config/estimates.js";
import { type Architecture, isArchitectureOf } from "../config/model-shape.js";
import type { ScoringPrompt } from "../config/prompts.js";
import type { ScoringConfig } from "../config/scoring.js";
import type { Scoring, TensorFile } from "../events/events.js";
import { readModel } from "../files/model-file.js";
import { ScoredTexts } from "../text/text-layout.js";
import { inBatches } from "./batches.js";
import { makeScoreBatch } from "./comparisons.js";
import { DataParallel } from "./data-parallel.js";

export interface ScoringOptions {
  readonly backend: Backend;
  readonly config: ScoringConfig;
  /** The frozen input, in a fixed order. */
  readonly prompts: readonly ScoringPrompt[];
  readonly model: TensorFile;
  /** How many prompts were done before. */
  readonly fromPrompt: number;
  /** At most so many threads compute; the bits do not depend on it. */
  readonly threads: number;
  readonly signal: AbortSignal;
}

/**
 * Score completions with a reward model: the scalar at <|endoftext|>, behind context and completion (Ouyang et al. 2022,
 * section 3.5). It yields the scores of one prompt after another; those of a prompt are computed together and apart from every
 * other's, so where a run began changes no score. A prompt without a completion has an event without a score.
 * @returns null
 * @throws JobFailure MODEL_DAMAGED (the model does not fit the configuration), OUT_OF_MEMORY
 */
export async function* scoreResponses(options: ScoringOptions): Scoring {
  try {
    options.signal.throwIfAborted();
    yield* score(options);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
  return null;
}

async function* score(options: ScoringOptions): Scoring {
  const { backend, config, prompts, model: file, fromPrompt, signal } = options;
  const { architecture, tokenizer, values } = await readModel(file);
  if (!isArchitectureOf(architecture, config.architecture))
    throw new JobFailure(
      "MODEL_DAMAGED",
      `The model is ${JSON.stringify(architecture)}; the job was configured for ${JSON.stringify(config.architecture)}.`,
    );
  const texts = new ScoredTexts(tokenizer, architecture.contextLength);
  const batchSize = config.completionsAtOnce;
  const parallel = new DataParallel({
    backend,
    architecture,
    threads: affordableThreads(options, architecture),
    batchSize,
    hasGradients: false,
    signal,
  });
  let tokens = 0;
  try {
    parallel.values.set(values);
    parallel.changed();
    for (const [index, prompt] of prompts.entries()) {
      if (index < fromPrompt) continue;
      signal.throwIfAborted();
      const laidOut = texts.layOut(
        prompt,
        prompt.completions.map(({ text }) => text),
      );
      const found: number[] = [];
      for (const batch of inBatches(laidOut, batchSize, makeScoreBatch)) {
        for (const [part] of await parallel.outputs(batch)) found.push(...(part as Float32Array));
        tokens += batch.tokens;
      }
      const step = index + 1;
      const scores = prompt.completions.map(({ id }, place) => ({ completionId: id, score: found[place]! }));
      yield { kind: "scores", step, promptId: prompt.id, scores };
      yield { kind: "progress", phase: "scoring", step, totalSteps: prompts.length, tokens };
    }
  } finally {
    await parallel.close();
  }
  const message = texts.cutsSentence();
  if (message !== null) yield { kind: "warning", message };
  return null;
}

/** As many threads as the memory suffices for; the bits do not depend on it. */
function affordableThreads({ backend, config, threads }: ScoringOptions, architecture: Architecture): number {
  let affordable = threads;
  const needed = () => scoringMemoryBytes(architecture, config.completionsAtOnce, affordable);
  while (affordable > 1 && needed() > backend.budget.limitBytes) affordable--;
  return affordable;
}
