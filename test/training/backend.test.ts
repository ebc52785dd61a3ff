import { type Backend, openBackend } from "../../src/training/backend.js";
import { open } from "./support.js";

const MIB = 2 ** 20;

describe.each(["wasm", "cpu"] as const)("the backend %s", (name) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await open(name, 64 * MIB);
  });
  afterAll(() => backend.close());

  test("says what equal bits depend on", () => {
    expect(backend.environment).toEqual({
      backend: name,
      simd: name === "wasm" ? expect.stringMatching(/^(relaxed-)?simd$/) : "none",
      kernels: name === "wasm" ? expect.stringMatching(/^[0-9a-f]{16}$/) : "none",
      tfjs: "4.22.0",
      v8: process.versions.v8,
      arch: process.arch,
      shards: 8,
      probe: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test("has the gradient of a table's rows, added in their order", async () => {
    const { tf } = backend;
    const sums = tf.tidy(() => {
      const rows = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
      return tf.unsortedSegmentSum(rows, tf.tensor1d([2, 0, 2, 2], "int32"), 4).arraySync();
    });
    // Row 0 is the second; row 2 the first, third and fourth: 1 + 5 + 7 and 2 + 6 + 8; rows 1 and 3 have none.
    expect(sums).toEqual([
      [3, 4],
      [0, 0],
      [13, 16],
      [0, 0],
    ]);
  });

  test("leaves nothing behind", () => {
    expect(backend.tf.memory().numTensors).toBe(0);
    backend.checkMemory();
    expect(backend.budget.bytesInUse).toBe(0);
  });
});

test("auto takes wasm, for @tensorflow/tfjs-node is not installed here; asked for by name it is missed in a sentence", async () => {
  const backend = await open("auto");
  expect(backend.name).toBe("wasm");
  backend.close();
  await expect(openBackend("tensorflow", { memoryBytes: MIB })).rejects.toMatchObject({
    name: "JobFailure",
    code: "TRAINER_FAILED",
    message: expect.stringMatching(/No backend of TensorFlow.js could be opened \(tensorflow: .*tfjs-node/),
  });
});

test("opened again it has the same bits, and a heap of its own", async () => {
  const first = await open("wasm");
  first.tf.zeros([1000]).dispose();
  first.close();
  const second = await open("wasm");
  expect(second.environment).toEqual(first.environment);
  expect(second.budget.bytesInUse).toBe(0);
  second.close();
});

test("wasm refuses an allocation over the budget before it is made, and goes on", async () => {
  const { tf, budget, close } = await open("wasm", 8 * MIB);
  const kept = tf.zeros([MIB]); // 4 MiB
  const failure = {
    name: "JobFailure",
    code: "OUT_OF_MEMORY",
    message: "The job has 4.0 MiB in use and needs 8.0 MiB more; it may use 8.0 MiB.",
  };
  expect(() => tf.tidy(() => tf.zeros([2 * MIB]))).toThrow(expect.objectContaining(failure));
  expect(budget.bytesInUse).toBe(4 * MIB);
  expect(tf.tidy(() => tf.add(tf.ones([3]), 1).arraySync())).toEqual([2, 2, 2]);
  kept.dispose();
  expect(budget.bytesInUse).toBe(0);
  expect(budget.peakBytes).toBeGreaterThanOrEqual(4 * MIB);
  close();
});

test("cpu is looked at where it is asked to be", async () => {
  const { tf, budget, checkMemory, close } = await open("cpu", 8 * MIB);
  const kept = tf.zeros([3 * MIB]);
  expect(checkMemory).toThrow(expect.objectContaining({ code: "OUT_OF_MEMORY" }));
  kept.dispose();
  checkMemory();
  expect(budget.bytesInUse).toBe(0);
  close();
});
