/** Texts as lists of token ids: what every model of ours reads and writes. */
import type { TokenizerKind } from "../../vocabulary.js";

export interface Tokenizer {
  readonly kind: TokenizerKind;
  /** Ids are 0 … vocabularySize − 1. There is none for padding. */
  readonly vocabularySize: number;
  /** The id of <|endoftext|>, the last one. No text encodes to it, whatever names of special tokens it holds. */
  readonly endOfText: number;
  /** The ids of any text; decode gives the very same text again. Time grows with the text, never with its square. */
  encode(text: string): number[];
  /** The text of some ids; <|endoftext|> is nothing, and bytes that are no text become U+FFFD. */
  decode(ids: Iterable<number>): string;
  /** The bytes of some ids, <|endoftext|> none: of what encode gave, the text's; of a part of it, also half a character's. */
  bytes(ids: Iterable<number>): Uint8Array;
  /** All that is needed to make it again. */
  toJSON(): TokenizerJson;
}

/**
 * A tokenizer as a model's file carries it. merges are GPT-2's: "left right" in its printable bytes, by rank. Ids of a
 * TRAINED_BPE: bytes by their values, then what merges make, by the first rank that makes it, then <|endoftext|>.
 */
export type TokenizerJson =
  | { readonly kind: "BYTES" | "GPT2" }
  | { readonly kind: "TRAINED_BPE"; readonly merges: readonly string[] };
