/** Who sees what, through every path that reads: hidden is as if it were not there. */
import { globalId } from "../../src/services/input/global-id.js";
import { Fixture } from "../support/fixture.js";
import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;
const keys: Record<string, string> = {};
const ids: Record<string, string> = {};

/** ann works in both datasets, bob in the hidden one only; the client is granted `seen`. */
beforeAll(async () => {
  server = await startTestServer();
  const fixture = new Fixture(server.database);
  const ann = await fixture.labeler("ann");
  const bob = await fixture.labeler("bob");
  const datasets: Record<string, string> = {};
  for (const [slug, labeler] of [
    ["seen", ann],
    ["hidden", bob],
  ] as const) {
    const dataset = await fixture.dataset(slug);
    datasets[slug] = dataset;
    await fixture.member(dataset, labeler);
    const version = await fixture.instructions(dataset, 1);
    const prompt = await fixture.prompt(dataset);
    const [a] = await fixture.completions(dataset, prompt, 2);
    const ranking = await fixture.ranking(dataset, prompt, labeler, [[0], [1]]);
    const demonstration = await fixture.demonstration(dataset, prompt, labeler, "text");
    const assessment = await fixture.assessment(dataset, prompt, a as string, labeler, { overall: 5 });
    if (slug === "hidden") {
      await fixture.member(dataset, ann);
      await fixture.ranking(dataset, prompt, ann, [[1], [0]]);
      await fixture.skip(dataset, prompt, ann);
    }
    ids[`Dataset ${slug}`] = globalId("Dataset", dataset);
    ids[`Prompt ${slug}`] = globalId("Prompt", prompt);
    ids[`Completion ${slug}`] = globalId("Completion", a as string);
    ids[`Ranking ${slug}`] = globalId("Ranking", ranking);
    ids[`Demonstration ${slug}`] = globalId("Demonstration", demonstration);
    ids[`Assessment ${slug}`] = globalId("Assessment", assessment);
    ids[`InstructionVersion ${slug}`] = globalId("InstructionVersion", version);
  }
  const unrelated = await fixture.dataset("unrelated");
  ids["InstructionVersion unrelated"] = globalId("InstructionVersion", await fixture.instructions(unrelated, 1));
  ids["Labeler ann"] = globalId("Labeler", ann);
  ids["Labeler bob"] = globalId("Labeler", bob);
  await server.database.select("insert into audit_entry (by, action) values ('x', 'y')", []);
  ids.ApiKey = globalId("ApiKey", "1");
  ids.AuditEntry = globalId("AuditEntry", "1");
  const seen = datasets.seen as string;
  keys.ADMIN = server.adminKey;
  keys.ANALYST = await server.key("ANALYST");
  keys.CLIENT = await server.key("CLIENT", { datasetIds: [seen] });
  keys.NOBODY = await server.key("CLIENT", { datasetIds: [] });
  keys.LABELER = await server.key("LABELER", { labelerId: bob });
  keys.INVITED = await server.key("LABELER", { labelerId: bob, datasetIds: [unrelated] });
});

afterAll(() => server.close());

const EVERYTHING = () => Object.keys(ids);
const ofDataset = (slug: string) => EVERYTHING().filter((name) => name.endsWith(` ${slug}`));

/** What each kind of key sees by id. */
const VISIBLE: [string, () => string[]][] = [
  ["ADMIN", EVERYTHING],
  ["ANALYST", () => EVERYTHING().filter((name) => name !== "ApiKey")],
  ["CLIENT", () => [...ofDataset("seen"), "Labeler ann"]],
  ["NOBODY", () => []],
  ["LABELER", () => ["InstructionVersion hidden", "Labeler bob"]],
  ["INVITED", () => ["InstructionVersion hidden", "InstructionVersion unrelated", "Labeler bob"]],
];

test.each(VISIBLE)("%s by id, one at a time and together; the rest is null without an error", async (key, visible) => {
  const expected = visible().sort();
  const together = await server.graphql<{ nodes: ({ id: string } | null)[] }>(
    "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
    { ids: Object.values(ids) },
    keys[key],
  );
  expect(together.errors).toBeUndefined();
  const found = EVERYTHING().filter((_, i) => together.data?.nodes[i] !== null);
  expect(found.sort()).toEqual(expected);
  for (const [name, id] of Object.entries(ids)) {
    const alone = await server.graphql<{ node: unknown }>(
      "query ($id: ID!) { node(id: $id) { id } }",
      { id },
      keys[key],
    );
    expect([name, alone.errors, alone.data?.node !== null]).toEqual([name, undefined, expected.includes(name)]);
  }
});

test.each([
  ["ADMIN", ["seen", "hidden", "unrelated"]],
  ["ANALYST", ["seen", "hidden", "unrelated"]],
  ["CLIENT", ["seen"]],
  ["NOBODY", []],
  ["LABELER", []],
  ["INVITED", []],
])("%s: datasets by list, viewer, slug and id", async (key, expected) => {
  type Answer = {
    datasets: { totalCount: number; nodes: { slug: string }[] };
    viewer: { datasets: { slug: string }[] };
  };
  const { data } = await server.graphql<Answer>(
    "{ datasets { totalCount nodes { slug } } viewer { datasets { slug } } }",
    {},
    keys[key],
  );
  expect(data?.datasets.nodes.map(({ slug }) => slug)).toEqual(expected);
  expect(data?.datasets.totalCount).toBe(expected.length);
  expect(data?.viewer.datasets.map(({ slug }) => slug)).toEqual(expected);
  for (const slug of ["seen", "hidden"]) {
    const query = "query ($id: ID, $slug: String) { dataset(id: $id, slug: $slug) { slug } }";
    const visible = (expected as string[]).includes(slug) ? { slug } : null;
    expect((await server.graphql(query, { slug }, keys[key])).data).toEqual({ dataset: visible });
    expect((await server.graphql(query, { id: ids[`Dataset ${slug}`] }, keys[key])).data).toEqual({ dataset: visible });
  }
});

test.each([
  ["labelers", ["ADMIN", "ANALYST"]],
  ["auditLog", ["ADMIN", "ANALYST"]],
  ["apiKeys", ["ADMIN"]],
])("%s is for %j, FORBIDDEN to others", async (list, allowed) => {
  for (const [name, key] of Object.entries(keys)) {
    const { errors } = await server.graphql(`{ ${list} { totalCount nodes { id } } }`, {}, key);
    expect([name, errors?.[0]?.extensions.code]).toEqual([name, allowed.includes(name) ? undefined : "FORBIDDEN"]);
  }
});

test("a labeler's work is counted over the datasets that the viewer may see; a labeler sees all of its own", async () => {
  const query = `query ($id: ID!) { node(id: $id) { ... on Labeler {
    handle counts { demonstrations rankings assessments skipped } } } }`;
  const counts = async (key: string, id: string | undefined) =>
    (await server.graphql<{ node: { counts: unknown } | null }>(query, { id }, keys[key])).data?.node?.counts;
  const all = { demonstrations: 1, rankings: 2, assessments: 1, skipped: 1 };
  expect(await counts("ADMIN", ids["Labeler ann"])).toEqual(all);
  expect(await counts("ANALYST", ids["Labeler ann"])).toEqual(all);
  expect(await counts("CLIENT", ids["Labeler ann"])).toEqual({ ...all, rankings: 1, skipped: 0 });
  const own = { demonstrations: 1, rankings: 1, assessments: 1, skipped: 0 };
  expect(await counts("LABELER", ids["Labeler bob"])).toEqual(own);
  expect(await counts("LABELER", ids["Labeler ann"])).toBeUndefined();
});

test("viewer: a LABELER's own facts and the instructions it works under; others have neither", async () => {
  const query = "{ viewer { name role labeler { handle counts { rankings } } instructions { id version } } }";
  const instructions = (...names: string[]) =>
    names.map((name) => ({ id: ids[`InstructionVersion ${name}`], version: 1 }));
  expect((await server.graphql(query, {}, keys.LABELER)).data?.viewer).toMatchObject({
    role: "LABELER",
    labeler: { handle: "bob", counts: { rankings: 1 } },
    instructions: instructions("hidden"),
  });
  expect((await server.graphql(query, {}, keys.INVITED)).data?.viewer).toMatchObject({
    instructions: instructions("hidden", "unrelated"),
  });
  for (const [key, role] of [
    ["ADMIN", "ADMIN"],
    ["ANALYST", "ANALYST"],
    ["CLIENT", "CLIENT"],
  ] as const) {
    const { data } = await server.graphql(query, {}, keys[key]);
    expect(data?.viewer).toMatchObject({ role, labeler: null, instructions: [] });
  }
});

test("a key shows its labeler, its grants where its role needs any, and never a secret", async () => {
  type Key = { role: string; labeler: { handle: string } | null; datasets: { slug: string }[] | null };
  const { apiKeys } = await server.data<{ apiKeys: { nodes: Key[] } }>(
    "{ apiKeys { nodes { id name role labeler { handle } datasets { slug } createdAt expiresAt lastUsedAt revokedAt } } }",
  );
  const shown = apiKeys.nodes.map(({ role, labeler, datasets }) => [
    role,
    labeler?.handle ?? null,
    datasets?.map(({ slug }) => slug) ?? null,
  ]);
  expect(shown).toEqual([
    ["ADMIN", null, null],
    ["ANALYST", null, null],
    ["CLIENT", null, ["seen"]],
    ["CLIENT", null, []],
    ["LABELER", "bob", []],
    ["LABELER", "bob", ["unrelated"]],
  ]);
  const fields = await server.data<{ __type: { fields: { name: string }[] } }>(
    '{ __type(name: "ApiKey") { fields { name } } }',
  );
  expect(fields.__type.fields.map(({ name }) => name).filter((name) => /secret|hash/i.test(name))).toEqual([]);
});
