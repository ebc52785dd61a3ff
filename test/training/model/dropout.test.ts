import type { Backend } from "../../../src/training/backend.js";
import { noDropout, residualDropout } from "../../../src/training/model/dropout.js";
import { tfjsOperations } from "../../../src/training/tensors/operations.js";
import { open } from "../support.js";

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterAll(() => backend.close());

const drop = (rate: number, key: number[], place = "h.0.mlp"): Float32Array => {
  const { tf } = backend;
  return tf.tidy(
    () => residualDropout(tfjsOperations(tf), rate, key)(tf.ones([100, 100]), place).dataSync() as Float32Array,
  );
};

test("a part of the numbers is 0, the others are as much larger that the mean stays", () => {
  const values = drop(0.2, [1, 2, 3]);
  // Kept numbers are 1 / 0.8 = 1.25. Of 10,000 the zeros are 2,000 with a standard deviation of √(10⁴ · 0.2 · 0.8) = 40.
  expect(new Set(values)).toEqual(new Set([0, 1.25]));
  expect(Math.abs(values.filter((value) => value === 0).length - 2000)).toBeLessThan(240);
});

test("masks depend on seed, step, shard and place, and on nothing else", () => {
  const values = drop(0.5, [1, 2, 3]);
  expect(drop(0.5, [1, 2, 3])).toEqual(values);
  for (const other of [
    drop(0.5, [2, 2, 3]),
    drop(0.5, [1, 3, 3]),
    drop(0.5, [1, 2, 4]),
    drop(0.5, [1, 2, 3], "h.0.attn"),
  ]) {
    expect(other).not.toEqual(values);
  }
});

test("a rate of 0 is no dropout", () => {
  expect(residualDropout(tfjsOperations(backend.tf), 0, [1])).toBe(noDropout);
});
