/** The tokenizer of a GPT-2: a byte-level BPE, whatever ids its tokens have. */
import { show } from "../../datasets/text/code-points.js";
import { counted } from "../../datasets/text/counted.js";
import { byteTokenizer } from "../../datasets/tokenizers/byte-tokenizer.js";
import { loadGpt2Tokenizer } from "../../datasets/tokenizers/gpt2.js";
import { PIECES } from "../../datasets/tokenizers/pieces.js";
import { PRINTABLE_BYTES } from "../../datasets/tokenizers/printable-bytes.js";
import type { Tokenizer } from "../../datasets/tokenizers/tokenizer.js";
import { readMerges } from "../../datasets/tokenizers/trained-byte-pairs.js";
import { END_OF_TEXT, gpt2Vocabulary, vocabularyOf } from "../../datasets/tokenizers/vocabulary.js";
import { findEnd } from "./end-token.js";
import { type Gpt2Config, refused } from "./import-config.js";
import { leftOutOf } from "./left-out.js";
import { readTokenizerLists, type TokenizerTexts } from "./tokenizer-lists.js";

/** As many as merges.txt of openai/gpt-2 has. */
const GPT2_MERGES = 50_000;

/** A tokenizer of ours, and the row of the imported embedding for each of its ids. */
export interface ImportedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly rows: Int32Array;
  /** What was left out or is read otherwise, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Read a tokenizer and give its tokens our ids: bytes by value, then what the merges make, by rank, then the end of a text;
 * those of GPT-2 keep GPT-2's. Tokens that no merge makes, such as special ones, have no id: texts never become them.
 * Refused: what is no byte-level BPE with GPT-2's division of texts, lacks a byte or what a merge makes, names no end of a
 * text, or has two tokens of one id, the end's included.
 */
export async function importTokenizer(
  texts: TokenizerTexts,
  config: Pick<Gpt2Config, "rows" | "endIds">,
): Promise<ImportedTokenizer> {
  const lists = readTokenizerLists(texts);
  const { vocabulary, merges, added, eosToken } = lists;
  const { rows } = config;
  checkBytes(vocabulary);
  const tokenizer = await tokenizerOf(merges);
  const { names } = await vocabularyOf(tokenizer);
  const ids = names.map((name) => {
    const id = vocabulary.get(name);
    if (id === undefined) throw refused(`The vocabulary lacks the token ${show(name)}, which a merge makes.`);
    if (!Number.isSafeInteger(id) || (id as number) < 0 || (id as number) >= rows)
      throw refused(
        `The token ${show(name)} has the id ${show(id)}; it must be 0 to ${rows - 1}, as config.json says.`,
      );
    return id as number;
  });
  const end = findEnd(new Map([...vocabulary, ...added.map(({ name, id }) => [name, id] as const)]), eosToken, config);
  checkApart([...names, END_OF_TEXT], [...ids, end.id]);
  if (lists.ignoresMerges) checkMerged(tokenizer, names);
  const notes = [...end.notes, ...leftOutOf(lists, new Set([...ids, end.id]), end.name, rows)];
  return { tokenizer, rows: Int32Array.of(...ids, end.id), notes };
}

/** Refuse a vocabulary without one of the bytes, of which any text may be made. */
function checkBytes(vocabulary: ReadonlyMap<string, unknown>): void {
  const missing = PRINTABLE_BYTES.flatMap((name, byte) => (vocabulary.has(name) ? [] : [{ name, byte }]));
  if (missing.length === 0) return;
  const bytes = missing.slice(0, 4).map(({ name, byte }) => `0x${hex(byte)} (written ${show(name)})`);
  const rest = missing.length - bytes.length;
  throw refused(
    `The tokenizer has no token for ${counted(missing.length, "byte")}, ${bytes.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}; each of the 256 must have one, for any text may hold it.`,
  );
}

const hex = (byte: number): string => byte.toString(16).padStart(2, "0").toUpperCase();

/** Refuse two tokens of one id: they would share a row of the embedding, and each would have the other's probability, too. */
function checkApart(names: readonly string[], ids: readonly number[]): void {
  const nameOf = new Map<number, string>();
  for (const [place, id] of ids.entries()) {
    const name = names[place]!;
    const other = nameOf.get(id);
    if (other !== undefined)
      throw refused(`The tokens ${show(other)} and ${show(name)} have the same id, ${id}; each must have its own.`);
    nameOf.set(id, name);
  }
}

/** With ignore_merges a piece that is a token is not merged: the same, where merging makes every token of its own bytes. */
function checkMerged(tokenizer: Tokenizer, names: readonly string[]): void {
  for (const [id, name] of names.entries()) {
    const text = tokenizer.decode([id]);
    const isPiece = !text.includes("\uFFFD") && text.match(PIECES)?.length === 1;
    if (isPiece && tokenizer.encode(text).length > 1)
      throw refused(
        `tokenizer.json has ignore_merges, and merging does not make the token ${show(name)} of its bytes.`,
      );
  }
}

async function tokenizerOf(merges: readonly string[]): Promise<Tokenizer> {
  if (merges.length === 0) return byteTokenizer;
  if (merges.length !== GPT2_MERGES) return readMerges(merges);
  const gpt2 = await gpt2Vocabulary();
  return merges.every((merge, rank) => merge === gpt2.merges[rank]) ? loadGpt2Tokenizer() : readMerges(merges);
}
