import { CASES, trajectoryOf } from "./golden/backends.js";
import type { RewardTrajectory } from "./golden/rm.js";
import { differing, type Expected, isNear, read } from "./golden/trajectory.js";

interface ExpectedRun {
  readonly losses: readonly number[];
  readonly accuracies: readonly number[];
  readonly gradientNorms: readonly number[];
  readonly gradients: Expected;
}

// test/golden/rm.py made what is expected: the same initial parameters and batches, dropout 0, float32.
describe.each(CASES)("on %s, case rm%s", (backend, size) => {
  const expected = read<ExpectedRun>(`rm${size}-expected`);
  let ours: RewardTrajectory;
  beforeAll(async () => {
    ours = await trajectoryOf(backend, "rm", size);
  });

  test("twenty steps have the losses, accuracies and gradient norms of PyTorch, within a relative 1e-4", () => {
    for (const name of ["losses", "accuracies", "gradientNorms"] as const) {
      expect(ours[name]).toHaveLength(20);
      expect(expected[name].flatMap((value, step) => (isNear(ours[name][step], value) ? [] : [[name, step]]))).toEqual(
        [],
      );
    }
  });

  test("the first step's gradient is PyTorch's, in every tensor within a relative 1e-4 of its largest entry, or 1e-6", () => {
    expect(differing(ours.gradient, expected.gradients)).toEqual([]);
  });
});
