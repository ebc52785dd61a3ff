/** Softmax and what is fused with it. The largest number of a row is taken off before exp, so that none overflows. */
import { restOf, vectorBytes } from "./rows";
import { F32, exp, fma, largestLane, loadPart, storePart, sumOfLanes } from "./vectors";

@inline const LEAST: f32 = -3.4028235e38;

/** The largest of `count` numbers; NaN is none. */
@inline function largest(count: i32, x: usize): f32 {
  const whole = vectorBytes(count);
  const rest = restOf(count);
  let most = f32x4.splat(LEAST);
  for (let i: usize = 0; i < whole; i += 16) most = f32x4.pmax(most, v128.load(x + i));
  if (rest != 0) most = f32x4.pmax(most, loadPart(x + whole, rest, LEAST));
  return largestLane(most);
}

/** x ← exp(x − shift) of `count` numbers; their sum. */
@inline function exponentials(count: i32, x: usize, shift: f32): f32 {
  const whole = vectorBytes(count);
  const rest = restOf(count);
  const shifts = f32x4.splat(shift);
  let sums = f32x4.splat(0);
  for (let i: usize = 0; i < whole; i += 16) {
    const e = exp(f32x4.sub(v128.load(x + i), shifts));
    sums = f32x4.add(sums, e);
    v128.store(x + i, e);
  }
  if (rest != 0) {
    const e = exp(f32x4.sub(loadPart(x + whole, rest, LEAST), shifts));
    sums = f32x4.add(sums, e);
    storePart(x + whole, rest, e);
  }
  return sumOfLanes(sums);
}

/** x ← x · factor, of `count` numbers. */
@inline function multiplyRow(count: i32, x: usize, factor: f32): void {
  const whole = vectorBytes(count);
  const rest = restOf(count);
  const factors = f32x4.splat(factor);
  for (let i: usize = 0; i < whole; i += 16) v128.store(x + i, f32x4.mul(v128.load(x + i), factors));
  if (rest != 0) storePart(x + whole, rest, f32x4.mul(loadPart(x + whole, rest, 0), factors));
}

/**
 * The two parts of −log softmax(x)[target] = log Σ exp(x − max) + (max − x[target]) for each row.
 * @param x [rows, V], logits; becomes exp(x − max) @param targets [rows] @param parts takes [rows, 2]: the sum, max − x[target]
 */
export function crossEntropy(rows: i32, V: i32, x: usize, targets: usize, parts: usize): void {
  for (let r = 0; r < rows; r++) {
    const most = largest(V, x);
    f32.store(parts, most - f32.load(x + <usize>i32.load(targets) * F32), 4);
    f32.store(parts, exponentials(V, x, most));
    parts += 8;
    targets += 4;
    x += <usize>V * F32;
  }
}

/**
 * The gradient of the logits, (softmax(x) − onehot(target)) · dy of each row.
 * @param x [rows, V], what crossEntropy left there; becomes the gradient @param parts its parts @param dy [rows]
 */
export function crossEntropyGradient(rows: i32, V: i32, x: usize, targets: usize, parts: usize, dy: usize): void {
  for (let r = 0; r < rows; r++) {
    const d = f32.load(dy);
    multiplyRow(V, x, d / f32.load(parts));
    const target = x + <usize>i32.load(targets) * F32;
    f32.store(target, f32.load(target) - d);
    parts += 8;
    targets += 4;
    dy += F32;
    x += <usize>V * F32;
  }
}

/**
 * The two parts of the entropy of softmax(x) = log Σ e − Σ e·(x − max) / Σ e of each row, where e = exp(x − max).
 * @param x [rows, V], logits, spoilt @param parts takes [rows, 2]: Σ e, Σ e·(x − max)
 */
export function entropy(rows: i32, V: i32, x: usize, parts: usize): void {
  const whole = vectorBytes(V);
  const rest = restOf(V);
  for (let r = 0; r < rows; r++) {
    const most = f32x4.splat(largest(V, x));
    let sums = f32x4.splat(0);
    let products = f32x4.splat(0);
    for (let i: usize = 0; i < whole; i += 16) {
      const shifted = f32x4.sub(v128.load(x + i), most);
      const e = exp(shifted);
      sums = f32x4.add(sums, e);
      products = fma(e, shifted, products);
    }
    if (rest != 0) {
      const shifted = f32x4.sub(loadPart(x + whole, rest, LEAST), most);
      const e = exp(shifted);
      sums = f32x4.add(sums, e);
      // Where exp is 0 the product is, even if the difference is −∞.
      products = f32x4.add(products, v128.and(f32x4.mul(e, shifted), f32x4.gt(e, f32x4.splat(0))));
    }
    f32.store(parts, sumOfLanes(sums));
    f32.store(parts, sumOfLanes(products), 4);
    parts += 8;
    x += <usize>V * F32;
  }
}

/**
 * Softmax over the positions up to its own of each row; later ones become 0.
 * @param x [rows, columns], scores @param first the position of the first row @param parts takes [rows, 2]: max, 1 / sum
 */
export function causalSoftmax(rows: i32, columns: i32, first: i32, x: usize, parts: usize): void {
  for (let r = 0; r < rows; r++) {
    const seen = first + r + 1;
    const most = largest(seen, x);
    const inverse: f32 = 1 / exponentials(seen, x, most);
    multiplyRow(seen, x, inverse);
    memory.fill(x + <usize>seen * F32, 0, <usize>(columns - seen) * F32);
    f32.store(parts, most);
    f32.store(parts, inverse, 4);
    parts += 8;
    x += <usize>columns * F32;
  }
}

/** As causalSoftmax, from the parts that it found. */
export function causalSoftmaxAgain(rows: i32, columns: i32, first: i32, x: usize, parts: usize): void {
  for (let r = 0; r < rows; r++) {
    const seen = first + r + 1;
    exponentials(seen, x, f32.load(parts));
    multiplyRow(seen, x, f32.load(parts, 4));
    memory.fill(x + <usize>seen * F32, 0, <usize>(columns - seen) * F32);
    parts += 8;
    x += <usize>columns * F32;
  }
}

/**
 * The gradient of the scores, p · (d − Σ p·d) of each row.
 * @param p [rows, columns], weights, 0 at later positions @param d that of the weights; becomes that of the scores
 */
export function causalSoftmaxGradient(rows: i32, columns: i32, p: usize, d: usize): void {
  const whole = vectorBytes(columns);
  const rest = restOf(columns);
  const row = <usize>columns * F32;
  for (let r = 0; r < rows; r++) {
    let sums = f32x4.splat(0);
    for (let i: usize = 0; i < whole; i += 16) sums = fma(v128.load(p + i), v128.load(d + i), sums);
    if (rest != 0) sums = fma(loadPart(p + whole, rest, 0), loadPart(d + whole, rest, 0), sums);
    const mean = f32x4.splat(sumOfLanes(sums));
    for (let i: usize = 0; i < whole; i += 16) {
      v128.store(d + i, f32x4.mul(v128.load(p + i), f32x4.sub(v128.load(d + i), mean)));
    }
    if (rest != 0) {
      const left = f32x4.sub(loadPart(d + whole, rest, 0), mean);
      storePart(d + whole, rest, f32x4.mul(loadPart(p + whole, rest, 0), left));
    }
    p += row;
    d += row;
  }
}
