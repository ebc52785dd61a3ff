/** The text of a pretraining, packed into windows. */
import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import type { TrainingPrompt } from "../config/prompts.js";
import { contextOf, documentOf, type Example } from "./text-layout.js";

/**
 * The documents of some prompts: each prompt's text with its few-shot pairs, and each demonstration after its context. No
 * model's completions are among them.
 * @returns ids, each document's ending with <|endoftext|>
 */
export function documentsOf(prompts: readonly TrainingPrompt[], tokenizer: Tokenizer): number[][] {
  return prompts.flatMap(({ text, fewShot, demonstrations }) => {
    const context = tokenizer.encode(contextOf(text, fewShot));
    return [
      [...tokenizer.encode(documentOf(text, fewShot)), tokenizer.endOfText],
      ...demonstrations.map((response) => [...context, ...tokenizer.encode(response), tokenizer.endOfText]),
    ];
  });
}

/** How many documents some prompts are. */
export const documentCount = (prompts: readonly TrainingPrompt[]): number =>
  prompts.reduce((count, { demonstrations }) => count + 1 + demonstrations.length, 0);

/**
 * Documents one after another, cut into sequences that fill the window (Radford et al. 2018, section 4.1: contiguous
 * sequences). Each begins with the token that the one before it ended with, so that every token but the first of all is
 * learned exactly once; the last sequence is as long as what is left.
 * @param window positions that a model reads at once
 */
export function packDocuments(documents: readonly (readonly number[])[], window: number): Example[] {
  const stream = documents.flat();
  const sequences: Example[] = [];
  for (let first = 0; first < stream.length - 1; first += window)
    sequences.push({
      promptId: "",
      ids: Int32Array.from(stream.slice(first, first + window + 1)),
      contextLength: 1,
    });
  return sequences;
}
