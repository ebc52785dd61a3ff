import { MemoryBudget } from "../../../src/training/tensors/memory-budget.js";

test("threads of a job count together, and one that ends is counted no more", () => {
  const budget = new MemoryBudget(100);
  const counters = budget.forThread();
  const other = new MemoryBudget(100, counters);
  budget.take(40);
  other.take(50);
  expect([budget.bytesInUse, other.bytesInUse]).toEqual([90, 90]);
  expect(() => budget.take(11)).toThrow("The job has 0.0 MiB in use");
  expect(budget.bytesInUse).toBe(90);
  other.give(20);
  budget.endThread(counters);
  expect([budget.bytesInUse, budget.peakBytes]).toEqual([40, 90]);
  budget.endThread(counters);
  expect(budget.bytesInUse).toBe(40);
});
