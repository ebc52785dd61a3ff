/**
 * Matrix products after Goto and van de Geijn (2008): both factors are packed into panels that stay in the caches, and a
 * micro-kernel multiplies a panel of 6 rows with one of 8 columns, its 48 sums in registers.
 *
 * Each sum runs along k in order, in parts of one length that K alone decides. So no bit of a row depends on the rows that
 * are computed with it, nor on the height of the panel that it is in.
 */
import { F32, fma } from "./vectors";

/** The most rows of a panel of the left factor. */
@inline const ROWS: i32 = 6;
/** Columns of a panel of the right factor. */
@inline const COLUMNS: i32 = 8;
/** Most of k in a panel: a panel of each factor then fits the first-level cache. */
@inline const DEPTH: i32 = 384;
/** Most rows of the left factor that are packed at once, and columns of the right: together they fit the second level. */
@inline export const BLOCK_ROWS: i32 = 264;
@inline const BLOCK_COLUMNS: i32 = 96;
/** Bytes of a micro-kernel's sums. */
@inline const TILE_BYTES: usize = 192;

/** Bytes of scratch that a product needs. */
export function productScratchBytes(): usize {
  return TILE_BYTES + <usize>((BLOCK_ROWS + BLOCK_COLUMNS) * DEPTH) * F32;
}

/** Rows of the next panel where `left` rows are left. Micro-kernels have 6, 4, 2 or 1; a missing row is computed as 0. */
@inline function panelRows(left: i32): i32 {
  if (left == 7 || left == 8 || left == 4 || left == 3) return 4;
  return left > 2 ? ROWS : left;
}

/** The length of k's parts: as few as DEPTH allows, as equal as they can be. */
@inline export function partOfDepth(K: i32): i32 {
  const parts = (K + DEPTH - 1) / DEPTH;
  return (K + parts - 1) / parts;
}

/**
 * Pack rows of the left factor: panels one after another, of each k the panel's rows. Strides are in numbers.
 * @returns where in the scratch they stand
 */
export function packLeft(a: usize, rowStride: i32, columnStride: i32, rows: i32, depth: i32, scratch: usize): usize {
  const packed = scratch + TILE_BYTES;
  let out = packed;
  const row = <usize>rowStride * F32;
  const step = <usize>columnStride * F32;
  let left = rows;
  while (left > 0) {
    const height = panelRows(left);
    const present = min(height, left);
    let s = a;
    if (present == ROWS && rowStride == 1) {
      for (let k = 0; k < depth; k++) {
        v128.store(out, v128.load(s));
        v128.store64_lane(out, v128.load64_zero(s, 16), 0, 16);
        out += 24;
        s += step;
      }
    } else if (present == ROWS) {
      const row2 = row + row;
      const row3 = row2 + row;
      const row4 = row3 + row;
      const row5 = row4 + row;
      for (let k = 0; k < depth; k++) {
        f32.store(out, f32.load(s));
        f32.store(out, f32.load(s + row), 4);
        f32.store(out, f32.load(s + row2), 8);
        f32.store(out, f32.load(s + row3), 12);
        f32.store(out, f32.load(s + row4), 16);
        f32.store(out, f32.load(s + row5), 20);
        out += 24;
        s += step;
      }
    } else {
      for (let k = 0; k < depth; k++) {
        for (let r = 0; r < height; r++) {
          f32.store(out, r < present ? f32.load(s + <usize>r * row) : 0);
          out += F32;
        }
        s += step;
      }
    }
    a += <usize>present * row;
    left -= present;
  }
  return packed;
}

/** Pack columns of the right factor: panels of 8 one after another, of each k the panel's columns. */
export function packRight(b: usize, rowStride: i32, columnStride: i32, depth: i32, columns: i32, out: usize): void {
  const row = <usize>rowStride * F32;
  const column = <usize>columnStride * F32;
  for (let j = 0; j < columns; j += COLUMNS) {
    const present = min(COLUMNS, columns - j);
    let s = b + <usize>j * column;
    let k = 0;
    if (present == COLUMNS && columnStride == 1) {
      for (; k < depth; k++) {
        v128.store(out, v128.load(s));
        v128.store(out, v128.load(s, 16), 16);
        out += 32;
        s += row;
      }
    } else if (present == COLUMNS && rowStride == 1) {
      // Transposed: four by four numbers change places at a time.
      for (; k + 4 <= depth; k += 4) {
        transpose4(s, column, out);
        transpose4(s + 4 * column, column, out + 16);
        out += 128;
        s += 16;
      }
      for (; k < depth; k++) {
        for (let c: usize = 0; c < 8; c++) f32.store(out + c * F32, f32.load(s + c * column));
        out += 32;
        s += F32;
      }
    } else {
      for (; k < depth; k++) {
        for (let c = 0; c < COLUMNS; c++) {
          f32.store(out, c < present ? f32.load(s + <usize>c * column) : 0);
          out += F32;
        }
        s += row;
      }
    }
  }
}

/** Four columns of four numbers each to four rows, which are 32 bytes apart. */
@inline function transpose4(s: usize, column: usize, out: usize): void {
  const x0 = v128.load(s);
  const x1 = v128.load(s + column);
  const x2 = v128.load(s + 2 * column);
  const x3 = v128.load(s + 3 * column);
  const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(out, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7), 32);
  v128.store(out, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5), 64);
  v128.store(out, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), 96);
}

/**
 * The sums of 6 rows and 8 columns along `depth`. A function of its own, which must not be inlined, with nothing but
 * straight lines around its loop: else V8 keeps sums on the stack. 12 sums, two vectors of b and one of a are 15 of the
 * 16 registers.
 */
function micro6(depth: i32, a: usize, b: usize, tile: usize): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  let s40 = f32x4.splat(0);
  let s41 = f32x4.splat(0);
  let s50 = f32x4.splat(0);
  let s51 = f32x4.splat(0);
  for (let k = depth; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = fma(x, b0, s00);
    s01 = fma(x, b1, s01);
    x = v128.load32_splat(a, 4);
    s10 = fma(x, b0, s10);
    s11 = fma(x, b1, s11);
    x = v128.load32_splat(a, 8);
    s20 = fma(x, b0, s20);
    s21 = fma(x, b1, s21);
    x = v128.load32_splat(a, 12);
    s30 = fma(x, b0, s30);
    s31 = fma(x, b1, s31);
    x = v128.load32_splat(a, 16);
    s40 = fma(x, b0, s40);
    s41 = fma(x, b1, s41);
    x = v128.load32_splat(a, 20);
    s50 = fma(x, b0, s50);
    s51 = fma(x, b1, s51);
    a += 24;
    b += 32;
  }
  v128.store(tile, s00);
  v128.store(tile, s01, 16);
  v128.store(tile, s10, 32);
  v128.store(tile, s11, 48);
  v128.store(tile, s20, 64);
  v128.store(tile, s21, 80);
  v128.store(tile, s30, 96);
  v128.store(tile, s31, 112);
  v128.store(tile, s40, 128);
  v128.store(tile, s41, 144);
  v128.store(tile, s50, 160);
  v128.store(tile, s51, 176);
}

/** As micro6, of 4 rows. */
function micro4(depth: i32, a: usize, b: usize, tile: usize): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  for (let k = depth; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = fma(x, b0, s00);
    s01 = fma(x, b1, s01);
    x = v128.load32_splat(a, 4);
    s10 = fma(x, b0, s10);
    s11 = fma(x, b1, s11);
    x = v128.load32_splat(a, 8);
    s20 = fma(x, b0, s20);
    s21 = fma(x, b1, s21);
    x = v128.load32_splat(a, 12);
    s30 = fma(x, b0, s30);
    s31 = fma(x, b1, s31);
    a += 16;
    b += 32;
  }
  v128.store(tile, s00);
  v128.store(tile, s01, 16);
  v128.store(tile, s10, 32);
  v128.store(tile, s11, 48);
  v128.store(tile, s20, 64);
  v128.store(tile, s21, 80);
  v128.store(tile, s30, 96);
  v128.store(tile, s31, 112);
}

/** As micro6, of 2 rows. */
function micro2(depth: i32, a: usize, b: usize, tile: usize): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  for (let k = depth; k > 0; k--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = fma(x, b0, s00);
    s01 = fma(x, b1, s01);
    x = v128.load32_splat(a, 4);
    s10 = fma(x, b0, s10);
    s11 = fma(x, b1, s11);
    a += 8;
    b += 32;
  }
  v128.store(tile, s00);
  v128.store(tile, s01, 16);
  v128.store(tile, s10, 32);
  v128.store(tile, s11, 48);
}

/** As micro6, of 1 row. */
function micro1(depth: i32, a: usize, b: usize, tile: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  for (let k = depth; k > 0; k--) {
    const x = v128.load32_splat(a);
    s0 = fma(x, v128.load(b), s0);
    s1 = fma(x, v128.load(b, 16), s1);
    a += 4;
    b += 32;
  }
  v128.store(tile, s0);
  v128.store(tile, s1, 16);
}

/** As micro1, of 4 panels side by side: alone their sums would wait for each other. Tiles follow one another. */
function micro1Wide(depth: i32, a: usize, b: usize, panelStride: usize, tile: usize): void {
  let p1 = b + panelStride;
  let p2 = p1 + panelStride;
  let p3 = p2 + panelStride;
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  for (let k = depth; k > 0; k--) {
    const x = v128.load32_splat(a);
    s00 = fma(x, v128.load(b), s00);
    s01 = fma(x, v128.load(b, 16), s01);
    s10 = fma(x, v128.load(p1), s10);
    s11 = fma(x, v128.load(p1, 16), s11);
    s20 = fma(x, v128.load(p2), s20);
    s21 = fma(x, v128.load(p2, 16), s21);
    s30 = fma(x, v128.load(p3), s30);
    s31 = fma(x, v128.load(p3, 16), s31);
    a += 4;
    b += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
  }
  v128.store(tile, s00);
  v128.store(tile, s01, 16);
  v128.store(tile, s10, 32);
  v128.store(tile, s11, 48);
  v128.store(tile, s20, 64);
  v128.store(tile, s21, 80);
  v128.store(tile, s30, 96);
  v128.store(tile, s31, 112);
}

/** c = alpha · tile + addend; an addend of 0 is none. Strides are in bytes. */
function writeTile(
  tile: usize,
  rows: i32,
  columns: i32,
  alpha: f32,
  c: usize,
  stride: usize,
  addend: usize,
  addendStride: usize,
): void {
  const factor = f32x4.splat(alpha);
  if (columns == COLUMNS) {
    if (addend == 0) {
      for (let i = 0; i < rows; i++) {
        v128.store(c, f32x4.mul(factor, v128.load(tile)));
        v128.store(c, f32x4.mul(factor, v128.load(tile, 16)), 16);
        c += stride;
        tile += 32;
      }
    } else {
      for (let i = 0; i < rows; i++) {
        v128.store(c, fma(factor, v128.load(tile), v128.load(addend)));
        v128.store(c, fma(factor, v128.load(tile, 16), v128.load(addend, 16)), 16);
        c += stride;
        addend += addendStride;
        tile += 32;
      }
    }
    return;
  }
  for (let i = 0; i < rows; i++) {
    for (let j: usize = 0; j < <usize>columns; j++) {
      const scaled = f32x4.splat(f32.load(tile + j * F32));
      const sum = addend == 0 ? f32x4.mul(factor, scaled) : fma(factor, scaled, f32x4.splat(f32.load(addend + j * F32)));
      f32.store(c + j * F32, f32x4.extract_lane(sum, 0));
    }
    c += stride;
    addend += addend == 0 ? 0 : addendStride;
    tile += 32;
  }
}

/** The tiles of packed rows with packed columns. Strides are in bytes, panelStride from one panel of 8 columns to the next. */
@inline export function multiplyPanels(
  rows: i32,
  columns: i32,
  depth: i32,
  alpha: f32,
  a: usize,
  panels: usize,
  panelStride: usize,
  c: usize,
  stride: usize,
  addend: usize,
  addendStride: usize,
  tile: usize,
): void {
  let j = 0;
  if (rows == 1) {
    for (; j + 4 * COLUMNS <= columns; j += 4 * COLUMNS) {
      micro1Wide(depth, a, panels, panelStride, tile);
      for (let side: usize = 0; side < 4; side++) {
        const apart = side * <usize>COLUMNS * F32;
        const base = addend == 0 ? <usize>0 : addend + apart;
        writeTile(tile + apart, 1, COLUMNS, alpha, c + apart, stride, base, addendStride);
      }
      panels += 4 * panelStride;
      c += <usize>(4 * COLUMNS) * F32;
      if (addend != 0) addend += <usize>(4 * COLUMNS) * F32;
    }
  }
  for (; j < columns; j += COLUMNS) {
    const present = min(COLUMNS, columns - j);
    let left = rows;
    let panel = a;
    let into = c;
    let base = addend;
    while (left > 0) {
      const height = panelRows(left);
      const tall = min(height, left);
      if (height == 6) micro6(depth, panel, panels, tile);
      else if (height == 4) micro4(depth, panel, panels, tile);
      else if (height == 2) micro2(depth, panel, panels, tile);
      else micro1(depth, panel, panels, tile);
      writeTile(tile, tall, present, alpha, into, stride, base, addendStride);
      panel += <usize>(height * depth) * F32;
      into += <usize>tall * stride;
      if (base != 0) base += <usize>tall * addendStride;
      left -= tall;
    }
    panels += panelStride;
    c += <usize>COLUMNS * F32;
    if (addend != 0) addend += <usize>COLUMNS * F32;
  }
}

/** C = addend, or 0 where there is none. */
function copyRows(rows: i32, columns: i32, c: usize, cStride: i32, addend: usize, addendStride: i32): void {
  const bytes = <usize>columns * F32;
  for (let i: usize = 0; i < <usize>rows; i++) {
    const row = c + i * <usize>cStride * F32;
    if (addend == 0) memory.fill(row, 0, bytes);
    else memory.copy(row, addend + i * <usize>addendStride * F32, bytes);
  }
}

/**
 * C = alpha · A·B + addend, of any strides, which are in numbers: a transposed factor is one with its strides exchanged.
 * @param a [M, K] @param b [K, N] @param c [M, N], rows cStride apart
 * @param addend [M, N], rows addendStride apart, of which 0 repeats one row; at address 0 there is none. It may be c.
 * @param scratch productScratchBytes of it
 */
export function multiply(
  M: i32,
  N: i32,
  K: i32,
  alpha: f32,
  a: usize,
  aRowStride: i32,
  aColumnStride: i32,
  b: usize,
  bRowStride: i32,
  bColumnStride: i32,
  c: usize,
  cStride: i32,
  addend: usize,
  addendStride: i32,
  scratch: usize,
): void {
  if (K == 0) return copyRows(M, N, c, cStride, addend, addendStride);
  const right = scratch + TILE_BYTES + <usize>(BLOCK_ROWS * DEPTH) * F32;
  const stride = <usize>cStride * F32;
  const most = partOfDepth(K);
  for (let k = 0; k < K; k += most) {
    const depth = min(most, K - k);
    const panelStride = <usize>(COLUMNS * depth) * F32;
    // The parts of k after the first are added to what is there.
    const base = k == 0 ? addend : c;
    const baseStride = k == 0 ? <usize>addendStride * F32 : stride;
    for (let i = 0; i < M; i += BLOCK_ROWS) {
      const rows = min(BLOCK_ROWS, M - i);
      const own = a + <usize>(i * aRowStride + k * aColumnStride) * F32;
      const left = packLeft(own, aRowStride, aColumnStride, rows, depth, scratch);
      for (let j = 0; j < N; j += BLOCK_COLUMNS) {
        const columns = min(BLOCK_COLUMNS, N - j);
        packRight(b + <usize>(k * bRowStride + j * bColumnStride) * F32, bRowStride, bColumnStride, depth, columns, right);
        const into = c + <usize>i * stride + <usize>j * F32;
        const above = base + <usize>i * baseStride + <usize>j * F32;
        const first: usize = base == 0 ? <usize>0 : above;
        multiplyPanels(rows, columns, depth, alpha, left, right, panelStride, into, stride, first, baseStride, scratch);
      }
    }
  }
}
