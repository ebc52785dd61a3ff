/** Learning the merges of a byte-level BPE (Sennrich et al. 2016, section 3.2, on bytes as in Radford et al. 2019, section 2.2). */
import { MOST_TOKENS, pairKey } from "./byte-pairs.js";
import { Heap } from "./heap.js";
import { PIECES } from "./pieces.js";
import { encodeWtf8 } from "./wtf8.js";

const BYTES = 256;
/** A pair that occurs once teaches nothing that would come again. */
const LEAST_COUNT = 2;
/** Stands for no token: between pieces, and where a token has been taken into its left neighbour. */
const NONE = -1;

/** How often a pair occurs, and where: ascending places of its left token; some may no longer hold it. */
interface Occurrences {
  count: number;
  readonly places: number[];
}

/** A pair in the queue, with a count that it has had; its count now may be lower. */
interface Candidate {
  readonly key: number;
  readonly count: number;
}

/**
 * The merges of some texts, by rank: again and again the most frequent adjacent pair of tokens within a piece becomes a
 * token. Of equally frequent pairs the one with the lowest left id goes first, then the lowest right id, as in Hugging
 * Face's trainer. A pair whose bytes together already are a token is passed over, so that every token has bytes of its own.
 * @param texts divided into pieces by GPT-2's pattern
 * @param most at most this many merges; fewer where no pair is left that occurs twice
 * @returns pairs of ids [left, right]; bytes have their values as ids, and the pair at place i becomes 256 + i
 */
export function trainMerges(texts: Iterable<string>, most: number): (readonly [number, number])[] {
  const line = new TokenLine(countPieces(texts));
  const queue = new Heap<Candidate>((a, b) => a.count > b.count || (a.count === b.count && a.key < b.key));
  for (const [key, { count }] of line.pairs) queue.push({ key, count });
  const names = Array.from({ length: BYTES }, (_, byte) => String.fromCharCode(byte)); // bytes of each token, as latin1
  const known = new Set(names);

  const merges: (readonly [number, number])[] = [];
  while (merges.length < most) {
    const candidate = queue.pop();
    if (candidate === undefined || candidate.count < LEAST_COUNT) break;
    const { key } = candidate;
    const count = line.pairs.get(key)?.count ?? 0;
    if (count !== candidate.count) {
      queue.push({ key, count }); // merges of its neighbours have taken some of its occurrences
      continue;
    }
    const right = key % MOST_TOKENS;
    const left = (key - right) / MOST_TOKENS;
    const name = `${names[left]}${names[right]}`;
    if (known.has(name)) continue;
    names.push(name);
    known.add(name);
    merges.push([left, right]);
    for (const born of line.merge(left, right, BYTES + merges.length - 1)) {
      queue.push({ key: born, count: line.pairs.get(born)?.count ?? 0 });
    }
  }
  return merges;
}

/** How often each piece occurs in the texts. */
function countPieces(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const [piece] of text.matchAll(PIECES)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  return counts;
}

/**
 * Every distinct piece once, one after another, as tokens with their neighbours. A merge costs as much as the pair has
 * occurrences, and each occurrence takes one token away: all merges together cost no more than there are bytes.
 */
class TokenLine {
  /** By pairKey. */
  readonly pairs = new Map<number, Occurrences>();
  private readonly token: Int32Array;
  private readonly next: Int32Array;
  private readonly before: Int32Array;
  /** How often the piece around each place occurs. */
  private readonly weight: Float64Array;

  constructor(pieces: ReadonlyMap<string, number>) {
    const encoded = [...pieces].map(([piece, count]) => ({ bytes: encodeWtf8(piece), count }));
    const size = encoded.reduce((sum, { bytes }) => sum + bytes.length + 1, 1); // NONE before, between and behind them
    this.token = new Int32Array(size).fill(NONE);
    this.weight = new Float64Array(size);
    this.next = Int32Array.from({ length: size }, (_, place) => place + 1);
    this.before = Int32Array.from({ length: size }, (_, place) => place - 1);
    let place = 1;
    for (const { bytes, count } of encoded) {
      this.token.set(bytes, place);
      this.weight.fill(count, place, place + bytes.length);
      place += bytes.length + 1;
    }
    for (place = 1; place + 1 < size; place++) this.change(place, 1);
  }

  /** Make every occurrence of a pair one token; of those that overlap ("aaa"), the leftmost. Returns the pairs it bears. */
  merge(left: number, right: number, union: number): Set<number> {
    const born = new Set<number>();
    for (const place of this.pairs.get(pairKey(left, right))?.places ?? []) {
      const taken = this.next[place]!;
      if (this.token[place] !== left || this.token[taken] !== right) continue;
      const [previous, following] = [this.before[place]!, this.next[taken]!];
      for (const gone of [previous, place, taken]) this.change(gone, -1);
      this.token[place] = union;
      this.token[taken] = NONE;
      this.next[place] = following;
      this.before[following] = place;
      for (const made of [previous, place]) {
        const key = this.change(made, 1);
        if (key !== null) born.add(key);
      }
    }
    this.pairs.delete(pairKey(left, right));
    return born;
  }

  /** Count the pair at a place once more (1) or once less (−1), as often as its piece occurs. Its key, or null for no pair. */
  private change(place: number, sign: 1 | -1): number | null {
    const left = this.token[place]!;
    const right = this.token[this.next[place]!] ?? NONE;
    if (left === NONE || right === NONE) return null;
    const key = pairKey(left, right);
    let pair = this.pairs.get(key);
    if (pair === undefined) {
      pair = { count: 0, places: [] };
      this.pairs.set(key, pair);
    }
    pair.count += sign * this.weight[place]!;
    if (sign === 1) pair.places.push(place);
    return key;
  }
}
