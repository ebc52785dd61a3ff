import type { PromptToAnswer } from "../config/prompts.js";
import { makeScoreShard } from "../shards/comparisons.js";
import { ScoredTexts } from "../text/text-layout.js";
import type { OpenModel } from "./measure.js";

/** Scores of texts by a reward model. */
export class Scorer {
  private readonly texts: ScoredTexts;

  /** @param textsAtOnce at most so many are read together; a score has the same bits whatever is read beside it */
  constructor(
    private readonly judge: OpenModel,
    private readonly textsAtOnce: number,
  ) {
    this.texts = new ScoredTexts(judge.tokenizer, judge.architecture.contextLength);
  }

  scores(prompt: PromptToAnswer, responses: readonly string[]): number[] {
    const laidOut = this.texts.layOut(prompt, responses);
    const scores: number[] = [];
    for (let first = 0; first < laidOut.length; first += this.textsAtOnce) {
      const shard = makeScoreShard(laidOut.slice(first, first + this.textsAtOnce));
      scores.push(...(this.judge.model.outputs(shard)[0] as Float32Array));
    }
    return scores;
  }

  warnings(): string[] {
    const sentence = this.texts.cutsSentence();
    return sentence === null ? [] : [sentence];
  }
}
