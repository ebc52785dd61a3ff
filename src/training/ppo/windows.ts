import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import type { TrainingPrompt } from "../prompts.js";
import { contextOf, type Example } from "../text-layout.js";

/** The texts of prompts as documents to pretrain on: each prompt's own, and each demonstration after its context. */
export function documentsOf(prompts: readonly TrainingPrompt[]): string[] {
  return prompts.flatMap(({ text, fewShot, demonstrations }) => [
    text,
    ...demonstrations.map((demonstration) => contextOf(text, fewShot) + demonstration),
  ]);
}

/**
 * Documents one after another, each ended by <|endoftext|>, cut into windows of which each token but the very first is
 * learned once. The last window may be shorter.
 * @param window positions that a model reads
 */
export function packDocuments(documents: readonly string[], tokenizer: Tokenizer, window: number): Example[] {
  const ids = Int32Array.from(documents.flatMap((text) => [...tokenizer.encode(text), tokenizer.endOfText]));
  const count = Math.ceil((ids.length - 1) / window);
  return Array.from({ length: count }, (_, index) => ({
    promptId: "",
    ids: ids.subarray(index * window, index * window + window + 1),
    contextLength: 1,
  }));
}
