import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(server.url + path, { headers });
  return { status: response.status, text: await response.text() };
};
const metrics = async () => (await get("/metrics", { authorization: `Bearer ${server.adminKey}` })).text;
const value = (text: string, series: string): number =>
  Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1) ?? Number.NaN,
  );

test("/healthz and /readyz answer without a key", async () => {
  expect(await get("/healthz")).toEqual({ status: 200, text: '{"status":"up"}' });
  expect(await get("/readyz")).toEqual({ status: 200, text: '{"status":"ready"}' });
});

test("/readyz is 503 while migrations have not run, and healthy again when they have", async () => {
  const fresh = await startTestServer();
  try {
    await fresh.database.select("alter table migration rename to migration_away", []);
    const response = await fetch(`${fresh.url}/readyz`);
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 503,
      body: { status: "not ready", reason: "migrations have not run" },
    });
    await fresh.database.select("alter table migration_away rename to migration", []);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await fetch(`${fresh.url}/readyz`)).status).toBe(200);
  } finally {
    await fresh.close();
  }
});

test("/metrics counts requests by route and status, and operations by kind and outcome", async () => {
  const before = await metrics();
  await server.graphql("{ viewer { role } }");
  await server.graphql("{ nonsense }");
  await server.graphql('mutation { createDataset(input: { slug: "a", name: "A" }) { id } }');
  await server.graphql('mutation { createDataset(input: { slug: "a", name: "A" }) { id } }');
  await get("/no/such/address");
  const after = await metrics();
  const grown = (series: string) => value(after, series) - (value(before, series) || 0);
  const http = (method: string, route: string, status: number) =>
    grown(`accord_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`);
  const operations = (kind: string, outcome: string) =>
    grown(`accord_graphql_operation_duration_seconds_count{kind="${kind}",outcome="${outcome}"}`);
  expect(http("POST", "/graphql", 200)).toBe(3);
  expect(http("POST", "/graphql", 400)).toBe(1);
  expect(http("GET", "none", 404)).toBe(1);
  expect(operations("query", "OK")).toBe(1);
  expect(operations("none", "BAD_USER_INPUT")).toBe(1);
  expect(operations("mutation", "OK")).toBe(1);
  expect(operations("mutation", "CONFLICT")).toBe(1);
});

test("/metrics counts lines of imports, connections of the database, and has Node's own", async () => {
  const line = (id: string) => JSON.stringify({ id, text: "x", labeler: undefined });
  await fetch(`${server.url}/import/lines`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.adminKey}`, "content-type": "application/x-ndjson" },
    body: `${line("1")}\n${line("2")}\n${line("2")}\n{"text": 7}\n`,
  });
  const text = await metrics();
  const lines = (outcome: string) => value(text, `accord_import_lines_total{outcome="${outcome}"}`);
  expect([lines("accepted"), lines("duplicate"), lines("rejected")]).toEqual([2, 1, 1]);
  expect(value(text, 'accord_database_connections{state="total"}')).toBeGreaterThan(0);
  expect(value(text, 'accord_open_streams{transport="websocket"}')).toBe(0);
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
});
