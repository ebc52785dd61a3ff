/** The tokenizer of a GPT-2: a byte-level BPE, whatever ids its tokens have. */
import { show } from "../../datasets/code-points.js";
import { byteTokenizer } from "../../datasets/tokenizers/byte-tokenizer.js";
import { loadGpt2Tokenizer } from "../../datasets/tokenizers/gpt2.js";
import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import { readMerges } from "../../datasets/tokenizers/trained-byte-pairs.js";
import { END_OF_TEXT, gpt2Vocabulary, vocabularyOf } from "../../datasets/tokenizers/vocabulary.js";
import { type Gpt2Config, readObject, refused } from "./import-config.js";

/** What of a folder may describe a tokenizer: tokenizer.json, or vocab.json with merges.txt. */
export interface TokenizerTexts {
  readonly tokenizer: string | null;
  readonly vocabulary: string | null;
  readonly merges: string | null;
}

/** A tokenizer of ours, and the row of the imported embedding for each of its ids. */
export interface ImportedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly rows: Int32Array;
}

/**
 * Read a tokenizer and give its tokens our ids: bytes by value, then the merges by rank, then <|endoftext|>; those of
 * GPT-2 keep GPT-2's. Tokens that no merge makes, such as special ones, have no id: texts never become them.
 * Refused: what is no byte-level BPE with GPT-2's division of texts, lacks a byte or what a merge makes, or has two tokens of
 * one id, <|endoftext|> included.
 */
export async function importTokenizer(
  texts: TokenizerTexts,
  { rows, endOfText }: Gpt2Config,
): Promise<ImportedTokenizer> {
  const { vocabulary, merges } = texts.tokenizer === null ? fromLists(texts) : fromJson(texts.tokenizer);
  const tokenizer = await tokenizerOf(merges);
  const { names } = await vocabularyOf(tokenizer);
  const ids = names.map((name) => {
    const id = vocabulary[name];
    if (!Number.isSafeInteger(id) || (id as number) < 0 || (id as number) >= rows)
      throw refused(
        `The token ${show(name)} has the id ${show(id)}; it must be 0 to ${rows - 1}, as config.json says.`,
      );
    return id as number;
  });
  checkApart([...names, END_OF_TEXT], [...ids, endOfText]);
  return { tokenizer, rows: Int32Array.of(...ids, endOfText) };
}

/** Refuse two tokens of one id: they would share a row of the embedding, and each would have the other's probability, too. */
function checkApart(names: readonly string[], ids: readonly number[]): void {
  const nameOf = new Map<number, string>();
  for (const [place, id] of ids.entries()) {
    const name = names[place] as string;
    const other = nameOf.get(id);
    if (other !== undefined)
      throw refused(`The tokens ${show(other)} and ${show(name)} have the same id, ${id}; each must have its own.`);
    nameOf.set(id, name);
  }
}

async function tokenizerOf(merges: readonly string[]): Promise<Tokenizer> {
  if (merges.length === 0) return byteTokenizer;
  const gpt2 = await gpt2Vocabulary();
  if (merges.length === gpt2.merges.length && merges.every((merge, rank) => merge === gpt2.merges[rank]))
    return loadGpt2Tokenizer();
  return readMerges(merges);
}

interface Lists {
  readonly vocabulary: Readonly<Record<string, unknown>>;
  readonly merges: readonly string[];
}

function fromLists({ vocabulary, merges }: TokenizerTexts): Lists {
  if (vocabulary === null || merges === null)
    throw refused("The model has no tokenizer: tokenizer.json, or vocab.json and merges.txt, must be there.");
  const lines = merges.split(/\r?\n/).filter((line) => line !== "");
  return {
    vocabulary: readObject("vocab.json", vocabulary),
    merges: lines[0]?.startsWith("#version") ? lines.slice(1) : lines,
  };
}

function fromJson(text: string): Lists {
  const { model, normalizer, pre_tokenizer: division } = readObject("tokenizer.json", text);
  const { type, vocab, merges, dropout } = Object(model) as Record<string, unknown>;
  if (type !== "BPE" || (dropout ?? 0) !== 0) throw refused(`tokenizer.json has a model ${show(type)}; BPE is read.`);
  if (normalizer != null) throw refused("tokenizer.json has a normalizer; every text must come back as it was.");
  const { type: divider, add_prefix_space: prefix, use_regex: regex } = Object(division) as Record<string, unknown>;
  if (divider !== "ByteLevel" || prefix === true || regex === false)
    throw refused(
      "tokenizer.json divides texts in another way than GPT-2; ByteLevel without add_prefix_space is read.",
    );
  if (!Array.isArray(merges)) throw refused("tokenizer.json has no list of merges.");
  const lines = merges.map((merge: unknown) => (Array.isArray(merge) ? merge.join(" ") : String(merge)));
  return { vocabulary: Object(vocab) as Record<string, unknown>, merges: lines };
}
