import { createRandom } from "../../../src/random.js";
import type { Backend } from "../../../src/training/backend.js";
import { withScalarHead } from "../../../src/training/config/model-shape.js";
import type { Shard, TrainingBatch } from "../../../src/training/optimization/objectives.js";
import {
  byRow,
  type Episode,
  policyBatch,
  type Rollout,
  responseLength,
  rolloutOf,
  scoreBatch,
  statisticsBatch,
  valueBatch,
  valueUpdateBatch,
} from "../../../src/training/ppo/rollouts.js";
import { LoadedModel } from "../../../src/training/shards/loaded-model.js";
import { someRewardValues } from "../ppo-support.js";
import { newValues, open, TINY } from "../support.js";

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterAll(() => backend.close());

const END = 256;
const EOS = { rewardPlacement: "EOS", maxResponseTokens: 5 } as const;
const AFTER_EOS = { ...EOS, rewardPlacement: "AFTER_EOS" } as const;
const CONFIG = { temperature: 0.8, clipRatio: 0.2, valueClipRatio: 0.2 };

test("P10 by hand: token and value of a state share the position before the token; the score is read at the last one", () => {
  const rollout = rolloutOf([10, 11, 12], [20, 21, END], END, EOS);
  const [statistics] = statisticsBatch([rollout], 1).shards;
  expect(statistics).toMatchObject({ lengths: [5], ids: Int32Array.of(10, 11, 12, 20, 21) });
  expect(statistics).toMatchObject({ positions: Int32Array.of(2, 3, 4), targets: Int32Array.of(20, 21, END) });
  expect(valueBatch([rollout]).shards[0]).toMatchObject({ lengths: [5], positions: Int32Array.of(2, 3, 4) });
  expect(scoreBatch([rollout]).shards[0]).toMatchObject({ lengths: [6], positions: Int32Array.of(5) });
});

test("P8, P10: AFTER_EOS has one state more, behind <|endoftext|>, where there is room; the policy's tokens stay the same", () => {
  const early = rolloutOf([10], [20, END], END, AFTER_EOS);
  expect(valueBatch([early]).shards[0]).toMatchObject({ lengths: [3], positions: Int32Array.of(0, 1, 2) });
  expect(statisticsBatch([early], 1).shards[0]).toMatchObject({ positions: Int32Array.of(0, 1) });
  const full = rolloutOf([10], [20, 21, 22, 23, END], END, AFTER_EOS);
  const cut = rolloutOf([10], [20, 21, 22, 23, 24], END, AFTER_EOS);
  expect([early.states, full.states, cut.states]).toEqual([3, 5, 5]);
});

test("P7: only the response's own <|endoftext|> ends it, not one in the context", () => {
  expect(rolloutOf([END, 10], [20, 21], END, EOS).hasEnded).toBe(false);
  expect(rolloutOf([10], [END], END, EOS)).toMatchObject({ hasEnded: true, contextLength: 1, states: 1 });
});

const SEED = 1906;

/** Episodes of unequal lengths with random targets. */
function someEpisodes(count: number): Episode[] {
  const random = createRandom(SEED);
  return Array.from({ length: count }, () => {
    const ids = (length: number) => Array.from({ length }, () => random.nextBelow(256));
    const rollout = rolloutOf(ids(1 + random.nextBelow(12)), [...ids(random.nextBelow(5)), END], END, AFTER_EOS);
    const numbers = (length: number) => Float32Array.from({ length }, () => random.nextUnit() * 2 - 1);
    const tokens = responseLength(rollout);
    const oldLogProbs = numbers(tokens).map((x) => -5.5 + 0.3 * x);
    const { states } = rollout;
    return {
      ...rollout,
      oldLogProbs,
      advantages: numbers(tokens),
      oldValues: numbers(states),
      returns: numbers(states),
    };
  });
}

const policy = (): LoadedModel => loaded(new LoadedModel(backend, TINY), newValues(TINY));
const value = (): LoadedModel => loaded(new LoadedModel(backend, withScalarHead(TINY)), someRewardValues());
function loaded(model: LoadedModel, values: Float32Array): LoadedModel {
  model.load(values);
  return model;
}

/** The loss and the gradient of a batch, shard by shard. */
function gradientOf(
  model: LoadedModel,
  batches: readonly TrainingBatch<Shard>[],
): { loss: number; gradient: Float64Array } {
  const size = model.parameters.reduce((sum, parameter) => sum + parameter.size, 0);
  const gradient = new Float64Array(size);
  let loss = 0;
  for (const [shard, part] of batches.flatMap(({ shards }) => shards).entries()) {
    const into = new Float32Array(size);
    loss += model.lossAndGradient(part, { rate: 0, seed: 0, step: 0, shard }, into).loss;
    for (let i = 0; i < size; i++) gradient[i]! += into[i]!;
  }
  return { loss, gradient };
}

test.each([
  ["the policy", policy, (rows: readonly Episode[]) => policyBatch(rows, CONFIG)],
  ["the value model", value, (rows: readonly Episode[]) => valueUpdateBatch(rows, CONFIG)],
] as const)(`O16: unequal shards give %s the loss and the gradient of one shard, seed ${SEED}`, (_, open, batchOf) => {
  const episodes = someEpisodes(11);
  const whole = batchOf(episodes);
  expect(whole.shards).toHaveLength(8);
  const model = open();
  const cut = gradientOf(model, [whole]);
  const together = gradientOf(model, [mergeShards(whole)]);
  model.dispose();
  expect(Math.abs(cut.loss - together.loss)).toBeLessThan(1e-6);
  const largest = together.gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  expect(cut.gradient.every((x, i) => Math.abs(x - together.gradient[i]!) < 1e-5 * largest)).toBe(true);
});

/** All shards of a batch as one. */
function mergeShards(batch: TrainingBatch<Shard>): TrainingBatch<Shard> {
  const merged: Record<string, unknown> = { ...batch.shards[0] };
  let start = 0;
  const positions: number[] = [];
  for (const shard of batch.shards) {
    for (const position of (shard as { positions?: Int32Array }).positions ?? []) positions.push(start + position);
    start += shard.ids.length;
  }
  for (const [key, first] of Object.entries(merged)) {
    const parts = batch.shards.map((shard) => (shard as unknown as Record<string, ArrayLike<number>>)[key]);
    const all = parts.flatMap((part) => Array.from(part ?? []));
    if (first instanceof Int32Array) merged[key] = Int32Array.from(key === "positions" ? positions : all);
    if (first instanceof Float32Array) merged[key] = Float32Array.from(all);
    if (Array.isArray(first)) merged[key] = all;
  }
  return { ...batch, shards: [merged as unknown as Shard] };
}

test("checks 4 and 5: what the models say of a rollout alone is what they say of it among others", () => {
  const rollouts: Rollout[] = someEpisodes(9);
  const [language, scoring] = [policy(), value()];
  const readAll = (rows: readonly Rollout[]) => [
    ...byRow(
      statisticsBatch(rows, 0.8).shards.map((shard) => language.outputs(shard)),
      rows.map(responseLength),
    ),
    ...byRow(
      valueBatch(rows).shards.map((shard) => scoring.outputs(shard)),
      rows.map(({ states }) => states),
    ),
    ...byRow(
      scoreBatch(rows).shards.map((shard) => scoring.outputs(shard)),
      rows.map(() => 1),
    ),
  ];
  const together = readAll(rollouts);
  for (const [row, rollout] of rollouts.entries()) {
    for (const [kind, alone] of readAll([rollout]).entries()) {
      const among = together[kind * rollouts.length + row] as Float32Array[];
      expect(among.map(({ length }) => length)).toEqual(alone.map(({ length }) => length));
      for (const [which, vector] of alone.entries())
        for (const [i, number] of vector.entries()) expect(among[which]?.[i]).toBeCloseTo(number, 5);
    }
  }
  language.dispose();
  scoring.dispose();
});
