import { CASES, trajectoryOf } from "./golden/backends.js";
import type { SftTrajectory } from "./golden/sft.js";
import { differing, type Expected, isNear, read } from "./golden/trajectory.js";

// test/golden/sft.py made what is expected: the same initial parameters and batches, dropout 0, float32.
describe.each(CASES)("on %s, case sft%s", (backend, size) => {
  const expected = read<{ losses: number[]; gradientNorms: number[]; gradients: Expected }>(`sft${size}-expected`);
  let ours: SftTrajectory;
  beforeAll(async () => {
    ours = await trajectoryOf(backend, "sft", size);
  });

  test("twenty steps have the losses and gradient norms of PyTorch, within a relative 1e-4", () => {
    for (const [own, theirs] of [
      [ours.losses, expected.losses],
      [ours.gradientNorms, expected.gradientNorms],
    ] as const) {
      expect(own).toHaveLength(20);
      for (const [step, value] of theirs.entries()) expect(Math.abs(own[step]! / value - 1)).toBeLessThan(1e-4);
    }
  });

  test("the first step's gradient is PyTorch's, in every tensor within a relative 1e-4 of its largest entry, or 1e-6", () => {
    expect(differing(ours.gradient, expected.gradients)).toEqual([]);
    expect(
      isNear(ours.gradientNorms[0], Math.hypot(...Object.values(expected.gradients).map(({ norm }) => norm))),
    ).toBe(true);
  });
});
