import { createHash } from "node:crypto";
import {
  assessmentIdentity,
  demonstrationIdentity,
  identify,
  lineHash,
  promptIdentity,
  rankingIdentity,
  skipIdentity,
} from "../../../src/datasets/formats/identity.js";
import { parseLine } from "../../../src/datasets/formats/native.js";
import {
  writeAssessment,
  writeDemonstration,
  writeRanking,
  writeSkip,
} from "../../../src/datasets/formats/native-write.js";
import type { NativePrompt, NativeRanking } from "../../../src/datasets/records/records.js";
import { Random, SEED } from "../random.js";
import { randomRecord } from "../random-records.js";

const promptOf = (raw: object): NativePrompt => {
  const parsed = parseLine(JSON.stringify(raw));
  if (parsed.kind !== "prompt") throw new Error("No prompt.");
  return parsed.prompt;
};
const identityOf = (raw: object): string => promptIdentity(promptOf(raw));

test("a prompt with an id is that id, whatever else it says", () => {
  expect(identityOf({ id: "p", text: "a" })).toBe(identityOf({ id: "p", text: "b", author: "c" }));
  expect(identityOf({ id: "p", text: "a" })).not.toBe(identityOf({ id: "q", text: "a" }));
  // The definition, by node's other hashing API: the first 128 bits of sha256.
  const hex = createHash("sha256").update("prompt-id\0p").digest("hex").slice(0, 32);
  expect(identityOf({ id: "p", text: "a" }).replaceAll("-", "")).toBe(hex);
  expect(identityOf({ id: "p", text: "a" })).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test("a prompt without id is its text, pairs, source and author, and nothing else", () => {
  const base = { text: "a", fewShot: [{ query: "q", response: "r" }], source: "LABELER", author: "u" };
  const same = [
    { ...base, kind: "PLAIN", useCase: "CHAT", tags: ["t"], metadata: { m: 1 }, split: "TEST" },
    { ...base, source: undefined }, // LABELER is what absent means
    { ...base, demonstrations: [{ labeler: "w", text: "d" }] },
  ];
  for (const raw of same) expect(identityOf(raw)).toBe(identityOf(base));
  const others = [
    { ...base, text: "b" },
    { ...base, fewShot: [] },
    {
      ...base,
      fewShot: [
        { query: "q", response: "r" },
        { query: "", response: "" },
      ],
    },
    { ...base, fewShot: [{ query: "qr", response: "" }] },
    { ...base, source: "CUSTOMER" },
    { ...base, author: "v" },
    { ...base, author: null },
    { ...base, author: "null" },
    { text: 'a",[]', source: "LABELER", author: "u" },
    { id: "a", text: "a" },
  ];
  expect(new Set([base, ...others].map(identityOf)).size).toBe(others.length + 1);
});

const RANKING = {
  labeler: "w1",
  tiers: [["A"], ["B", "C"]],
  displayOrder: ["C", "A", "B"],
  durationMs: 1,
  note: "n",
  createdAt: "2026-01-05T10:00:00.000Z",
  instructions: 2,
  assessments: [{ completion: "A", overall: 6 }],
};
const rankingOf = (raw: object): NativeRanking => promptOf({ text: "x", rankings: [raw] }).rankings[0] as NativeRanking;

test("every field of a ranking counts for its identity, but not the order within a tier", () => {
  const same = [
    RANKING,
    { ...RANKING, tiers: [["A"], ["C", "B"]] },
    { ...RANKING, createdAt: "2026-01-05T11:00:00+01:00" },
  ];
  expect(new Set(same.map((raw) => rankingIdentity(rankingOf(raw)))).size).toBe(1);
  const others = [
    { ...RANKING, labeler: "w2" },
    { ...RANKING, tiers: [["A"], ["B"], ["C"]] },
    { ...RANKING, tiers: [["B", "C"], ["A"]] },
    { ...RANKING, displayOrder: ["A", "B", "C"] },
    { ...RANKING, displayOrder: null },
    { ...RANKING, durationMs: 2 },
    { ...RANKING, note: "" },
    { ...RANKING, note: null },
    { ...RANKING, createdAt: "2026-01-05T10:00:00.001Z" },
    { ...RANKING, instructions: 3 },
    { ...RANKING, assessments: [] },
    { ...RANKING, assessments: [{ completion: "A", overall: 5 }] },
    { ...RANKING, assessments: [{ completion: "A", labels: { HALLUCINATION: null }, overall: 6 }] },
  ];
  expect(new Set([RANKING, ...others].map((raw) => rankingIdentity(rankingOf(raw)))).size).toBe(others.length + 1);
});

test("the same words in two kinds of record are two identities", () => {
  const { demonstrations, skips } = promptOf({
    text: "x",
    demonstrations: [{ labeler: "w", text: "" }],
    skips: [{ labeler: "w" }],
  });
  const demonstration = demonstrations[0] as NativePrompt["demonstrations"][number];
  const skip = skips[0] as NativePrompt["skips"][number];
  expect(demonstrationIdentity(demonstration)).not.toBe(skipIdentity(skip));
});

test("a line is what it says, not how it is written", () => {
  const hashOf = (line: string): string => lineHash(parseLine(line));
  expect(hashOf('{"text":"x","tags":[],"author":"é"}')).toBe(
    hashOf('{ "author": "\\u00e9", "text": "x", "id": null }'),
  );
  expect(hashOf('{"text":"x"}')).not.toBe(hashOf('{"text":"x "}'));
  expect(hashOf('{"labeler":{"handle":"w"}}')).not.toBe(hashOf('{"labeler":{"handle":"v"}}'));
});

test(`identities are equal exactly where the written forms are (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const forms = new Map<string, string>();
  const see = (identity: string, form: string): void => {
    expect(forms.get(identity) ?? form).toBe(form);
    forms.set(identity, form);
  };
  for (let run = 0; run < 300; run++) {
    const parsed = parseLine(JSON.stringify(randomRecord(random)));
    if (parsed.kind !== "prompt") continue;
    expect(identify(parsed.prompt)).toEqual({
      line: lineHash(parsed),
      prompt: promptIdentity(parsed.prompt),
      demonstrations: parsed.prompt.demonstrations.map(demonstrationIdentity),
      rankings: parsed.prompt.rankings.map(rankingIdentity),
      assessments: parsed.prompt.assessments.map(assessmentIdentity),
      skips: parsed.prompt.skips.map(skipIdentity),
    });
    for (const one of parsed.prompt.rankings) see(rankingIdentity(one), writeRanking(one));
    for (const one of parsed.prompt.demonstrations) see(demonstrationIdentity(one), writeDemonstration(one));
    for (const one of parsed.prompt.assessments) see(assessmentIdentity(one), writeAssessment(one));
    for (const one of parsed.prompt.skips) see(skipIdentity(one), `skip ${writeSkip(one)}`);
  }
  expect(new Set(forms.values()).size).toBe(forms.size);
});
