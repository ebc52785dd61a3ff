/** graphql-sse as docs/clients.md sets it up. */
import type { Client, ExecutionResult } from "graphql-sse";
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

const RENAME = "mutation ($input: UpdateDatasetInput!) { updateDataset(input: $input) { id } }";

/** The client with a count of its requests; `answered` hears of each answer. */
async function connect(key: string, answered = () => {}): Promise<{ client: Client; asked: () => number }> {
  let count = 0;
  const counting: typeof fetch = async (...request) => {
    count += 1;
    const response = await fetch(...request);
    answered();
    return response;
  };
  const client = await exampleClient<Client>("graphql-sse", { url: server.url, key, fetch: counting });
  return { client, asked: () => count };
}

test("a query, and a subscription", async () => {
  const rename = () => void server.data(RENAME, { input: { id: datasetId, name: "B" } });
  const { client } = await connect(server.adminKey);
  const { value } = await client.iterate({ query: "{ viewer { role } }" }).next();
  expect(value).toEqual({ data: { viewer: { role: "ADMIN" } } });
  const { client: watching } = await connect(server.adminKey, rename);
  const events = watching.iterate({
    query: "subscription ($id: ID!) { datasetChanged(datasetId: $id) { name } }",
    variables: { id: datasetId },
  });
  expect((await events.next()).value).toEqual({ data: { datasetChanged: { name: "B" } } });
  await events.return?.();
  client.dispose();
  watching.dispose();
});

test("an operation that cannot run is told at once, with its code, and asked once", async () => {
  const { client, asked } = await connect(server.adminKey);
  const { value } = await client.iterate({ query: "{ nonsense }" }).next();
  expect((value as ExecutionResult).errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  expect(asked()).toBe(1);
  client.dispose();
});

test("a wrong key is told after the first answer", async () => {
  const { client, asked } = await connect("accord_wrong");
  const told = client.iterate({ query: "{ viewer { role } }" }).next();
  await expect(told).rejects.toThrow("The API key is refused.");
  expect(asked()).toBe(1);
  client.dispose();
});
