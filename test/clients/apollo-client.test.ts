/** Apollo Client 4 as docs/clients.md sets it up. */
import { ApolloClient, CombinedGraphQLErrors, gql, InMemoryCache } from "@apollo/client";
import Fastify from "fastify";
import { AppError } from "../../src/errors.js";
import { registerErrors } from "../../src/server/requests/http-errors.js";
import { startTestServer, type TestServer } from "../support/server.js";
import { exampleClient } from "./examples.js";

let server: TestServer;
let datasetId: string;
const clients: ApolloClient[] = [];

beforeAll(async () => {
  server = await startTestServer({ RATE_LIMIT: "60" });
  const { createDataset } = await server.data<{ createDataset: { id: string } }>(
    'mutation { createDataset(input: { slug: "a", name: "A" }) { id } }',
  );
  datasetId = createDataset.id;
});
afterEach(() => {
  for (const client of clients.splice(0)) client.stop();
});
afterAll(() => server.close());

async function connect(key = server.adminKey): Promise<ApolloClient> {
  const client = await exampleClient<ApolloClient>("apollo", { url: server.url, key });
  clients.push(client);
  return client;
}

const VIEWER = gql`{ viewer { role } }`;

/** The code of the error that an operation ends in. */
async function codeOf(asked: Promise<unknown>): Promise<unknown> {
  const error = await asked.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(CombinedGraphQLErrors.is(error)).toBe(true);
  return CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code : null;
}

test("a query, a mutation", async () => {
  const client = await connect();
  expect(client.cache).toBeInstanceOf(InMemoryCache);
  const { data } = await client.query({ query: VIEWER });
  expect(data).toEqual({ viewer: { __typename: "Viewer", role: "ADMIN" } });
  const mutation = gql`mutation ($input: UpdateDatasetInput!) { updateDataset(input: $input) { id name } }`;
  const renamed = await client.mutate({ mutation, variables: { input: { id: datasetId, name: "A" } } });
  expect(renamed.data).toMatchObject({ updateDataset: { name: "A" } });
});

test("an error arrives with its code: of an operation, of a wrong key (401), of too many requests (429)", async () => {
  const client = await connect();
  expect(await codeOf(client.query({ query: gql`{ dataset(slug: "a") { nonsense } }` }))).toBe("BAD_USER_INPUT");
  expect(await codeOf((await connect("accord_wrong")).query({ query: VIEWER }))).toBe("UNAUTHENTICATED");
  const key = await server.key("ANALYST");
  for (let i = 0; i < 100; i++) if ((await server.graphql("{ viewer { role } }", {}, key)).status === 429) break;
  expect(await codeOf((await connect(key)).query({ query: VIEWER, fetchPolicy: "no-cache" }))).toBe("RATE_LIMITED");
});

test("a subscription over graphql-ws", async () => {
  const client = await connect();
  const query = gql`subscription ($id: ID!) { datasetChanged(datasetId: $id) { name } }`;
  const told = new Promise((resolve, reject) => {
    client.subscribe({ query, variables: { id: datasetId } }).subscribe({ next: resolve, error: reject });
  });
  const timer = setInterval(() => {
    void server.graphql("mutation ($input: UpdateDatasetInput!) { updateDataset(input: $input) { id } }", {
      input: { id: datasetId, name: `B ${Date.now()}` },
    });
  }, 1500);
  expect(await told).toMatchObject({ data: { datasetChanged: { name: expect.stringMatching(/^B /) } } });
  clearInterval(timer);
});

test("the code of a server that cannot answer now arrives (503)", async () => {
  // The door as the server has it, closed: the database of a whole test server is not ours to take away.
  const app = Fastify();
  registerErrors(app);
  app.post("/graphql", () => {
    throw new AppError("UNAVAILABLE", "The server is stopping.");
  });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const client = await exampleClient<ApolloClient>("apollo", { url, key: "k" });
  expect(await codeOf(client.query({ query: VIEWER }))).toBe("UNAVAILABLE");
  client.stop();
  await app.close();
});
