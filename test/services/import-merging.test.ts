import { receiveFile, receiveRecords, sendRecords } from "../support/files.js";
import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

let made = 0;
const newSlug = (): string => `merged-${++made}`;
/** Handles are known to all datasets: each test has its own. */
const newHandle = (): string => `merger ${++made}`;

/** Sends records one import after the other; returns what is said of each. */
async function oneByOne(slug: string, ...records: object[]): Promise<string[]> {
  const said: string[] = [];
  for (const record of records) {
    const { accepted, rejected, duplicates, errors } = await sendRecords(server, slug, [record]);
    said.push(rejected === 1 ? (errors[0]?.message ?? "") : accepted === 1 ? "accepted" : `${duplicates} duplicates`);
  }
  return said;
}

const promptOf = async (slug: string) => (await receiveRecords(server, slug)).find((record) => "text" in record);

describe("a prompt that comes again", () => {
  const first = {
    id: "p",
    text: "Which?",
    kind: "USER_BASED",
    useCase: "CHAT",
    source: "CUSTOMER",
    author: "a",
    language: "en",
    traits: { AMBIGUOUS: true, HIGH_STAKES: null },
    stages: ["RM", "SFT"],
    split: "TRAIN",
    tags: ["x", "y"],
    metadata: { b: 1, a: [2] },
    createdAt: "2026-01-05T10:00:00.000Z",
    exclusion: { reason: "spam", from: ["RM"], by: "Ann", at: "2026-02-01T00:00:00.000Z" },
  };

  test("with the same fields, fewer of them, or in another order is a duplicate", async () => {
    const slug = newSlug();
    const said = await oneByOne(
      slug,
      first,
      first,
      { text: "Which?", id: "p" },
      { ...first, metadata: { a: [2], b: 1 }, stages: ["SFT", "RM"], createdAt: "2026-01-05T11:00:00+01:00" },
      { id: "p", text: "Which?", traits: { AMBIGUOUS: true }, exclusion: { reason: "spam", from: ["RM"] } },
    );
    expect(said).toEqual(["accepted", "1 duplicates", "1 duplicates", "1 duplicates", "1 duplicates"]);
  });

  test.each<[string, object, string]>([
    ["text", { text: "What?" }, 'text is "What?", but the prompt is known with "Which?"; an import changes no field.'],
    ["kind", { kind: "PLAIN" }, 'kind is "PLAIN", but the prompt is known with "USER_BASED"'],
    ["fewShot", { fewShot: [{ query: "q", response: "r" }] }, "fewShot is "],
    ["useCase", { useCase: "OTHER" }, 'useCase is "OTHER", but the prompt is known with "CHAT"'],
    ["source", { source: "LABELER" }, 'source is "LABELER", but the prompt is known with "CUSTOMER"'],
    ["author", { author: "b" }, 'author is "b", but the prompt is known with "a"'],
    ["language", { language: "zh" }, 'language is "zh", but the prompt is known with "en"'],
    ["a trait", { traits: { AMBIGUOUS: false } }, "traits.AMBIGUOUS is false, but the prompt is known with true"],
    [
      "a new trait",
      { traits: { SENSITIVE_CONTENT: true } },
      "traits.SENSITIVE_CONTENT is true, but the prompt is known without one",
    ],
    ["stages", { stages: ["PPO"] }, 'stages is "PPO", but the prompt is known with "SFT,RM"'],
    ["split", { split: "TEST" }, 'split is "TEST", but the prompt is known in TRAIN; an import changes no split.'],
    ["tags", { tags: ["y", "x"] }, "tags is "],
    ["metadata", { metadata: { a: [2] } }, "metadata is "],
    [
      "createdAt",
      { createdAt: "2026-01-06T10:00:00.000Z" },
      'createdAt is "2026-01-06T10:00:00.000Z", but the prompt is known with "2026-01-05T10:00:00.000Z"',
    ],
    [
      "exclusion",
      { exclusion: { reason: "other" } },
      'exclusion.reason is "other", but the prompt is known with "spam"',
    ],
  ])("with another %s is refused, and the field named", async (_name, fields, message) => {
    const slug = newSlug();
    const [, said] = await oneByOne(slug, first, { id: "p", text: "Which?", ...fields });
    expect(said).toContain(message);
  });

  test("with a field that was not given before is refused too", async () => {
    const [, said] = await oneByOne(newSlug(), { id: "p", text: "a" }, { id: "p", text: "a", useCase: "CHAT" });
    expect(said).toBe('useCase is "CHAT", but the prompt is known without one; an import changes no field.');
  });

  test("imported before is a duplicate, whatever was edited since", async () => {
    const slug = newSlug();
    await oneByOne(slug, first);
    const prompt = await server.data<{ dataset: { prompts: { nodes: [{ id: string }] } } }>(
      `{ dataset(slug: "${slug}") { prompts { nodes { id } } } }`,
    );
    await server.data("mutation ($input: AnnotatePromptsInput!) { annotatePrompts(input: $input) { id } }", {
      input: { ids: [prompt.dataset.prompts.nodes[0].id], useCase: "OTHER" },
    });
    const said = await oneByOne(slug, first, { id: "p", text: "Which?", useCase: "CHAT" });
    expect(said).toEqual([
      "1 duplicates",
      'useCase is "CHAT", but the prompt is known with "OTHER"; an import changes no field.',
    ]);
  });

  test("without an id is known by its text, pairs, source and author", async () => {
    const slug = newSlug();
    const said = await oneByOne(
      slug,
      { text: "a", author: "x" },
      { text: "a", author: "x", source: "LABELER", kind: "PLAIN" },
      { text: "a", author: "y" },
      { text: "a", author: "x", source: "CUSTOMER" },
      { text: "a", author: "x", fewShot: [{ query: "q", response: "r" }] },
      { text: "a" },
    );
    expect(said).toEqual(["accepted", "1 duplicates", "accepted", "accepted", "accepted", "accepted"]);
  });
});

describe("children that come later", () => {
  test("are added behind those that are there, each once", async () => {
    const slug = newSlug();
    const [w1, w2] = [newHandle(), newHandle()];
    const base = {
      id: "p",
      text: "Which?",
      demonstrations: [{ labeler: w1, text: "one" }],
      completions: [
        { text: "a", source: "m" },
        { text: "b", source: "m" },
      ],
      rankings: [{ labeler: w1, tiers: [["A"], ["B"]], note: "first" }],
      assessments: [{ labeler: w1, completion: "A", overall: 3 }],
      skips: [{ labeler: w1, reason: "unclear" }],
    };
    const more = {
      id: "p",
      text: "Which?",
      demonstrations: [
        { labeler: w1, text: "one" },
        { labeler: w2, text: "two" },
      ],
      completions: [{ key: "C", text: "c", source: "m" }],
      rankings: [
        { labeler: w2, tiers: [["C"], ["A", "B"]], displayOrder: ["B", "C", "A"] },
        { labeler: w1, tiers: [["A"], ["B"]], note: "first" },
      ],
      assessments: [{ labeler: w2, completion: "C", overall: 7 }],
      skips: [{ labeler: w2 }],
    };
    expect(await oneByOne(slug, base, more, more, { ...more, tags: [] })).toEqual([
      "accepted",
      "accepted",
      "1 duplicates",
      "1 duplicates",
    ]);
    expect(await promptOf(slug)).toEqual({
      id: "p",
      text: "Which?",
      kind: "PLAIN",
      source: "LABELER",
      demonstrations: [
        { labeler: w1, text: "one" },
        { labeler: w2, text: "two" },
      ],
      completions: [
        { key: "A", source: "m", text: "a" },
        { key: "B", source: "m", text: "b" },
        { key: "C", source: "m", text: "c" },
      ],
      rankings: [
        { labeler: w1, tiers: [["A"], ["B"]], note: "first" },
        { labeler: w2, tiers: [["C"], ["A", "B"]], displayOrder: ["B", "C", "A"] },
      ],
      assessments: [
        { labeler: w1, completion: "A", overall: 3 },
        { labeler: w2, completion: "C", overall: 7 },
      ],
      skips: [{ labeler: w1, reason: "unclear" }, { labeler: w2 }],
    });
    const [counts] = await server.database.select(
      `select p.ranking_count as "rankingCount", array_agg(r.strict_pairs order by r.position) as "strictPairs"
       from prompt p join dataset d on d.id = p.dataset_id join ranking r on r.prompt_id = p.id where d.slug = $1 group by p.id`,
      [slug],
    );
    // A>B is one strict pair, C>A=B two.
    expect(counts).toEqual({ rankingCount: 2, strictPairs: [1, 2] });
  });

  test("each import is a revision, and an earlier one reads as it was", async () => {
    const slug = newSlug();
    const base = { id: "p", text: "Which?", completions: [{ text: "a" }, { text: "b" }] };
    const ranked = { id: "p", text: "Which?", rankings: [{ labeler: newHandle(), tiers: [["B"], ["A"]] }] };
    expect(await oneByOne(slug, base, ranked)).toEqual(["accepted", "accepted"]);
    expect((await receiveRecords(server, slug, "?revision=1")).at(-1)).not.toHaveProperty("rankings");
    expect((await receiveRecords(server, slug, "?revision=2")).at(-1)).toHaveProperty("rankings");
    expect(await receiveRecords(server, slug, "?revision=0")).toEqual([]);
  });

  test("a known completion with another text, source, sample or time is refused", async () => {
    const slug = newSlug();
    const completion = { key: "A", text: "a", source: "m", sampleIndex: 0, version: 1 };
    const again = (fields: object) => ({ id: "p", text: "Which?", completions: [{ ...completion, ...fields }] });
    const said = await oneByOne(
      slug,
      again({}),
      again({ text: "other" }),
      again({ source: "n" }),
      again({ sampleIndex: 1 }),
      again({ version: 2 }),
      again({ createdAt: "2026-01-05T10:00:00.000Z" }),
    );
    expect(said).toEqual([
      "accepted",
      'completions.0.text is "other", but the completion "A" of this prompt is known with "a".',
      'completions.0.source is "n", but the completion "A" of this prompt is known with "m".',
      'completions.0.sampleIndex is 1, but the completion "A" of this prompt is known with 0.',
      'completions.0.version is 2, but the completion "A" of this prompt is known with 1.',
      'completions.0.createdAt is "2026-01-05T10:00:00.000Z", but the completion "A" of this prompt is known without one.',
    ]);
  });

  test("a completion without key is the known one with its text, or gets the next free key", async () => {
    const slug = newSlug();
    const line = (...texts: string[]) => ({
      id: "p",
      text: "Which?",
      completions: texts.map((text) => ({ text, source: "m" })),
    });
    expect(await oneByOne(slug, line("a", "b"), line("b"), line("b", "c"))).toEqual([
      "accepted",
      "1 duplicates",
      "accepted",
    ]);
    expect((await promptOf(slug))?.completions).toEqual([
      { key: "A", source: "m", text: "a" },
      { key: "B", source: "m", text: "b" },
      { key: "C", source: "m", text: "c" },
    ]);
  });

  test("the 1,001st completion is refused", async () => {
    const slug = newSlug();
    const many = (from: number, count: number) => ({
      id: "p",
      text: "Which?",
      completions: Array.from({ length: count }, (_, i) => ({ key: `k${from + i}`, text: "x" })),
    });
    const said = await oneByOne(slug, many(0, 999), many(999, 2), many(999, 1));
    expect(said).toEqual(["accepted", "The prompt would have 1001 completions; it may have 1000.", "accepted"]);
  });

  test("rankings that share prompt, labeler and second are all kept; one equal in every field is kept once and told", async () => {
    const slug = newSlug();
    const ranking = { labeler: newHandle(), tiers: [["A"], ["B"]], createdAt: "2026-01-05T10:00:00.000Z" };
    const answer = await sendRecords(server, slug, [
      {
        text: "Which?",
        completions: [{ text: "a" }, { text: "b" }],
        rankings: [ranking, { ...ranking, note: "again" }, ranking],
      },
    ]);
    expect(answer).toMatchObject({
      accepted: 1,
      losses: [{ what: "rankings equal in every field to another of their line", count: 1 }],
    });
    expect((await promptOf(slug))?.rankings).toEqual([
      { labeler: ranking.labeler, tiers: [["A"], ["B"]], createdAt: ranking.createdAt },
      { labeler: ranking.labeler, tiers: [["A"], ["B"]], note: "again", createdAt: ranking.createdAt },
    ]);
  });

  test("an assessment within a ranking takes the ranking's time and instructions, and a file says them once", async () => {
    const slug = newSlug();
    const labeler = newHandle();
    const time = "2026-01-05T10:00:00.000Z";
    const ranking = { labeler, tiers: [["A"], ["B"]], createdAt: time, instructions: 3 };
    const line = (assessment: object) => ({
      id: "p",
      text: "Which?",
      completions: [
        { key: "A", text: "a" },
        { key: "B", text: "b" },
      ],
      rankings: [{ ...ranking, assessments: [{ completion: "A", overall: 6, ...assessment }] }],
    });
    const said = await oneByOne(
      slug,
      { instructions: { version: 3, purpose: "TRAINING_DATA", text: "Be kind." } },
      line({ createdAt: time, instructions: 3 }),
      line({}),
      line({ createdAt: "2026-01-05T10:00:01.000Z" }),
    );
    expect(said).toEqual(["0 duplicates", "accepted", "1 duplicates", "accepted"]);
    expect((await promptOf(slug))?.rankings).toEqual([
      { ...ranking, assessments: [{ completion: "A", overall: 6 }] },
      { ...ranking, assessments: [{ completion: "A", overall: 6, createdAt: "2026-01-05T10:00:01.000Z" }] },
    ]);
    const rows = await server.database.select(
      `select a.created_at as "createdAt", i.version from assessment a join instruction_version i on i.id = a.instruction_version_id
       join dataset d on d.id = a.dataset_id where d.slug = $1 order by a.id`,
      [slug],
    );
    expect(rows).toEqual([
      { createdAt: new Date(time), version: 3 },
      { createdAt: new Date("2026-01-05T10:00:01.000Z"), version: 3 },
    ]);
  });
});

describe("splits", () => {
  const splits = async (slug: string) =>
    (await receiveRecords(server, slug)).filter(({ text }) => text).map(({ split }) => split ?? null);

  test("an author stays in one split, in whatever order the lines come", async () => {
    const slug = newSlug();
    const said = await oneByOne(
      slug,
      { text: "a", author: "x" },
      { text: "b", author: "x", split: "TEST" },
      { text: "c", author: "x" },
      { text: "d", author: "x", split: "TRAIN" },
      { text: "e", split: "TRAIN" },
      { text: "f" },
    );
    expect(said).toEqual([
      "accepted",
      "accepted",
      "accepted",
      'split is "TRAIN", but the prompts of the author "x" are in TEST, and an author stays in one split.',
      "accepted",
      "accepted",
    ]);
    expect(await splits(slug)).toEqual(["TEST", "TEST", "TEST", "TRAIN", null]);
  });

  test("a known prompt without a split takes one, and its author's prompts with it", async () => {
    const slug = newSlug();
    const said = await oneByOne(
      slug,
      { id: "1", text: "a", author: "x" },
      { id: "2", text: "b", author: "x" },
      { id: "1", text: "a", split: "VALIDATION" },
    );
    expect(said).toEqual(["accepted", "accepted", "accepted"]);
    expect(await splits(slug)).toEqual(["VALIDATION", "VALIDATION"]);
  });

  test("under groupBy PROMPT each prompt has its own", async () => {
    const slug = newSlug();
    const policy = {
      train: 0.5,
      validation: 0,
      test: 0.5,
      seed: 1,
      groupBy: "PROMPT",
      assignedAt: "2026-01-02T00:00:00.000Z",
    };
    const answer = await sendRecords(server, slug, [
      { splitPolicy: policy },
      { text: "a", author: "x", split: "TRAIN" },
      { text: "b", author: "x", split: "TEST" },
    ]);
    expect(answer).toMatchObject({ accepted: 2, rejected: 0 });
    expect(await splits(slug)).toEqual(["TRAIN", "TEST"]);
    expect((await receiveRecords(server, slug))[0]).toEqual({ splitPolicy: policy });
  });
});

describe("declarations", () => {
  test("a new labeler is registered as declared and belongs to the dataset", async () => {
    const slug = newSlug();
    const handle = newHandle();
    const answer = await sendRecords(server, slug, [
      { labeler: { handle, pool: "HELD_OUT", status: "RETIRED" } },
      { text: "a", demonstrations: [{ labeler: handle, text: "x" }] },
    ]);
    expect(answer).toMatchObject({ accepted: 1, rejected: 0 });
    expect((await receiveRecords(server, slug))[0]).toEqual({
      labeler: { handle, pool: "HELD_OUT", status: "RETIRED" },
    });
  });

  test("a labeler never declared is registered in TRAINING; a known one keeps its pool", async () => {
    const [slug, other] = [newSlug(), newSlug()];
    const [known, unknown] = [newHandle(), newHandle()];
    await sendRecords(server, slug, [{ labeler: { handle: known, pool: "HELD_OUT" } }]);
    await sendRecords(server, other, [{ text: "a", skips: [{ labeler: known }, { labeler: unknown }] }]);
    const members = (await receiveRecords(server, other)).filter((record) => "labeler" in record);
    expect(members).toEqual([
      { labeler: { handle: known, pool: "HELD_OUT", status: "ACTIVE" } },
      { labeler: { handle: unknown, pool: "TRAINING", status: "ACTIVE" } },
    ]);
  });

  test("a known labeler, version or split policy that is declared otherwise is refused", async () => {
    const slug = newSlug();
    const handle = newHandle();
    const instructions = {
      version: 2,
      purpose: "TRAINING_DATA",
      text: "Be kind.",
      criteriaOrder: ["HELPFUL", "TRUTHFUL"],
      validFrom: "2026-01-01T00:00:00.000Z",
    };
    const policy = { train: 0.8, validation: 0.1, test: 0.1 };
    const said = await oneByOne(
      slug,
      { labeler: { handle, pool: "CANDIDATE" } },
      { labeler: { handle } },
      { labeler: { handle, pool: "TRAINING" } },
      { labeler: { handle, status: "SUSPENDED" } },
      { instructions },
      { instructions: { version: 2, purpose: "TRAINING_DATA", text: "Be kind." } },
      { instructions: { ...instructions, text: "Be strict." } },
      { instructions: { ...instructions, purpose: "TOXICITY" } },
      { instructions: { ...instructions, criteriaOrder: ["TRUTHFUL", "HELPFUL"] } },
      { instructions: { ...instructions, validFrom: "2027-01-01T00:00:00.000Z" } },
      { splitPolicy: policy },
      { splitPolicy: { ...policy, seed: 0, groupBy: "AUTHOR" } },
      { splitPolicy: { ...policy, seed: 4 } },
      { splitPolicy: { ...policy, train: 0.7, test: 0.2 } },
    );
    expect(said).toEqual([
      "0 duplicates",
      "0 duplicates",
      `labeler.pool is "TRAINING", but the labeler "${handle}" is known with "CANDIDATE"; updateLabeler moves a labeler.`,
      `labeler.status is "SUSPENDED", but the labeler "${handle}" is known with "ACTIVE"; updateLabeler changes it.`,
      "0 duplicates",
      "0 duplicates",
      'instructions.text is "Be strict.", but version 2 of the instructions is known with "Be kind.".',
      'instructions.purpose is "TOXICITY", but version 2 of the instructions is known with "TRAINING_DATA".',
      'instructions.criteriaOrder is "TRUTHFUL,HELPFUL", but version 2 of the instructions is known with "HELPFUL,TRUTHFUL".',
      'instructions.validFrom is "2027-01-01T00:00:00.000Z", but version 2 of the instructions is known with "2026-01-01T00:00:00.000Z".',
      "0 duplicates",
      "0 duplicates",
      "splitPolicy.seed is 4, but the dataset's split policy has 0.",
      "splitPolicy.train is 0.7, but the dataset's split policy has 0.8.",
    ]);
  });

  test("a time that was not given is the import's, and is not invented in an export", async () => {
    const slug = newSlug();
    const before = Date.now();
    await sendRecords(server, slug, [
      { text: "a", demonstrations: [{ labeler: newHandle(), text: "x" }], completions: [{ text: "a" }] },
    ]);
    const { dataset } = await server.data<{ dataset: { prompts: { nodes: [{ createdAt: string }] } } }>(
      `{ dataset(slug: "${slug}") { prompts { nodes { createdAt } } } }`,
    );
    const time = Date.parse(dataset.prompts.nodes[0].createdAt);
    expect(time).toBeGreaterThanOrEqual(before - 1);
    expect(time).toBeLessThanOrEqual(Date.now());
    expect((await receiveFile(server, slug)).text).not.toContain("createdAt");
  });
});
