/** Prompts by the ids that whoever wrote them gave them. */
import { Fixture } from "../../support/fixture.js";
import { importText } from "../../support/import-over-http.js";
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;
let fixture: Fixture;

beforeAll(async () => {
  server = await startTestServer();
  fixture = new Fixture(server.database);
  const lines = ["1", "a b", "déjà", "x".repeat(500)].map((id) => JSON.stringify({ id, text: `text of ${id}` }));
  await importText(server, "named", `${lines.join("\n")}\n{"text":"without an id"}\n`);
  await importText(server, "other", '{"id":"1","text":"of the other"}\n');
});

afterAll(() => server.close());

const MANY = `query ($slug: String = "named", $ids: [String!]!) {
  dataset(slug: $slug) { promptsByExternalId(externalIds: $ids) { externalId text dataset { slug } } }
}`;
type Many = { dataset: { promptsByExternalId: ({ externalId: string; text: string } | null)[] } };

test("are answered in the order asked for, twice where asked twice, null where there is none", async () => {
  const ids = ["déjà", "none", "1", "a b", "1", "", "without an id", "x".repeat(500), "x".repeat(501)];
  const { dataset } = await server.data<Many>(MANY, { ids });
  const found = (id: string) => ({ externalId: id, text: `text of ${id}`, dataset: { slug: "named" } });
  expect(dataset.promptsByExternalId).toEqual([
    found("déjà"),
    null,
    found("1"),
    found("a b"),
    found("1"),
    null,
    null,
    found("x".repeat(500)),
    null,
  ]);
  expect((await server.data<Many>(MANY, { ids: [] })).dataset.promptsByExternalId).toEqual([]);
});

test("are those of the dataset asked, one at a time too, whether imported or created", async () => {
  const create = "mutation ($input: CreatePromptsInput!) { createPrompts(input: $input) { id } }";
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "other") { id } }');
  const input = { datasetId: dataset.id, prompts: [{ externalId: "made", text: "made here", source: "LABELER" }] };
  const { createPrompts } = await server.data<{ createPrompts: { id: string }[] }>(create, { input });
  const query = `{ dataset(slug: "other") {
    one: promptByExternalId(externalId: "1") { text } made: promptByExternalId(externalId: "made") { id }
    none: promptByExternalId(externalId: "déjà") { text } } }`;
  expect(await server.data(query)).toEqual({
    dataset: { one: { text: "of the other" }, made: { id: createPrompts[0]?.id }, none: null },
  });
});

test("are of the same revision as all else in the answer", async () => {
  const later = await fixture.dataset("later", { revision: 1 });
  await fixture.prompt(later, { externalId: "next", addedIn: 2 });
  const query = '{ dataset(slug: "later") { promptByExternalId(externalId: "next") { text } } }';
  expect(await server.data(query)).toEqual({ dataset: { promptByExternalId: null } });
});

test("1,000 are answered and 1,001 refused, and so is what no id can be, with the place", async () => {
  const ids = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`);
  const { dataset } = await server.data<Many>(MANY, { ids: ids(1000) });
  expect(dataset.promptsByExternalId).toHaveLength(1000);
  const refusal = async (given: string[]) => (await server.graphql(MANY, { ids: given })).errors?.[0];
  expect(await refusal(ids(1001))).toMatchObject({
    message: "externalIds holds 1001 ids; it may hold 1000.",
    extensions: { code: "BAD_USER_INPUT", field: "externalIds" },
  });
  expect(await refusal(["1", "a\u0000"])).toMatchObject({
    extensions: { code: "BAD_USER_INPUT", field: "externalIds.1" },
  });
  const { errors } = await server.graphql(MANY, { ids: ["\ud800", "1", "a\u0000"] });
  expect(errors?.map(({ extensions }) => extensions.field)).toEqual(["externalIds.0", "externalIds.2"]);
});

test("what is below a long list costs as often as ids are named", async () => {
  const below = `query ($ids: [String!]!) { dataset(slug: "named") { promptsByExternalId(externalIds: $ids) {
    rankings(first: 200) { nodes { tiers { key } } } } } }`;
  const answer = await server.graphql(below, { ids: Array.from({ length: 1000 }, (_, i) => `n${i}`) });
  expect(answer.errors?.[0]?.extensions.code).toBe("TOO_COMPLEX");
});

test("a dataset says in which tokenizer its lengths are counted", async () => {
  const create =
    'mutation { createDataset(input: { slug: "bytes", name: "Bytes", tokenizer: "BYTES" }) { tokenizer } }';
  expect(await server.data(create)).toEqual({ createDataset: { tokenizer: "BYTES" } });
  expect(await server.data('{ dataset(slug: "named") { tokenizer } }')).toEqual({ dataset: { tokenizer: "GPT2" } });
});
