import type { Backend } from "../../../src/training/backend.js";
import { kernelOperations } from "../../../src/training/kernels/kernel-operations.js";
import { type CompiledKernels, compileKernels, instantiate } from "../../../src/training/kernels/load-kernels.js";
import type { WasmHeap } from "../../../src/training/kernels/wasm-heap.js";
import { type Operations, tfjsOperations } from "../../../src/training/tensors/operations.js";
import type { Tensor } from "../../../src/training/tensors/tensorflow.js";
import { Random, SEED } from "../../datasets/random.js";
import { open, sameBits } from "../support.js";

/** An operation with what it is of besides tensors; its value is any shape. */
type Case = (operations: Operations, inputs: readonly Tensor[]) => Tensor;
interface Example {
  readonly shapes: readonly (readonly number[])[];
  readonly compute: Case;
}

/** Sizes on which blocks of 4, 6, 8, 48, 96, 264 and 384 end early, late and exactly. */
const SIZES = [1, 2, 3, 4, 5, 7, 8, 13, 24, 31, 48, 53, 97, 130];
const sizeOf = (random: Random): number => SIZES[random.int(0, SIZES.length - 1)]!;
const idsOf = (random: Random, count: number, below: number): Int32Array =>
  Int32Array.from({ length: count }, () => random.int(0, below - 1));

const EXAMPLES: Readonly<Record<string, (random: Random) => Example>> = {
  embedding: (random) => {
    const [rows, width] = [sizeOf(random), sizeOf(random)];
    const ids = idsOf(random, sizeOf(random), rows);
    return { shapes: [[rows, width]], compute: (operations, [table]) => operations.embedding(table as Tensor, ids) };
  },
  linear: (random) => {
    const [n, from, to] = [sizeOf(random), random.int(0, 5) === 0 ? 800 : sizeOf(random), sizeOf(random)];
    return {
      shapes: [[random.int(0, 5) === 0 ? 271 : n, from], [from, to], [to]],
      compute: (operations, inputs) => operations.linear(...(inputs as [Tensor, Tensor, Tensor])),
    };
  },
  layerNorm: (random) => {
    const [n, width] = [sizeOf(random), sizeOf(random) + 4]; // of fewer it is all but a step
    return {
      shapes: [[n, width], [width], [width]],
      compute: (operations, inputs) => operations.layerNorm(...(inputs as [Tensor, Tensor, Tensor])),
    };
  },
  gelu: (random) => ({
    shapes: [[sizeOf(random), sizeOf(random)]],
    compute: (operations, [x]) => operations.gelu(x as Tensor),
  }),
  causalAttention: (random) => {
    const lengths = Array.from({ length: random.int(1, 3) }, () => sizeOf(random));
    const heads = random.int(1, 4);
    const width = heads * random.int(1, 19);
    return {
      shapes: [[lengths.reduce((a, b) => a + b), 3 * width]],
      compute: (operations, [qkv]) => operations.causalAttention(qkv as Tensor, lengths, heads),
    };
  },
  crossEntropy: (random) => {
    const [n, width, vocabulary] = [sizeOf(random), sizeOf(random), sizeOf(random) + 1];
    const targets = idsOf(random, n, vocabulary);
    return {
      shapes: [
        [n, width],
        [vocabulary, width],
      ],
      compute: (operations, [hidden, unembedding]) =>
        operations.crossEntropy(hidden as Tensor, unembedding as Tensor, targets),
    };
  },
};

let backend: Backend;
let heap: WasmHeap;
beforeAll(async () => {
  backend = await open();
  heap = backend.kernels?.heap as WasmHeap;
});
afterEach(() => expect(backend.tf.memory().numTensors).toBe(0));
afterAll(() => backend.close());

const operationsOf = (variant: "simd" | "relaxed-simd", mostLogitBytes?: number): Operations => {
  const kernels = instantiate(compileKernels([variant]) as CompiledKernels, heap.memory);
  const products = heap.allocate(kernels.productScratchBytes());
  return kernelOperations(backend.tf, { kernels, heap, products }, mostLogitBytes);
};

const numbers = (random: Random, shape: readonly number[], scale = 1): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (random.next() * 2 - 1) * scale);

/** The value of a case, and the gradients of Σ value · weights. */
function run(operations: Operations, { shapes, compute }: Example, values: readonly Float32Array[], seed: number) {
  const { tf } = backend;
  return tf.tidy(() => {
    const inputs = shapes.map((shape, index) => tf.tensor(values[index] as Float32Array, [...shape]));
    const { grads } = tf.valueAndGrads((...tensors: Tensor[]) => {
      const result = compute(operations, tensors);
      return tf.sum(tf.mul(result, tf.tensor(numbers(new Random(seed), result.shape), result.shape)));
    })(inputs);
    const result = compute(operations, inputs).dataSync() as Float32Array;
    return [result, ...grads.map((grad) => grad.dataSync() as Float32Array)];
  });
}

/** Within a relative 1e-4 of the largest number. */
function expectClose(actual: readonly Float32Array[], expected: readonly Float32Array[], what: string): void {
  for (const [index, twin] of expected.entries()) {
    const own = actual[index] as Float32Array;
    expect(own.length).toBe(twin.length);
    const largest = twin.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const worst = twin.reduce((most, value, i) => Math.max(most, Math.abs(value - own[i]!)), 0);
    if (!(worst <= 1e-4 * largest)) throw new Error(`${what}, result ${index}: off by ${worst} of ${largest}.`);
  }
}

describe.each(["simd", "relaxed-simd"] as const)("the kernels with %s", (variant) => {
  test.each(Object.keys(EXAMPLES))(`%s and its gradient are those of plain TensorFlow.js (seed ${SEED})`, (name) => {
    const random = new Random(SEED);
    const [operations, twin] = [operationsOf(variant), tfjsOperations(backend.tf)];
    for (let round = 0; round < 20; round++) {
      const example = (EXAMPLES[name] as (random: Random) => Example)(random);
      const values = example.shapes.map((shape) => numbers(random, shape, 2));
      const seed = random.int(0, 1e6);
      const what = `${name} of ${JSON.stringify(example.shapes)}`;
      expectClose(run(operations, example, values, seed), run(twin, example, values, seed), what);
    }
  });

  test.each(Object.keys(EXAMPLES))(`the gradient of %s is that of finite differences (seed ${SEED})`, (name) => {
    const random = new Random(SEED);
    const operations = operationsOf(variant);
    const example = (EXAMPLES[name] as (random: Random) => Example)(random);
    const values = example.shapes.map((shape) => numbers(random, shape));
    const seed = random.int(0, 1e6);
    const [, ...gradients] = run(operations, example, values, seed);
    const weighted = (): number => {
      const [result] = run(operations, example, values, seed) as [Float32Array];
      const weights = numbers(new Random(seed), [result.length]);
      return result.reduce((sum, value, i) => sum + value * weights[i]!, 0);
    };
    for (const [index, input] of values.entries()) {
      for (let picked = 0; picked < 5; picked++) {
        const at = random.int(0, input.length - 1);
        const old = input[at]!;
        const h = 2 ** -7;
        input[at] = old + h;
        const above = weighted();
        input[at] = old - h;
        const numeric = (above - weighted()) / (2 * h);
        input[at] = old;
        const own = gradients[index]![at]!;
        // Rounding leaves the difference of two sums of float32 exact to about 1e-3, and its third derivative h².
        expect([name, at, Math.abs(own - numeric) < 1e-2 * (1 + Math.abs(numeric))]).toEqual([name, at, true]);
      }
    }
  });

  test(`a row's bits depend neither on other rows nor on where it stands in memory (seed ${SEED})`, () => {
    const { tf } = backend;
    const random = new Random(SEED);
    const operations = operationsOf(variant);
    const [from, to, most] = [400, 37, 19];
    const [x, weight, bias] = [numbers(random, [most, from]), numbers(random, [from, to]), numbers(random, [to])];
    const compute = (rows: number, padding: number) =>
      tf.tidy(() => {
        tf.zeros([padding]); // moves what is allocated after it
        const inputs = [tf.tensor2d(x.slice(0, rows * from), [rows, from]), tf.tensor2d(weight, [from, to])] as const;
        return operations.linear(...inputs, tf.tensor1d(bias)).dataSync() as Float32Array;
      });
    const all = compute(most, 1);
    for (let rows = 1; rows <= most; rows++)
      expect(sameBits(compute(rows, random.int(1, 99)), all.subarray(0, rows * to))).toBe(true);
  });

  test("nothing to compute is no trouble, and has gradients of 0", () => {
    const operations = operationsOf(variant);
    const none = new Int32Array(0);
    const empty: readonly Example[] = [
      { shapes: [[0, 5], [5, 3], [3]], compute: (own, inputs) => own.linear(...(inputs as [Tensor, Tensor, Tensor])) },
      { shapes: [[0, 5], [5], [5]], compute: (own, inputs) => own.layerNorm(...(inputs as [Tensor, Tensor, Tensor])) },
      { shapes: [[4, 5]], compute: (own, [table]) => own.embedding(table as Tensor, none) },
      { shapes: [[0, 6]], compute: (own, [qkv]) => own.causalAttention(qkv as Tensor, [], 2) },
      {
        shapes: [
          [0, 5],
          [7, 5],
        ],
        compute: (own, [hidden, table]) => own.crossEntropy(hidden as Tensor, table as Tensor, none),
      },
    ];
    for (const example of empty) {
      const values = example.shapes.map((shape) => numbers(new Random(1), shape));
      const [result, ...gradients] = run(operations, example, values, 1);
      expect(result?.length).toBe(0);
      for (const gradient of gradients) expect(gradient.every((number) => number === 0)).toBe(true);
    }
  });
});

test(`logits that are too many to be kept are computed again, some rows at a time (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const [n, width, vocabulary] = [29, 12, 50];
  const targets = idsOf(random, n, vocabulary);
  const example: Example = {
    shapes: [
      [n, width],
      [vocabulary, width],
    ],
    compute: (operations, [hidden, table]) => operations.crossEntropy(hidden as Tensor, table as Tensor, targets),
  };
  const values = example.shapes.map((shape) => numbers(random, shape, 2));
  const whole = run(backend.operations, example, values, 3);
  for (const rows of [1, 10, 28])
    expectClose(run(operationsOf("simd", rows * vocabulary * 4), example, values, 3), whole, `${rows} rows`);
});

test(`entropies are those of plain TensorFlow.js, also some rows at a time (seed ${SEED})`, () => {
  const { tf } = backend;
  const random = new Random(SEED);
  for (const vocabulary of [1, 2, 5, 50, 131]) {
    const [n, width] = [random.int(1, 30), random.int(1, 20)];
    const [hidden, table] = [numbers(random, [n, width], 3), numbers(random, [vocabulary, width])];
    const [whole, inParts, twin] = [backend.operations, operationsOf("simd", 8 * vocabulary), tfjsOperations(tf)].map(
      ({ entropies }) =>
        tf.tidy(() =>
          entropies(tf.tensor2d(hidden, [n, width]), tf.tensor2d(table, [vocabulary, width])).dataSync(),
        ) as Float32Array,
    ) as [Float32Array, Float32Array, Float32Array];
    expectClose([whole], [twin], `${vocabulary} logits`);
    expectClose([inParts], [twin], `${vocabulary} logits, two rows at a time`);
  }
});

test("logits are hidden states times the embedding transposed", () => {
  const { tf, operations } = backend;
  const [hidden, table] = [numbers(new Random(1), [7, 13]), numbers(new Random(2), [11, 13])];
  const [own, twin] = [operations, tfjsOperations(tf)].map(({ logits }) =>
    tf.tidy(() => logits(tf.tensor2d(hidden, [7, 13]), tf.tensor2d(table, [11, 13])).dataSync() as Float32Array),
  ) as [Float32Array, Float32Array];
  expectClose([own], [twin], "logits");
});

test.each([-1, 5])("an id of %d in a table of 5 rows is refused", (id) => {
  const { tf, operations } = backend;
  const lookUp = () => tf.tidy(() => operations.embedding(tf.zeros([5, 2]), Int32Array.of(0, id)));
  expect(lookUp).toThrow(`An id is ${id}; it must be one of 0 … 4.`);
});

test("large scores neither overflow nor vanish: softmax takes the largest off first", () => {
  const { tf, operations } = backend;
  const losses = tf.tidy(() => {
    const hidden = tf.tensor2d([1000, -1000], [2, 1]);
    return operations.crossEntropy(hidden, tf.tensor2d([1, 1, -1], [3, 1]), Int32Array.of(0, 2)).dataSync();
  });
  // Scores of 1000, 1000 and −1000: two share all probability, so the loss is ln 2; then one has all: 0.
  expect(losses[0]).toBeCloseTo(Math.log(2), 6);
  expect(losses[1]).toBe(0);
});
