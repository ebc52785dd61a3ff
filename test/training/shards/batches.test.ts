import { epochOrder, makeBatch, rowInOrder, rowsOfStep } from "../../../src/training/shards/batches.js";

const example = (ids: number[], contextLength: number) => ({ promptId: "p", ids: Int32Array.from(ids), contextLength });

test("a batch by hand: every id but the last is read, and what follows the context is learned", () => {
  const batch = makeBatch([example([10, 11, 12, 13], 2), example([20, 21], 1), example([30, 31, 32], 1)]);
  // Three rows make two shards, of one and of two rows.
  expect(batch).toEqual({
    shards: [
      {
        objective: "TOKENS",
        ids: Int32Array.of(10, 11, 12),
        lengths: [3],
        positions: Int32Array.of(1, 2),
        targets: Int32Array.of(12, 13),
        divisor: 5,
      },
      {
        objective: "TOKENS",
        ids: Int32Array.of(20, 30, 31),
        lengths: [1, 2],
        positions: Int32Array.of(0, 1, 2),
        targets: Int32Array.of(21, 31, 32),
        divisor: 5,
      },
    ],
    tokens: 6,
  });
});

test("an epoch reads every example once, in an order of its seed and number", () => {
  const order = epochOrder(100, 7, 0);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(epochOrder(100, 7, 0)).toEqual(order);
  expect(epochOrder(100, 7, 1)).not.toEqual(order);
  expect(epochOrder(100, 8, 0)).not.toEqual(order);
});

test("the steps of an epoch read every row once, and so does every epoch of the endless order", () => {
  const rows = Array.from({ length: 10 }, (_, index) => index);
  const steps = [0, 1, 2].map((step) => rowsOfStep(rows, { batchSize: 4, seed: 3 }, step));
  expect(steps.map(({ length }) => length)).toEqual([4, 4, 2]);
  expect([...steps.flat()].sort((a, b) => a - b)).toEqual(rows);
  expect(rowsOfStep(rows, { batchSize: 4, seed: 3 }, 3)).not.toEqual(steps[0]);
  const endless = Array.from({ length: 20 }, (_, place) => rowInOrder(rows, 3, place));
  expect(endless.slice(0, 10)).toEqual(steps.flat());
  expect(endless.slice(10).sort((a, b) => a - b)).toEqual(rows);
});
