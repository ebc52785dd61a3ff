import { clipFactor } from "../../src/training/optimization/optimizer.js";
import { CASES, trajectoryOf } from "./golden/backends.js";
import { PPO_CASES, type PpoTrajectory } from "./golden/ppo.js";
import { type Described, differing, type Expected, isNear, read } from "./golden/trajectory.js";

interface ExpectedRun {
  readonly name: string;
  readonly iterations: readonly Readonly<Record<string, number>>[];
  readonly gradients: { readonly policy: Expected; readonly value: Expected };
  readonly averageNorms: Readonly<Record<string, number>>;
}

const RUNS = CASES.flatMap(([backend, size]) => PPO_CASES.map((name) => [backend, size, name] as const));

// test/golden/ppo.py made what is expected: the same initial parameters, responses and pretraining windows, float32.
describe.each(RUNS)("on %s, case ppo%s, %s", (backend, size, name) => {
  const { cases } = read<{ cases: ExpectedRun[] }>(`ppo${size}-expected`);
  const expected = cases.find((one) => one.name === name) as ExpectedRun;
  const { config } = read<{ config: { gradientNorm: number; iterations: number } }>(`ppo${size}-case`);
  let ours: PpoTrajectory;
  beforeAll(async () => {
    ours = await trajectoryOf(backend, "ppo", size, name);
  });

  /** Of the case 40 steps, of the small one 20. */
  test("ten iterations have the losses and figures of PyTorch, within a relative 1e-4 or 1e-6", () => {
    const wrong = expected.iterations.flatMap((metrics, index) =>
      Object.entries(metrics)
        .filter(([metric, value]) => !isNear(ours.iterations[index]?.[metric], value))
        .map(([metric, value]) => `${index} ${metric}: ${ours.iterations[index]?.[metric]} instead of ${value}`),
    );
    expect(wrong).toEqual([]);
    expect(ours.problems).toEqual(Array(config.iterations).fill(null));
    // The average of the policy, too.
    const norms = Object.entries(expected.averageNorms);
    expect(norms.filter(([parameter, norm]) => !isNear(ours.averageNorms[parameter], norm))).toEqual([]);
  });

  test("the first step's gradients are PyTorch's, in every tensor within a relative 1e-4 of its largest entry, or 1e-6", () => {
    for (const model of ["policy", "value"] as const) {
      const theirs = expected.gradients[model];
      const whole = Math.hypot(...Object.values(theirs).map(({ norm }) => norm));
      const own = scaled(ours.shortenedGradients[model], 1 / clipFactor(whole, config.gradientNorm));
      expect([model, differing(own, theirs)]).toEqual([model, []]);
    }
  });
});

const scaled = (gradient: Described, factor: number): Described =>
  Object.fromEntries(
    Object.entries(gradient).map(([name, { norm, entries }]) => [
      name,
      { norm: norm * factor, entries: entries.map((entry) => entry * factor) },
    ]),
  );
