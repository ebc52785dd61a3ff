import { parseLine, parseRecord } from "../../../src/datasets/formats/native.js";
import type { NativePrompt } from "../../../src/datasets/records/records.js";
import { promptKind, promptSource } from "../../../src/datasets/records/records.js";

const promptOf = (line: string): NativePrompt => {
  const parsed = parseLine(line);
  if (parsed.kind !== "prompt") throw new Error(`A ${parsed.kind}, not a prompt.`);
  return parsed.prompt;
};

/** A prompt with one field more. */
const prompt = (field: string): string => `{"text":"x",${field}}`;
const ranking = (fields: string): string => prompt(`"rankings":[{"labeler":"w","tiers":[["A"],["B"]],${fields}}]`);
const tiers = (json: string): string => prompt(`"rankings":[{"labeler":"w","tiers":${json}}]`);
const assessment = (fields: string): string => prompt(`"assessments":[{"labeler":"w","completion":"A",${fields}}]`);
const completion = (fields: string): string => prompt(`"completions":[{"text":"",${fields}}]`);

test("only the text is required of a prompt; null is the same as absent", () => {
  const bare = promptOf('{"text":"x"}');
  expect(bare).toEqual({
    externalId: null,
    text: "x",
    kind: null,
    fewShot: [],
    useCase: null,
    source: null,
    author: null,
    language: null,
    traits: {},
    stages: null,
    split: null,
    tags: [],
    metadata: {},
    createdAt: null,
    demonstrations: [],
    completions: [],
    rankings: [],
    assessments: [],
    skips: [],
    exclusion: null,
  });
  const names = "id kind fewShot useCase source author language traits stages split tags metadata createdAt".split(" ");
  const children = "demonstrations completions rankings assessments skips exclusion".split(" ");
  const nulls = Object.fromEntries([...names, ...children].map((name) => [name, null]));
  expect(promptOf(JSON.stringify({ ...nulls, text: "x" }))).toEqual(bare);
});

test("the defaults: a prompt with pairs is few-shot, and a source that is not stated is a labeler", () => {
  const pairs = promptOf('{"text":"x","fewShot":[{"query":"q","response":""}]}');
  expect([promptKind(pairs), promptSource(pairs)]).toEqual(["FEW_SHOT", "LABELER"]);
  expect(promptKind(promptOf('{"text":"x"}'))).toBe("PLAIN");
  expect(promptKind(promptOf('{"text":"x","kind":"USER_BASED","fewShot":[{"query":"q","response":""}]}'))).toBe(
    "USER_BASED",
  );
});

test("demonstrations and completions may be empty, and a prompt may be white space; a NUL never hides", () => {
  const { text, demonstrations, completions } = promptOf(
    '{"text":"\\n ","demonstrations":[{"labeler":"w","text":""}],"completions":[{"text":""}]}',
  );
  expect([text, demonstrations[0]?.text, completions[0]?.text]).toEqual(["\n ", "", ""]);
});

test("a line whose only key is a declaration's declares; with another key it is a prompt", () => {
  expect(parseLine('{"labeler":{"handle":"w9"}}')).toEqual({
    kind: "labeler",
    labeler: { handle: "w9", pool: null, status: null },
    losses: [],
  });
  expect(parseLine('{"splitPolicy":{"train":1,"validation":0,"test":0}}')).toMatchObject({
    kind: "splitPolicy",
    splitPolicy: { train: 1, validation: 0, test: 0, seed: 0, groupBy: "AUTHOR", assignedAt: null },
  });
  expect(parseLine('{"instructions":{"version":1,"purpose":"SCREENING","text":"t"}}')).toMatchObject({
    kind: "instructions",
    instructions: { version: 1, purpose: "SCREENING", text: "t", criteriaOrder: [], validFrom: null },
  });
  expect(parseLine('{"labeler":{"handle":"w9"},"text":"x"}')).toMatchObject({
    kind: "prompt",
    losses: [{ what: 'field "labeler"', count: 1 }],
  });
});

test("fields that the format does not know are losses, counted by where they stand", () => {
  const line = `{"text":"x","mood":1,"none":null,"metadata":{"free":1},
    "completions":[{"text":"","logprob":-1},{"text":"","logprob":-2}],
    "rankings":[{"labeler":"w","tiers":[["A"],["B"]],"assessments":[{"completion":"A","toxicity":{"severe":1}}]}]}`;
  expect(parseLine(line).losses).toEqual([
    { what: 'field "mood"', count: 1 },
    { what: 'field "completions.logprob"', count: 2 },
    { what: 'field "rankings.assessments.toxicity.severe"', count: 1 },
  ]);
});

test("what cannot be kept exactly is a loss too", () => {
  expect(parseLine(prompt('"createdAt":"2026-01-05T10:00:00.123456Z"')).losses).toEqual([
    { what: "digits of a time beyond the millisecond", count: 1 },
  ]);
  expect(parseLine(prompt('"createdAt":"2026-01-05T10:00:00.123000Z"')).losses).toEqual([]);
  expect(parseLine(prompt('"metadata":{"id":9007199254740993,"n":1}')).losses).toEqual([
    { what: "exact value of a number beyond 2^53", count: 1 },
  ]);
});

test("a thousand unknown fields take bounded room", () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, 1]));
  const { losses } = parseLine(JSON.stringify({ text: "x", ...many, ["g".repeat(10_000)]: 1 }));
  expect(losses.length).toBe(101);
  expect(losses.reduce((sum, { count }) => sum + count, 0)).toBe(1001);
  expect(Math.max(...losses.map(({ what }) => what.length))).toBeLessThanOrEqual(100);
});

test.each([
  // Not JSON, or not an object.
  ["", "The line is not JSON: it ends where a value is expected."],
  ['{"text":"half', "The line is not JSON: it ends within a text."],
  ["[]", "The line is a list; it must be a JSON object."],
  ["null", "The line is null; it must be a JSON object."],
  ['"x"', 'The line is "x"; it must be a JSON object.'],
  // Texts.
  ['{"id":"p"}', "text is missing; it must be a text."],
  ['{"text":""}', "text is empty."],
  ['{"text":5}', 'text is 5; it must be a text, such as "5".'],
  ['{"text":"a\\u0000b"}', "text holds the character U+0000, which cannot be stored."],
  ['{"text":"a\\ud83d"}', "text holds half a surrogate pair, which is no character."],
  [prompt('"tags":["a","\\udc00"]'), "tags.1 holds half a surrogate pair, which is no character."],
  [prompt('"tags":["a",1]'), "tags.1 is 1; it must be a text."],
  [prompt('"id":""'), "id is empty."],
  [prompt(`"author":"${"a".repeat(501)}"`), "author has 501 characters; it may have 500."],
  [prompt('"fewShot":[{"query":"q"}]'), "fewShot.0.response is missing; it must be a text."],
  // Words.
  [prompt('"split":"train"'), 'split is "train"; it must be one of TRAIN, VALIDATION, TEST.'],
  [prompt('"kind":7'), "kind is 7; it must be one of PLAIN, FEW_SHOT, USER_BASED."],
  [prompt('"stages":["RM","RM"]'), 'stages names "RM" twice.'],
  [prompt('"stages":["DPO"]'), 'stages.0 is "DPO"; it must be one of SFT, RM, PPO.'],
  [prompt('"traits":{"HIGH_STAKES":1}'), "traits.HIGH_STAKES is 1; it must be true, false or null."],
  [prompt('"traits":[]'), "traits is a list; it must be an object of words with true, false or null."],
  // Times.
  [
    prompt('"createdAt":"2026-01-05T10:00:00"'),
    'createdAt is "2026-01-05T10:00:00"; it must name its time zone, such as "Z" or "+02:00".',
  ],
  [
    prompt('"createdAt":"0000-12-31T23:59:59Z"'),
    'createdAt is "0000-12-31T23:59:59Z"; it must have a year from 1 to 9999.',
  ],
  [
    prompt('"createdAt":"10000-01-01T00:00:00Z"'),
    'createdAt is "10000-01-01T00:00:00Z"; it must have a year from 1 to 9999.',
  ],
  [prompt('"createdAt":1767600000'), "createdAt is 1767600000; it must be a time in ISO 8601, as a text."],
  // Metadata.
  [prompt('"metadata":[1]'), "metadata is a list; it must be an object."],
  [prompt('"metadata":{"a":[1,1e400]}'), "metadata.a.1 is a number too large to hold."],
  [
    prompt('"metadata":{"a":{"b\\u0000":1}}'),
    'The name "b\\u0000" in metadata.a holds the character U+0000, which cannot be stored.',
  ],
  [prompt('"metadata":{"a":["\\ud800"]}'), "metadata.a.0 holds half a surrogate pair, which is no character."],
  // Completions.
  [
    completion('"key":"A>B"'),
    'completions.0.key is "A>B"; a key is 1 to 64 characters without white space, control characters, ">" and "=".',
  ],
  [
    completion('"key":""'),
    'completions.0.key is ""; a key is 1 to 64 characters without white space, control characters, ">" and "=".',
  ],
  [completion('"sampleIndex":-1'), "completions.0.sampleIndex is -1; it must be a whole number from 0 to 2147483647."],
  [completion('"version":0'), "completions.0.version is 0; it must be a whole number from 1 to 2147483647."],
  [completion('"ended":"no"'), 'completions.0.ended is "no"; it must be true or false.'],
  [completion('"ended":0'), "completions.0.ended is 0; it must be true or false."],
  [prompt('"completions":[{"key":"A"}]'), "completions.0.text is missing; it must be a text."],
  [prompt('"completions":[{"key":"A","text":""},{"key":"A","text":""}]'), 'completions has the key "A" twice.'],
  [prompt('"completions":["A"]'), 'completions.0 is "A"; it must be an object.'],
  [prompt('"completions":{"A":""}'), "completions is an object; it must be a list."],
  // Rankings.
  [prompt('"rankings":[{"labeler":"w"}]'), "rankings.0.tiers is missing; it must be a list of tiers."],
  [tiers("[]"), "rankings.0.tiers ranks 0 completions; a ranking needs at least two."],
  [tiers('[["A"]]'), "rankings.0.tiers ranks 1 completions; a ranking needs at least two."],
  [tiers('[["A"],[],["B"]]'), "rankings.0.tiers.1 is empty; every tier holds at least one completion."],
  [tiers('[["A"],["B","A"]]'), 'rankings.0.tiers names "A" twice; a completion stands in one tier.'],
  [tiers('["A","B"]'), 'rankings.0.tiers.0 is "A"; a tier must be a list of completion keys.'],
  [tiers('[["A",1]]'), "rankings.0.tiers.0 is a list; a tier must be a list of completion keys."],
  [ranking('"displayOrder":["A"]'), 'rankings.0.displayOrder lacks "B", which is ranked.'],
  [ranking('"displayOrder":["A","B","A"]'), "rankings.0.displayOrder names a completion twice."],
  [ranking('"durationMs":-1'), "rankings.0.durationMs is -1; it must be a whole number from 0 to 2147483647."],
  [
    ranking('"durationMs":2147483648'),
    "rankings.0.durationMs is 2147483648; it must be a whole number from 0 to 2147483647.",
  ],
  [
    ranking('"durationMs":1e400'),
    "rankings.0.durationMs is a number too large to hold; it must be a whole number from 0 to 2147483647.",
  ],
  [ranking('"labeler":""'), 'rankings.0.labeler is ""; a handle is 1 to 200 characters without control characters.'],
  [ranking('"instructions":"2"'), 'rankings.0.instructions is "2"; it must be a whole number from 1 to 2147483647.'],
  // Scales.
  [assessment('"overall":0'), "assessments.0.overall is 0; it must be a whole number from 1 to 7."],
  [assessment('"overall":8'), "assessments.0.overall is 8; it must be a whole number from 1 to 7."],
  [assessment('"overall":3.5'), "assessments.0.overall is 3.5; it must be a whole number from 1 to 7."],
  [assessment('"overall":"5"'), 'assessments.0.overall is "5"; it must be a whole number from 1 to 7.'],
  [
    assessment('"labels":{"HALLUCINATION":"yes"}'),
    'assessments.0.labels.HALLUCINATION is "yes"; it must be true, false or null.',
  ],
  [assessment('"toxicity":{"input":3}'), "assessments.0.toxicity.input is 3; it must be a whole number from 0 to 2."],
  [
    assessment('"toxicity":{"relative":-2}'),
    "assessments.0.toxicity.relative is -2; it must be a whole number from -1 to 1.",
  ],
  [
    assessment('"toxicity":{"continuity":0}'),
    "assessments.0.toxicity.continuity is 0; it must be a whole number from 1 to 7.",
  ],
  [prompt('"assessments":[{"completion":"A"}]'), "assessments.0.labeler is missing; it must be a text."],
  // Exclusion, declarations.
  [prompt('"exclusion":{"from":["SFT"]}'), "exclusion.reason is missing; it must be a text."],
  [prompt('"exclusion":{"reason":"r","from":[]}'), "exclusion.from is empty; an exclusion is from at least one stage."],
  ['{"labeler":null}', "labeler is missing; it must be an object."],
  [
    '{"labeler":{"handle":"a\\nb"}}',
    'labeler.handle is "a\\nb"; a handle is 1 to 200 characters without control characters.',
  ],
  ['{"instructions":{"version":1,"purpose":"SCREENING"}}', "instructions.text is missing; it must be a text."],
  ['{"splitPolicy":{"train":0.8,"validation":0.1}}', "splitPolicy.test is missing; it must be a number from 0 to 1."],
  ['{"splitPolicy":{"train":0.8,"validation":0.1,"test":0}}', "Split fractions add up to 0.9; they must add up to 1."],
  [
    '{"splitPolicy":{"train":1e400,"validation":0,"test":0}}',
    "splitPolicy.train is a number too large to hold; a split fraction must be a number from 0 to 1.",
  ],
])("refused: %s", (line, message) => {
  expect(() => parseLine(line)).toThrow(expect.objectContaining({ code: "BAD_USER_INPUT", message }));
});

test("an unknown use case is refused with the ten that exist", () => {
  expect(() => parseLine(prompt('"useCase":"POETRY"'))).toThrow(
    'useCase is "POETRY"; it must be one of GENERATION, OPEN_QA, BRAINSTORMING, CHAT, REWRITE, SUMMARIZATION, CLASSIFICATION, OTHER, CLOSED_QA, EXTRACTION.',
  );
  expect(() => parseLine(assessment('"labels":{"BORING":true}'))).toThrow(
    /^assessments\.0\.labels names "BORING"; it may name FAILS_INSTRUCTION, /,
  );
});

test("lists that are bounded by nature are: a thousand completions, a thousand pairs", () => {
  const completions = Array.from({ length: 1001 }, () => ({ text: "" }));
  expect(() => parseRecord({ text: "x", completions })).toThrow("completions has 1001 items; it may have 1000.");
  expect(() => parseRecord({ text: "x", completions: completions.slice(1) })).not.toThrow();
  const fewShot = Array.from({ length: 1001 }, () => ({ query: "", response: "" }));
  expect(() => parseRecord({ text: "x", fewShot })).toThrow("fewShot has 1001 items; it may have 1000.");
});

test("metadata of any depth is refused in a sentence, not by an overflow", () => {
  const deep = (levels: number): string => prompt(`"metadata":{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`);
  expect(() => parseLine(deep(63))).not.toThrow();
  expect(() => parseLine(deep(64))).toThrow(/ is nested deeper than 64 levels\.$/);
  expect(() => parseLine(deep(200_000))).toThrow(/ is nested deeper than 64 levels\.$/);
});

test("a text that reaches the parser unescaped is searched as well", () => {
  expect(() => parseLine('{"text":"\ud83d"}')).toThrow("half a surrogate pair");
  expect(() => parseRecord({ text: "\0" })).toThrow("U+0000");
  expect(promptOf('{"text":"\\ud83d\\ude00 \\\\u0000"}').text).toBe("😀 \\u0000");
});

test("a long wrong value is cut in the message, and never amid a character", () => {
  const message = (line: string): string => {
    try {
      parseLine(line);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (const pad of ["", "a"]) {
    const shown = message(prompt(`"split":"${pad}${"😀".repeat(5000)}"`));
    expect(shown.length).toBeLessThan(150);
    expect(shown).not.toMatch(/\p{Surrogate}/u);
    expect(message(`${pad}${"😀".repeat(50)}`)).not.toMatch(/\p{Surrogate}/u);
  }
});
