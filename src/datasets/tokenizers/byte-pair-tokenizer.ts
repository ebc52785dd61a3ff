import { BytePairs } from "./byte-pairs.js";
import { PIECES } from "./pieces.js";
import type { Tokenizer, TokenizerJson } from "./tokenizer.js";
import { decodeWtf8, encodeWtf8 } from "./wtf8.js";

/** Longer pieces are rare and not remembered. */
const LONGEST_REMEMBERED = 64;
const MOST_REMEMBERED = 1 << 16;

/** A byte-level BPE: a text's pieces, each as bytes (WTF-8), in which adjacent pairs become one token after another. */
export class BytePairTokenizer implements Tokenizer {
  readonly kind: TokenizerJson["kind"];
  readonly vocabularySize: number;
  readonly endOfText: number;
  /** The ids of pieces met before: texts repeat their words. */
  private readonly remembered = new Map<string, readonly number[]>();

  /**
   * @param pairs how bytes become tokens
   * @param tokens the bytes of each token by id, without <|endoftext|>, which follows the last
   * @param json what the model's file carries
   */
  constructor(
    private readonly pairs: BytePairs,
    private readonly tokens: readonly Uint8Array[],
    private readonly json: TokenizerJson,
  ) {
    this.kind = json.kind;
    this.endOfText = tokens.length;
    this.vocabularySize = tokens.length + 1;
  }

  encode(text: string): number[] {
    const ids: number[] = [];
    for (const [piece] of text.matchAll(PIECES)) {
      for (const id of this.encodePiece(piece)) ids.push(id);
    }
    return ids;
  }

  private encodePiece(piece: string): readonly number[] {
    const known = this.remembered.get(piece);
    if (known !== undefined) return known;
    const ids = this.pairs.encode(encodeWtf8(piece));
    if (piece.length <= LONGEST_REMEMBERED) {
      if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
      this.remembered.set(piece, ids);
    }
    return ids;
  }

  decode(ids: Iterable<number>): string {
    return decodeWtf8(this.bytes(ids));
  }

  bytes(ids: Iterable<number>): Uint8Array {
    const parts: Uint8Array[] = [];
    for (const id of ids) {
      const token = this.tokens[id];
      if (token !== undefined) parts.push(token);
    }
    return Buffer.concat(parts);
  }

  toJSON(): TokenizerJson {
    return this.json;
  }
}
