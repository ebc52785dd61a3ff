import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import { factorInPlace, solveInPlace } from "./cholesky.js";

/** A concave function of `size` numbers that has a maximum, such as a log-likelihood. */
export interface ConcaveFunction {
  readonly size: number;
  /** About how many elementary operations one look costs. */
  readonly work: number;
  /** The value at x; writes the gradient. [size], [size] */
  gradientAt(x: Float64Array, gradient: Float64Array): number;
  /**
   * Writes the lower triangle of minus the Hessian at x, made positive definite along directions in which the function never
   * changes. [size], [size·size]
   */
  curvatureAt(x: Float64Array, curvature: Float64Array): void;
}

/** Where a function is largest, and a factor of its curvature near there, which a neighbouring function may begin with. */
export interface Maximum {
  /** [size] */
  readonly at: Float64Array;
  /** [size·size] */
  readonly factor: Float64Array;
}

const MOST_STEPS = 500;
/** A step this small, in the largest coordinate, changes nothing that a double shows. */
const PRECISION = 1e-13;
/** The value of a function is only known to about this share of it. */
const ROUNDING = 1e-12;
/** A step that is not shorter than this share of the one before it asks for the curvature anew. */
const SLOW = 0.3;

/**
 * The maximum by Newton's method. The curvature is factored only where the factor at hand no longer shortens the steps, so a
 * function that differs little from one whose factor is known is maximised in size² instead of size³ operations; a step that
 * loses value is halved. Ends where steps are below `precision`, or where rounding no longer lets them shrink; null where
 * there is no end within 500 steps: the function is too flat.
 * @param start [size] @param known a factor to begin with. [size·size]
 * Source: Nocedal and Wright 2006, "Numerical Optimization", sections 3.3 and 3.4.
 */
export function* maximise(
  target: ConcaveFunction,
  start: Float64Array,
  known: Float64Array | null = null,
  precision = PRECISION,
): TimeSlices<Maximum | null> {
  const { size } = target;
  let at = start.slice();
  let gradient = new Float64Array(size);
  let value = target.gradientAt(at, gradient);
  let candidate = new Float64Array(size);
  let candidateGradient = new Float64Array(size);
  const step = new Float64Array(size);
  let factor = known;
  let isFresh = false;
  let before = Number.POSITIVE_INFINITY;
  let work = 0;
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    if (factor === null) {
      factor = new Float64Array(size * size);
      target.curvatureAt(at, factor);
      if (!(yield* factorInPlace(factor, size))) {
        return null;
      }
      isFresh = true;
    }
    step.set(gradient);
    solveInPlace(factor, step);
    const length = longest(step);
    const ends = length <= precision * (1 + longest(at));
    if (!ends && length > SLOW * before && !isFresh) {
      factor = null;
      continue;
    }
    // Near the maximum the step of a fresh factor is shorter at once; where it is not, it is rounding.
    const isRounding = isFresh && length > SLOW * before && length < 1e-7;
    let scale = 1;
    let candidateValue = Number.NEGATIVE_INFINITY;
    while (scale > 1e-12) {
      for (let i = 0; i < size; i++) {
        candidate[i] = at[i]! + scale * step[i]!;
      }
      candidateValue = target.gradientAt(candidate, candidateGradient);
      work += target.work;
      if (candidateValue >= value - ROUNDING * (1 + Math.abs(value))) {
        break;
      }
      scale /= 2;
    }
    work += size * size;
    if (work > OPERATIONS_PER_SLICE) {
      work = 0;
      yield;
    }
    [at, candidate] = [candidate, at];
    [gradient, candidateGradient] = [candidateGradient, gradient];
    value = candidateValue;
    if (ends || isRounding) {
      return { at, factor };
    }
    before = length;
    isFresh = false;
    if (scale < 1) {
      factor = null;
    }
  }
  return null;
}

function longest(vector: Float64Array): number {
  let most = 0;
  for (const entry of vector) {
    most = Math.max(most, Math.abs(entry));
  }
  return most;
}
