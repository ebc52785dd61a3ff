import type { Backend, Tensor } from "../../src/training/backend.js";
import { makeBatch } from "../../src/training/batches.js";
import { LoadedModel } from "../../src/training/loaded-model.js";
import { tfjsOperations } from "../../src/training/operations.js";
import { Random, SEED } from "../datasets/random.js";
import { newValues, open, TINY } from "./support.js";

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterAll(() => backend.close());

test("the parts of all shards add up to the mean over the batch's tokens, not to a mean of means", () => {
  const random = new Random(1);
  const write = (length: number) => Int32Array.from({ length }, () => random.int(0, 255));
  const examples = [4, 20].map((length) => ({ promptId: "p", ids: write(length + 1), contextLength: 1 }));
  const batch = makeBatch(examples);
  const model = new LoadedModel(backend, TINY);
  model.load(newValues(TINY));
  const sums = batch.shards.map((shard) => model.lossSum(shard)) as [number, number];
  const into = new Float32Array(newValues(TINY).length);
  const parts = batch.shards.map((shard, index) => {
    const dropout = { rate: 0, seed: 0, step: 0 };
    return model.lossAndGradient(shard, { shard: index, learnedTokens: batch.learnedTokens, dropout }, into);
  }) as [number, number];
  expect(parts[0] + parts[1]).toBeCloseTo((sums[0] + sums[1]) / 24, 5);
  expect(parts[0] + parts[1]).not.toBeCloseTo((sums[0] / 4 + sums[1] / 20) / 2, 3);
  model.dispose();
});

test(`NaN in a row that is not learned reaches neither the loss nor the gradient (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const { tf } = backend;
  const operations = tfjsOperations(tf);
  const normal = (size: number) => Array.from({ length: size }, () => random.next() - 0.5);
  const rows = [normal(4), [Number.NaN, 0, 0, Number.POSITIVE_INFINITY], normal(4)];
  const table = normal(5 * 4);
  const lossOf = (hidden: Tensor, positions: number[]): Tensor => {
    const learned = operations.embedding(hidden, Int32Array.from(positions)); // [2, 4]
    return operations.sum(operations.crossEntropy(learned, tf.tensor2d(table, [5, 4]), Int32Array.of(1, 4)), 0.5);
  };
  tf.tidy(() => {
    const withNaN = tf.valueAndGrad((hidden: Tensor) => lossOf(hidden, [0, 2]))(tf.tensor2d(rows.flat(), [3, 4]));
    const without = tf.valueAndGrad((hidden: Tensor) => lossOf(hidden, [0, 1]))(
      tf.tensor2d([rows[0], rows[2]].flat() as number[], [2, 4]),
    );
    expect(withNaN.value.arraySync()).toBe(without.value.arraySync());
    const [first, second] = without.grad.arraySync() as number[][];
    expect(withNaN.grad.arraySync()).toEqual([first, [0, 0, 0, 0], second]);
  });
});
