import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";

/** dx/dt as a function of x alone. */
export interface Flow {
  readonly size: number;
  /** About how many elementary operations one look costs. */
  readonly work: number;
  /** [size], [size] */
  velocityAt(x: Float64Array, velocity: Float64Array): void;
}

/** Stages of Dormand and Prince's pair: each row weighs the velocities of the stages before it. */
const STAGES = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
] as const;
/** The fifth order solution less the fourth order one, in velocities of the seven stages. */
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40] as const;

/**
 * Where a flow that draws its points together carries x within one unit of time, by Dormand and Prince's pair of orders 5 and 4
 * with steps chosen so that the error of each is at most `tolerance` in every coordinate. Ends early where what is left to
 * go is below a tenth of it.
 * @param start [size] @returns x(1). [size]
 * Source: Hairer, Nørsett and Wanner 1993, "Solving Ordinary Differential Equations I", sections II.4 and II.5.
 */
export function* follow(flow: Flow, start: Float64Array, tolerance: number): TimeSlices<Float64Array> {
  const { size } = flow;
  let x = start.slice();
  let moved = new Float64Array(size);
  const velocities = Array.from({ length: 7 }, () => new Float64Array(size));
  flow.velocityAt(x, velocities[0]!);
  let step = Math.min(1, 1 / Math.max(largest(velocities[0]!), 1));
  let [time, work] = [0, 0];
  while (time < 1) {
    const left = 1 - time;
    if (largest(velocities[0]!) * left < tolerance / 10) {
      break;
    }
    step = Math.min(step, left);
    STAGES.forEach((weights, stage) => {
      moved.set(x);
      weights.forEach((weight, earlier) => {
        if (weight !== 0) {
          addScaled(moved, step * weight, velocities[earlier]!);
        }
      });
      flow.velocityAt(moved, velocities[stage + 1]!);
    });
    let error = 0;
    for (let i = 0; i < size; i++) {
      let difference = 0;
      for (let stage = 0; stage < 7; stage++) {
        difference += ERROR[stage]! * velocities[stage]![i]!;
      }
      error = Math.max(error, Math.abs(step * difference));
    }
    if (error <= tolerance) {
      time = step === left ? 1 : time + step;
      [x, moved] = [moved, x];
      // The last stage is the first of the next step.
      velocities.unshift(velocities.pop()!);
    }
    step *= Math.min(5, Math.max(0.2, 0.9 * (tolerance / Math.max(error, tolerance / 1e6)) ** 0.2));
    work += 6 * flow.work + 30 * size;
    if (work > OPERATIONS_PER_SLICE) {
      work = 0;
      yield;
    }
  }
  return x;
}

function largest(vector: Float64Array): number {
  let most = 0;
  for (const entry of vector) {
    most = Math.max(most, Math.abs(entry));
  }
  return most;
}

function addScaled(sum: Float64Array, scale: number, vector: Float64Array): void {
  for (let i = 0; i < sum.length; i++) {
    sum[i]! += scale * vector[i]!;
  }
}
