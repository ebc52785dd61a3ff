/** The evaluation of a model, or of the completions of a source, by models. */
import { JobFailure } from "../../errors.js";
import type { Backend } from "../backend.js";
import type { EvaluationConfig, ModelMetric } from "../config/evaluation.js";
import { type Architecture, isArchitectureOf } from "../config/model-shape.js";
import type { EvaluationPrompt } from "../config/prompts.js";
import type { Evaluating, EvaluationResult, TensorFile } from "../events/events.js";
import { readModel } from "../files/model-file.js";
import { responseOf, sampleRandom, sampleTokens } from "../sampling/sampling.js";
import { pause } from "../shards/data-parallel.js";
import { LoadedModel } from "../shards/loaded-model.js";
import { type LaidOutContext, layOutContext } from "../text/text-layout.js";
import type { Measure, Measured, OpenModel, SampledResponse } from "./measure.js";
import { Divergence, Length, Likelihood, RewardAccuracy, RewardMeasures } from "./measures.js";
import { ModelResponses, StoredResponses } from "./responses.js";

export interface EvaluationOptions {
  readonly backend: Backend;
  /** The fingerprint of what the bits of the backend depend on. */
  readonly environment: string;
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

const OF_RESPONSES: readonly ModelMetric[] = ["MEAN_SCORE", "WIN_RATE", "LENGTH"];
/** Fewer prompts make any interval rough. */
const FEW_PROMPTS = 20;

/**
 * Evaluate by models, prompt by prompt. A model that is evaluated answers each prompt once, as the configuration says, with a
 * generator of its own from (seed, prompt); where KL_FROM_REFERENCE does not need the tokens, a stored completion with the same
 * bits spares the sampling (see ModelResponses). Of a source the stored completions are evaluated, as they are.
 * Each figure has the 95 % interval of the cluster bootstrap over prompts; what is undefined is null with a reason. It yields
 * how far it is, and in the end one event with all results, those of a metric in the order of the configuration.
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
    const needsOwn = config.metrics.includes("KL_FROM_REFERENCE");
    const given = new StoredResponses("Responses", config.samplings);
    const answers = new ModelResponses(config, options.environment);
    const answerOf = async (prompt: EvaluationPrompt, model: OpenModel) => {
      const stored = needsOwn ? null : answers.stored(prompt);
      answers.addOthers(prompt, stored);
      const context = layOutContext(
        prompt,
        model.tokenizer,
        model.architecture.contextLength,
        config.maxResponseTokens,
      );
      if (stored !== null) answers.addStored(stored, context);
      const sampled = stored === null ? await respond(prompt, context, model, options, answers) : null;
      return { sampled, responses: [stored?.text ?? (sampled?.text as string)] };
    };
    let without = 0;
    let tokens = 0;
    for (const [index, prompt] of prompts.entries()) {
      const { sampled, responses } =
        own !== null && (needsOwn || needsResponses)
          ? await answerOf(prompt, own)
          : { sampled: null, responses: prompt.responses.map(({ text }) => text) };
      if (own === null) given.add(prompt.responses);
      if (needsResponses && responses.length === 0) without++;
      tokens += sampled?.ids.length ?? 0;
      for (const measure of measures) {
        measure.add(prompt, responses, sampled);
        await pause();
        signal.throwIfAborted();
      }
      yield { kind: "progress", phase: "evaluating", step: index + 1, totalSteps: prompts.length, tokens };
    }
    const all = measures.flatMap((measure) => measure.results());
    const measured = config.metrics.flatMap((metric) => all.filter(({ result }) => result.metric === metric));
    const warnings = [
      ...generalWarnings(config, without),
      ...answers.warnings(),
      ...given.warnings(),
      ...precisionWarnings(measured),
      ...measures.flatMap((measure) => measure.warnings()),
    ];
    yield { kind: "results", results: measured.map(({ result }) => result), warnings };
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
  if (asks("MEAN_SCORE", "WIN_RATE")) measures.push(new RewardMeasures(needed(judge, "judge"), config));
  if (asks("KL_FROM_REFERENCE"))
    measures.push(new Divergence(needed(own, "model"), needed(reference, "reference"), config));
  if (asks("LENGTH")) measures.push(new Length(config));
  return measures;
}

/** What the model itself says to a prompt at the configured temperature. */
async function respond(
  prompt: EvaluationPrompt,
  laidOut: LaidOutContext,
  { model, tokenizer }: OpenModel,
  { config, signal }: EvaluationOptions,
  answers: ModelResponses,
): Promise<SampledResponse & { readonly text: string }> {
  const { maxResponseTokens } = config;
  const { ids: context } = laidOut;
  const [ids = []] = await sampleTokens(model, {
    contexts: [{ ids: context, random: sampleRandom(config.seed, prompt.id, 0) }],
    endOfText: tokenizer.endOfText,
    maxTokens: maxResponseTokens,
    temperature: config.temperature,
    pause: async () => {
      await pause();
      signal.throwIfAborted();
    },
  });
  const response = responseOf(tokenizer, ids);
  answers.addSampled(response, laidOut);
  return { context, ids, text: response.text };
}

function generalWarnings({ usedForSelection, split }: EvaluationConfig, without: number): string[] {
  const warnings: string[] = [];
  if (usedForSelection)
    warnings.push(
      `The parameters of the model were selected on ${split}: its figures there are better than elsewhere.`,
    );
  if (without > 0)
    warnings.push(
      without === 1
        ? "1 prompt has no response of what is evaluated; it has no part in figures of responses."
        : `${without} prompts have no response of what is evaluated; they have no part in figures of responses.`,
    );
  return warnings;
}

/** Which intervals are rough, for they rest on few prompts, and which have no width. */
function precisionWarnings(measured: readonly Measured[]): string[] {
  const named = measured.filter(({ result }) => result.ci95 !== null);
  const few = new Map<number, string[]>();
  for (const { result, prompts } of named)
    if (prompts < FEW_PROMPTS) few.set(prompts, [...(few.get(prompts) ?? []), nameOf(result)]);
  const rough = [...few].map(
    ([prompts, names]) =>
      `Intervals from fewer than ${FEW_PROMPTS} prompts are rough: ${names.join(", ")} on ${prompts}.`,
  );
  const flat = named
    .filter(({ result: { ci95 } }) => ci95?.low === ci95?.high)
    .map(
      ({ result, prompts }) =>
        `The interval of ${nameOf(result)} has no width: all ${prompts} prompts say the same, so its precision is not known.`,
    );
  return [...rough, ...flat];
}

const nameOf = ({ metric, line, lengthControlled }: EvaluationResult): string =>
  [metric, ...(line === null ? [] : [line]), ...(lengthControlled ? ["with lengths held equal"] : [])].join(" ");
