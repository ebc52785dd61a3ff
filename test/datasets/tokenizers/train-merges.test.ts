import { PIECES } from "../../../src/datasets/tokenizers/pieces.js";
import { trainMerges } from "../../../src/datasets/tokenizers/train-merges.js";
import { encodeWtf8 } from "../../../src/datasets/tokenizers/wtf8.js";
import { Random, SEED } from "../random.js";

/** The textbook's trainer: counts every pair anew for every merge. */
function naiveMerges(texts: readonly string[], most: number): [number, number][] {
  let pieces = texts.flatMap((text) => [...text.matchAll(PIECES)].map(([piece]) => [...encodeWtf8(piece)]));
  const bytes: number[][] = Array.from({ length: 256 }, (_, byte) => [byte]);
  const merges: [number, number][] = [];
  while (merges.length < most) {
    const counts = new Map<string, number>();
    for (const piece of pieces) {
      for (let i = 0; i + 1 < piece.length; i++) {
        const pair = `${piece[i]} ${piece[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const [best] = [...counts]
      .map(([pair, count]) => ({ pair: pair.split(" ").map(Number) as [number, number], count }))
      .filter(({ pair: [left, right] }) => {
        const union = [...(bytes[left] ?? []), ...(bytes[right] ?? [])].join();
        return !bytes.some((token) => token.join() === union);
      })
      .sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
    if (best === undefined || best.count < 2) break;
    const [left, right] = best.pair;
    merges.push([left, right]);
    bytes.push([...(bytes[left] ?? []), ...(bytes[right] ?? [])]);
    pieces = pieces.map((piece) => replaced(piece, left, right, bytes.length - 1));
  }
  return merges;
}

function replaced(piece: readonly number[], left: number, right: number, union: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < piece.length; i++) {
    if (piece[i] === left && piece[i + 1] === right) {
      result.push(union);
      i++;
    } else {
      result.push(piece[i]!);
    }
  }
  return result;
}

test(`merges are those of a trainer that counts anew for each of them (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 30; run++) {
    // Few letters, so that pairs overlap ("aaa"), tie, and meet in more than one way.
    const letters = random.pick([["a"], ["a", "b"], ["a", "b", "c", " "], ["é", "数", "😀", "\ud800", " "]]);
    const texts = random.list(1, 6, () => random.list(0, 60, () => random.pick(letters)).join(""));
    const most = random.int(0, 40);
    expect(trainMerges(texts, most)).toEqual(naiveMerges(texts, most));
  }
});

test("the first merges of a text by hand", () => {
  // Pieces: "low" ×1, " low" ×2, " lower" ×1. Pairs: l-o 4, o-w 4, space-l 3, w-e 1, e-r 1. Of l-o and o-w the lower
  // left id goes first: l (108) before o (111). Then lo-w 4 (tokens 256 and 119), then space-low 3 (32 and 257).
  expect(trainMerges(["low low lower low"], 10)).toEqual([
    [108, 111],
    [256, 119],
    [32, 257],
  ]);
});

test("no pair that occurs only once is merged, and none across pieces", () => {
  expect(trainMerges(["ab cd"], 10)).toEqual([]);
  expect(trainMerges(["a1", "a1"], 10)).toEqual([]); // letters and digits are pieces of their own
});

test("a hundred thousand letters without a space take no time in the square of their number", () => {
  const random = new Random(1);
  const letters = Array.from({ length: 100_000 }, () => random.pick(["a", "b", "c", "d"])).join("");
  expect(trainMerges([letters, "a".repeat(100_000)], 2000)).toHaveLength(2000);
});
