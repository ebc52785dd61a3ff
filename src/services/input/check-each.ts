import { AppError, MOST_TOLD, throwAll } from "../../errors.js";

/**
 * Checks every item of a batch and gives what the check gives of each. All that are refused are told together, each with
 * a field of its own, up to 20; whoever sends a batch mends it at once instead of item by item.
 */
export function checkEach<Item, Result>(items: Iterable<Item>, check: (item: Item, index: number) => Result): Result[] {
  const refusals: AppError[] = [];
  const results: Result[] = [];
  let index = 0;
  for (const item of items) {
    try {
      results.push(check(item, index));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refusals.push(error);
      if (refusals.length === MOST_TOLD) break;
    }
    index += 1;
  }
  throwAll(refusals);
  return results;
}
