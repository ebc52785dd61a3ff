/**
 * Supervised fine-tuning: the likelihood of demonstrations given their prompts is maximised (Ouyang et al. 2022, section 3.5;
 * values: appendix C.1).
 */
import { makeTokenizer } from "../../datasets/tokenizers/make-tokenizer.js";
import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import { JobFailure } from "../../errors.js";
import type { Backend } from "../backend.js";
import { type Architecture, isArchitectureOf } from "../config/model-shape.js";
import type { TrainingPrompt } from "../config/prompts.js";
import { pretrainingRows, type SftConfig } from "../config/sft.js";
import type { TensorFile, Training } from "../events/events.js";
import { readCheckpoint } from "../files/checkpoint.js";
import { readModel, writeModel } from "../files/model-file.js";
import { initialise } from "../model/parameters.js";
import type { TrainingBatch } from "../optimization/objectives.js";
import { makeBatch, rowInOrder, rowsOfStep } from "../shards/batches.js";
import { LoadedModel } from "../shards/loaded-model.js";
import { documentCount, documentsOf, packDocuments } from "../text/corpus.js";
import {
  cutsSentence,
  type Example,
  type LaidOutExamples,
  layOutExamples,
  tokenizerTexts,
} from "../text/text-layout.js";
import { type Judge, LanguageEvaluation } from "./language-evaluation.js";
import { TrainingEvents, trainingSteps } from "./training-loop.js";
import { TrainingRun } from "./training-run.js";

export interface SftOptions {
  readonly backend: Backend;
  readonly config: SftConfig;
  /** The frozen input, in a fixed order. */
  readonly prompts: readonly TrainingPrompt[];
  /** Prompts whose text is mixed in as in pretraining; none by default. */
  readonly corpus?: readonly TrainingPrompt[];
  /** The reward model that chooses among the parameters; null: their loss on VALIDATION does. */
  readonly rewardModel?: TensorFile | null;
  /** The model to go on from; null: one is made from scratch, with a tokenizer of its own. */
  readonly base: TensorFile | null;
  /** A checkpoint of the same job, from which its run goes on. */
  readonly checkpoint: TensorFile | null;
  /** At most so many threads compute; the bits do not depend on it. */
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Milliseconds since any fixed time, for throughput alone. */
  readonly now: () => number;
}

/** What a run begins with. */
interface Start {
  readonly tokenizer: Tokenizer;
  readonly architecture: Architecture;
  /** Fill the run with its parameters, and with all else of a checkpoint. */
  readonly fill: (run: TrainingRun) => void;
}

/**
 * Train a model on demonstrations; where a share of pretraining text is asked for, that share of each batch's sequences is
 * text of the corpus, packed as in pretraining (Ouyang et al. 2022, C.3: 10 % for the models that PPO begins with).
 *
 * It yields metrics at every step; and at step 0, at every evaluation and at the end the loss on VALIDATION and what the
 * model says to a few of its prompts. Asked for a checkpoint, it yields one before the next step. A run that goes on from a
 * checkpoint yields the same bits from there on, with any number of threads.
 * @returns the parameters with the lowest loss on VALIDATION, or with the highest mean score of a reward model there (section
 *   3.5: more epochs help that score though the loss rises), step 0 left out, or those of the last step where VALIDATION has
 *   no example; null soon after it was aborted
 * @throws JobFailure UNPROCESSABLE (nothing to train on), INPUT_CHANGED (not the examples that were configured),
 *   MODEL_DAMAGED (base or checkpoint do not fit), DIVERGED, OUT_OF_MEMORY
 */
export async function* trainSft(options: SftOptions): Training {
  try {
    options.signal.throwIfAborted();
    return yield* train(options);
  } catch (error) {
    if (options.signal.aborted) return null;
    throw error;
  }
}

async function* train(options: SftOptions): Training {
  const { backend, config, prompts, checkpoint, threads, signal, now } = options;
  const events = new TrainingEvents();
  yield* events.send({ kind: "progress", phase: "preparing", step: 0, totalSteps: config.steps, tokens: 0 });
  const { tokenizer, architecture, fill } = await startOf(options);
  const training = examplesOf("TRAIN", prompts, tokenizer, architecture, config.trainExamples);
  const validation = examplesOf("VALIDATION", prompts, tokenizer, architecture, config.validationExamples);
  const message = cutsSentence([training, validation], architecture.contextLength);
  if (message !== null && checkpoint === null) yield* events.send({ kind: "warning", message });
  signal.throwIfAborted();

  const batchOf = batchesOf(training.examples, options, tokenizer, architecture);
  const batchSize = config.batchSize + Math.ceil(pretrainingRows(config)); // at most
  const run = new TrainingRun({ backend, architecture, tokenizer, config: { ...config, batchSize }, threads, signal });
  let judge: Judge | null = null;
  try {
    judge = await judgeOf(options);
    const evaluation = new LanguageEvaluation({
      run,
      tokenizer,
      architecture,
      config,
      prompts: prompts.filter(({ split }) => split === "VALIDATION"),
      examples: validation.examples,
      judge,
      signal,
    });
    fill(run);
    yield* trainingSteps({
      run,
      config,
      events,
      batchOf,
      measures: () => ({}),
      evaluate: () => evaluation.events(events),
      isResumed: checkpoint !== null,
      signal,
      now,
    });
    return writeModel({ stage: "SFT", architecture, tokenizer, values: run.selectedValues() });
  } finally {
    judge?.model.dispose();
    await run.close();
  }
}

/** The batches of a run: demonstrations, and among them sequences of pretraining text. */
function batchesOf(
  examples: readonly Example[],
  { corpus = [], config }: SftOptions,
  tokenizer: Tokenizer,
  { contextLength }: Architecture,
): (step: number) => TrainingBatch {
  const documents = documentCount(corpus);
  if (documents !== config.pretrainingDocuments)
    throw new JobFailure(
      "INPUT_CHANGED",
      `The pretraining corpus has ${documents} documents; the job was configured for ${config.pretrainingDocuments}.`,
    );
  const sequences = packDocuments(documentsOf(corpus, tokenizer), contextLength);
  const before = (step: number): number => Math.floor(step * pretrainingRows(config));
  return (step) => {
    const mixed = Array.from({ length: before(step + 1) - before(step) }, (_, index) =>
      rowInOrder(sequences, config.seed, before(step) + index),
    );
    return makeBatch([...rowsOfStep(examples, config, step), ...mixed]);
  };
}

/** The reward model that chooses, on the backend; null where the loss chooses. Whoever asks for it disposes of it. */
async function judgeOf({ backend, config, rewardModel = null }: SftOptions): Promise<Judge | null> {
  if (config.selection !== "REWARD_SCORE") return null;
  const file = rewardModel && (await readModel(rewardModel));
  if (file?.architecture.head !== "SCORE")
    throw new JobFailure("MODEL_DAMAGED", "The model that is to choose by its score has no scalar head.");
  const { architecture, tokenizer, values } = file;
  const model = new LoadedModel(backend, architecture);
  model.load(values);
  return { model, tokenizer, architecture, prompts: config.scoredPrompts, tokens: config.scoredTokens };
}

async function startOf({ config, prompts, base, checkpoint }: SftOptions): Promise<Start> {
  if (checkpoint !== null) {
    const { tokenizer, architecture, state } = await readCheckpoint(checkpoint, config);
    return { tokenizer, architecture, fill: (run) => run.restore(checkpoint, state) };
  }
  if (base !== null) {
    const { tokenizer, architecture, values } = await readModel(base);
    if (!isArchitectureOf(architecture, config.architecture))
      throw new JobFailure(
        "MODEL_DAMAGED",
        `The base model is ${JSON.stringify(architecture)}; the job was configured for ${JSON.stringify(config.architecture)}.`,
      );
    return { tokenizer, architecture, fill: (run) => run.values.set(values) };
  }
  const texts = tokenizerTexts(prompts.filter(({ split }) => split === "TRAIN"));
  const tokenizer = await makeTokenizer(config.architecture.tokenizer, texts, config.architecture.vocabularySize);
  const architecture = { ...config.architecture, vocabularySize: tokenizer.vocabularySize };
  return { tokenizer, architecture, fill: (run) => initialise(run.values, run.parameters, config.seed) };
}

/** The examples of a split, which must be as many as the configuration was made for. */
function examplesOf(
  split: TrainingPrompt["split"],
  prompts: readonly TrainingPrompt[],
  tokenizer: Tokenizer,
  { contextLength }: Architecture,
  expected: number,
): LaidOutExamples {
  const laidOut = layOutExamples(
    prompts.filter((prompt) => prompt.split === split),
    tokenizer,
    contextLength,
  );
  const count = laidOut.examples.length;
  if (split === "TRAIN" && count === 0)
    throw new JobFailure(
      "UNPROCESSABLE",
      "The TRAIN split has no demonstration and no few-shot pair of a LABELER to train on.",
    );
  if (count !== expected)
    throw new JobFailure("INPUT_CHANGED", `${split} has ${count} examples; the job was configured for ${expected}.`);
  return laidOut;
}
