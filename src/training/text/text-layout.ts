/**
 * How prompts and responses stand in a model's window. A context is the prompt's text, then each few-shot pair's query and
 * response, each followed by an empty line; the response follows, then <|endoftext|>. Context and response are encoded
 * apart, so that their border is always a border of tokens.
 */
import { counted } from "../../datasets/text/counted.js";
import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import type { FewShotPair, PromptToAnswer, TrainingPrompt } from "../config/prompts.js";
import { ContextCuts } from "./window-cuts.js";

/** A context and what is to be said after it. */
export interface ExampleText {
  readonly context: string;
  readonly response: string;
}

/** A context, the response and <|endoftext|> as ids. Only the ids from contextLength on are learned. */
export interface Example {
  readonly promptId: string;
  readonly ids: Int32Array;
  /** At least 1: the first id of the response needs one to follow. */
  readonly contextLength: number;
}

/** Examples, and how many of their texts did not fit the window. */
export interface LaidOutExamples {
  readonly examples: readonly Example[];
  readonly cuts: Cuts;
}

/** What did not fit a window: contexts that lost their beginning, and responses that lost their end. */
export interface Cuts {
  readonly contexts: ContextCuts;
  responses: number;
}

const noCuts = (): Cuts => ({ contexts: new ContextCuts(), responses: 0 });

/** A prompt with what was shown to be said to it. */
export type DemonstratedPrompt = Omit<TrainingPrompt, "split">;

const AFTER_EACH = "\n\n";

/**
 * The context of a prompt.
 * @param text the prompt's own text
 * @param pairs the few-shot pairs that stand in it
 * @param query a query that is left open for the response, where there is one
 */
export function contextOf(text: string, pairs: readonly FewShotPair[], query?: string): string {
  const parts = [text, ...pairs.flatMap((pair) => [pair.query, pair.response])];
  if (query !== undefined) parts.push(query);
  return parts.map((part) => part + AFTER_EACH).join("");
}

/** A prompt as a text of its own: as contextOf, but nothing follows it. */
export const documentOf = (text: string, pairs: readonly FewShotPair[]): string =>
  [text, ...pairs.flatMap((pair) => [pair.query, pair.response])].join(AFTER_EACH);

/**
 * What a prompt teaches in supervised fine-tuning: each demonstration after the prompt with all its pairs; and of a
 * LABELER's few-shot prompt each of the K pairs after the K − 1 others (Ouyang et al. 2022, section 3.2).
 */
export function sftTexts({ text, source, fewShot, demonstrations }: DemonstratedPrompt): ExampleText[] {
  const context = contextOf(text, fewShot);
  const examples = demonstrations.map((response) => ({ context, response }));
  if (source !== "LABELER") return examples;
  const fromPairs = fewShot.map(({ query, response }, place) => {
    const others = fewShot.filter((_, other) => other !== place);
    return { context: contextOf(text, others, query), response };
  });
  return [...examples, ...fromPairs];
}

/** The texts of prompts that a tokenizer is trained on: each context once, and each demonstration. */
export function tokenizerTexts(prompts: readonly TrainingPrompt[]): string[] {
  return prompts.flatMap(({ text, fewShot, demonstrations }) => [contextOf(text, fewShot), ...demonstrations]);
}

/**
 * The examples of some prompts, in their order, cut to the window. Context, response and <|endoftext|> together take at
 * most `window` tokens. The context gives way first: it loses tokens from its beginning, down to its last one. A response
 * that does not fit after that one loses its end and <|endoftext|> with it, for it does not end there.
 * @param window tokens, at least 3
 */
export function layOutExamples(
  prompts: readonly DemonstratedPrompt[],
  tokenizer: Tokenizer,
  window: number,
): LaidOutExamples {
  const cuts = noCuts();
  const examples = prompts.flatMap((prompt) =>
    sftTexts(prompt).map((example): Example => {
      const context = tokenizer.encode(example.context);
      const response = [...tokenizer.encode(example.response), tokenizer.endOfText];
      const fitted = response.slice(0, window - 1);
      const kept = context.slice(-(window - fitted.length));
      cuts.contexts.add(kept.length, context.length);
      if (fitted.length < response.length) cuts.responses++;
      return { promptId: prompt.id, ids: Int32Array.of(...kept, ...fitted), contextLength: kept.length };
    }),
  );
  return { examples, cuts };
}

/** The context of a prompt in a model's window. */
export interface LaidOutContext {
  readonly ids: readonly number[];
  /** How many tokens the whole context has. */
  readonly whole: number;
}

/**
 * The context of a prompt that a model is to answer, with all few-shot pairs, cut from its beginning so that a response of
 * `responseTokens` still fits the window.
 * @returns its ids, and how many the whole context has
 */
export function layOutContext(
  prompt: PromptToAnswer,
  tokenizer: Tokenizer,
  window: number,
  responseTokens: number,
): LaidOutContext {
  const ids = tokenizer.encode(contextOf(prompt.text, prompt.fewShot));
  return { ids: ids.slice(-(window - responseTokens)), whole: ids.length };
}

/** A context, a response and <|endoftext|>, as a reward model reads them: its score is that of the last position. */
export interface ScoredText {
  readonly ids: Int32Array;
  /** How many tokens of the context are left. */
  readonly contextLength: number;
  readonly isResponseCut: boolean;
}

/**
 * A text to be scored. It always ends with <|endoftext|>, for it is there that a reward model has learned to score. The
 * context gives way first: it loses tokens from its beginning, down to its last one; then the response loses its end.
 * @param context ids, at least one @param response ids, without <|endoftext|> @param window tokens, at least 3
 */
export function layOutScored(
  context: readonly number[],
  response: readonly number[],
  endOfText: number,
  window: number,
): ScoredText {
  const fitted = response.slice(0, window - 2);
  const kept = context.slice(-(window - 1 - fitted.length));
  return {
    ids: Int32Array.of(...kept, ...fitted, endOfText),
    contextLength: kept.length,
    isResponseCut: fitted.length < response.length,
  };
}

/** Texts to be scored, with a count of those that did not fit the window. */
export class ScoredTexts {
  private readonly cuts = noCuts();

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly window: number,
  ) {}

  /** Responses to a prompt, each with all of the prompt's pairs before it. */
  layOut(prompt: PromptToAnswer, responses: readonly string[]): Int32Array[] {
    const context = this.tokenizer.encode(contextOf(prompt.text, prompt.fewShot));
    return responses.map((text) => {
      const response = this.tokenizer.encode(text);
      const scored = layOutScored(context, response, this.tokenizer.endOfText, this.window);
      this.cuts.contexts.add(scored.contextLength, context.length);
      if (scored.isResponseCut) this.cuts.responses++;
      return scored.ids;
    });
  }

  /** The sentence of a warning about texts that were cut, or null where none was. */
  cutsSentence(): string | null {
    const { all } = this.cuts.contexts;
    return sentenceOfCuts(this.cuts, this.window, "text", ` that ${all === 1 ? "is" : "are"} scored`);
  }
}

/** The sentence of a warning about texts that were cut, or null where none was. */
export function cutsSentence(laidOut: readonly LaidOutExamples[], window: number): string | null {
  const total = new ExampleCuts();
  for (const one of laidOut) total.add(one);
  return total.sentence(window);
}

/** Counts the cuts of examples that are not kept. */
export class ExampleCuts {
  private readonly cuts = noCuts();

  add({ cuts }: LaidOutExamples): void {
    this.cuts.contexts.join(cuts.contexts);
    this.cuts.responses += cuts.responses;
  }

  /** The sentence of a warning about them, or null where nothing was cut. */
  sentence(window: number): string | null {
    return sentenceOfCuts(this.cuts, window, "example");
  }
}

/** @param one what is counted @param which what of them, behind their number */
function sentenceOfCuts({ contexts, responses }: Cuts, window: number, one: string, which = ""): string | null {
  if (contexts.cut + responses === 0) return null;
  const its = (count: number): string => (count === 1 ? "its" : "their");
  return `To fit the window of ${window} tokens, ${counted(contexts.cut, "context")} lost ${its(contexts.cut)} beginning and ${counted(responses, "response")} ${its(responses)} end, of ${counted(contexts.all, one)}${which}.${contexts.lossClause(one)}`;
}
