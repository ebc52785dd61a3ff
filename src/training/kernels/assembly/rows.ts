/** Operations on the rows of a matrix, one row after another: LayerNorm, GELU, sums of columns, and rows of a table. */
import { F32, fma, loadPart, storePart, sumOfLanes, tanh } from "./vectors";

/** Bytes of a row that whole vectors cover; the numbers behind them are loaded and stored as parts. */
@inline export function vectorBytes(count: i32): usize {
  return <usize>(count & ~3) * F32;
}

@inline export function restOf(count: i32): usize {
  return <usize>(count & 3);
}

@inline const EPSILON: f32 = 1e-5;

/**
 * y = (x − mean) / √(variance + 1e-5) · gain + bias over each row.
 * @param x [rows, width] @param statistics takes [rows, 2]: mean and 1 / √(variance + 1e-5)
 */
export function layerNorm(
  rows: i32,
  width: i32,
  x: usize,
  gain: usize,
  bias: usize,
  y: usize,
  statistics: usize,
): void {
  const whole = vectorBytes(width);
  const rest = restOf(width);
  const row = <usize>width * F32;
  for (let r = 0; r < rows; r++) {
    let sums = f32x4.splat(0);
    for (let i: usize = 0; i < whole; i += 16) sums = f32x4.add(sums, v128.load(x + i));
    if (rest != 0) sums = f32x4.add(sums, loadPart(x + whole, rest, 0));
    const mean = sumOfLanes(sums) / <f32>width;
    const means = f32x4.splat(mean);
    sums = f32x4.splat(0);
    for (let i: usize = 0; i < whole; i += 16) {
      const centred = f32x4.sub(v128.load(x + i), means);
      sums = fma(centred, centred, sums);
    }
    if (rest != 0) {
      const centred = f32x4.sub(loadPart(x + whole, rest, mean), means);
      sums = fma(centred, centred, sums);
    }
    const inverse: f32 = 1 / sqrt<f32>(sumOfLanes(sums) / <f32>width + EPSILON);
    const inverses = f32x4.splat(inverse);
    for (let i: usize = 0; i < whole; i += 16) {
      const normal = f32x4.mul(f32x4.sub(v128.load(x + i), means), inverses);
      v128.store(y + i, fma(normal, v128.load(gain + i), v128.load(bias + i)));
    }
    if (rest != 0) {
      const normal = f32x4.mul(f32x4.sub(loadPart(x + whole, rest, 0), means), inverses);
      const scaled = fma(normal, loadPart(gain + whole, rest, 0), loadPart(bias + whole, rest, 0));
      storePart(y + whole, rest, scaled);
    }
    f32.store(statistics, mean);
    f32.store(statistics, inverse, 4);
    statistics += 8;
    x += row;
    y += row;
  }
}

/** The gradients of layerNorm, from that of y and from its statistics; dGain and dBias are overwritten. */
export function layerNormGradient(
  rows: i32,
  width: i32,
  x: usize,
  gain: usize,
  dy: usize,
  statistics: usize,
  dx: usize,
  dGain: usize,
  dBias: usize,
): void {
  const whole = vectorBytes(width);
  const rest = restOf(width);
  const row = <usize>width * F32;
  memory.fill(dGain, 0, row);
  memory.fill(dBias, 0, row);
  for (let r = 0; r < rows; r++) {
    const mean = f32.load(statistics);
    const means = f32x4.splat(mean);
    const inverses = f32x4.splat(f32.load(statistics, 4));
    let plain = f32x4.splat(0); // Σ dy·gain
    let along = f32x4.splat(0); // Σ dy·gain·normal
    for (let i: usize = 0; i < whole; i += 16) {
      const normal = f32x4.mul(f32x4.sub(v128.load(x + i), means), inverses);
      const d = v128.load(dy + i);
      const scaled = f32x4.mul(d, v128.load(gain + i));
      plain = f32x4.add(plain, scaled);
      along = fma(scaled, normal, along);
      v128.store(dGain + i, fma(d, normal, v128.load(dGain + i)));
      v128.store(dBias + i, f32x4.add(d, v128.load(dBias + i)));
    }
    if (rest != 0) {
      const normal = f32x4.mul(f32x4.sub(loadPart(x + whole, rest, mean), means), inverses);
      const d = loadPart(dy + whole, rest, 0);
      const scaled = f32x4.mul(d, loadPart(gain + whole, rest, 0));
      plain = f32x4.add(plain, scaled);
      along = fma(scaled, normal, along);
      storePart(dGain + whole, rest, fma(d, normal, loadPart(dGain + whole, rest, 0)));
      storePart(dBias + whole, rest, f32x4.add(d, loadPart(dBias + whole, rest, 0)));
    }
    const plainMean = f32x4.splat(sumOfLanes(plain) / <f32>width);
    const alongMean = f32x4.splat(sumOfLanes(along) / <f32>width);
    for (let i: usize = 0; i < whole; i += 16) {
      const normal = f32x4.mul(f32x4.sub(v128.load(x + i), means), inverses);
      const scaled = f32x4.mul(v128.load(dy + i), v128.load(gain + i));
      const left = f32x4.sub(f32x4.sub(scaled, plainMean), f32x4.mul(normal, alongMean));
      v128.store(dx + i, f32x4.mul(inverses, left));
    }
    if (rest != 0) {
      const normal = f32x4.mul(f32x4.sub(loadPart(x + whole, rest, mean), means), inverses);
      const scaled = f32x4.mul(loadPart(dy + whole, rest, 0), loadPart(gain + whole, rest, 0));
      const left = f32x4.sub(f32x4.sub(scaled, plainMean), f32x4.mul(normal, alongMean));
      storePart(dx + whole, rest, f32x4.mul(inverses, left));
    }
    statistics += 8;
    x += row;
    dy += row;
    dx += row;
  }
}

// √(2/π), and the factor of x³.
@inline const GELU_SCALE: f32 = 0.7978845608028654;
@inline const GELU_CUBIC: f32 = 0.044715;

@inline function geluOf(x: v128): v128 {
  const cubic = fma(f32x4.mul(f32x4.splat(GELU_CUBIC), f32x4.mul(x, x)), x, x);
  const t = tanh(f32x4.mul(f32x4.splat(GELU_SCALE), cubic));
  return f32x4.mul(f32x4.mul(f32x4.splat(0.5), x), f32x4.add(f32x4.splat(1), t));
}

@inline function geluSlope(x: v128): v128 {
  const squared = f32x4.mul(x, x);
  const cubic = fma(f32x4.mul(f32x4.splat(GELU_CUBIC), squared), x, x);
  const t = tanh(f32x4.mul(f32x4.splat(GELU_SCALE), cubic));
  const inner = f32x4.mul(f32x4.splat(GELU_SCALE), fma(f32x4.splat(3 * GELU_CUBIC), squared, f32x4.splat(1)));
  const bend = f32x4.mul(f32x4.mul(f32x4.splat(0.5), x), f32x4.sub(f32x4.splat(1), f32x4.mul(t, t)));
  return fma(bend, inner, f32x4.mul(f32x4.splat(0.5), f32x4.add(f32x4.splat(1), t)));
}

/** y = ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))) of `count` numbers. */
export function gelu(count: i32, x: usize, y: usize): void {
  const whole = vectorBytes(count);
  for (let i: usize = 0; i < whole; i += 16) v128.store(y + i, geluOf(v128.load(x + i)));
  const rest = restOf(count);
  if (rest != 0) storePart(y + whole, rest, geluOf(loadPart(x + whole, rest, 0)));
}

export function geluGradient(count: i32, x: usize, dy: usize, dx: usize): void {
  const whole = vectorBytes(count);
  for (let i: usize = 0; i < whole; i += 16) {
    v128.store(dx + i, f32x4.mul(geluSlope(v128.load(x + i)), v128.load(dy + i)));
  }
  const rest = restOf(count);
  if (rest == 0) return;
  storePart(dx + whole, rest, f32x4.mul(geluSlope(loadPart(x + whole, rest, 0)), loadPart(dy + whole, rest, 0)));
}

/** sum += addend, of `count` numbers. */
export function addRow(count: i32, sum: usize, addend: usize): void {
  const whole = vectorBytes(count);
  for (let i: usize = 0; i < whole; i += 16) v128.store(sum + i, f32x4.add(v128.load(sum + i), v128.load(addend + i)));
  const rest = restOf(count);
  if (rest == 0) return;
  storePart(sum + whole, rest, f32x4.add(loadPart(sum + whole, rest, 0), loadPart(addend + whole, rest, 0)));
}

/** The sum of each column of x [rows, width], in the order of the rows. */
export function sumOfRows(rows: i32, width: i32, x: usize, sums: usize): void {
  const row = <usize>width * F32;
  memory.fill(sums, 0, row);
  for (let r = 0; r < rows; r++) {
    addRow(width, sums, x);
    x += row;
  }
}

/** table[ids] → y. @param ids [rows] */
export function takeRows(rows: i32, width: i32, table: usize, ids: usize, y: usize): void {
  const row = <usize>width * F32;
  for (let r: usize = 0; r < <usize>rows; r++) {
    memory.copy(y + r * row, table + <usize>i32.load(ids + r * 4) * row, row);
  }
}

/** The gradient of takeRows: rows of dy are added in their order. @param dTable [tableRows, width], overwritten */
export function takeRowsGradient(rows: i32, width: i32, dy: usize, ids: usize, dTable: usize, tableRows: i32): void {
  const row = <usize>width * F32;
  memory.fill(dTable, 0, <usize>tableRows * row);
  for (let r: usize = 0; r < <usize>rows; r++) {
    addRow(width, dTable + <usize>i32.load(ids + r * 4) * row, dy + r * row);
  }
}
