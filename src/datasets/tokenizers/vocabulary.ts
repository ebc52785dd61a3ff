/** A tokenizer as other programs know it: names of its tokens in GPT-2's printable bytes, and merges of two names. */
import { PRINTABLE_BYTES } from "./printable-bytes.js";
import type { Tokenizer } from "./tokenizer.js";

/** The name of the token that ends a text, in every vocabulary. */
export const END_OF_TEXT = "<|endoftext|>";

/** Tokens by id, without <|endoftext|>, which follows the last; and "left right" by rank. */
export interface Vocabulary {
  readonly names: readonly string[];
  readonly merges: readonly string[];
}

/** The names and merges of a tokenizer. */
export async function vocabularyOf(tokenizer: Tokenizer): Promise<Vocabulary> {
  const json = tokenizer.toJSON();
  if (json.kind === "GPT2") return gpt2Vocabulary();
  if (json.kind !== "TRAINED_BPE") return { names: PRINTABLE_BYTES, merges: [] };
  const made = json.merges.map((merge) => merge.replace(" ", ""));
  return { names: [...new Set([...PRINTABLE_BYTES, ...made])], merges: json.merges }; // two merges may make one token
}

/** GPT-2's, read from the ranks of its tokens: each was made of the two that its bytes become by the merges before it. */
export async function gpt2Vocabulary(): Promise<Vocabulary> {
  const { default: ranks } = await import("gpt-tokenizer/bpeRanks/r50k_base");
  const names = ranks.map((token) =>
    Array.from(typeof token === "string" ? Buffer.from(token, "utf8") : token, (byte) => PRINTABLE_BYTES[byte]).join(
      "",
    ),
  );
  const rankOf = new Map(names.map((name, rank) => [name, rank]));
  return { names, merges: names.flatMap((name, rank) => (name.length < 2 ? [] : [lastMerge(name, rank, rankOf)])) };
}

/** The two parts of a token that are left when all merges of a lower rank are made. */
function lastMerge(name: string, rank: number, rankOf: ReadonlyMap<string, number>): string {
  const parts = [...name];
  while (parts.length > 2) {
    const unions = parts.slice(1).map((right, left) => rankOf.get(`${parts[left]}${right}`) ?? rank);
    const least = unions.indexOf(Math.min(...unions));
    parts.splice(least, 2, `${parts[least]}${parts[least + 1]}`);
  }
  return parts.join(" ");
}
