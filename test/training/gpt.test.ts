import type { Backend } from "../../src/training/backend.js";
import { makeBatch, type Shard } from "../../src/training/batches.js";
import { LoadedModel } from "../../src/training/loaded-model.js";
import type { Example } from "../../src/training/text-layout.js";
import { Random, SEED } from "../datasets/random.js";
import { plainLogits, plainLosses } from "./plain-gpt.js";
import { newValues, open, TINY } from "./support.js";

const NO_DROPOUT = { rate: 0, seed: 0, step: 0 };

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterAll(() => backend.close());

/** Values that are not near a new model's, so that no part of it is nearly linear. */
function wildValues(random: Random): Float32Array {
  return newValues(TINY, random.int(0, 1e6)).map((value) => value * 6 + (random.next() - 0.5) * 0.2);
}

function someExample(random: Random, most = TINY.contextLength): Example {
  const ids = Int32Array.from({ length: random.int(2, most + 1) }, () => random.int(0, TINY.vocabularySize - 1));
  return { promptId: "p", ids, contextLength: random.int(1, ids.length - 1) };
}

/** A model with some values, for as long as the work takes. */
function withModel<T>(values: Float32Array, work: (model: LoadedModel) => T): T {
  const model = new LoadedModel(backend, TINY);
  model.load(values);
  try {
    return work(model);
  } finally {
    model.dispose();
  }
}

const oneShard = (examples: readonly Example[]): Shard => {
  const shards = examples.map((example) => makeBatch([example]).shards[0] as Shard);
  const starts = shards.map((_, index) => shards.slice(0, index).reduce((sum, { ids }) => sum + ids.length, 0));
  return {
    ids: Int32Array.from(shards.flatMap(({ ids }) => [...ids])),
    lengths: shards.flatMap(({ lengths }) => [...lengths]),
    positions: Int32Array.from(
      shards.flatMap(({ positions }, i) => [...positions].map((p) => p + (starts[i] as number))),
    ),
    targets: Int32Array.from(shards.flatMap(({ targets }) => [...targets])),
  };
};

test(`logits and losses are those of a second GPT in loops over doubles, within 1e-4 (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 5; run++) {
    const values = wildValues(random);
    const examples = [someExample(random), someExample(random, 4), someExample(random, 1)];
    withModel(values, (model) => {
      const logits = model.nextTokenLogits({
        ids: Int32Array.from(examples.flatMap(({ ids }) => [...ids.subarray(0, -1)])),
        lengths: examples.map(({ ids }) => ids.length - 1),
      });
      const plain = examples.flatMap(
        ({ ids }) => plainLogits(TINY, values, [...ids.subarray(0, -1)]).at(-1) as number[],
      );
      for (const [i, expected] of plain.entries())
        expect(Math.abs((logits[i] as number) - expected)).toBeLessThan(1e-4);

      const losses = examples.flatMap(({ ids, contextLength }) => plainLosses(TINY, values, [...ids], contextLength));
      const sum = losses.reduce((a, b) => a + b, 0);
      expect(Math.abs(model.lossSum(oneShard(examples)) / sum - 1)).toBeLessThan(1e-4);
    });
  }
});

test("a new model knows nothing: its loss is ln V, within 0.3", () => {
  const random = new Random(1);
  const examples = Array.from({ length: 8 }, () => someExample(random));
  const shard = oneShard(examples);
  const loss = withModel(newValues(TINY), (model) => model.lossSum(shard) / shard.targets.length);
  expect(Math.abs(loss - Math.log(257))).toBeLessThan(0.3);
});

test(`the gradient of the whole model is that of finite differences (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const values = wildValues(random);
  const examples = [someExample(random, 6), someExample(random, 3)];
  const shard = oneShard(examples);
  const learnedTokens = shard.targets.length;
  const gradient = new Float32Array(values.length);
  const parameters = withModel(values, (model) => {
    model.lossAndGradient(shard, { shard: 0, learnedTokens, dropout: NO_DROPOUT }, gradient);
    return model.parameters;
  });
  // The differences are taken of the second GPT, whose doubles leave them 1e-9 exact: (L(θ + h) − L(θ − h)) / 2h.
  const lossAt = (moved: ArrayLike<number>): number =>
    examples
      .flatMap(({ ids, contextLength }) => plainLosses(TINY, moved, [...ids], contextLength))
      .reduce((a, b) => a + b, 0) / learnedTokens;
  for (const { name, offset, size } of parameters) {
    // The largest entry of each parameter, and one at random.
    const part = gradient.subarray(offset, offset + size);
    const largest = part.reduce((best, value, i) => (Math.abs(value) > Math.abs(part[best] as number) ? i : best), 0);
    for (const index of [offset + largest, offset + random.int(0, size - 1)]) {
      const h = 1e-4;
      const moved = Float64Array.from(values);
      moved[index] = (values[index] as number) + h;
      const above = lossAt(moved);
      moved[index] = (values[index] as number) - h;
      const numeric = (above - lossAt(moved)) / (2 * h);
      const tolerance = 1e-5 + 1e-3 * Math.abs(numeric);
      expect([name, Math.abs((gradient[index] as number) - numeric) < tolerance]).toEqual([name, true]);
    }
  }
});

test(`an example has the same loss and gradient beside longer ones as alone (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const values = wildValues(random);
  const short = someExample(random, 8);
  const long = { ...someExample(random), contextLength: 1 };
  const alone = oneShard([short]);
  const beside = oneShard([long, short, long]);
  // Of the longer ones nothing is learned, so that all of the gradient is the short one's.
  const learned = { ...beside, positions: alone.positions.map((p) => p + long.ids.length - 1), targets: alone.targets };
  const [first, second] = [new Float32Array(values.length), new Float32Array(values.length)];
  withModel(values, (model) => {
    const place = { shard: 0, learnedTokens: alone.targets.length, dropout: NO_DROPOUT };
    const lossAlone = model.lossAndGradient(alone, place, first);
    const lossBeside = model.lossAndGradient(learned, place, second);
    expect(Math.abs(lossAlone - lossBeside)).toBeLessThan(1e-6 * lossAlone);
  });
  for (const [i, value] of first.entries()) {
    expect(Math.abs(value - (second[i] as number))).toBeLessThan(1e-5 + 1e-4 * Math.abs(value));
  }
});

test("later tokens change nothing before them, and no sequence anything of another", () => {
  const random = new Random(2);
  withModel(wildValues(random), (model) => {
    const lossOf = (first: number[], last: number) => {
      const ids = Int32Array.of(...first, last, 1, 2, 3);
      // Learned is what follows the first three tokens of the first sequence.
      return model.lossSum({
        ids,
        lengths: [first.length + 1, 3],
        positions: Int32Array.of(0, 1, 2),
        targets: Int32Array.of(7, 8, 9),
      });
    };
    expect(lossOf([5, 6, 7], 11)).toBe(lossOf([5, 6, 7], 200));
    expect(lossOf([5, 6, 7], 11)).not.toBe(lossOf([5, 9, 7], 11));
  });
});
