import type { Backend } from "../../../src/training/backend.js";
import { type Architecture, withScalarHead } from "../../../src/training/config/model-shape.js";
import { parametersOf } from "../../../src/training/model/parameters.js";
import { crossEntropyLoss } from "../../../src/training/optimization/losses.js";
import type { ScoreShard, StatisticsShard, TokenShard } from "../../../src/training/optimization/objectives.js";
import { LoadedModel } from "../../../src/training/shards/loaded-model.js";
import type { Example } from "../../../src/training/text/text-layout.js";
import { Random, SEED } from "../../datasets/random.js";
import { tolerancesOf } from "../conditioning.js";
import { plainLogits, plainLosses, plainScores } from "../plain-gpt.js";
import { newValues, oneShard, open, TINY, UNTIED } from "../support.js";

const NO_DROPOUT = { rate: 0, seed: 0, step: 0, shard: 0 };

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterAll(() => backend.close());

/** Values that are not near a new model's, so that no part of it is nearly linear. */
function wildValues(random: Random, architecture: Architecture = TINY): Float32Array {
  return newValues(architecture, random.int(0, 1e6)).map((value) => value * 6 + (random.next() - 0.5) * 0.2);
}

function someExample(random: Random, most = TINY.contextLength): Example {
  const ids = Int32Array.from({ length: random.int(2, most + 1) }, () => random.int(0, TINY.vocabularySize - 1));
  return { promptId: "p", ids, contextLength: random.int(1, ids.length - 1) };
}

/** A model with some values, for as long as the work takes. */
function withModel<T>(values: Float32Array, work: (model: LoadedModel) => T, architecture: Architecture = TINY): T {
  const model = new LoadedModel(backend, architecture);
  model.load(values);
  try {
    return work(model);
  } finally {
    model.dispose();
  }
}

/** Σ −log p over a shard's learned tokens, without dropout. */
const lossSum = (model: LoadedModel, shard: TokenShard): number =>
  crossEntropyLoss(model.outputs(shard)[0] as Float32Array).sum;

test(`logits and losses are those of a second GPT in loops over doubles, but for rounding (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (const architecture of [TINY, UNTIED, TINY, UNTIED]) {
    const values = wildValues(random, architecture);
    const examples = [someExample(random), someExample(random, 4), someExample(random, 1)];
    const plainAnswers = (some: ArrayLike<number>): number[][] => [
      examples.flatMap(({ ids }) => plainLogits(architecture, some, [...ids.subarray(0, -1)]).at(-1) as number[]),
      [
        examples
          .flatMap(({ ids, contextLength }) => plainLosses(architecture, some, [...ids], contextLength))
          .reduce((a, b) => a + b, 0),
      ],
    ];
    const sequences = {
      ids: Int32Array.from(examples.flatMap(({ ids }) => [...ids.subarray(0, -1)])),
      lengths: examples.map(({ ids }) => ids.length - 1),
    };
    const ours = withModel(
      values,
      (model) => [...model.nextTokenLogits(sequences), lossSum(model, oneShard(examples))],
      architecture,
    );
    const plain = plainAnswers(values).flat();
    const end = plain.length - 1; // of the logits
    const [ofLogits, ofLoss] = tolerancesOf(random, values, (some) => plainAnswers(some).flat(), [
      [0, end],
      [end, end + 1],
    ]) as [number, number];
    const errors = plain.map((expected, i) => Math.abs(ours[i]! - expected));
    expect(Math.max(...errors.slice(0, end))).toBeLessThan(ofLogits);
    expect(errors[end]).toBeLessThan(ofLoss);
  }
});

test("a new model knows nothing: its loss is ln V, within 0.3", () => {
  const random = new Random(1);
  const examples = Array.from({ length: 8 }, () => someExample(random));
  const shard = oneShard(examples);
  const loss = withModel(newValues(TINY), (model) => lossSum(model, shard) / shard.targets.length);
  expect(Math.abs(loss - Math.log(257))).toBeLessThan(0.3);
});

test.each([
  ["tied", TINY],
  ["untied", UNTIED],
])(`the gradient of a whole %s model is that of finite differences (seed ${SEED})`, (_, architecture) => {
  const random = new Random(SEED);
  const values = wildValues(random, architecture);
  const examples = [someExample(random, 6), someExample(random, 3)];
  const shard = oneShard(examples);
  const learnedTokens = shard.targets.length;
  const gradientAt = (model: LoadedModel, some: Float32Array): Float32Array => {
    const gradient = new Float32Array(some.length);
    model.load(some);
    model.lossAndGradient(shard, NO_DROPOUT, gradient);
    return gradient;
  };
  const parameters = parametersOf(architecture);
  const parts = parameters.map(({ offset, size }) => [offset, offset + size] as const);
  const [gradient, tolerances] = withModel(
    values,
    (model) =>
      [gradientAt(model, values), tolerancesOf(random, values, (some) => gradientAt(model, some), parts)] as const,
    architecture,
  );
  // The differences are taken of the second GPT, in doubles. The loss of a wild model bends within 1e-3, so that those of
  // h = 1e-4 are off by a thousandth; two of them without their h² (Richardson 1911), at h = 2e-5 and half of it, by 1e-7.
  const lossAt = (moved: ArrayLike<number>): number =>
    examples
      .flatMap(({ ids, contextLength }) => plainLosses(architecture, moved, [...ids], contextLength))
      .reduce((a, b) => a + b, 0) / learnedTokens;
  const slope = (index: number, h: number): number => {
    const moved = Float64Array.from(values);
    moved[index] = values[index]! + h;
    const above = lossAt(moved);
    moved[index] = values[index]! - h;
    return (above - lossAt(moved)) / (2 * h);
  };
  for (const [place, { name, offset, size }] of parameters.entries()) {
    // The largest entry of each parameter, and one at random.
    const part = gradient.subarray(offset, offset + size);
    const largest = part.reduce((best, value, i) => (Math.abs(value) > Math.abs(part[best]!) ? i : best), 0);
    for (const index of [offset + largest, offset + random.int(0, size - 1)]) {
      const numeric = (4 * slope(index, 1e-5) - slope(index, 2e-5)) / 3;
      const isNear = Math.abs(gradient[index]! - numeric) < tolerances[place]!;
      expect([name, isNear]).toEqual([name, true]);
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
  const { targets, divisor } = alone;
  const positions = alone.positions.map((p) => p + long.ids.length - 1);
  const learned = { ...beside, positions, targets, divisor };
  withModel(values, (model) => {
    /** The gradient, and the loss as one more number. */
    const answer = (shard: TokenShard, some = values): Float32Array => {
      const numbers = new Float32Array(some.length + 1);
      model.load(some);
      numbers[some.length] = model.lossAndGradient(shard, NO_DROPOUT, numbers).loss;
      return numbers;
    };
    const parts = [...model.parameters, { offset: values.length, size: 1 }].map(
      ({ offset, size }) => [offset, offset + size] as const,
    );
    const tolerances = tolerancesOf(random, values, (some) => answer(alone, some), parts);
    const [first, second] = [answer(alone), answer(learned)];
    for (const [place, [start, end]] of parts.entries()) {
      const errors = first.subarray(start, end).map((value, i) => Math.abs(value - second[start + i]!));
      expect(Math.max(...errors)).toBeLessThan(tolerances[place]!);
    }
  });
});

test("later tokens change nothing before them, and no sequence anything of another", () => {
  const random = new Random(2);
  withModel(wildValues(random), (model) => {
    const lossOf = (first: number[], last: number) => {
      const ids = Int32Array.of(...first, last, 1, 2, 3);
      // Learned is what follows the first three tokens of the first sequence.
      return lossSum(model, {
        objective: "TOKENS",
        divisor: 3,
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

test(`scores are the head's product with the second GPT's hidden states, but for rounding (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const architecture = withScalarHead(TINY);
  const values = wildValues(random, architecture);
  // All ids are read, so that at most a window of them fits.
  const examples = [someExample(random, TINY.contextLength - 1), someExample(random, 4)];
  const ids = examples.flatMap((example) => [...example.ids]);
  const lengths = examples.map((example) => example.ids.length);
  const positions = Int32Array.of(lengths[0]! - 1, ids.length - 1, 1);
  const shard: ScoreShard = { objective: "SCORES", ids: Int32Array.from(ids), lengths, positions, divisor: 1 };
  const [scores] = withModel(values, (model) => model.outputs(shard), architecture);
  const plainAnswer = (some: ArrayLike<number>): number[] => {
    const [first, second] = examples.map((example) => plainScores(architecture, some, [...example.ids]));
    return [first?.at(-1), second?.at(-1), first?.[1]] as number[];
  };
  const [tolerance] = tolerancesOf(random, values, plainAnswer);
  for (const [i, score] of plainAnswer(values).entries())
    expect(Math.abs(scores![i]! - score)).toBeLessThan(tolerance as number);
});

test(`log-probabilities and entropies are those of the divided logits, but for rounding (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const values = wildValues(random);
  const example = someExample(random);
  const { ids, lengths, positions, targets } = oneShard([example]);
  const temperature = 0.7;
  const shard: StatisticsShard = { objective: "STATISTICS", ids, lengths, positions, targets, temperature, divisor: 1 };
  const ours = withModel(values, (model) => model.outputs(shard)).flatMap((numbers) => [...numbers]);
  /** −log p of every target, then every entropy. */
  const plainAnswer = (some: ArrayLike<number>): number[] => {
    const logits = plainLogits(TINY, some, [...example.ids.subarray(0, -1)]);
    const rows = Array.from(positions, (position) => {
      const row = (logits[position] as number[]).map((logit) => logit / temperature);
      const most = Math.max(...row);
      const sum = row.reduce((total, logit) => total + Math.exp(logit - most), 0);
      return row.map((logit) => logit - most - Math.log(sum));
    });
    const losses = rows.map((logs, i) => -logs[targets[i]!]!);
    return [...losses, ...rows.map((logs) => logs.reduce((total, log) => total - Math.exp(log) * log, 0))];
  };
  const [tolerance] = tolerancesOf(random, values, plainAnswer);
  const plain = plainAnswer(values);
  expect(ours).toHaveLength(plain.length);
  for (const [i, expected] of plain.entries()) expect(Math.abs(ours[i]! - expected)).toBeLessThan(tolerance as number);
});
