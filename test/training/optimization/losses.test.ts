import type { Backend } from "../../../src/training/backend.js";
import { type Comparisons, comparisonLoss, crossEntropyLoss } from "../../../src/training/optimization/losses.js";
import { makeBatch } from "../../../src/training/shards/batches.js";
import { LoadedModel } from "../../../src/training/shards/loaded-model.js";
import { tfjsOperations } from "../../../src/training/tensors/operations.js";
import type { Tensor } from "../../../src/training/tensors/tensorflow.js";
import { Random, SEED } from "../../datasets/random.js";
import { newValues, open, TINY } from "../support.js";

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
  const sums = batch.shards.map((shard) => crossEntropyLoss(model.outputs(shard)[0] as Float32Array).sum);
  const into = new Float32Array(newValues(TINY).length);
  const parts = batch.shards.map(
    (shard, index) => model.lossAndGradient(shard, { rate: 0, seed: 0, step: 0, shard: index }, into).loss,
  );
  model.dispose();
  const [first, second] = sums as [number, number];
  const [a, b] = parts as [number, number];
  expect(a + b).toBeCloseTo((first + second) / 24, 5);
  expect(a + b).not.toBeCloseTo((first / 4 + second / 20) / 2, 3);
});

/** A>B>C=D: five strict pairs, each a fifth; the tie is no comparison. */
const RANKING: Comparisons = {
  winners: Int32Array.of(0, 0, 0, 1, 1),
  losers: Int32Array.of(1, 2, 3, 2, 3),
  weights: new Float64Array(5).fill(1 / 5),
};

test("the loss of A>B>C=D is the mean of -log σ over its five strict pairs", () => {
  const scores = [1.5, 0.25, -0.5, 0.125];
  const pairs = [
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
  ] as [number, number][];
  // Ouyang et al. 2022, equation 1, as it stands there.
  const expected =
    pairs.reduce((sum, [w, l]) => sum - Math.log(1 / (1 + Math.exp(-(scores[w]! - scores[l]!)))), 0) / pairs.length;
  const { sum, weight, figures } = comparisonLoss(Float32Array.from(scores), RANKING);
  expect(sum).toBeCloseTo(expected, 12);
  expect(weight).toBeCloseTo(1, 12);
  expect(figures[0]).toBeCloseTo(1, 12);
});

test("equal scores have the loss ln 2 and half of the comparisons right; scores turned round, the accuracy turned round", () => {
  const equal = comparisonLoss(new Float32Array(4).fill(3), RANKING);
  expect(equal.sum).toBeCloseTo(Math.LN2, 12);
  expect(equal.figures[0]).toBeCloseTo(1 / 2, 12);
  const scores = Float32Array.of(2, -1, 0.5, 3); // right: A over B, A over C; wrong: A under D, B under C, B under D
  expect(comparisonLoss(scores, RANKING).figures[0]).toBeCloseTo(2 / 5, 12);
  expect(
    comparisonLoss(
      scores.map((score) => -score),
      RANKING,
    ).figures[0],
  ).toBeCloseTo(3 / 5, 12);
});

test("no difference of scores overflows: -log σ(-200) is 200, its slope 1", () => {
  const one = { winners: Int32Array.of(0), losers: Int32Array.of(1), weights: Float64Array.of(1) };
  const wrong = comparisonLoss(Float32Array.of(-100, 100), one);
  expect([wrong.sum, ...wrong.slopes]).toEqual([200, -1, 1]);
  const right = comparisonLoss(Float32Array.of(1000, -1000), one);
  expect([right.sum, ...right.slopes]).toEqual([0, 0, 0]);
});

test(`the slopes of the pairwise loss are those of finite differences (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const scores = Float32Array.from({ length: 4 }, () => 4 * random.next() - 2);
  const comparisons = { ...RANKING, weights: RANKING.weights.map(() => random.next()) };
  const { slopes } = comparisonLoss(scores, comparisons);
  const h = 2 ** -8; // scores stay exact in float32 to about 1e-7, so the quotient is good to 1e-4
  for (const [i, slope] of slopes.entries()) {
    const moved = (by: number) =>
      comparisonLoss(
        scores.map((score, j) => (j === i ? score + by : score)),
        comparisons,
      );
    expect(Math.abs((moved(h).sum - moved(-h).sum) / (2 * h) - slope)).toBeLessThan(1e-4);
  }
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
