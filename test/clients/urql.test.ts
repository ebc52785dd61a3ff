/** @urql/core and graphcache as docs/clients.md sets them up: queries by GET, answers in whatever they accept. */
import type { Client, CombinedError, OperationResult } from "@urql/core";
import { startTestServer, type TestServer } from "../support/server.js";
import { exampleClient } from "./examples.js";

let server: TestServer;
let datasetId: string;

beforeAll(async () => {
  server = await startTestServer();
  const { createDataset } = await server.data<{ createDataset: { id: string } }>(
    'mutation { createDataset(input: { slug: "a", name: "A" }) { id } }',
  );
  datasetId = createDataset.id;
});
afterAll(() => server.close());

/** A request and its answer, as they went over the wire. */
interface Exchange {
  readonly method: string;
  readonly status: number;
  readonly type: string | null;
}

/** The client of docs/clients.md; `wire` is told what was exchanged, and `answered` that something was. */
async function connect(name: string, { key = server.adminKey, wire = [] as Exchange[], answered = () => {} } = {}) {
  const client = await exampleClient<Client>(name, { url: server.url, key });
  // Client takes its own fetch from the operation's context: the wire is watched there, and nothing else is changed.
  const watched: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    wire.push({ method: init?.method ?? "GET", status: answer.status, type: answer.headers.get("content-type") });
    answered();
    return answer;
  };
  return { client, context: { fetch: watched } };
}

const codesOf = (error: CombinedError | undefined) => error?.graphQLErrors.map(({ extensions }) => extensions.code);
const RESPONSE_TYPE = "application/graphql-response+json; charset=utf-8";
const RENAME = "mutation ($input: UpdateDatasetInput!) { updateDataset(input: $input) { name } }";

test("a query goes by GET and is answered in JSON", async () => {
  const wire: Exchange[] = [];
  const { client, context } = await connect("urql", { wire });
  const query = "query ($slug: String!) { dataset(slug: $slug) { name } }";
  const { data, error } = await client.query(query, { slug: "a" }, context);
  expect({ data, error }).toEqual({ data: { dataset: { __typename: "Dataset", name: "A" } }, error: undefined });
  expect(wire).toEqual([{ method: "GET", status: 200, type: RESPONSE_TYPE }]);
});

test("a query by POST, and a mutation, are answered in JSON, although a stream is accepted", async () => {
  const wire: Exchange[] = [];
  const { client, context } = await connect("urql", { wire });
  const asked = await client.query("{ viewer { role } }", {}, { ...context, preferGetMethod: false });
  expect(asked.data).toEqual({ viewer: { __typename: "Viewer", role: "ADMIN" } });
  const renamed = await client.mutation(RENAME, { input: { id: datasetId, name: "A" } }, context);
  expect(renamed.error).toBeUndefined();
  const answer = { method: "POST", status: 200, type: RESPONSE_TYPE };
  expect(wire).toEqual([answer, answer]);
});

test("an error arrives with its code: of an operation, of a wrong key", async () => {
  const { client } = await connect("urql");
  expect(codesOf((await client.query('{ dataset(slug: "a") { nonsense } }', {})).error)).toEqual(["BAD_USER_INPUT"]);
  for (const preferGetMethod of [true, false]) {
    const { client: refused } = await connect("urql", { key: "accord_wrong" });
    const { error } = await refused.query("{ viewer { role } }", {}, { preferGetMethod });
    expect([error?.response?.status, codesOf(error)]).toEqual([401, ["UNAUTHENTICATED"]]);
  }
});

test("a subscription comes as a stream of events", async () => {
  const wire: Exchange[] = [];
  const answered = () => void server.data(RENAME, { input: { id: datasetId, name: "B" } });
  const { client, context } = await connect("urql", { wire, answered });
  const query = "subscription ($id: ID!) { datasetChanged(datasetId: $id) { name } }";
  let unsubscribe = () => {};
  const told = await new Promise<OperationResult>((resolve) => {
    ({ unsubscribe } = client.subscription(query, { id: datasetId }, context).subscribe(resolve));
  });
  unsubscribe();
  expect(told.error).toBeUndefined();
  expect(told.data).toMatchObject({ datasetChanged: { name: "B" } });
  expect(wire).toEqual([{ method: "POST", status: 200, type: "text/event-stream; charset=utf-8" }]);
});

test.each(["first: 500", 'after: "nonsense"', "revision: 1000000"])(
  "graphcache keeps no null of a dataset whose prompts were asked with %s",
  async (argument) => {
    const { client } = await connect("graphcache");
    const wrong = await client.query(`{ dataset(slug: "a") { id prompts(${argument}) { totalCount } } }`, {});
    expect(codesOf(wrong.error)).toEqual(["BAD_USER_INPUT"]);
    const { data, error } = await client.query('{ dataset(slug: "a") { id slug } }', {});
    expect({ data, error }).toMatchObject({ data: { dataset: { id: datasetId, slug: "a" } }, error: undefined });
  },
);
