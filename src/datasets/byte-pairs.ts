/** Byte-pair merging in time n log n, for pieces of text on which the textbook's n² would stand still. */

/** Longer pieces (a run of letters without a space) are merged window by window, so that memory stays bounded. */
const WINDOW_BYTES = 1 << 16;
/** Window places are below 2^17, so that (rank, place) is one exact number that sorts by rank, then by place. */
const PLACES = 1 << 17;
const NO_RANK = -1;

export class BytePairs {
  /** Rank by the token's bytes, as a latin1 text. */
  private readonly ranks = new Map<string, number>();

  /** @param tokens the vocabulary by rank: texts, or lists of bytes where the bytes are no UTF-8 */
  constructor(tokens: readonly (string | readonly number[])[]) {
    for (const [rank, token] of tokens.entries()) {
      const bytes = typeof token === "string" ? Buffer.from(token, "utf8") : Buffer.from(token);
      this.ranks.set(bytes.toString("latin1"), rank);
    }
  }

  /** How many tokens a piece has: again and again the adjacent pair of lowest rank, the leftmost first, becomes one. */
  count(piece: Buffer): number {
    let tokens = 0;
    for (let start = 0; start < piece.length; start += WINDOW_BYTES) {
      tokens += this.countWindow(piece.toString("latin1", start, start + WINDOW_BYTES));
    }
    return tokens;
  }

  private countWindow(bytes: string): number {
    const size = bytes.length;
    /** Parts by the place they begin at: where the next and the one before begin, and the rank of the pair with the next. */
    const next = Int32Array.from({ length: size + 1 }, (_, place) => place + 1);
    const before = Int32Array.from({ length: size + 1 }, (_, place) => place - 1);
    const pairRank = new Int32Array(size + 1).fill(NO_RANK);
    const heap = new NumberHeap();
    const offer = (place: number): void => {
      const middle = next[place] as number;
      const rank = middle < size ? this.ranks.get(bytes.slice(place, next[middle])) : undefined;
      pairRank[place] = rank ?? NO_RANK;
      if (rank !== undefined) heap.push(rank * PLACES + place);
    };
    for (let place = 0; place < size; place++) offer(place);

    let parts = size;
    for (let least = heap.pop(); least !== undefined; least = heap.pop()) {
      const place = least % PLACES;
      if (pairRank[place] !== (least - place) / PLACES) continue; // the pair has changed since it was offered
      const middle = next[place] as number;
      const end = next[middle] as number;
      next[place] = end;
      if (end < size) before[end] = place;
      pairRank[middle] = NO_RANK;
      parts--;
      offer(place);
      const previous = before[place] as number;
      if (previous >= 0) offer(previous);
    }
    return parts;
  }
}

/** A binary heap of numbers, the least on top. */
class NumberHeap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] as number;
      if (above <= item) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const { items } = this;
    const least = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return least;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as number) < (items[child] as number)) child++;
      const below = items[child] as number;
      if (below >= last) break;
      items[at] = below;
      at = child;
    }
    items[at] = last;
    return least;
  }
}
