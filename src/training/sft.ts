/**
 * Supervised fine-tuning: the likelihood of demonstrations given their prompts is maximised (Ouyang et al. 2022, section 3.5;
 * values: appendix C.1).
 */
import { makeTokenizer } from "../datasets/tokenizers/make-tokenizer.js";
import type { Tokenizer } from "../datasets/tokenizers/tokenizer.js";
import { JobFailure } from "../errors.js";
import { keyedRandom } from "../random.js";
import type { Backend } from "./backend.js";
import { inBatches, makeBatch, rowsOfStep } from "./batches.js";
import { readCheckpoint } from "./checkpoint.js";
import { type Architecture, isArchitectureOf } from "./config/model-shape.js";
import type { SftConfig } from "./config/sft.js";
import { pause } from "./data-parallel.js";
import type { TensorFile, Training, TrainingEvent, TrainingRequest } from "./events.js";
import { readModel, writeModel } from "./model-file.js";
import { initialise } from "./parameters.js";
import type { TrainingPrompt } from "./prompts.js";
import { sampleResponses } from "./sampling.js";
import {
  cutsSentence,
  type Example,
  type LaidOutExamples,
  layOutContext,
  layOutExamples,
  tokenizerTexts,
} from "./text-layout.js";
import { checkFinite, measured, progressOf, Teller, trainingSteps } from "./training-loop.js";
import { TrainingRun } from "./training-run.js";

export interface SftOptions {
  readonly backend: Backend;
  readonly config: SftConfig;
  /** The frozen input, in a fixed order. */
  readonly prompts: readonly TrainingPrompt[];
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
 * Train a model on demonstrations.
 *
 * It yields metrics at every step; and at step 0, at every evaluation and at the end the loss on VALIDATION and what the
 * model says to a few of its prompts. Asked for a checkpoint, it yields one before the next step. A run that goes on from a
 * checkpoint yields the same bits from there on, with any number of threads.
 * @returns the parameters with the lowest loss on VALIDATION, step 0 left out, or those of the last step where VALIDATION has
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
  const teller = new Teller();
  yield* teller.tell({ kind: "progress", phase: "preparing", step: 0, totalSteps: config.steps, tokens: 0 });
  const { tokenizer, architecture, fill } = await startOf(options);
  const training = examplesOf("TRAIN", prompts, tokenizer, architecture, config.trainExamples);
  const validation = examplesOf("VALIDATION", prompts, tokenizer, architecture, config.validationExamples);
  const message = cutsSentence([training, validation], architecture.contextLength);
  if (message !== null && checkpoint === null) yield* teller.tell({ kind: "warning", message });
  signal.throwIfAborted();

  const run = new TrainingRun({ backend, architecture, tokenizer, config, threads, signal });
  const evaluation = new Evaluation(run, tokenizer, architecture, options, validation.examples);
  try {
    fill(run);
    yield* trainingSteps({
      run,
      config,
      teller,
      batchOf: (step) => makeBatch(rowsOfStep(training.examples, config, step)),
      measures: () => ({}),
      evaluate: () => evaluation.events(teller),
      isResumed: checkpoint !== null,
      signal,
      now,
    });
    return writeModel({ stage: "SFT", architecture, tokenizer, values: run.selectedValues() });
  } finally {
    await run.close();
  }
}

/** The loss on VALIDATION, and what the model says to some of its prompts. */
class Evaluation {
  constructor(
    private readonly run: TrainingRun,
    private readonly tokenizer: Tokenizer,
    private readonly architecture: Architecture,
    private readonly options: SftOptions,
    private readonly examples: readonly Example[],
  ) {}

  async *events(teller: Teller): AsyncGenerator<TrainingEvent, void, TrainingRequest> {
    const { run, examples } = this;
    const { config, prompts } = this.options;
    const { state } = run;
    yield* teller.tell(progressOf(run, config, "evaluating"));
    if (examples.length > 0) {
      const { loss } = await run.evaluate(inBatches(examples, config.batchSize, makeBatch));
      yield* teller.tell(measured(state, { "eval/loss": loss }));
      checkFinite(loss, state.step);
      if (state.step > 0) run.keepIfBest(loss);
    }
    const asked = prompts.filter(({ split }) => split === "VALIDATION").slice(0, config.samplePrompts);
    if (asked.length === 0) return;
    const samples = [];
    for (const prompt of asked) samples.push({ promptId: prompt.id, text: await this.answer(prompt) });
    yield* teller.tell({ kind: "samples", step: state.step, samples });
  }

  /** The likeliest answer, token by token. */
  private async answer(prompt: TrainingPrompt): Promise<string> {
    const { config, signal } = this.options;
    const { ids } = layOutContext(prompt, this.tokenizer, this.architecture.contextLength, config.sampleTokens);
    const [text = ""] = await sampleResponses(this.run.model(), this.tokenizer, {
      context: ids,
      maxTokens: config.sampleTokens,
      temperature: 0,
      randoms: [keyedRandom([config.seed, "sample", prompt.id])],
      pause: async () => {
        await pause();
        signal.throwIfAborted();
      },
    });
    return text;
  }
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
