import { mostNodes, nodesOf, partialSums, partOf, shardCount } from "../../../src/training/config/shard-layout.js";
import { addInto, sumOfNodes } from "../../../src/training/shards/shards.js";
import { Random, SEED } from "../../datasets/random.js";
import { sameBits } from "../support.js";

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [7, 4],
  [8, 8],
  [9, 8],
  [512, 8],
])("a batch of %i rows has %i shards", (rows, shards) => {
  expect(shardCount(rows)).toBe(shards);
});

test("parts are in order, whole, and differ by one at most", () => {
  expect([0, 1, 2].map((part) => partOf(8, 3, part))).toEqual([
    [0, 2],
    [2, 5],
    [5, 8],
  ]);
  expect([0, 1].map((part) => partOf(1, 2, part))).toEqual([
    [0, 0],
    [0, 1],
  ]);
});

test("the nodes of some shards, by hand", () => {
  expect(nodesOf(0, 8)).toEqual([{ start: 0, size: 8 }]);
  expect(nodesOf(2, 5)).toEqual([
    { start: 2, size: 2 },
    { start: 4, size: 1 },
  ]);
  expect(nodesOf(3, 8)).toEqual([
    { start: 3, size: 1 },
    { start: 4, size: 4 },
  ]);
  expect(nodesOf(4, 4)).toEqual([]);
});

test(`a sum has the same bits whoever adds which shards (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (const shards of [1, 2, 4, 8]) {
    const leaves = Array.from({ length: shards }, () =>
      Float32Array.from({ length: 50 }, () => (random.next() - 0.5) * 10 ** random.int(-3, 3)),
    );
    /** ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)) */
    const naive = (start: number, size: number): Float32Array => {
      if (size === 1) return Float32Array.from(leaves[start] ?? []);
      const sum = naive(start, size / 2);
      addInto(sum, naive(start + size / 2, size / 2));
      return sum;
    };
    for (let threads = 1; threads <= shards; threads++) {
      const sums = Array.from({ length: threads }, (_, thread) =>
        nodesOf(...partOf(shards, threads, thread)).map((node) => ({ node, values: naive(node.start, node.size) })),
      );
      expect(Math.max(...sums.map(({ length }) => length))).toBeLessThanOrEqual(mostNodes(threads));
      expect(sameBits(sumOfNodes(sums.flat(), shards), naive(0, shards))).toBe(true);
    }
  }
});

test("a thread that adds 8 shards alone needs three sums in between: of 1, of 2 and of 4", () => {
  expect(partialSums(8, 1)).toBe(3);
  expect(partialSums(8, 2)).toBe(2);
  expect(partialSums(1, 1)).toBe(0);
});
