import type { Tokenizer } from "./tokenizer.js";
import { decodeWtf8, encodeWtf8 } from "./wtf8.js";

const BYTES = 256;

/** The tokenizer BYTES: a text's bytes (WTF-8) are its ids, and 256 is <|endoftext|>. */
export const byteTokenizer: Tokenizer = {
  kind: "BYTES",
  vocabularySize: BYTES + 1,
  endOfText: BYTES,
  encode: (text) => [...encodeWtf8(text)],
  decode: (ids) => decodeWtf8(byteTokenizer.bytes(ids)),
  bytes: (ids) => Uint8Array.from([...ids].filter((id) => id < BYTES)),
  toJSON: () => ({ kind: "BYTES" }),
};
