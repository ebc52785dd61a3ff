/** Byte-pair merging in time n log n, for pieces of text on which the textbook's n² would stand still. */

import { Heap } from "./heap.js";

/** Longer pieces (a run of letters without a space) are merged window by window, so that memory stays bounded. */
const WINDOW_BYTES = 1 << 16;
/** Window places are below 2^17, so that (id, place) is one exact number that sorts by id, then by place. */
const PLACES = 1 << 17;
const NO_UNION = -1;

/** What two adjacent tokens become: the id of their union, or undefined where they stay apart. Lower ids go first. */
type MergeRule = (left: number, right: number) => number | undefined;

const isLess = (a: number, b: number): boolean => a < b;

/** Ids of two tokens as one exact number, in the order of left, then right. */
export const pairKey = (left: number, right: number): number => left * MOST_TOKENS + right;

/** A vocabulary has at most this many tokens. */
export const MOST_TOKENS = 1 << 20;

export class BytePairs {
  /** @param byteIds the id of each byte that can occur, at its place */
  private constructor(
    private readonly byteIds: readonly (number | undefined)[],
    private readonly union: MergeRule,
  ) {}

  /**
   * From a vocabulary whose order is the order of merging: two tokens merge where their bytes together are a token.
   * @param tokens the vocabulary by id: texts, or lists of bytes where the bytes are no UTF-8
   */
  static ofTokens(tokens: readonly (string | readonly number[])[]): BytePairs {
    const bytes = tokens.map((token) =>
      (typeof token === "string" ? Buffer.from(token, "utf8") : Buffer.from(token)).toString("latin1"),
    );
    const ids = new Map(bytes.map((token, id) => [token, id]));
    return new BytePairs(
      Array.from({ length: 256 }, (_, byte) => ids.get(String.fromCharCode(byte))),
      (left, right) => ids.get(`${bytes[left]}${bytes[right]}`),
    );
  }

  /**
   * From merges of pairs: bytes have their values as ids, and the pair at place i becomes token 256 + i.
   * @param merges pairs of ids [left, right], each side made before its pair
   */
  static ofMerges(merges: readonly (readonly [number, number])[]): BytePairs {
    const unions = new Map(merges.map(([left, right], place) => [pairKey(left, right), 256 + place]));
    return new BytePairs(
      Array.from({ length: 256 }, (_, byte) => byte),
      (left, right) => unions.get(pairKey(left, right)),
    );
  }

  /** How many tokens a piece has. */
  count(piece: Uint8Array): number {
    return this.encode(piece).length;
  }

  /**
   * The tokens of a piece: again and again the adjacent pair whose union has the lowest id, the leftmost first, becomes one.
   * @param piece bytes; every one of them must be a token
   */
  encode(piece: Uint8Array): number[] {
    const ids: number[] = [];
    for (let start = 0; start < piece.length; start += WINDOW_BYTES) {
      this.encodeWindow(piece.subarray(start, start + WINDOW_BYTES), ids);
    }
    return ids;
  }

  /** Append the tokens of at most WINDOW_BYTES bytes. */
  private encodeWindow(bytes: Uint8Array, ids: number[]): void {
    const size = bytes.length;
    /** Parts by the place they begin at: their tokens, where the next and the one before begin, and the union with the next. */
    const token = Int32Array.from(bytes, (byte) => this.byteIds[byte] as number);
    const next = Int32Array.from({ length: size + 1 }, (_, place) => place + 1);
    const before = Int32Array.from({ length: size + 1 }, (_, place) => place - 1);
    const offered = new Int32Array(size + 1).fill(NO_UNION);
    const heap = new Heap<number>(isLess);
    const offer = (place: number): void => {
      const middle = next[place] as number;
      const union = middle < size ? this.union(token[place] as number, token[middle] as number) : undefined;
      offered[place] = union ?? NO_UNION;
      if (union !== undefined) heap.push(union * PLACES + place);
    };
    for (let place = 0; place < size; place++) offer(place);

    for (let least = heap.pop(); least !== undefined; least = heap.pop()) {
      const place = least % PLACES;
      const union = (least - place) / PLACES;
      if (offered[place] !== union) continue; // the pair has changed since it was offered
      const middle = next[place] as number;
      const end = next[middle] as number;
      token[place] = union;
      next[place] = end;
      if (end < size) before[end] = place;
      offered[middle] = NO_UNION;
      offer(place);
      const previous = before[place] as number;
      if (previous >= 0) offer(previous);
    }
    for (let place = 0; place < size; place = next[place] as number) ids.push(token[place] as number);
  }
}
