import { type Backend, openBackend } from "../../../src/training/backend.js";
import type { TokenShard, TrainingBatch } from "../../../src/training/optimization/objectives.js";
import { makeBatch } from "../../../src/training/shards/batches.js";
import { DataParallel } from "../../../src/training/shards/data-parallel.js";
import { Random, SEED } from "../../datasets/random.js";
import { joined, newValues, open, sameBits, TINY } from "../support.js";

const DROPOUT = { rate: 0.2, seed: 3, step: 4 };

let backend: Backend;
beforeAll(async () => {
  backend = await open();
});
afterAll(() => backend.close());

function someBatch(random: Random, rows: number): TrainingBatch<TokenShard> {
  return makeBatch(
    Array.from({ length: rows }, () => {
      const ids = Int32Array.from({ length: random.int(2, 33) }, () => random.int(0, 256));
      return { promptId: "p", ids, contextLength: random.int(1, ids.length - 1) };
    }),
  );
}

/** What some threads compute of each batch: its loss, a copy of its gradient, and the loss of each token without dropout. */
async function compute(threads: number, batches: readonly TrainingBatch[], rate = DROPOUT.rate, on = backend) {
  const { signal } = new AbortController();
  const hasGradients = true;
  const batchSize = Math.max(
    ...batches.map(({ shards }) => shards.reduce((sum, { lengths }) => sum + lengths.length, 0)),
  );
  const parallel = new DataParallel({ backend: on, architecture: TINY, threads, batchSize, hasGradients, signal });
  parallel.values.set(newValues(TINY));
  parallel.changed();
  try {
    const results = [];
    for (const batch of batches) {
      const { loss, gradient } = await parallel.gradient(batch, { ...DROPOUT, rate });
      results.push({ loss, gradient: gradient.slice(), outputs: await parallel.outputs(batch) });
    }
    return results;
  } finally {
    await parallel.close();
  }
}

test(`1, 2, 3 and 4 threads compute the same bits (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const batches = [8, 5, 1, 3, 8].map((rows) => someBatch(random, rows));
  const [one, ...others] = await Promise.all([1, 2, 3, 4].map((threads) => compute(threads, batches)));
  for (const other of others) {
    for (const [index, { loss, gradient, outputs }] of other.entries()) {
      expect([loss, outputs]).toEqual([one?.[index]?.loss, one?.[index]?.outputs]);
      expect(sameBits(gradient, one?.[index]?.gradient as Float32Array)).toBe(true);
    }
  }
  expect(backend.tf.memory().numTensors).toBe(0);
  expect(backend.budget.bytesInUse).toBe(0);
});

test(`shards of unequal lengths have the gradient of one shard (seed ${SEED})`, async () => {
  const random = new Random(SEED);
  const batch = someBatch(random, 8);
  const [cut] = await compute(1, [batch], 0);
  const whole = { ...batch, shards: [joined(batch.shards)] };
  const [uncut] = await compute(1, [whole], 0);
  expect(cut?.loss).toBeCloseTo(uncut?.loss as number, 5);
  const largest = Math.max(...(uncut?.gradient ?? []).map(Math.abs));
  for (const [i, value] of (uncut?.gradient ?? []).entries()) {
    expect(Math.abs(cut!.gradient[i]! - value)).toBeLessThan(1e-5 * largest + 1e-4 * Math.abs(value));
  }
});

test("new parameters reach every thread", async () => {
  const batch = someBatch(new Random(1), 4);
  const { signal } = new AbortController();
  const parallel = new DataParallel({
    backend,
    architecture: TINY,
    threads: 2,
    batchSize: 4,
    hasGradients: true,
    signal,
  });
  const losses = [];
  for (const seed of [1, 2, 1]) {
    parallel.values.set(newValues(TINY, seed));
    parallel.changed();
    losses.push(await parallel.outputs(batch));
  }
  await parallel.close();
  expect(losses[0]).toEqual(losses[2]);
  expect(losses[0]).not.toEqual(losses[1]);
});

test("too little memory for all threads together ends the work with its reason", async () => {
  // The first thread's shards have a position each, the second's 32: what the first needs, and 200 kB for the second's
  // parameters and sums (6 times 47 kB), does not suffice.
  const ids = (length: number) => ({ promptId: "p", ids: new Int32Array(length), contextLength: 1 });
  const short = makeBatch(Array(8).fill(ids(2)));
  const mixed = makeBatch([...Array(4).fill(ids(2)), ...Array(4).fill(ids(33))]);
  const measured = await open();
  await compute(1, [short], 0, measured);
  backend = await openBackend("wasm", { memoryBytes: measured.budget.peakBytes + 200_000 });
  await expect(compute(2, [mixed], 0)).rejects.toMatchObject({ code: "OUT_OF_MEMORY" });
  backend.close();
  backend = await open();
});

test("a thread that dies ends the work", async () => {
  const { signal } = new AbortController();
  const parallel = new DataParallel({
    backend,
    architecture: TINY,
    threads: 2,
    batchSize: 8,
    hasGradients: true,
    signal,
  });
  parallel.values.set(newValues(TINY));
  const { shards, ...batch } = someBatch(new Random(1), 8);
  // The last shard is the second thread's, and nothing that can be computed.
  const broken = {
    ...batch,
    shards: [...shards.slice(0, 7), { ...shards[7], lengths: null }],
  } as unknown as TrainingBatch;
  await expect(parallel.outputs(broken)).rejects.toThrow("null");
  await parallel.close();
  expect(backend.tf.memory().numTensors).toBe(0);
});

test("an abort ends the work at the next shard", async () => {
  const controller = new AbortController();
  const parallel = new DataParallel({
    backend,
    architecture: TINY,
    threads: 2,
    batchSize: 8,
    hasGradients: true,
    signal: controller.signal,
  });
  const batch = someBatch(new Random(1), 8);
  const work = parallel.outputs(batch);
  controller.abort(new Error("stop"));
  await expect(work).rejects.toThrow("stop");
  await expect(parallel.outputs(batch)).rejects.toThrow("stop");
  await parallel.close();
  expect(backend.tf.memory().numTensors).toBe(0);
});
