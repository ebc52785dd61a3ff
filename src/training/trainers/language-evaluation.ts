import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import { keyedRandom } from "../../random.js";
import type { OptimizationConfig } from "../config/choices.js";
import type { Architecture } from "../config/model-shape.js";
import type { PromptToAnswer } from "../config/prompts.js";
import type { TrainingEvent, TrainingRequest } from "../events/events.js";
import { type ModelResponse, ResponseCounts, sampleResponses } from "../sampling/sampling.js";
import { inBatches, makeBatch } from "../shards/batches.js";
import { makeScoreBatch } from "../shards/comparisons.js";
import { pause } from "../shards/data-parallel.js";
import type { LoadedModel } from "../shards/loaded-model.js";
import { type Example, layOutContext, ScoredTexts } from "../text/text-layout.js";
import { checkFinite, measured, progressOf, type TrainingEvents } from "./training-loop.js";
import type { TrainingRun } from "./training-run.js";

/** A reward model that chooses among the parameters of a run. */
export interface Judge {
  readonly model: LoadedModel;
  readonly tokenizer: Tokenizer;
  readonly architecture: Architecture;
  /** How many prompts of VALIDATION are answered, and in how many tokens at most. */
  readonly prompts: number;
  readonly tokens: number;
}

export interface LanguageEvaluationOptions {
  readonly run: TrainingRun;
  readonly tokenizer: Tokenizer;
  readonly architecture: Architecture;
  readonly config: OptimizationConfig & { readonly samplePrompts: number; readonly sampleTokens: number };
  /** The prompts of VALIDATION, in a fixed order. */
  readonly prompts: readonly PromptToAnswer[];
  /** What the loss on VALIDATION is of. */
  readonly examples: readonly Example[];
  /** Null: the loss chooses. */
  readonly judge: Judge | null;
  readonly signal: AbortSignal;
}

/**
 * What is told of a language model in training: its loss on VALIDATION, the mean score of its answers where there is a judge,
 * and what it says to a few prompts. The parameters with the lowest loss, or with the highest score, are kept; step 0 is left out.
 */
export class LanguageEvaluation {
  constructor(private readonly options: LanguageEvaluationOptions) {}

  async *events(events: TrainingEvents): AsyncGenerator<TrainingEvent, void, TrainingRequest> {
    const { run, config, prompts, examples, judge } = this.options;
    const { state } = run;
    yield* events.send(progressOf(run, config, "evaluating"));
    if (examples.length > 0) {
      const loss = await run.evaluate(inBatches(examples, config.batchSize, makeBatch));
      yield* events.send(measured(state, { "eval/loss": loss }));
      checkFinite(loss, state.step);
      if (state.step > 0 && judge === null) run.keepIfBest(loss);
    }
    if (judge !== null && prompts.length > 0) {
      const score = await this.meanScore(judge);
      yield* events.send(measured(state, { "eval/score": score }));
      if (state.step > 0) run.keepIfBest(-score);
    }
    const asked = prompts.slice(0, config.samplePrompts);
    if (asked.length === 0) return;
    const samples = [];
    const counts = new ResponseCounts();
    for (const prompt of asked) {
      const response = await this.answer(prompt, config.sampleTokens);
      counts.add(response);
      samples.push({ promptId: prompt.id, text: response.text });
    }
    yield* events.send({ kind: "samples", step: state.step, samples });
    const broken = state.step === config.steps ? counts.brokenSentence("sample") : null;
    if (broken !== null) yield* events.send({ kind: "warning", message: `At the last step ${broken}` });
  }

  /** The mean of a reward model's scores of the likeliest answers. */
  private async meanScore({ model, tokenizer, architecture, ...judge }: Judge): Promise<number> {
    const prompts = this.options.prompts.slice(0, judge.prompts);
    const texts = new ScoredTexts(tokenizer, architecture.contextLength);
    let sum = 0;
    for (const prompt of prompts) {
      const { text: answer } = await this.answer(prompt, judge.tokens);
      const [shard] = makeScoreBatch(texts.layOut(prompt, [answer])).shards;
      if (shard) sum += model.outputs(shard)[0]![0]!;
    }
    return sum / prompts.length;
  }

  /** The likeliest answer, token by token. */
  private async answer(prompt: PromptToAnswer, tokens: number): Promise<ModelResponse> {
    const { run, tokenizer, architecture, config, signal } = this.options;
    const { ids } = layOutContext(prompt, tokenizer, architecture.contextLength, tokens);
    const [response] = await sampleResponses(run.model(), tokenizer, {
      context: ids,
      maxTokens: tokens,
      temperature: 0,
      randoms: [keyedRandom([config.seed, "sample", prompt.id])],
      pause: async () => {
        await pause();
        signal.throwIfAborted();
      },
    });
    return response as ModelResponse;
  }
}
