import { canonicalJson } from "../../../src/datasets/records/canonical-json.js";
import { compareCodePoints, isWellFormed, show, storageProblem } from "../../../src/datasets/text/code-points.js";
import { Random, SEED } from "../random.js";

test(`texts are ordered by code point, as bytes in UTF-8 are (seed ${SEED})`, () => {
  const random = new Random(SEED);
  expect(compareCodePoints("😀", "\uffff")).toBeGreaterThan(0);
  expect("😀" < "\uffff").toBe(true); // JavaScript's own order
  for (let run = 0; run < 2000; run++) {
    const [a, b] = [random.text(0, 3), random.text(0, 3)];
    expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }
});

test("what cannot be stored", () => {
  expect(isWellFormed("a😀")).toBe(true);
  expect(storageProblem("a😀\u0001")).toBeNull();
  expect(storageProblem("a\0")).toMatch(/U\+0000/);
  expect(storageProblem("\ude00\ud83d")).toMatch(/surrogate/);
});

test.each([
  [undefined, "undefined"],
  [null, "null"],
  ["a\n", '"a\\n"'],
  [Number.POSITIVE_INFINITY, "a number too large to hold"],
  [[1], "a list"],
  [{ a: 1 }, "an object"],
  ["\ud800", '"\\ud800"'],
])("%p is shown as %s", (value, shown) => {
  expect(show(value)).toBe(shown);
});

test("one JSON value has one text", () => {
  expect(canonicalJson({ b: [1, { d: null, c: "é" }], a: -0, "10": true, "9": 1e21 })).toBe(
    '{"10":true,"9":1e+21,"a":0,"b":[1,{"c":"é","d":null}]}',
  );
  expect(canonicalJson({ "\uffff": 1, "😀": 2 })).toBe('{"\uffff":1,"😀":2}');
});
