import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;
let datasetId: string;
const abort = new AbortController();

beforeAll(async () => {
  server = await startTestServer();
  const { createDataset } = await server.data<{ createDataset: { id: string } }>(
    'mutation { createDataset(input: { slug: "a", name: "A" }) { id } }',
  );
  datasetId = createDataset.id;
});
afterAll(async () => {
  abort.abort();
  await server.close();
});

interface Event {
  readonly event: string;
  readonly data: unknown;
}

const URQL = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed";

function ask(body: unknown, key: string | null = server.adminKey, accept = "text/event-stream"): Promise<Response> {
  return fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept,
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
    signal: abort.signal,
  });
}

/** The events of a stream, as they come. */
async function* eventsOf(response: Response): AsyncGenerator<Event> {
  let text = "";
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(piece).toString("utf8");
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      if (block.startsWith(":")) continue;
      const [, event = "", data = ""] = /^event: (\w+)\ndata:(.*)$/.exec(block) ?? [];
      yield { event, data: data === "" ? undefined : JSON.parse(data) };
    }
  }
}

async function all(response: Response): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of eventsOf(response)) events.push(event);
  return events;
}

const CHANGED = "subscription ($id: ID!) { datasetChanged(datasetId: $id) { name } }";
const rename = (name: string) =>
  server.data("mutation ($input: UpdateDatasetInput!) { updateDataset(input: $input) { id } }", {
    input: { id: datasetId, name },
  });

test("a query is one event and `complete`", async () => {
  const response = await ask({ query: "{ viewer { role } }" });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(await all(response)).toEqual([
    { event: "next", data: { data: { viewer: { role: "ADMIN" } } } },
    { event: "complete", data: undefined },
  ]);
});

test("a subscription has an event for each change, each read afresh, and ends when the dataset is gone", async () => {
  const response = await ask({ query: CHANGED, variables: { id: datasetId } });
  const events = eventsOf(response);
  await rename("B");
  expect((await events.next()).value).toEqual({ event: "next", data: { data: { datasetChanged: { name: "B" } } } });
  await rename("C");
  expect((await events.next()).value).toEqual({ event: "next", data: { data: { datasetChanged: { name: "C" } } } });
  await events.return(undefined);
});

test("a stream ends at once when its key is revoked", async () => {
  const key = await server.key("ANALYST");
  const response = await ask({ query: CHANGED, variables: { id: datasetId } }, key);
  const { apiKeys } = await server.data<{ apiKeys: { nodes: { id: string; role: string }[] } }>(
    "{ apiKeys(first: 200) { nodes { id role } } }",
  );
  const { id } = apiKeys.nodes.find(({ role }) => role === "ANALYST") ?? { id: "" };
  await server.data("mutation ($id: ID!) { revokeApiKey(id: $id) { id } }", { id });
  expect(await all(response)).toEqual([
    {
      event: "next",
      data: { errors: [{ message: "The API key is expired or revoked.", extensions: { code: "UNAUTHENTICATED" } }] },
    },
    { event: "complete", data: undefined },
  ]);
});

test("the number of open streams stands in the metrics, and falls when clients leave", async () => {
  const count = async () => {
    const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.adminKey}` } });
    return Number(/^accord_open_streams\{transport="sse"\} (\d+)$/m.exec(await response.text())?.[1]);
  };
  const leave = new AbortController();
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      authorization: `Bearer ${server.adminKey}`,
    },
    body: JSON.stringify({ query: CHANGED, variables: { id: datasetId } }),
    signal: leave.signal,
  });
  expect(response.status).toBe(200);
  const before = await count();
  expect(before).toBeGreaterThanOrEqual(1);
  leave.abort();
  for (let i = 0; i < 200 && (await count()) >= before; i++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(await count()).toBe(before - 1);
});

test.each([
  ["a syntax error", { query: "{" }],
  ["an unknown field", { query: "{ nonsense }" }],
  ["an operation that is not there", { query: "{ viewer { role } }", operationName: "A" }],
])("%s is refused by the stream's one event; where JSON is taken too, as JSON with 400", async (_name, body) => {
  const refused = { errors: [{ extensions: { code: "BAD_USER_INPUT" } }] };
  const response = await ask(body);
  expect(response.status).toBe(200);
  const events = await all(response);
  expect(events).toMatchObject([{ event: "next", data: refused }, { event: "complete" }]);
  const asJson = await ask(body, server.adminKey, "application/json, text/event-stream");
  expect({ status: asJson.status, body: await asJson.json() }).toMatchObject({ status: 400, body: refused });
});

test("a subscription is a stream where JSON is taken too, and begins with a comment at once", async () => {
  const response = await ask({ query: CHANGED, variables: { id: datasetId } }, server.adminKey, URQL);
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  // Told at once: before any event, and the next ping would come 12 seconds later.
  await rename("told");
  let text = "";
  const reader = response.body?.getReader();
  while (!text.includes("event: next")) text += Buffer.from((await reader?.read())?.value ?? []).toString();
  expect(text).toMatch(/^:\n\nevent: next\n/);
  await reader?.cancel();
});

test.each([
  ["no query", {}, 400, "BAD_USER_INPUT"],
  ["variables that are a list", { query: "{ viewer { role } }", variables: [] }, 400, "BAD_USER_INPUT"],
  ["a batch", [{ query: "{ viewer { role } }" }], 400, "BAD_USER_INPUT"],
])("%s is refused before the stream begins", async (_name, body, status, code) => {
  const response = await ask(body);
  expect({ status: response.status, body: await response.json() }).toMatchObject({
    status,
    body: { errors: [{ extensions: { code } }] },
  });
});

test("a dataset that is hidden is NOT_FOUND, as an event", async () => {
  const events = await all(await ask({ query: CHANGED, variables: { id: datasetId } }, await server.key("CLIENT")));
  expect(events[0]).toMatchObject({ event: "next", data: { errors: [{ extensions: { code: "NOT_FOUND" } }] } });
  expect(events.at(-1)?.event).toBe("complete");
});

test("without a key there is no stream", async () => {
  expect((await ask({ query: "{ viewer { role } }" }, null)).status).toBe(401);
});
