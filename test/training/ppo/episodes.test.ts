import { episodePrompts, minibatches, pretrainingPlaces } from "../../../src/training/ppo/episodes.js";

const PLAN = { seed: 3, batchSize: 8, minibatchSize: 2 };
const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
const iterations = (prompts: number, count: number) =>
  Array.from({ length: count }, (_, iteration) => episodePrompts(prompts, iteration, PLAN));

test("every prompt is answered once before any is answered again, across iterations", () => {
  const stream = iterations(12, 6).flat(); // 48 episodes: four rounds
  for (let round = 0; round < 4; round++)
    expect(sorted(stream.slice(round * 12, (round + 1) * 12))).toEqual(Array.from({ length: 12 }, (_, i) => i));
  expect(stream.slice(0, 12)).not.toEqual(stream.slice(12, 24));
});

test("fewer prompts than episodes of an iteration: each as often as any other, within one", () => {
  const [first = []] = iterations(3, 1);
  expect(first).toHaveLength(8);
  const counts = [0, 1, 2].map((prompt) => first.filter((one) => one === prompt).length);
  expect(sorted(counts)).toEqual([2, 3, 3]);
});

test("an iteration's prompts are of the seed and its number alone", () => {
  expect(episodePrompts(12, 4, PLAN)).toEqual(iterations(12, 5)[4]);
  expect(episodePrompts(12, 4, { ...PLAN, seed: 4 })).not.toEqual(episodePrompts(12, 4, PLAN));
});

test("O7: minibatches are all episodes; each inner epoch after the first has an order of its own", () => {
  expect(minibatches(PLAN, 5, 0)).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
  ]);
  const [second, third, other] = [minibatches(PLAN, 5, 1), minibatches(PLAN, 5, 2), minibatches(PLAN, 6, 1)];
  for (const order of [second, third, other]) {
    expect(order.map(({ length }) => length)).toEqual([2, 2, 2, 2]);
    expect(sorted(order.flat())).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  }
  expect(new Set([second, third, other, minibatches(PLAN, 5, 0)].map((order) => order.join())).size).toBe(4);
});

test("pretraining windows go round in orders of their own", () => {
  const stream = Array.from({ length: 6 }, (_, step) => pretrainingPlaces(9, step, 3, 3)).flat();
  expect(sorted(stream.slice(0, 9))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(sorted(stream.slice(9))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(stream.slice(0, 8)).not.toEqual(episodePrompts(9, 0, PLAN));
});
