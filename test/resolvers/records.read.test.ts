/** Every field of every record, read through `node`. */
import { globalId, type NodeType } from "../../src/services/input/global-id.js";
import { Fixture } from "../support/fixture.js";
import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;
const ids: Record<string, string> = {};

beforeAll(async () => {
  server = await startTestServer();
  const fixture = new Fixture(server.database);
  const dataset = await fixture.dataset("records", { revision: 2 });
  const [ann, bob] = [
    await fixture.labeler("ann"),
    await fixture.labeler("bob", { pool: "HELD_OUT", status: "RETIRED" }),
  ];
  await fixture.member(dataset, ann);
  await fixture.member(dataset, bob, "HELD_OUT");
  const version = await fixture.instructions(dataset, 3, { purpose: "TOXICITY" });
  const prompt = await fixture.prompt(dataset, {
    text: "Name a mood.",
    externalId: "p-1",
    kind: "FEW_SHOT",
    fewShot: [{ query: "rain", response: "gloomy" }],
    source: "CUSTOMER",
    author: "user-9",
    useCase: "CLASSIFICATION",
    language: "en",
    traits: { HIGH_STAKES: null, AMBIGUOUS: true, CLOSED_DOMAIN: false },
    tags: ["b", "a"],
    metadata: { z: 1, a: { deep: [true, null] } },
    createdAt: new Date("2026-01-05T10:00:00.123Z"),
    split: "VALIDATION",
    exclusion: { reason: "spam", from: ["SFT", "PPO"], by: "an admin", at: new Date("2026-02-01T00:00:00.000Z") },
  });
  const bare = await fixture.prompt(dataset, { text: "Bare.", stages: [] });
  const completions = await fixture.completions(dataset, prompt, 4, { source: "sft-1", texts: ["", "x", "y", "z"] });
  const demonstration = await fixture.demonstration(dataset, prompt, ann, "cheerful", { instructions: version });
  const old = await fixture.ranking(dataset, prompt, bob, [[1], [0, 2, 3]], { removedIn: 2 });
  await fixture.assessment(dataset, prompt, completions[1]!, bob, { ranking: old, overall: 7, removedIn: 2 });
  const ranking = await fixture.ranking(dataset, prompt, bob, [[3], [0], [1, 2]], {
    addedIn: 2,
    supersedes: old,
    displayOrder: [2, 0, 3, 1],
    durationMs: 41_000,
    note: "close",
    instructions: version,
  });
  const assessment = await fixture.assessment(dataset, prompt, completions[0]!, bob, {
    addedIn: 2,
    ranking,
    overall: 1,
    labels: { EXPRESSES_OPINION: null, FAILS_INSTRUCTION: true, HALLUCINATION: false },
    toxicity: { output: 0, relative: -1 },
    instructions: version,
  });
  const alone = await fixture.assessment(dataset, prompt, completions[0]!, ann, { overall: 4 });
  await fixture.skip(dataset, bare, bob);
  const facts = {
    Dataset: dataset,
    Labeler: bob,
    InstructionVersion: version,
    Prompt: prompt,
    Demonstration: demonstration,
  };
  for (const [type, id] of Object.entries(facts)) ids[type] = globalId(type as NodeType, id);
  ids.bare = globalId("Prompt", bare);
  ids.Completion = globalId("Completion", completions[0]!);
  ids.Ranking = globalId("Ranking", ranking);
  ids.old = globalId("Ranking", old);
  ids.Assessment = globalId("Assessment", assessment);
  ids.alone = globalId("Assessment", alone);
});

afterAll(() => server.close());

const node = async (id: string | undefined, fields: string) => {
  const { node } = await server.data<{ node: Record<string, unknown> }>(
    `query ($id: ID!) { node(id: $id) { __typename id ${fields} } }`,
    { id },
  );
  return node;
};

test("a prompt: traits in the vocabulary's order, exclusion, stages that exclusion does not change", async () => {
  const fields = `text externalId kind fewShot { query response } useCase source author language traits { trait value }
    exclusion { reason from by at } stages split tags metadata createdAt dataset { slug } demonstrations { text }
    completions { key } rankings { totalCount nodes { notation } }`;
  expect(await node(ids.Prompt, `... on Prompt { ${fields} }`)).toEqual({
    __typename: "Prompt",
    id: ids.Prompt,
    text: "Name a mood.",
    externalId: "p-1",
    kind: "FEW_SHOT",
    fewShot: [{ query: "rain", response: "gloomy" }],
    useCase: "CLASSIFICATION",
    source: "CUSTOMER",
    author: "user-9",
    language: "en",
    traits: [
      { trait: "AMBIGUOUS", value: true },
      { trait: "CLOSED_DOMAIN", value: false },
      { trait: "HIGH_STAKES", value: null },
    ],
    exclusion: { reason: "spam", from: ["SFT", "PPO"], by: "an admin", at: "2026-02-01T00:00:00.000Z" },
    stages: ["SFT", "RM"],
    split: "VALIDATION",
    tags: ["b", "a"],
    metadata: { z: 1, a: { deep: [true, null] } },
    createdAt: "2026-01-05T10:00:00.123Z",
    dataset: { slug: "records" },
    demonstrations: [{ text: "cheerful" }],
    completions: [{ key: "A" }, { key: "B" }, { key: "C" }, { key: "D" }],
    rankings: { totalCount: 1, nodes: [{ notation: "D>A>B=C" }] },
  });
});

test("a prompt of which nothing is known: nulls and empty lists; stages stated as none", async () => {
  const fields = `externalId useCase author language split exclusion { reason } traits { trait } tags metadata fewShot { query }
    stages kind demonstrations { id } completions { id } rankings { nodes { id } totalCount }`;
  expect(await node(ids.bare, `... on Prompt { ${fields} }`)).toEqual({
    __typename: "Prompt",
    id: ids.bare,
    externalId: null,
    useCase: null,
    author: null,
    language: null,
    split: null,
    exclusion: null,
    traits: [],
    tags: [],
    metadata: {},
    fewShot: [],
    stages: [],
    kind: "PLAIN",
    demonstrations: [],
    completions: [],
    rankings: { nodes: [], totalCount: 0 },
  });
});

test("a completion with its assessments, oldest first, and an empty text", async () => {
  const fields =
    "key text source sampleIndex version createdAt prompt { externalId } assessments { totalCount nodes { id overall } }";
  expect(await node(ids.Completion, `... on Completion { ${fields} }`)).toMatchObject({
    key: "A",
    text: "",
    source: "sft-1",
    sampleIndex: 0,
    version: 1,
    prompt: { externalId: "p-1" },
    assessments: {
      totalCount: 2,
      nodes: [
        { id: ids.Assessment, overall: 1 },
        { id: ids.alone, overall: 4 },
      ],
    },
  });
});

test("a ranking: tiers, notation, the strict pairs of D>A>B=C (5 of 6), display order, what it supersedes", async () => {
  const pair = "{ winner { key } loser { key } }";
  const fields = `durationMs note notation tiers { key } comparisons ${pair} displayOrder { key } labeler { handle pool }
    prompt { externalId } assessments { overall } instructionVersion { version } createdAt
    supersedes { id notation displayOrder { key } supersedes { id } assessments { overall completion { key } } }`;
  const compared = (winner: string, loser: string) => ({ winner: { key: winner }, loser: { key: loser } });
  expect(await node(ids.Ranking, `... on Ranking { ${fields} }`)).toEqual({
    __typename: "Ranking",
    id: ids.Ranking,
    durationMs: 41_000,
    note: "close",
    notation: "D>A>B=C",
    tiers: [[{ key: "D" }], [{ key: "A" }], [{ key: "B" }, { key: "C" }]],
    comparisons: [compared("D", "A"), compared("D", "B"), compared("D", "C"), compared("A", "B"), compared("A", "C")],
    displayOrder: [{ key: "C" }, { key: "A" }, { key: "D" }, { key: "B" }],
    labeler: { handle: "bob", pool: "HELD_OUT" },
    prompt: { externalId: "p-1" },
    assessments: [{ overall: 1 }],
    instructionVersion: { version: 3 },
    createdAt: expect.stringMatching(/^2026-01-05T10:/),
    // What was superseded keeps what was given with it, though none of that counts any more.
    supersedes: {
      id: ids.old,
      notation: "B>A=C=D",
      displayOrder: null,
      supersedes: null,
      assessments: [{ overall: 7, completion: { key: "B" } }],
    },
  });
  expect(await node(ids.old, "... on Ranking { notation }")).toMatchObject({ notation: "B>A=C=D" });
});

test("an assessment: labels asked only, in the vocabulary's order; toxicity in part, or none", async () => {
  const fields = `overall labels { label value } toxicity { input output relative continuity } completion { key }
    labeler { handle } ranking { id } instructionVersion { purpose } createdAt`;
  expect(await node(ids.Assessment, `... on Assessment { ${fields} }`)).toEqual({
    __typename: "Assessment",
    id: ids.Assessment,
    overall: 1,
    labels: [
      { label: "FAILS_INSTRUCTION", value: true },
      { label: "HALLUCINATION", value: false },
      { label: "EXPRESSES_OPINION", value: null },
    ],
    toxicity: { input: null, output: 0, relative: -1, continuity: null },
    completion: { key: "A" },
    labeler: { handle: "bob" },
    ranking: { id: ids.Ranking },
    instructionVersion: { purpose: "TOXICITY" },
    createdAt: expect.any(String),
  });
  expect(await node(ids.alone, `... on Assessment { ${fields} }`)).toMatchObject({
    labels: [],
    toxicity: null,
    ranking: null,
    instructionVersion: null,
  });
});

test("a demonstration, a version of the instructions, a labeler with counts that leave superseded work out", async () => {
  const demonstration = "text createdAt prompt { externalId } labeler { handle } instructionVersion { version }";
  expect(await node(ids.Demonstration, `... on Demonstration { ${demonstration} }`)).toMatchObject({
    text: "cheerful",
    prompt: { externalId: "p-1" },
    labeler: { handle: "ann" },
    instructionVersion: { version: 3 },
  });
  const version = "version purpose text criteriaOrder validFrom";
  expect(await node(ids.InstructionVersion, `... on InstructionVersion { ${version} }`)).toMatchObject({
    version: 3,
    purpose: "TOXICITY",
    text: "Rules, version 3.",
    criteriaOrder: ["HELPFUL", "TRUTHFUL", "HARMLESS"],
  });
  const labeler = "handle pool status createdAt counts { demonstrations rankings assessments skipped }";
  expect(await node(ids.Labeler, `... on Labeler { ${labeler} }`)).toMatchObject({
    handle: "bob",
    pool: "HELD_OUT",
    status: "RETIRED",
    counts: { demonstrations: 0, rankings: 1, assessments: 1, skipped: 1 },
  });
});

test("nodes keep their order, and say null for what is not there", async () => {
  const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
  const gone = globalId("Prompt", "999999");
  const { nodes } = await server.data<{ nodes: unknown[] }>(query, {
    ids: [ids.Labeler, gone, ids.Prompt, ids.Labeler],
  });
  expect(nodes).toEqual([
    { __typename: "Labeler", id: ids.Labeler },
    null,
    { __typename: "Prompt", id: ids.Prompt },
    { __typename: "Labeler", id: ids.Labeler },
  ]);
  expect(await server.data("query ($id: ID!) { node(id: $id) { id } }", { id: gone })).toEqual({ node: null });
});

test.each([
  ["a word", "nonsense"],
  ["nothing", ""],
  ["an id of an unknown type", Buffer.from("Secret:1").toString("base64url")],
  ["a number beyond bigint", Buffer.from(`Prompt:${"9".repeat(30)}`).toString("base64url")],
  ["a leading zero", Buffer.from("Prompt:01").toString("base64url")],
])("what is no id is refused: %s", async (_, id) => {
  const one = await server.graphql("query ($id: ID!) { node(id: $id) { id } }", { id });
  expect(one.errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "id" });
  const several = await server.graphql("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: [ids.Prompt, id] });
  expect(several.errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "ids.1" });
});

test("101 ids at once are refused, 100 answered", async () => {
  const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
  const refused = await server.graphql(query, { ids: Array(101).fill(ids.Prompt) });
  expect(refused.errors?.[0]).toMatchObject({
    message: "ids holds 101 ids; it may hold 100.",
    extensions: { code: "BAD_USER_INPUT", field: "ids" },
  });
  expect((await server.data<{ nodes: unknown[] }>(query, { ids: Array(100).fill(ids.Prompt) })).nodes).toHaveLength(
    100,
  );
});

test("a dataset by id or slug: exactly one, of the right type, storable", async () => {
  const query =
    "query ($id: ID, $slug: String) { dataset(id: $id, slug: $slug) { id slug name description revision } }";
  const found = { id: ids.Dataset, slug: "records", name: "Dataset records", description: "", revision: 2 };
  expect(await server.data(query, { id: ids.Dataset })).toEqual({ dataset: found });
  expect(await server.data(query, { slug: "records" })).toEqual({ dataset: found });
  expect(await server.data(query, { slug: "no such" })).toEqual({ dataset: null });
  for (const [variables, field] of [
    [{}, "id"],
    [{ id: ids.Dataset, slug: "records" }, "id"],
    [{ id: ids.Prompt }, "id"],
    [{ slug: "nul\0" }, "slug"],
  ] as const) {
    const { errors } = await server.graphql(query, variables);
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field });
  }
});
