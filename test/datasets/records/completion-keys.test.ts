import { keyAt, nextKey, nextKeys } from "../../../src/datasets/records/completion-keys.js";

// Columns of a sheet: 26 one-letter keys, then 26² two-letter ones.
test.each([
  [0, "A"],
  [25, "Z"],
  [26, "AA"],
  [51, "AZ"],
  [52, "BA"],
  [701, "ZZ"],
  [702, "AAA"],
  [999, "ALL"],
])("completion %i has the key %s", (ordinal, key) => {
  expect(keyAt(ordinal)).toBe(key);
});

test("ten thousand keys are distinct", () => {
  expect(new Set(Array.from({ length: 10_000 }, (_, ordinal) => keyAt(ordinal))).size).toBe(10_000);
});

test("the next key is the first that is free", () => {
  expect(nextKey([])).toBe("A");
  expect(nextKey(["A", "B"])).toBe("C");
  expect(nextKey(["B", "answer-1"])).toBe("A");
  expect(nextKeys(["B", "D"], 4)).toEqual(["A", "C", "E", "F"]);
});

test.each([-1, 0.5, Number.NaN])("there is no key for %d", (ordinal) => {
  expect(() => keyAt(ordinal)).toThrow(RangeError);
});
