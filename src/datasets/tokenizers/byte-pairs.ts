/** Byte-pair merging in time n log n, for pieces of text on which the textbook's n² would stand still. */

import { Heap } from "./heap.js";

/** Longer pieces (a run of letters without a space) are merged window by window, so that memory stays bounded. */
const WINDOW_BYTES = 1 << 16;
/** Window places are below 2^17, so that (rank, place) is one exact number that sorts by rank, then by place. */
const PLACES = 1 << 17;
const NO_RANK = -1;

/** The rank at which two adjacent tokens become one, or undefined where they stay apart. Lower ranks go first. */
type MergeRule = (left: number, right: number) => number | undefined;

const isLess = (a: number, b: number): boolean => a < b;

/** Ids of two tokens as one exact number, in the order of left, then right. */
export const pairKey = (left: number, right: number): number => left * MOST_TOKENS + right;

/** A vocabulary has at most this many tokens. */
export const MOST_TOKENS = 1 << 20;

export class BytePairs {
  /**
   * @param byteIds the id of each byte that can occur, at its place
   * @param unions the token that the merge of each rank makes; null: rank and id are one number
   */
  private constructor(
    private readonly byteIds: readonly (number | undefined)[],
    private readonly rankOf: MergeRule,
    private readonly unions: Int32Array | null,
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
      null,
    );
  }

  /**
   * From merges of pairs by rank; bytes have their values as ids. Of a pair that stands there twice the later rank counts,
   * as in the readers of such lists.
   * @param merges pairs of ids [left, right], each side made before its pair
   * @param unions the token that each pair becomes; two pairs may become the same
   */
  static ofMerges(merges: readonly (readonly [number, number])[], unions: readonly number[]): BytePairs {
    const ranks = new Map(merges.map(([left, right], rank) => [pairKey(left, right), rank]));
    return new BytePairs(
      Array.from({ length: 256 }, (_, byte) => byte),
      (left, right) => ranks.get(pairKey(left, right)),
      Int32Array.from(unions),
    );
  }

  /** How many tokens a piece has. */
  count(piece: Uint8Array): number {
    return this.encode(piece).length;
  }

  /**
   * The tokens of a piece: again and again the adjacent pair of the lowest rank, the leftmost first, becomes one.
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
    /** Parts by the place they begin at: their tokens, where the next and the one before begin, and the rank of the merge with the next. */
    const token = Int32Array.from(bytes, (byte) => this.byteIds[byte]!);
    const next = Int32Array.from({ length: size + 1 }, (_, place) => place + 1);
    const before = Int32Array.from({ length: size + 1 }, (_, place) => place - 1);
    const offered = new Int32Array(size + 1).fill(NO_RANK);
    const heap = new Heap<number>(isLess);
    const offer = (place: number): void => {
      const middle = next[place]!;
      const rank = middle < size ? this.rankOf(token[place]!, token[middle]!) : undefined;
      offered[place] = rank ?? NO_RANK;
      if (rank !== undefined) heap.push(rank * PLACES + place);
    };
    for (let place = 0; place < size; place++) offer(place);

    for (let least = heap.pop(); least !== undefined; least = heap.pop()) {
      const place = least % PLACES;
      const rank = (least - place) / PLACES;
      if (offered[place] !== rank) continue; // the pair has changed since it was offered
      const middle = next[place]!;
      const end = next[middle]!;
      token[place] = this.unions === null ? rank : this.unions[rank]!;
      next[place] = end;
      if (end < size) before[end] = place;
      offered[middle] = NO_RANK;
      offer(place);
      const previous = before[place]!;
      if (previous >= 0) offer(previous);
    }
    for (let place = 0; place < size; place = next[place]!) ids.push(token[place]!);
  }
}
