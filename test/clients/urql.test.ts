/** @urql/core as it comes: queries by GET, answers in whatever it accepts, subscriptions by fetch. */
import { Client, type CombinedError, cacheExchange, fetchExchange, gql, type OperationResult } from "@urql/core";
import { startTestServer, type TestServer } from "../support/server.js";

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
function connect(
  options: { key?: string; post?: boolean; subscriptions?: boolean } = {},
  wire: Exchange[] = [],
  answered = () => {},
): Client {
  return new Client({
    url: `${server.url}/graphql`,
    exchanges: [cacheExchange, fetchExchange],
    fetchOptions: { headers: { authorization: `Bearer ${options.key ?? server.adminKey}` } },
    ...(options.post ? { preferGetMethod: false } : {}),
    ...(options.subscriptions ? { fetchSubscriptions: true } : {}),
    fetch: async (input, init) => {
      const answer = await fetch(input, init);
      wire.push({ method: init?.method ?? "GET", status: answer.status, type: answer.headers.get("content-type") });
      answered();
      return answer;
    },
  });
}

const codesOf = (error: CombinedError | undefined) => error?.graphQLErrors.map(({ extensions }) => extensions.code);
const RESPONSE_TYPE = "application/graphql-response+json; charset=utf-8";

test("a query goes by GET and is answered in JSON", async () => {
  const wire: Exchange[] = [];
  const { data, error } = await connect({}, wire).query(gql`query ($slug: String!) { dataset(slug: $slug) { name } }`, {
    slug: "a",
  });
  expect({ data, error }).toEqual({ data: { dataset: { __typename: "Dataset", name: "A" } }, error: undefined });
  expect(wire).toEqual([{ method: "GET", status: 200, type: RESPONSE_TYPE }]);
});

test("a query by POST, and a mutation, are answered in JSON, although a stream is accepted", async () => {
  const wire: Exchange[] = [];
  const client = connect({ post: true }, wire);
  expect((await client.query("{ viewer { role } }", {})).data).toEqual({
    viewer: { __typename: "Viewer", role: "ADMIN" },
  });
  const rename = gql`mutation ($input: UpdateDatasetInput!) { updateDataset(input: $input) { name } }`;
  expect((await client.mutation(rename, { input: { id: datasetId, name: "A" } })).error).toBeUndefined();
  expect(wire).toEqual([
    { method: "POST", status: 200, type: RESPONSE_TYPE },
    { method: "POST", status: 200, type: RESPONSE_TYPE },
  ]);
});

test("an error arrives with its code: of an operation, of a wrong key", async () => {
  const { error } = await connect().query('{ dataset(slug: "none") { nonsense } }', {});
  expect(codesOf(error)).toEqual(["BAD_USER_INPUT"]);
  for (const post of [false, true]) {
    const refused = await connect({ key: "accord_wrong", post }).query("{ viewer { role } }", {});
    expect([refused.error?.response?.status, codesOf(refused.error)]).toEqual([401, ["UNAUTHENTICATED"]]);
  }
});

test("a subscription comes as a stream of events", async () => {
  const wire: Exchange[] = [];
  const rename = () =>
    void server.data("mutation ($input: UpdateDatasetInput!) { updateDataset(input: $input) { id } }", {
      input: { id: datasetId, name: "B" },
    });
  const client = connect({ subscriptions: true }, wire, rename);
  const query = "subscription ($id: ID!) { datasetChanged(datasetId: $id) { name } }";
  let unsubscribe = () => {};
  const told = await new Promise<OperationResult>((resolve) => {
    ({ unsubscribe } = client.subscription(query, { id: datasetId }).subscribe(resolve));
  });
  unsubscribe();
  expect(told.error).toBeUndefined();
  expect(told.data).toMatchObject({ datasetChanged: { name: "B" } });
  expect(wire).toEqual([{ method: "POST", status: 200, type: "text/event-stream; charset=utf-8" }]);
});
