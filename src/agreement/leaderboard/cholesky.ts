import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";

/**
 * Overwrites the lower triangle of a symmetric positive definite matrix A, row by row, with L of A = L·Lᵀ. Says false where a
 * pivot is not positive, so that A is not positive definite as far as doubles can tell. Takes n³/6 multiplications.
 * @param matrix its lower triangle is read. [n·n]
 */
export function* factorInPlace(matrix: Float64Array, n: number): TimeSlices<boolean> {
  let work = 0;
  for (let i = 0; i < n; i++) {
    const rowI = i * n;
    for (let j = 0; j <= i; j++) {
      const rowJ = j * n;
      let sum = matrix[rowI + j]!;
      for (let k = 0; k < j; k++) {
        sum -= matrix[rowI + k]! * matrix[rowJ + k]!;
      }
      if (i !== j) {
        matrix[rowI + j] = sum / matrix[rowJ + j]!;
      } else if (sum > 0) {
        matrix[rowI + i] = Math.sqrt(sum);
      } else {
        return false;
      }
    }
    work += (i * i) / 2;
    if (work > OPERATIONS_PER_SLICE) {
      work = 0;
      yield;
    }
  }
  return true;
}

/** Overwrites b with the solution of L·Lᵀ·x = b. [n·n], [n] */
export function solveInPlace(factor: Float64Array, b: Float64Array): void {
  const n = b.length;
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) {
      sum -= factor[i * n + k]! * b[k]!;
    }
    b[i] = sum / factor[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    const solved = b[i]! / factor[i * n + i]!;
    b[i] = solved;
    for (let k = 0; k < i; k++) {
      b[k]! -= factor[i * n + k]! * solved;
    }
  }
}
