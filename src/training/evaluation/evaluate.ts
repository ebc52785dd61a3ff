/** The evaluation of a model, or of the completions of a source, by models. */
import { JobFailure } from "../../errors.js";
import { keyedRandom } from "../../random.js";
import type { Backend } from "../backend.js";
import type { EvaluationConfig, ModelMetric } from "../config/evaluation.js";
import { type Architecture, isArchitectureOf } from "../config/model-shape.js";
import { pause } from "../data-parallel.js";
import type { Evaluating, TensorFile } from "../events.js";
import { LoadedModel } from "../loaded-model.js";
import { readModel } from "../model-file.js";
import type { EvaluationPrompt } from "../prompts.js";
import { sampleTokens } from "../sampling.js";
import { layOutContext } from "../text-layout.js";
import {
  Divergence,
  Judgment,
  Length,
  Likelihood,
  type Measure,
  type OpenModel,
  type Response,
  RewardAccuracy,
} from "./measures.js";

export interface EvaluationOptions {
  readonly backend: Backend;
  readonly config: EvaluationConfig;
  /** The frozen input, in a fixed order. */
  readonly prompts: readonly EvaluationPrompt[];
  /** The model that is evaluated; null: the completions of a source are. */
  readonly model: TensorFile | null;
  /** The reward model that judges, where there is one. */
  readonly judge: TensorFile | null;
  /** The model that a policy began as, where it is compared with it. */
  readonly reference: TensorFile | null;
  readonly signal: AbortSignal;
}

const OF_RESPONSES: readonly ModelMetric[] = ["MEAN_SCORE", "WIN_RATE", "KL_FROM_REFERENCE", "LENGTH"];
/** Fewer prompts make any interval rough. */
const FEW_PROMPTS = 20;

/**
 * Evaluate by models, prompt by prompt. Where a prompt has no completion of the model that is evaluated, one is sampled at the
 * configured temperature, with a generator of its own from (seed, prompt). Each figure has the 95 % interval of the cluster
 * bootstrap over prompts; what is undefined is null with a reason. It yields how far it is, and in the end one event with all
 * results, those of a metric in the order of the configuration.
 * @returns null
 * @throws JobFailure MODEL_DAMAGED (a model does not fit the configuration), OUT_OF_MEMORY
 */
export async function* evaluateByModels(options: EvaluationOptions): Evaluating {
  try {
    options.signal.throwIfAborted();
    yield* evaluate(options);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
  return null;
}

async function* evaluate(options: EvaluationOptions): Evaluating {
  const { config, prompts, signal } = options;
  const models: OpenModel[] = [];
  const open = async (file: TensorFile | null, asked: Architecture | null): Promise<OpenModel | null> => {
    const model = await openModel(options.backend, file, asked);
    if (model !== null) models.push(model);
    return model;
  };
  try {
    const own = await open(options.model, config.architecture);
    const judge = await open(options.judge, config.judge);
    const reference = await open(options.reference, config.reference);
    const measures = measuresOf(config, own, judge, reference);
    const needsResponses = config.metrics.some((metric) => OF_RESPONSES.includes(metric));
    let without = 0;
    let tokens = 0;
    for (const [index, prompt] of prompts.entries()) {
      const responses = needsResponses ? await responsesTo(prompt, own, options) : [];
      if (needsResponses && responses.length === 0) without++;
      tokens += responses.reduce((sum, { ids }) => sum + (ids?.length ?? 0), 0);
      for (const measure of measures) {
        measure.add(prompt, responses);
        await pause();
        signal.throwIfAborted();
      }
      yield { kind: "progress", phase: "evaluating", step: index + 1, totalSteps: prompts.length, tokens };
    }
    const results = config.metrics.flatMap((metric) =>
      measures.flatMap((measure) => measure.results().filter((result) => result.metric === metric)),
    );
    const warnings = [...generalWarnings(config, prompts.length, without), ...measures.flatMap((m) => m.warnings())];
    yield { kind: "results", results, warnings };
  } finally {
    for (const { model } of models) model.dispose();
  }
  return null;
}

async function openModel(
  backend: Backend,
  file: TensorFile | null,
  asked: Architecture | null,
): Promise<OpenModel | null> {
  if (file === null || asked === null) return null;
  const { architecture, tokenizer, values } = await readModel(file);
  if (!isArchitectureOf(architecture, asked))
    throw new JobFailure(
      "MODEL_DAMAGED",
      `The model is ${JSON.stringify(architecture)}; the job was configured for ${JSON.stringify(asked)}.`,
    );
  const model = new LoadedModel(backend, architecture);
  model.load(values);
  return { model, tokenizer, architecture };
}

function measuresOf(
  config: EvaluationConfig,
  own: OpenModel | null,
  judge: OpenModel | null,
  reference: OpenModel | null,
): Measure[] {
  const asks = (...metrics: ModelMetric[]): boolean => metrics.some((metric) => config.metrics.includes(metric));
  const needed = (model: OpenModel | null, role: string): OpenModel => {
    if (model === null) throw new JobFailure("MODEL_DAMAGED", `The job has no model in the role ${role}.`);
    return model;
  };
  const measures: Measure[] = [];
  if (asks("LOSS", "PERPLEXITY", "BITS_PER_BYTE")) measures.push(new Likelihood(needed(own, "model"), config));
  if (asks("REWARD_ACCURACY")) measures.push(new RewardAccuracy(needed(own, "model"), config));
  if (asks("MEAN_SCORE", "WIN_RATE")) measures.push(new Judgment(needed(judge, "judge"), config));
  if (asks("KL_FROM_REFERENCE"))
    measures.push(new Divergence(needed(own, "model"), needed(reference, "reference"), config));
  if (asks("LENGTH")) measures.push(new Length(config));
  return measures;
}

/** The responses of what is evaluated: those that are stored, else one that the model makes. */
async function responsesTo(
  prompt: EvaluationPrompt,
  own: OpenModel | null,
  { config, signal }: EvaluationOptions,
): Promise<Response[]> {
  if (prompt.responses.length > 0 || own === null) return prompt.responses.map((text) => ({ text, ids: null }));
  const { model, tokenizer, architecture } = own;
  const { ids } = layOutContext(prompt, tokenizer, architecture.contextLength, config.maxResponseTokens);
  const sampled = await sampleTokens(model, {
    contexts: [{ ids, random: keyedRandom([config.seed, "evaluation", prompt.id]) }],
    endOfText: tokenizer.endOfText,
    maxTokens: config.maxResponseTokens,
    temperature: config.temperature,
    pause: async () => {
      await pause();
      signal.throwIfAborted();
    },
  });
  return sampled.map((response) => {
    const text = tokenizer.decode(response.filter((id) => id !== tokenizer.endOfText));
    return { text, ids: response };
  });
}

function generalWarnings({ usedForSelection, split }: EvaluationConfig, prompts: number, without: number): string[] {
  const warnings: string[] = [];
  if (usedForSelection)
    warnings.push(
      `The parameters of the model were selected on ${split}: its figures there are better than elsewhere.`,
    );
  if (prompts < FEW_PROMPTS)
    warnings.push(`There are ${prompts} prompts; intervals of fewer than ${FEW_PROMPTS} are rough.`);
  if (without > 0)
    warnings.push(
      `${without} prompts have no response of what is evaluated; they have no part in figures of responses.`,
    );
  return warnings;
}
