import type { Parameter } from "../../../src/training/model/parameters.js";
import { AdamW, clipFactor, globalNorm } from "../../../src/training/optimization/optimizer.js";
import { Random, SEED } from "../../datasets/random.js";

const CONFIG = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 };
const PARAMETERS: Parameter[] = [
  { name: "matrix", shape: [2, 3], offset: 0, size: 6, start: { constant: 0 } },
  { name: "bias", shape: [3], offset: 6, size: 3, start: { constant: 0 } },
];

test("the first step by hand", () => {
  // m = 0.1 g and v = 0.05 g², corrected to g and g²: a step of η · g / |g| whatever the gradient; before it the matrix
  // shrinks by η λ = 0.001 of itself.
  const optimizer = new AdamW(PARAMETERS, CONFIG);
  const values = new Float32Array(9).fill(1);
  optimizer.step(PARAMETERS, values, Float32Array.of(5, -5, 1e-3, 1, 1, 1, 5, -5, 1e-3), 1, 0.01);
  const expected = [0.989, 1.009, 0.989, 0.989, 0.989, 0.989, 0.99, 1.01, 0.99];
  for (const [i, value] of expected.entries()) expect(values[i]).toBeCloseTo(value, 5);
});

test(`twenty steps are those of PyTorch's documented loop (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const optimizer = new AdamW(PARAMETERS, CONFIG);
  const values = Float32Array.from({ length: 9 }, () => random.next() - 0.5);
  const twin = Float64Array.from(values);
  const [m, v] = [new Float64Array(9), new Float64Array(9)];
  for (let t = 1; t <= 20; t++) {
    const gradient = Float32Array.from(twin, () => (random.next() - 0.5) * 10 ** random.int(-4, 1));
    const [rate, factor] = [random.next() * 0.01, random.next()];
    optimizer.step(PARAMETERS, values, gradient, factor, rate);
    // torch.optim.AdamW, "Algorithm": θ −= γλθ; m, v; m̂ = m / (1 − β1ᵗ), v̂ = v / (1 − β2ᵗ); θ −= γ m̂ / (√v̂ + ε).
    for (let i = 0; i < 9; i++) {
      const g = gradient[i]! * factor;
      if (i < 6) twin[i]! -= rate * 0.1 * twin[i]!;
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.95 * v[i]! + 0.05 * g * g;
      twin[i]! -= (rate * (m[i]! / (1 - 0.9 ** t))) / (Math.sqrt(v[i]! / (1 - 0.95 ** t)) + 1e-8);
    }
  }
  for (const [i, value] of twin.entries()) expect(values[i]).toBeCloseTo(value, 5);
});

test("a learning rate of 0 leaves every bit", () => {
  const optimizer = new AdamW(PARAMETERS, CONFIG);
  const values = Float32Array.of(1, -1, 0, 1e-45, 1e-40, 1e38, 3, -3, 0.1);
  const before = values.slice();
  optimizer.step(PARAMETERS, values, new Float32Array(9).fill(-7), 1, 0);
  expect(values).toEqual(before);
});

test("an optimizer serves one list of parameters", () => {
  const optimizer = new AdamW(PARAMETERS, CONFIG);
  const step = () => optimizer.step([...PARAMETERS].reverse(), new Float32Array(9), new Float32Array(9), 1, 1);
  expect(step).toThrow("belongs to one list of parameters");
});

test("the norm of a gradient over everything, and how it is clipped", () => {
  expect(globalNorm(Float32Array.of(3, 0, -4))).toBe(5);
  expect(globalNorm(Float32Array.of(3, Number.NaN))).toBeNaN();
  expect(globalNorm(Float32Array.of(3, -Number.POSITIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY);
  // Not beyond float32's range: (1e30)² is no float32.
  expect(globalNorm(Float32Array.of(1e30))).toBeCloseTo(1e30, -25);
  expect(clipFactor(5, 1)).toBeCloseTo(0.2, 6);
  expect(clipFactor(0.5, 1)).toBe(1);
  expect(clipFactor(0, 1)).toBe(1);
});
