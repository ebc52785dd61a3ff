/** Requests that are refused in words of their own, and are no fault of the server: none has a line of level error. */
import { gzipSync } from "node:zlib";
import { captureLog } from "../support/captured-log.js";
import { RawHttp } from "../support/raw-http.js";
import { startTestServer, type TestServer } from "../support/server.js";

const log = captureLog();
let server: TestServer;
let shared: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { log: log.log });
  shared = await startTestServer({ CORS_ORIGINS: "https://a.example" }, { log: log.log });
});
afterAll(async () => {
  await server.close();
  await shared.close();
});
afterEach(() => expect(log.lines.splice(0).filter(({ level }) => level === "error" || level === "fatal")).toEqual([]));

const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.adminKey}`, "content-type": "application/json", ...headers },
    body,
  });

test("a subscription by plain POST is told how it is asked for", async () => {
  const query = 'subscription { jobUpdated(jobId: "x") { id } }';
  const answer = await post(JSON.stringify({ query }));
  expect([answer.status, await answer.json()]).toEqual([
    400,
    {
      errors: [
        {
          message:
            "A subscription is answered by a WebSocket (graphql-transport-ws) or, with POST and `Accept: text/event-stream`, by server-sent events.",
          extensions: { code: "BAD_USER_INPUT", field: "query" },
        },
      ],
    },
  ]);
});

test.each([
  ["HTTP/1.0", ""],
  ["HTTP/1.1", "host: \r\n"],
  ["HTTP/1.1", "host: a b\r\n"],
  ["HTTP/1.1", "host: [::1\r\n"],
  ["HTTP/1.1", "host: %zz:99999999\r\n"],
  ["HTTP/1.1", "host: //\\\r\n"],
])("/graphql by %s with %j is answered", async (version, host) => {
  for (const target of ["/graphql", "/graphql?a=%zz&b=[", `http://[/graphql`]) {
    const raw = await RawHttp.open(server.url);
    const body = '{"query":"{ viewer { role } }"}';
    await raw.write(
      `POST ${target} ${version}\r\n${host}authorization: Bearer ${server.adminKey}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    const answer = await raw.answer();
    if (target.startsWith("/"))
      expect([target, answer.status, answer.body]).toEqual([target, 200, expect.stringContaining("ADMIN")]);
    else expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  }
});

test("/graphql by HTTP/1.1 without a Host is refused, as HTTP has it", async () => {
  const raw = await RawHttp.open(server.url);
  await raw.write(`POST /graphql HTTP/1.1\r\ncontent-length: 0\r\n\r\n`);
  expect((await raw.answer()).status).toBe(400);
});

test.each(["gzip", "br", "deflate", "gzip, gzip", "x".repeat(300)])(
  "a GraphQL request with Content-Encoding %s is a 415 that says so",
  async (encoding) => {
    const answer = await post(gzipSync('{"query":"{ __typename }"}'), { "content-encoding": encoding });
    expect([answer.status, await answer.json()]).toEqual([
      415,
      {
        errors: [
          {
            message: `Content-Encoding is ${JSON.stringify(encoding.slice(0, 40))}; a GraphQL request is taken as it is, without one.`,
            extensions: { code: "BAD_USER_INPUT" },
          },
        ],
      },
    ]);
  },
);

test("identity is no encoding", async () => {
  expect((await post('{"query":"{ __typename }"}', { "content-encoding": "identity" })).status).toBe(200);
});

test("OPTIONS says what an address takes; only one of CORS is a preflight", async () => {
  for (const { url } of [server, shared]) {
    for (const headers of [{}, { origin: "https://a.example" }, { "access-control-request-method": "POST" }] as Record<
      string,
      string
    >[]) {
      const plain = await fetch(`${url}/graphql`, { method: "OPTIONS", headers });
      expect([plain.status, plain.headers.get("allow"), await plain.text()]).toEqual([204, "GET, HEAD, POST", ""]);
    }
    const unknown = await fetch(`${url}/nowhere`, { method: "OPTIONS" });
    expect([unknown.status, await unknown.json()]).toMatchObject([
      404,
      { errors: [{ extensions: { code: "NOT_FOUND" } }] },
    ]);
  }
  const headers = { origin: "https://a.example", "access-control-request-method": "POST" };
  const preflight = await fetch(`${shared.url}/graphql`, { method: "OPTIONS", headers });
  expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "https://a.example"]);
  const unshared = await fetch(`${server.url}/graphql`, { method: "OPTIONS", headers });
  expect([unshared.status, unshared.headers.get("access-control-allow-origin")]).toEqual([405, null]);
});

const nested = (levels: number, open: string, inside: string, close: string) =>
  open.repeat(levels) + inside + close.repeat(levels);

test.each([
  ["selections", nested(2_500, "{ a ", "", "}")],
  ["selections of types", `{ __schema { types ${nested(1_400, "{ ofType ", "{ name }", "}")} } }`],
  ["lists", `{ datasets(first: ${nested(2_900, "[", "1", "]")}) { nodes { id } } }`],
  ["objects", `{ datasets(first: ${nested(1_900, "{ a: ", "1", "}")}) { nodes { id } } }`],
  ["types of a variable", `query ($a: ${nested(2_900, "[", "Int", "]")}) { __typename }`],
  ["inline fragments", nested(1_900, "{ ... ", "{ __typename }", "}")],
  [
    "fragments",
    `{ ...F0 } ${Array.from({ length: 800 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} }`).join(" ")} fragment F800 on Query { __typename }`,
  ],
  ["far too many brackets", "{".repeat(1_000_000)],
  ["far too many brackets of lists", `{ a(b: ${"[".repeat(1_000_000)}`],
])("a document of %s that is too deep is no fault of the server", async (_what, query) => {
  const answer = await post(JSON.stringify({ query }));
  const { data, errors } = (await answer.json()) as { data?: object; errors?: { extensions: { code: string } }[] };
  expect(answer.status).toBeLessThan(500);
  if (!data) expect(["TOO_COMPLEX", "BAD_USER_INPUT"]).toContain(errors?.[0]?.extensions.code);
});

test.each([
  [
    "variables",
    `{"query":"query ($f: PromptFilter) { __typename }","variables":{"f":${nested(500_000, "[", "", "]")}}}`,
  ],
  [
    "objects",
    `{"query":"query ($f: PromptFilter) { __typename }","variables":{"f":${nested(300_000, '{"a":', "1", "}")}}}`,
  ],
  [
    "metadata",
    `{"query":"mutation ($i: CreateDatasetInput!) { createDataset(input: $i) { id } }","variables":{"i":{"slug":"deep","name":"deep","metadata":${nested(100_000, '{"a":', "1", "}")}}}}`,
  ],
  ["a body", nested(1_000_000, "[", "", "]")],
  ["a body that never closes", "[".repeat(4_000_000)],
])("JSON whose %s are too deep is no fault of the server", async (_what, body) => {
  const answer = await post(body);
  const text = await answer.text();
  expect([answer.status < 500, text.includes("INTERNAL")]).toEqual([true, false]);
});

test("fragments within fragments, of which compiled code would have billions of fields, are answered at once", async () => {
  const spreads = (name: string) => Array(8).fill(`...${name}`).join(" ");
  const fragments = Array.from({ length: 20 }, (_, i) => `fragment F${i} on Query { ${spreads(`F${i + 1}`)} }`).join(
    " ",
  );
  const answer = await post(JSON.stringify({ query: `{ ...F0 } ${fragments} fragment F20 on Query { __typename }` }));
  expect([answer.status, await answer.json()]).toEqual([200, { data: { __typename: "Query" } }]);
});
