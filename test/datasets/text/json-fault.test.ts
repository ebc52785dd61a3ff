import { jsonFault } from "../../../src/datasets/text/json-fault.js";
import { Random, SEED } from "../random.js";

test.each([
  ["", "it ends where a value is expected"],
  ["  ", "it ends where a value is expected"],
  ['{"text":"half', "it ends within a text"],
  ['{"text":"half\\', "it ends within a text"],
  ['{"text":"half\\u00', "it ends within a text"],
  ['{"text":"x"', "it ends where a comma or } is expected"],
  ["{'text':1}", 'character 2 is "\'", where a name or } is expected'],
  ["{text:1}", 'character 2 is "t", where a name or } is expected'],
  ['{"a":1,}', 'character 8 is "}", where a name in quotes is expected'],
  ['{"a" 1}', 'character 6 is "1", where a colon is expected'],
  ['{"a":NaN}', 'character 6 is "N", where a value is expected'],
  ['{"a":01}', 'character 7 is "1", where a comma or } is expected'],
  ["[1,]", 'character 4 is "]", where a value is expected'],
  ["[1}", 'character 3 is "}", where a comma or ] is expected'],
  ["[", "it ends where a value or ] is expected"],
  ['{"a":1}{"a":2}', 'character 8 is "{", where the end is expected'],
  ["id,text", 'character 1 is "i", where a value is expected'],
  ["\ufeff{}", 'character 1 is "\ufeff", where a value is expected'],
  ['"a\tb"', 'character 3 is "\\t", which a text holds as an escape only'],
  ['"a\\x"', 'character 3 is "\\\\x", which is no escape'],
  ['"\\u12g4"', 'character 2 is "\\\\u", which is no escape'],
  // Characters, not units of UTF-16: one before the fault has two.
  ['"😀" 😀', 'character 5 is "😀", where the end is expected'],
])("%j is not JSON: %s", (text, fault) => {
  expect(() => JSON.parse(text)).toThrow(SyntaxError);
  expect(jsonFault(text)).toBe(fault);
});

test("a text nested as deep as it is long is read to its end", () => {
  expect(jsonFault("[".repeat(1_000_000))).toBe("it ends where a value or ] is expected");
  expect(jsonFault("[".repeat(100_000) + "]".repeat(100_000))).toBeNull();
});

/** A JSON value, as deep as depth. */
function anyValue(random: Random, depth: number): unknown {
  const many = (make: () => unknown) => Array.from({ length: random.int(0, 3) }, make);
  switch (random.int(0, depth === 0 ? 3 : 5)) {
    case 0:
      return random.int(-5, 1e6) / (random.int(0, 1) === 0 ? 1 : 1e9);
    case 1:
      return [true, false, null][random.int(0, 2)];
    case 2:
      return "";
    case 3:
      return `a"\\\n\u0001é😀${random.int(0, 9)}`;
    case 4:
      return many(() => anyValue(random, depth - 1));
    default:
      return Object.fromEntries(
        many(() => [`k${random.int(0, 99)}`, anyValue(random, depth - 1)]) as [string, unknown][],
      );
  }
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test(`a text has a fault exactly where JSON.parse refuses it (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const pieces = ['"', "\\", "{", "}", "[", "]", ",", ":", "0", "-", ".", "e", "u", "t", "\n", "\u0000", "null", " "];
  let refused = 0;
  for (let round = 0; round < 20_000; round++) {
    let text = JSON.stringify(anyValue(random, 3), null, random.int(0, 1));
    for (let change = random.int(0, 2); change > 0; change--) {
      const at = random.int(0, text.length);
      const piece = pieces[random.int(0, pieces.length - 1)];
      text = text.slice(0, at) + (random.int(0, 2) === 0 ? "" : piece) + text.slice(at + random.int(0, 1));
    }
    if (!isJson(text)) refused += 1;
    if ((jsonFault(text) === null) !== isJson(text)) throw new Error(`${JSON.stringify(text)}: ${jsonFault(text)}`);
  }
  expect(refused).toBeGreaterThan(4_000);
});
