/** graphql-ws as docs/clients.md sets it up: what its caller knows of a key that is not taken, and when. */
import type { Client } from "graphql-ws";
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

/** The client with a count of how often it connected. */
async function connect(key: string): Promise<{ client: Client; connected: () => number }> {
  const client = await exampleClient<Client>("graphql-ws", { url: server.url, key });
  let count = 0;
  client.on("connecting", () => {
    count += 1;
  });
  return { client, connected: () => count };
}

const CHANGED = "subscription ($id: ID!) { datasetChanged(datasetId: $id) { name } }";

test("a query over a socket", async () => {
  const { client } = await connect(server.adminKey);
  const { value } = await client.iterate({ query: "{ viewer { role } }" }).next();
  expect(value).toEqual({ data: { viewer: { role: "ADMIN" } } });
  await client.dispose();
});

test("a wrong key is told at once: 4401, and no second try", async () => {
  const { client, connected } = await connect("accord_wrong");
  await expect(client.iterate({ query: "{ viewer { role } }" }).next()).rejects.toMatchObject({ code: 4401 });
  expect(connected()).toBe(1);
});

test("a key that is revoked later ends its subscriptions at once: 4401, and no second try", async () => {
  const key = await server.key("ANALYST");
  const { client, connected } = await connect(key);
  const acknowledged = new Promise((resolve) => client.on("connected", resolve));
  const told = client.iterate({ query: CHANGED, variables: { id: datasetId } }).next();
  await acknowledged;
  const { apiKeys } = await server.data<{ apiKeys: { nodes: { id: string; role: string }[] } }>(
    "{ apiKeys(first: 200) { nodes { id role } } }",
  );
  const { id } = apiKeys.nodes.find(({ role }) => role === "ANALYST") ?? { id: "" };
  const refused = expect(told).rejects.toMatchObject({ code: 4401, reason: "The API key is expired or revoked." });
  await server.data("mutation ($id: ID!) { revokeApiKey(id: $id) { id } }", { id });
  await refused;
  expect(connected()).toBe(1);
});

test("what a resolver refuses is a result with errors; what cannot run is an error", async () => {
  const { client } = await connect(server.adminKey);
  const hidden = client.iterate({
    query: CHANGED,
    variables: { id: Buffer.from("Dataset:999").toString("base64url") },
  });
  expect((await hidden.next()).value).toMatchObject({ errors: [{ extensions: { code: "NOT_FOUND" } }] });
  expect((await hidden.next()).done).toBe(true);
  await expect(client.iterate({ query: "{ nonsense }" }).next()).rejects.toMatchObject([
    { extensions: { code: "BAD_USER_INPUT" } },
  ]);
  await client.dispose();
});
