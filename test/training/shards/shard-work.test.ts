import type { Backend } from "../../../src/training/backend.js";
import { plainArrays } from "../../../src/training/kernels/long-arrays.js";
import { makeBatch } from "../../../src/training/shards/batches.js";
import { LoadedModel } from "../../../src/training/shards/loaded-model.js";
import { computeShards } from "../../../src/training/shards/shard-work.js";
import type { Example } from "../../../src/training/text/text-layout.js";
import { Random, SEED } from "../../datasets/random.js";
import { newValues, open, sameBits, TINY } from "../support.js";

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterEach(() => expect(backend.tf.memory().numTensors).toBe(0));
afterAll(() => backend.close());

const VALUES = newValues(TINY);
const DROPOUT = { rate: 0.2, seed: 3, step: 5 };

function examples(random: Random, count: number): Example[] {
  return Array.from({ length: count }, (_, n) => ({
    promptId: `${n}`,
    ids: Int32Array.from({ length: random.int(3, 20) }, () => random.int(0, 256)),
    contextLength: random.int(1, 2),
  }));
}

/** The tree as it is defined: each shard's gradient in an array of its own, added pair by pair. */
function plainSum(model: LoadedModel, shards: Parameters<LoadedModel["lossAndGradient"]>[0][]): Float32Array {
  const sums = shards.map((shard, index) => {
    const into = new Float32Array(VALUES.length);
    model.lossAndGradient(shard, { ...DROPOUT, shard: index }, into);
    return into;
  });
  for (let step = 1; step < sums.length; step *= 2)
    for (let at = 0; at + step < sums.length; at += 2 * step)
      plainArrays.addInto(sums[at] as Float32Array, sums[at + step] as Float32Array);
  return sums[0] as Float32Array;
}

test(`gradients added on the kernels' heap have the bits of plain arrays (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const model = new LoadedModel(backend, TINY);
  model.load(VALUES);
  for (const count of [1, 2, 5, 8, 11]) {
    const { shards } = makeBatch(examples(random, count));
    const slot = new Float32Array(VALUES.length);
    const partials: Float32Array[] = [];
    const { losses, sums } = await computeShards(
      model,
      { first: 0, shards, gradient: DROPOUT },
      [slot],
      partials,
      async () => {},
    );
    expect([losses.length, sums.length, partials.length]).toEqual([shards.length, 1, 0]);
    expect([count, sameBits(slot, plainSum(model, [...shards]))]).toEqual([count, true]);
  }
  model.dispose();
});

test("work that ends between two shards leaves nothing on the heap", async () => {
  const model = new LoadedModel(backend, TINY);
  model.load(VALUES);
  const { shards } = makeBatch(examples(new Random(1), 8));
  for (let after = 1; after <= shards.length; after++) {
    let left = after;
    const pause = async () => {
      if (--left === 0) throw new Error("aborted");
    };
    const slots = [new Float32Array(VALUES.length)];
    const work = { first: 0, shards, gradient: DROPOUT };
    await expect(computeShards(model, work, slots, [], pause)).rejects.toThrow("aborted");
    expect(backend.tf.memory().numTensors).toBe(model.parameters.length);
  }
  model.dispose();
});
