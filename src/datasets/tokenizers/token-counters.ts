/** How many tokens a text has, in the tokenizer in which a dataset's lengths are counted. */
import type { LengthTokenizer } from "../../vocabulary.js";
import { BytePairs } from "./byte-pairs.js";
import { PIECES } from "./pieces.js";

/** The number of tokens of a text. */
export type TokenCounter = (text: string) => number;

/** Pieces from this length on are merged here: the library's merging takes time in the square of the length. */
const LONG_PIECE = 256;
const MAY_HAVE_LONG_PIECE = new RegExp(
  `\\p{L}{${LONG_PIECE}}|\\p{N}{${LONG_PIECE}}|[^\\s\\p{L}\\p{N}]{${LONG_PIECE}}|\\s{${LONG_PIECE}}`,
  "u",
);
/** The library divides texts at JavaScript's white space, which differs from GPT-2's in these two. */
const DIVIDED_OTHERWISE = /[\u0085\ufeff]/;

/**
 * The counter of a tokenizer. GPT2 is r50k_base, GPT-2's byte-level BPE, where the names of special tokens in a text are
 * text like any other; its tables (1 MB) are loaded at the first call. BYTES is the length in UTF-8. Neither adds tokens
 * for beginning or end.
 */
export async function loadTokenCounter(tokenizer: LengthTokenizer): Promise<TokenCounter> {
  if (tokenizer === "BYTES") return (text) => Buffer.byteLength(text, "utf8");
  const { countTokens } = await import("gpt-tokenizer/encoding/r50k_base");
  const { default: ranks } = await import("gpt-tokenizer/bpeRanks/r50k_base");
  const nothing = new Set<string>();
  const countShort: TokenCounter = (text) => countTokens(text, { disallowedSpecial: nothing });
  let pairs: BytePairs | null = null;

  return (text) => {
    if (!MAY_HAVE_LONG_PIECE.test(text) && !DIVIDED_OTHERWISE.test(text)) return countShort(text);
    pairs ??= BytePairs.ofTokens(ranks);
    let tokens = 0;
    for (const [piece] of text.matchAll(PIECES)) {
      const isOwn = piece.length >= LONG_PIECE || DIVIDED_OTHERWISE.test(piece);
      tokens += isOwn ? pairs.count(Buffer.from(piece, "utf8")) : countShort(piece);
    }
    return tokens;
  };
}
