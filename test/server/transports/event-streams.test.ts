import { importText } from "../../support/import-over-http.js";
import { RawHttp } from "../../support/raw-http.js";
import { startTestServer, type TestServer } from "../../support/server.js";

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

/** How many streams are open, as the metrics say. */
async function count({ url, adminKey } = server): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } });
  return Number(/^accord_open_streams\{transport="sse"\} (\d+)$/m.exec(await response.text())?.[1]);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends an operation over a connection that is read by nobody. */
async function askUnread({ url }: TestServer, key: string, body: unknown): Promise<RawHttp> {
  const raw = await RawHttp.open(url);
  raw.socket.pause();
  const text = JSON.stringify(body);
  await raw.write(
    `POST /graphql HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${key}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  return raw;
}

test("clients that leave while their stream is begun are forgotten", async () => {
  const before = await count();
  for (let i = 0; i < 20; i++) {
    const raw = await askUnread(server, server.adminKey, { query: CHANGED, variables: { id: datasetId } });
    if (i % 2 === 0) await new Promise(setImmediate);
    raw.socket.destroy();
  }
  await rename("left");
  for (let i = 0; i < 200 && (await count()) > before; i++) await pause(25);
  expect(await count()).toBe(before);
});

test("a revoked key ends a stream that nobody reads, and its comments end before", async () => {
  const own = await startTestServer({}, { heartbeatMs: 20 });
  try {
    const lines = Array.from({ length: 10 }, (_, i) => JSON.stringify({ text: `${i} ${"x".repeat(100_000)}` }));
    await importText(own, "large", lines.join("\n"));
    const { dataset } = await own.data<{ dataset: { id: string } }>('{ dataset(slug: "large") { id } }');
    const key = await own.key("ANALYST");
    const query =
      "subscription ($id: ID!) { datasetChanged(datasetId: $id) { prompts(first: 10) { nodes { text } } } }";
    const raw = await askUnread(own, key, { query, variables: dataset });
    // Until more waits than the system takes: the answers are a megabyte each.
    const held = async () => {
      const answer = await fetch(`${own.url}/metrics`, { headers: { authorization: `Bearer ${own.adminKey}` } });
      return Number(/^accord_waiting_bytes\{of="all"\} (\d+)$/m.exec(await answer.text())?.[1]);
    };
    for (let i = 0; i < 100 && (await held()) < 1_000_000; i++) {
      await own.data("mutation ($input: UpdateDatasetInput!) { updateDataset(input: $input) { id } }", {
        input: { id: dataset.id, name: `${i}` },
      });
      await pause(50);
    }
    expect(await held()).toBeGreaterThan(1_000_000);
    const { apiKeys } = await own.data<{ apiKeys: { nodes: { id: string; role: string }[] } }>(
      "{ apiKeys(first: 200) { nodes { id role } } }",
    );
    const { id } = apiKeys.nodes.find(({ role }) => role === "ANALYST") ?? { id: "" };
    await own.data("mutation ($id: ID!) { revokeApiKey(id: $id) { id } }", { id });
    for (let i = 0; i < 400 && (await count(own)) > 0; i++) await pause(25);
    expect(await count(own)).toBe(0);
    raw.socket.destroy();
  } finally {
    await own.close();
  }
});

test("the number of open streams stands in the metrics, and falls when clients leave", async () => {
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
