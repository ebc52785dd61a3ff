/** Pretraining: the likelihood of each token given those before it is maximised over plain text (Radford et al. 2018, section 3.1). */
import { makeTokenizer } from "../../datasets/tokenizers/make-tokenizer.js";
import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import { JobFailure } from "../../errors.js";
import type { Backend } from "../backend.js";
import type { Architecture } from "../config/model-shape.js";
import type { PretrainingConfig } from "../config/pretraining.js";
import type { TrainingPrompt } from "../config/prompts.js";
import type { TensorFile, Training } from "../events/events.js";
import { readCheckpoint } from "../files/checkpoint.js";
import { writeModel } from "../files/model-file.js";
import { initialise } from "../model/parameters.js";
import { makeBatch, rowsOfStep } from "../shards/batches.js";
import { documentCount, documentsOf, packDocuments } from "../text/corpus.js";
import { type Example, tokenizerTexts } from "../text/text-layout.js";
import { LanguageEvaluation } from "./language-evaluation.js";
import { TrainingEvents, trainingSteps } from "./training-loop.js";
import { TrainingRun } from "./training-run.js";

export interface PretrainingOptions {
  readonly backend: Backend;
  readonly config: PretrainingConfig;
  /** The frozen input, in a fixed order. */
  readonly prompts: readonly TrainingPrompt[];
  /** A checkpoint of the same job, from which its run goes on. */
  readonly checkpoint: TensorFile | null;
  /** At most so many threads compute; the bits do not depend on it. */
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Milliseconds since any fixed time, for throughput alone. */
  readonly now: () => number;
}

/**
 * Train a new model, with a tokenizer of its own, on the text of a dataset: the prompts of TRAIN, and their demonstrations.
 * Documents end with <|endoftext|> and are packed into sequences that fill the window; the loss is the mean over a batch's
 * tokens. What is told and how a run goes on is as in trainSft; the loss on VALIDATION is that of its own corpus.
 * @returns the parameters with the lowest loss on VALIDATION, or those of the last step where it has no prompt; null soon
 *   after it was aborted
 * @throws JobFailure UNPROCESSABLE (nothing to train on), INPUT_CHANGED (not the documents that were configured),
 *   MODEL_DAMAGED (the checkpoint does not fit), DIVERGED, OUT_OF_MEMORY
 */
export async function* pretrain(options: PretrainingOptions): Training {
  try {
    options.signal.throwIfAborted();
    return yield* train(options);
  } catch (error) {
    if (options.signal.aborted) return null;
    throw error;
  }
}

async function* train(options: PretrainingOptions): Training {
  const { backend, config, prompts, checkpoint, threads, signal, now } = options;
  const events = new TrainingEvents();
  yield* events.send({ kind: "progress", phase: "preparing", step: 0, totalSteps: config.steps, tokens: 0 });
  const restored = checkpoint === null ? null : await readCheckpoint(checkpoint, config);
  const { tokenizer, architecture } = restored ?? (await newModel(options));
  const training = sequencesOf("TRAIN", prompts, tokenizer, architecture, config.trainDocuments);
  const validation = sequencesOf("VALIDATION", prompts, tokenizer, architecture, config.validationDocuments);
  signal.throwIfAborted();

  const run = new TrainingRun({ backend, architecture, tokenizer, config, threads, signal });
  const evaluation = new LanguageEvaluation({
    run,
    tokenizer,
    architecture,
    config,
    prompts: prompts.filter(({ split }) => split === "VALIDATION"),
    examples: validation,
    judge: null,
    signal,
  });
  try {
    if (checkpoint !== null && restored !== null) run.restore(checkpoint, restored.state);
    else initialise(run.values, run.parameters, config.seed);
    yield* trainingSteps({
      run,
      config,
      events,
      batchOf: (step) => makeBatch(rowsOfStep(training, config, step)),
      measures: () => ({}),
      evaluate: () => evaluation.events(events),
      isResumed: checkpoint !== null,
      signal,
      now,
    });
    return writeModel({ stage: "PRETRAINED", architecture, tokenizer, values: run.selectedValues() });
  } finally {
    await run.close();
  }
}

/** A tokenizer of the TRAIN split alone, and the architecture with its vocabulary. */
async function newModel({ config, prompts }: PretrainingOptions) {
  const texts = tokenizerTexts(prompts.filter(({ split }) => split === "TRAIN"));
  const tokenizer = await makeTokenizer(config.architecture.tokenizer, texts, config.architecture.vocabularySize);
  return { tokenizer, architecture: { ...config.architecture, vocabularySize: tokenizer.vocabularySize } };
}

/** The sequences of a split, whose documents must be as many as the configuration was made for. */
function sequencesOf(
  split: TrainingPrompt["split"],
  prompts: readonly TrainingPrompt[],
  tokenizer: Tokenizer,
  { contextLength }: Architecture,
  expected: number,
): Example[] {
  const ofSplit = prompts.filter((prompt) => prompt.split === split);
  const count = documentCount(ofSplit);
  if (split === "TRAIN" && count === 0)
    throw new JobFailure("UNPROCESSABLE", "The TRAIN split has no prompt to train on.");
  if (count !== expected)
    throw new JobFailure("INPUT_CHANGED", `${split} has ${count} documents; the job was configured for ${expected}.`);
  return packDocuments(documentsOf(ofSplit, tokenizer), contextLength);
}
