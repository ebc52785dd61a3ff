/** What is measured of each prompt, and the figures that come of all of them. */
import { counted } from "../../datasets/text/counted.js";
import type { AccuracyLine } from "../../vocabulary.js";
import type { ModelMetric } from "../config/evaluation.js";
import type { EvaluationPrompt } from "../config/prompts.js";
import { crossEntropyLoss } from "../optimization/losses.js";
import { makeBatch } from "../shards/batches.js";
import { ExampleCuts, layOutExamples } from "../text/text-layout.js";
import { accuracyOf, linesOf } from "./accuracy.js";
import { divergence } from "./divergence.js";
import { ANY, AT_LEAST_0, exponentialOf, type Figure, SHARE, Tally } from "./figures.js";
import { type LengthenedWin, lengthControlledWinRate } from "./length-control.js";
import {
  type Measure,
  type MeasureConfig,
  type Measured,
  type OpenModel,
  resamplingOf,
  resultOf,
  type SampledResponse,
} from "./measure.js";
import { StoredResponses } from "./responses.js";
import { Scorer } from "./scorer.js";
import { winRateOf } from "./win-rate.js";

/**
 * The likelihood of what labelers wrote. LOSS: nats a token over the tokens of the responses and <|endoftext|>. PERPLEXITY: exp
 * of it and of the ends of its interval. BITS_PER_BYTE: the same nats / (ln 2 · UTF-8 bytes of those tokens), to be compared
 * across tokenizers.
 */
export class Likelihood implements Measure {
  private readonly byToken = new Tally();
  private readonly byByte = new Tally();
  private readonly cuts = new ExampleCuts();

  constructor(
    private readonly own: OpenModel,
    private readonly config: MeasureConfig,
  ) {}

  add(prompt: EvaluationPrompt): void {
    const { model, tokenizer, architecture } = this.own;
    const laidOut = layOutExamples([prompt], tokenizer, architecture.contextLength);
    this.cuts.add(laidOut);
    let [nats, tokens, bytes] = [0, 0, 0];
    for (const example of laidOut.examples) {
      for (const shard of makeBatch([example]).shards) {
        const { sum, weight } = crossEntropyLoss(model.outputs(shard)[0] as Float32Array);
        nats += sum;
        tokens += weight;
      }
      bytes += tokenizer.bytes(example.ids.subarray(example.contextLength)).length; // a cut may go through a character
    }
    this.byToken.add(tokens, nats);
    this.byByte.add(bytes, nats / Math.LN2);
  }

  results(): Measured[] {
    const resampling = resamplingOf(this.config);
    const nothing = "No prompt has a demonstration, nor few-shot pairs by a LABELER.";
    const loss = this.byToken.figure(AT_LEAST_0, resampling, nothing);
    const figures: Partial<Record<ModelMetric, () => Figure>> = {
      LOSS: () => loss,
      PERPLEXITY: () => exponentialOf(loss),
      BITS_PER_BYTE: () => this.byByte.figure(AT_LEAST_0, resampling, nothing),
    };
    return this.config.metrics.flatMap((metric) => {
      const figure = figures[metric];
      return figure ? [resultOf(metric, figure())] : [];
    });
  }

  warnings(): string[] {
    const sentence = this.cuts.sentence(this.own.architecture.contextLength);
    return sentence === null ? [] : [sentence];
  }
}

const LINES: Readonly<Record<AccuracyLine, string>> = {
  LONGER: "No prompt has a strict vote.",
  LABELERS: "No two labelers compared the same completions.",
  BEST_SCORER: "No prompt has a strict vote.",
};

/** The accuracy of a reward model on strict votes, each counting once, and the lines beside it. */
export class RewardAccuracy implements Measure {
  private readonly accuracy = new Tally();
  private readonly lines: Readonly<Record<AccuracyLine, Tally>> = {
    LONGER: new Tally(),
    LABELERS: new Tally(),
    BEST_SCORER: new Tally(),
  };
  private compared = 0;
  private equal = 0;
  private readonly scorer: Scorer;

  constructor(
    own: OpenModel,
    private readonly config: MeasureConfig,
  ) {
    this.scorer = new Scorer(own, config.textsAtOnce);
  }

  add(prompt: EvaluationPrompt): void {
    if (prompt.votes.length === 0) return;
    const scores = this.scorer.scores(
      prompt,
      prompt.completions.map(({ text }) => text),
    );
    const { right, equal } = accuracyOf(prompt.votes, scores);
    this.accuracy.add(prompt.votes.length, right);
    this.compared += prompt.votes.length;
    this.equal += equal;
    for (const [line, share] of Object.entries(linesOf(prompt)))
      this.lines[line as AccuracyLine].add(share.counted, share.right);
  }

  results(): Measured[] {
    const resampling = resamplingOf(this.config);
    const metric = "REWARD_ACCURACY";
    return [
      resultOf(metric, this.accuracy.figure(SHARE, resampling, LINES.LONGER)),
      ...(Object.keys(LINES) as AccuracyLine[]).map((line) =>
        resultOf(metric, this.lines[line].figure(SHARE, resampling, LINES[line]), { line }),
      ),
    ];
  }

  warnings(): string[] {
    const each = this.equal === 1 ? "it counts" : "each counts";
    const told = `${this.equal} of ${counted(this.compared, "pair")} scored equal: ${each} ½ in REWARD_ACCURACY, as equal lengths do in LONGER.`;
    return [...(this.equal === 0 ? [] : [told]), ...this.scorer.warnings()];
  }
}

/** What a reward model says of responses: MEAN_SCORE, and WIN_RATE against a baseline's, prompts weighing the same. */
export class RewardMeasures implements Measure {
  private readonly meanScore = new Tally();
  private readonly winRate = new Tally();
  private readonly wins: LengthenedWin[] = [];
  private without = 0;
  private readonly baseline: StoredResponses;
  private readonly scorer: Scorer;

  constructor(
    judge: OpenModel,
    private readonly config: MeasureConfig,
  ) {
    this.baseline = new StoredResponses("Completions of the baseline", config.samplings);
    this.scorer = new Scorer(judge, config.textsAtOnce);
  }

  add(prompt: EvaluationPrompt, responses: readonly string[]): void {
    if (responses.length === 0) return;
    const ours = this.scorer.scores(prompt, responses);
    this.meanScore.add(
      ours.length,
      ours.reduce((sum, score) => sum + score, 0),
    );
    if (!this.config.metrics.includes("WIN_RATE")) return;
    if (prompt.baseline.length === 0) {
      this.without++;
      return;
    }
    const baseline = prompt.baseline.map(({ text }) => text);
    const win = winRateOf(ours, this.scorer.scores(prompt, baseline));
    this.winRate.add(1, win);
    this.baseline.add(prompt.baseline);
    this.wins.push({ win, difference: meanLength(responses) - meanLength(baseline) });
  }

  results(): Measured[] {
    const resampling = resamplingOf(this.config);
    const proxy = this.config.isProxy;
    return this.config.metrics.flatMap((metric) => {
      if (metric === "MEAN_SCORE")
        return [resultOf(metric, this.meanScore.figure(ANY, resampling, "No prompt has a response."), { proxy })];
      if (metric !== "WIN_RATE") return [];
      const nothing = "No prompt has responses of both.";
      return [
        resultOf(metric, this.winRate.figure(SHARE, resampling, nothing), { proxy }),
        resultOf(metric, lengthControlledWinRate(this.wins), { proxy, lengthControlled: true }),
      ];
    });
  }

  warnings(): string[] {
    const left =
      this.without === 0
        ? []
        : this.without === 1
          ? ["1 prompt has no completion of the baseline; it has no part in WIN_RATE."]
          : [`${this.without} prompts have no completion of the baseline; they have no part in WIN_RATE.`];
    return [...left, ...this.baseline.warnings(), ...this.scorer.warnings()];
  }
}

/**
 * KL_FROM_REFERENCE: Σ over a response's tokens of KL(policy‖reference), each exact over the vocabulary, in nats; the mean over
 * one response a prompt that the policy gives at temperature 1, which estimates KL of whole responses without bias. Stored
 * completions say nothing of it, for they may have been sampled otherwise. A response that was cut has no end to count.
 */
export class Divergence implements Measure {
  private readonly tally = new Tally();

  constructor(
    private readonly policy: OpenModel,
    private readonly reference: OpenModel,
    private readonly config: MeasureConfig,
  ) {}

  add(_: EvaluationPrompt, __: readonly string[], sampled: SampledResponse | null): void {
    if (sampled !== null) this.tally.add(1, this.ofResponse(sampled));
  }

  private ofResponse({ context, ids: response }: SampledResponse): number {
    const ids = Int32Array.from([...context, ...response].slice(0, -1));
    const positions = Int32Array.from(response, (_, place) => context.length - 1 + place);
    const sequences = { ids, lengths: [ids.length] };
    const [p, q] = [this.policy, this.reference].map(({ model }) => model.logitsAt(sequences, positions));
    const vocabulary = this.policy.architecture.vocabularySize;
    return response.reduce((sum, _, place) => {
      const row = (logits: Float32Array | undefined) =>
        logits?.subarray(place * vocabulary, (place + 1) * vocabulary) as Float32Array;
      return sum + divergence(row(p), row(q));
    }, 0);
  }

  results(): Measured[] {
    const figure = this.tally.figure(AT_LEAST_0, resamplingOf(this.config), "No prompt has a response.");
    return [resultOf("KL_FROM_REFERENCE", figure)];
  }

  warnings = (): string[] => [];
}

/** LENGTH: characters (code points) of a response, which are the same for all tokenizers; the mean over responses. */
export class Length implements Measure {
  private readonly tally = new Tally();

  constructor(private readonly config: MeasureConfig) {}

  add(_: EvaluationPrompt, responses: readonly string[]): void {
    this.tally.add(responses.length, responses.length * (responses.length > 0 ? meanLength(responses) : 0));
  }

  results(): Measured[] {
    return [resultOf("LENGTH", this.tally.figure(AT_LEAST_0, resamplingOf(this.config), "No prompt has a response."))];
  }

  warnings = (): string[] => [];
}

const meanLength = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + [...text].length, 0) / texts.length;
