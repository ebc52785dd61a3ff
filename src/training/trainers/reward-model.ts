/**
 * A reward model: a language model whose unembedding gave way to a scalar head learns which of two completions people prefer
 * (Ouyang et al. 2022, section 3.5; values: appendix C.2).
 */
import { JobFailure } from "../../errors.js";
import { keyedRandom } from "../../random.js";
import type { Backend } from "../backend.js";
import { isArchitectureOf, withScalarHead } from "../config/model-shape.js";
import type { RewardPrompt } from "../config/prompts.js";
import { MOST_IN_ELEMENT } from "../config/reward-elements.js";
import { nothingToCompare, type RewardModelConfig } from "../config/reward-model.js";
import type { TensorFile, Training, TrainingEvent, TrainingRequest } from "../events/events.js";
import type { MetricName } from "../events/metrics.js";
import { readCheckpoint } from "../files/checkpoint.js";
import { type ModelFile, readModel, writeModel } from "../files/model-file.js";
import { sampleResponses } from "../sampling/sampling.js";
import { rowsOfStep } from "../shards/batches.js";
import { type ComparisonElement, comparedAs, elementsOf, makeComparisonBatch, textsOf } from "../shards/comparisons.js";
import { pause } from "../shards/data-parallel.js";
import { LoadedModel } from "../shards/loaded-model.js";
import { layOutContext, ScoredTexts } from "../text/text-layout.js";
import { checkFinite, measured, progressOf, TrainingEvents, trainingSteps } from "./training-loop.js";
import { TrainingRun } from "./training-run.js";

export interface RewardModelOptions {
  readonly backend: Backend;
  readonly config: RewardModelConfig;
  /** The frozen input, in a fixed order. */
  readonly prompts: readonly RewardPrompt[];
  /** The language model that it is made of. */
  readonly base: TensorFile;
  /** A checkpoint of the same job, from which its run goes on. */
  readonly checkpoint: TensorFile | null;
  /** At most so many threads compute; the bits do not depend on it. */
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Milliseconds since any fixed time, for throughput alone. */
  readonly now: () => number;
}

/**
 * Train a reward model on comparisons.
 *
 *   loss = −Σ w log σ(r(x, y_winner) − r(x, y_loser)) / Σ w,   w = 1 / (strict votes of the prompt)
 *
 * over the votes of a batch (Ouyang et al. 2022, equation 1; ties are no votes). r is the scalar at <|endoftext|>, behind
 * context and completion. It yields metrics at every step, and at step 0, at every evaluation and at the end loss and
 * accuracy on VALIDATION. In the end a bias moves all scores, so that the demonstrations of TRAIN's compared prompts score 0
 * on average: the loss leaves the origin open (appendix C.2). Without any, samples of the base model take their place, and a
 * warning says so.
 * @returns the parameters with the lowest loss on VALIDATION, or those of the last step, as the configuration says; null soon
 *   after it was aborted
 * @throws JobFailure UNPROCESSABLE (nothing to train on), INPUT_CHANGED (not the votes that were configured),
 *   MODEL_DAMAGED (base or checkpoint do not fit), DIVERGED, OUT_OF_MEMORY
 */
export async function* trainRewardModel(options: RewardModelOptions): Training {
  try {
    options.signal.throwIfAborted();
    return yield* train(options);
  } catch (error) {
    if (options.signal.aborted) return null;
    throw error;
  }
}

async function* train(options: RewardModelOptions): Training {
  const { backend, config, prompts, checkpoint, threads, signal, now } = options;
  const events = new TrainingEvents();
  yield* events.send({ kind: "progress", phase: "preparing", step: 0, totalSteps: config.steps, tokens: 0 });
  const base = await readBase(options);
  const { tokenizer } = base;
  const architecture = withScalarHead(base.architecture);
  const texts = new ScoredTexts(tokenizer, architecture.contextLength);
  const training = elementsOfSplit("TRAIN", prompts, texts, config.trainElements);
  const validation = elementsOfSplit("VALIDATION", prompts, texts, config.validationElements);
  const message = texts.cutsSentence();
  if (message !== null && checkpoint === null) yield* events.send({ kind: "warning", message });
  signal.throwIfAborted();

  const run = new TrainingRun({
    backend,
    architecture,
    tokenizer,
    config,
    sequencesEach: MOST_IN_ELEMENT,
    threads,
    signal,
  });
  try {
    if (checkpoint === null)
      // The scalar head comes last and begins with 0, in the place of an unembedding where the base has one of its own.
      run.values.set(base.values.subarray(0, run.values.length - (architecture.width + 1)));
    else run.restore(checkpoint, (await readCheckpoint(checkpoint, config)).state);
    yield* trainingSteps({
      run,
      config,
      events,
      batchOf: (step) => makeComparisonBatch(rowsOfStep(training, config, step)),
      measures: (figures) => accuracyAs("train/accuracy", figures),
      evaluate: () => evaluate(run, config, validation, events),
      isResumed: checkpoint !== null,
      signal,
      now,
    });
    yield* events.send(progressOf(run, config, "moving the origin"));
    run.select();
    yield* moveOrigin(run, base, options, events);
    return writeModel({ stage: "REWARD", architecture, tokenizer, values: run.values });
  } finally {
    await run.close();
  }
}

async function readBase({ base: file, config }: RewardModelOptions): Promise<ModelFile> {
  const base = await readModel(file);
  if (base.stage === "REWARD" || !isArchitectureOf(withScalarHead(base.architecture), config.architecture))
    throw new JobFailure(
      "MODEL_DAMAGED",
      `The base model is ${JSON.stringify(base.architecture)}; the job was configured for ${JSON.stringify(config.architecture)}.`,
    );
  return base;
}

/** The elements of a split, which must be as many as the configuration was made for. */
function elementsOfSplit(
  split: RewardPrompt["split"],
  prompts: readonly RewardPrompt[],
  texts: ScoredTexts,
  expected: number,
): ComparisonElement[] {
  const ofSplit = prompts.filter((prompt) => prompt.split === split);
  const elements = ofSplit.flatMap((prompt) => elementsOf(prompt, (responses) => texts.layOut(prompt, responses)));
  if (split === "TRAIN" && elements.length === 0)
    throw new JobFailure("UNPROCESSABLE", nothingToCompare(ofSplit.reduce((sum, { ties }) => sum + ties, 0)));
  if (elements.length !== expected)
    throw new JobFailure(
      "INPUT_CHANGED",
      `${split} has ${elements.length} elements; the job was configured for ${expected}.`,
    );
  return elements;
}

/** Loss and accuracy on VALIDATION. */
async function* evaluate(
  run: TrainingRun,
  config: RewardModelConfig,
  elements: readonly ComparisonElement[],
  events: TrainingEvents,
): AsyncGenerator<TrainingEvent, void, TrainingRequest> {
  yield* events.send(progressOf(run, config, "evaluating"));
  if (elements.length === 0) return;
  const { loss, accuracy } = comparedAs(elements, await run.scores(textsOf(elements)));
  yield* events.send(measured(run.state, { "eval/loss": loss, "eval/accuracy": accuracy }));
  checkFinite(loss, run.state.step);
  if (config.selection === "VALIDATION_LOSS" && run.state.step > 0) run.keepIfBest(loss);
}

const accuracyAs = (name: MetricName, [accuracy]: readonly number[]) => ({ [name]: accuracy as number });

/** Add a bias to all scores, so that the demonstrations of TRAIN, else samples of the base model, score 0 on average. */
async function* moveOrigin(
  run: TrainingRun,
  base: ModelFile,
  options: RewardModelOptions,
  events: TrainingEvents,
): AsyncGenerator<TrainingEvent, void, TrainingRequest> {
  const prompts = options.prompts.filter(({ split }) => split === "TRAIN");
  const texts = new ScoredTexts(base.tokenizer, base.architecture.contextLength);
  let origin = prompts.flatMap((prompt) => texts.layOut(prompt, prompt.demonstrations));
  if (origin.length === 0) {
    const sampled = await sampleReference(base, prompts.slice(0, options.config.referenceSamples), options);
    origin = sampled.flatMap(([prompt, response]) => texts.layOut(prompt, [response]));
    yield* events.send({
      kind: "warning",
      message: `The compared prompts of TRAIN have no demonstration to score 0 on average; ${origin.length} samples of the base model took their place.`,
    });
  }
  const cuts = texts.cutsSentence();
  if (cuts !== null) yield* events.send({ kind: "warning", message: `Of what is to score 0 on average: ${cuts}` });
  const scores = await run.scores(origin);
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const bias = run.values.length - 1; // the last parameter
  run.values[bias] = run.values[bias]! - mean;
}

/** What the base model answers to some prompts. */
async function sampleReference(
  { architecture, tokenizer, values }: ModelFile,
  prompts: readonly RewardPrompt[],
  { backend, config, signal }: RewardModelOptions,
): Promise<[RewardPrompt, string][]> {
  const model = new LoadedModel(backend, architecture);
  const answers: [RewardPrompt, string][] = [];
  try {
    model.load(values);
    for (const prompt of prompts) {
      const { ids } = layOutContext(prompt, tokenizer, architecture.contextLength, config.referenceTokens);
      const [response] = await sampleResponses(model, tokenizer, {
        context: ids,
        maxTokens: config.referenceTokens,
        temperature: 1,
        randoms: [keyedRandom([config.seed, "reference", prompt.id])],
        pause: async () => {
          await pause();
          signal.throwIfAborted();
        },
      });
      answers.push([prompt, response?.text ?? ""]);
    }
  } finally {
    model.dispose();
  }
  return answers;
}
