import { lineHash } from "../../../src/datasets/formats/identity.js";
import { parseLine } from "../../../src/datasets/formats/native.js";
import { writeLine } from "../../../src/datasets/formats/native-write.js";
import { Random, SEED } from "../random.js";
import { randomRecord } from "../random-records.js";

/** The format's own example, in its written form: sampleIndex and version as given, nothing that is empty. */
const EXAMPLE = [
  '{"splitPolicy":{"train":0.8,"validation":0.1,"test":0.1,"seed":0,"groupBy":"AUTHOR","assignedAt":"2026-01-02T00:00:00.000Z"}}',
  '{"labeler":{"handle":"w9","pool":"HELD_OUT","status":"ACTIVE"}}',
  '{"instructions":{"version":2,"purpose":"TRAINING_DATA","text":"…","criteriaOrder":["HELPFUL","TRUTHFUL","HARMLESS"],"validFrom":"2026-01-01T00:00:00.000Z"}}',
  '{"id":"p-17","text":"Explain what a data structure is.","kind":"PLAIN","useCase":"OPEN_QA","source":"CUSTOMER","author":"user-9","language":"en","traits":{"CLOSED_DOMAIN":false},"stages":["RM"],"split":"TRAIN","createdAt":"2026-01-05T10:00:00.000Z","demonstrations":[{"labeler":"w3","text":"…","createdAt":"2026-01-05T10:00:00.000Z","instructions":2}],"completions":[{"key":"A","source":"sft-1","sampleIndex":0,"version":1,"text":"…","ended":false,"createdAt":"2026-01-05T10:00:00.000Z"},{"key":"B","source":"sft-1","text":"…","ended":true},{"key":"C","text":""}],"rankings":[{"labeler":"w1","tiers":[["A"],["B","C"]],"displayOrder":["C","A","B"],"durationMs":41000,"note":"…","createdAt":"2026-01-05T10:00:00.000Z","instructions":2,"assessments":[{"completion":"A","overall":6,"labels":{"HALLUCINATION":false},"toxicity":{"output":0,"relative":0,"continuity":7}}]}],"assessments":[{"labeler":"w2","completion":"B","overall":4,"createdAt":"2026-01-05T10:00:00.000Z"}],"skips":[{"labeler":"w4","reason":"unclear"}],"exclusion":{"reason":"spam","from":["SFT","RM","PPO"]}}',
];

test.each(EXAMPLE)("the format's example is its own written form: line %#", (line) => {
  const parsed = parseLine(line);
  expect(parsed.losses).toEqual([]);
  expect(writeLine(parsed)).toBe(line);
});

test("what is absent, null or empty is not written; what is unordered has one order", () => {
  const line = `{ "metadata": {"b": 1, "a": {"d": -0, "c": [1.0, 1e2]}, "10": null}, "text": "x", "kind": null, "fewShot": [],
    "traits": {"HIGH_STAKES": null, "AMBIGUOUS": true}, "stages": ["PPO", "SFT"], "tags": [], "createdAt": "2026-01-05T12:00+02:00",
    "rankings": [{"tiers": [["b", "a"], ["c"]], "labeler": "w", "assessments": []}],
    "assessments": [{"labeler": "w", "completion": "a", "labels": {}, "toxicity": {"input": null}}],
    "skips": [{"labeler": "w", "reason": ""}], "exclusion": {"reason": "r"} }`;
  expect(writeLine(parseLine(line))).toBe(
    '{"text":"x","traits":{"AMBIGUOUS":true,"HIGH_STAKES":null},"stages":["SFT","PPO"],' +
      '"metadata":{"10":null,"a":{"c":[1,100],"d":0},"b":1},"createdAt":"2026-01-05T10:00:00.000Z",' +
      '"rankings":[{"labeler":"w","tiers":[["a","b"],["c"]]}],"assessments":[{"labeler":"w","completion":"a"}],' +
      '"skips":[{"labeler":"w"}],"exclusion":{"reason":"r","from":["SFT","RM","PPO"]}}',
  );
  // An explicit empty list of stages means "in none", which is not the same as saying nothing.
  expect(writeLine(parseLine('{"text":"x","stages":[]}'))).toBe('{"text":"x","stages":[]}');
});

test("a key called __proto__ is data", () => {
  const line = '{"text":"x","metadata":{"__proto__":{"polluted":true}}}';
  const parsed = parseLine(line);
  expect(writeLine(parsed)).toBe(line);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test(`writing what was parsed is a fixed point, and the bytes do not depend on the order of fields (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 400; run++) {
    const raw = randomRecord(random);
    const parsed = parseLine(JSON.stringify(raw));
    const written = writeLine(parsed);
    const again = parseLine(written);
    expect({ ...again, losses: [] }).toEqual({ ...parsed, losses: [] });
    expect(writeLine(again)).toBe(written);
    expect(writeLine(parseLine(JSON.stringify(reversed(raw))))).toBe(written);
    expect(lineHash(again)).toBe(lineHash(parsed));
  }
});

/** The same JSON value with the fields of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const turned = {};
  for (const [name, item] of Object.entries(value).reverse()) {
    Object.defineProperty(turned, name, { value: reversed(item), enumerable: true });
  }
  return turned;
}
