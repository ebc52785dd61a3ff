import type { Backend } from "../../../src/training/backend.js";
import { withScalarHead } from "../../../src/training/config/model-shape.js";
import type { Vote } from "../../../src/training/config/prompts.js";
import { type ComparisonShard, lossOf } from "../../../src/training/optimization/objectives.js";
import {
  type ComparisonElement,
  comparedAs,
  elementsOf,
  makeComparisonBatch,
  textsOf,
} from "../../../src/training/shards/comparisons.js";
import { LoadedModel } from "../../../src/training/shards/loaded-model.js";
import { addInto } from "../../../src/training/shards/shards.js";
import { startsOf } from "../../../src/training/tensors/sequences.js";
import { Random, SEED } from "../../datasets/random.js";
import { newValues, open, TINY } from "../support.js";

const REWARD = withScalarHead(TINY);
let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterAll(() => backend.close());

const LAY_OUT = (responses: readonly string[]) => responses.map((text) => Int32Array.of(1, text.length, 256));
const completions = ["a", "bb", "ccc", "dddd"].map((text) => ({ id: text, text }));

test("A>B>C=D by hand: four texts, each once, and five votes of a fifth each", () => {
  const votes: Vote[] = [
    ["w", 0, 1],
    ["w", 0, 2],
    ["w", 0, 3],
    ["w", 1, 2],
    ["w", 1, 3],
  ];
  const elements = elementsOf({ completions, votes }, LAY_OUT);
  expect(elements).toEqual([
    { texts: LAY_OUT(["a", "bb", "ccc", "dddd"]), winners: [0, 0, 0, 1, 1], losers: [1, 2, 3, 2, 3], weight: 1 / 5 },
  ]);
  // Beside it a prompt with one vote, of two completions that are not the first two: both prompts weigh the same.
  const other = elementsOf({ completions, votes: [["v", 3, 2]] }, LAY_OUT);
  const batch = makeComparisonBatch([...elements, ...other]);
  expect(batch.shards.map(({ divisor }) => divisor)).toEqual([2, 2]);
  expect(batch.shards[1]).toMatchObject({
    ids: Int32Array.of(1, 3, 256, 1, 4, 256),
    lengths: [3, 3],
    positions: Int32Array.of(2, 5),
    winners: Int32Array.of(1),
    losers: Int32Array.of(0),
    weights: Float64Array.of(1),
  });
});

test("the votes of a prompt that is cut into elements keep their weight of 1 / (all of its votes)", () => {
  const many = Array.from({ length: 12 }, (_, place) => ({ id: `${place}`, text: "x" }));
  const votes = Array.from({ length: 11 }, (_, place): Vote => ["w", place, place + 1]);
  const elements = elementsOf({ completions: many, votes }, LAY_OUT);
  expect(elements.length).toBeGreaterThan(1);
  expect(elements.every(({ weight }) => weight === 1 / 11)).toBe(true);
  expect(elements.reduce((sum, { winners }) => sum + winners.length, 0)).toBe(11);
});

test(`texts that are scored once have the loss and accuracy of their elements' batch (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const elements = [2, 9, 13, 30].flatMap((count) => {
    const texts = Array.from({ length: count }, (_, place) => ({ id: `${place}`, text: "x".repeat(place) }));
    const votes = Array.from({ length: count * 4 }, (_, index): Vote => {
      const winner = index % count; // every completion stands in a vote
      const other = random.int(0, count - 2);
      return ["w", winner, other < winner ? other : other + 1];
    });
    return elementsOf({ completions: texts, votes }, LAY_OUT);
  });
  const texts = textsOf(elements);
  expect(texts).toHaveLength(2 + 9 + 13 + 30); // though those of the last two stand in several elements each
  const scores = texts.map(() => Math.fround(random.int(0, 999) / 250 - 2));
  const scoreOf = new Map(texts.map((text, place) => [text, scores[place]!]));
  // The naive twin: the batch as it would be trained on, where a text stands in each of its elements.
  const { shards } = makeComparisonBatch(elements);
  const inOrder = elements.flatMap((element) => element.texts.map((text) => scoreOf.get(text) as number));
  let [sum, weight, right, first] = [0, 0, 0, 0];
  for (const shard of shards) {
    const own = Float32Array.from(inOrder.slice(first, first + shard.lengths.length));
    first += own.length;
    const part = lossOf([own], shard);
    sum += part.sum;
    weight += part.weight;
    right += part.figures[0]!;
  }
  const { loss, accuracy } = comparedAs(elements, scores);
  expect(Math.abs(loss - sum / weight)).toBeLessThan(1e-9);
  expect(Math.abs(accuracy - right / weight)).toBeLessThan(1e-9);
});

test(`shards of unequal size have the loss and gradient of one shard (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const element = (count: number): ComparisonElement => ({
    texts: Array.from({ length: count }, () =>
      Int32Array.from({ length: random.int(2, 30) }, () => random.int(0, 256)),
    ),
    winners: Array.from({ length: count - 1 }, (_, place) => place),
    losers: Array.from({ length: count - 1 }, () => count - 1),
    weight: 1 / (count - 1),
  });
  const { shards } = makeComparisonBatch([2, 5, 3, 9, 2].map(element));
  const model = new LoadedModel(backend, REWARD);
  const values = newValues(REWARD).map((value) => value * 4 + (random.next() - 0.5) * 0.1);
  model.load(values);
  const gradientOf = (parts: readonly ComparisonShard[]) => {
    const sum = new Float32Array(values.length);
    let loss = 0;
    for (const [shard, part] of parts.entries()) {
      const into = new Float32Array(values.length);
      loss += model.lossAndGradient(part, { rate: 0, seed: 0, step: 0, shard }, into).loss;
      addInto(sum, into);
    }
    return { loss, gradient: sum };
  };
  const cut = gradientOf(shards);
  const whole = gradientOf([joined(shards)]);
  model.dispose();
  expect(shards).toHaveLength(4);
  expect(Math.abs(cut.loss / whole.loss - 1)).toBeLessThan(1e-5);
  const largest = Math.max(...whole.gradient.map(Math.abs));
  for (const [i, value] of whole.gradient.entries())
    expect(Math.abs(cut.gradient[i]! - value)).toBeLessThan(1e-5 * largest + 1e-4 * Math.abs(value));
});

/** All shards of a batch as one. */
function joined(shards: readonly ComparisonShard[]): ComparisonShard {
  const texts = startsOf(shards.map(({ lengths }) => lengths.length));
  const ids = startsOf(shards.map((shard) => shard.ids.length));
  const moved = (values: (shard: ComparisonShard) => Int32Array, by: readonly number[]) =>
    Int32Array.from(shards.flatMap((shard, i) => [...values(shard)].map((value) => value + by[i]!)));
  return {
    ...(shards[0] as ComparisonShard),
    ids: Int32Array.from(shards.flatMap((shard) => [...shard.ids])),
    lengths: shards.flatMap(({ lengths }) => [...lengths]),
    positions: moved(({ positions }) => positions, ids),
    winners: moved(({ winners }) => winners, texts),
    losers: moved(({ losers }) => losers, texts),
    weights: Float64Array.from(shards.flatMap(({ weights }) => [...weights])),
  };
}
