/**
 * Random requests at every route, well formed, ill formed, half sent and aborted: none is answered as a fault of the server, and
 * nothing is held afterwards. ACCORD_FUZZ says how many (default 400), ACCORD_FUZZ_SEED with which seed.
 */
import { gzipSync } from "node:zlib";
import { keyedRandom } from "../../src/random.js";
import { captureLog } from "../support/captured-log.js";
import { importText } from "../support/import-over-http.js";
import { RawHttp } from "../support/raw-http.js";
import { RawWebSocket } from "../support/raw-websocket.js";
import { startTestServer, type TestServer } from "../support/server.js";

const COUNT = Number(process.env.ACCORD_FUZZ ?? 400);
const SEED = Number(process.env.ACCORD_FUZZ_SEED ?? 1);

const log = captureLog();
let server: TestServer;
let keys: string[];

beforeAll(async () => {
  server = await startTestServer({ CORS_ORIGINS: "https://a.example" }, { log: log.log });
  await importText(server, "d", '{"id":"p","text":"a","completions":[{"text":"b"},{"text":"c"}]}\n');
  keys = [server.adminKey, await server.key("ANALYST"), "unknown", ""];
});
afterAll(() => server.close());

const random = keyedRandom(["fuzz", SEED]);
const one = <T>(items: readonly T[]): T => items[random.nextBelow(items.length)] as T;

const PATHS = [
  "/graphql",
  "/graphql",
  "/graphql?query={__typename}",
  "/graphql?query=%zz&variables=[",
  "/import/d",
  "/import/%00",
  "/import/d?format=native&format=x",
  "/export/d",
  "/export/d?revision=-1",
  "/export/d?split=TRAIN&stage=SFT",
  "/export/d?offset=99999999999999999999",
  "/export/d/report",
  "/datasets/d/agreement.html",
  "/datasets/d/agreement.csv?resamples=NaN",
  "/datasets/d/agreement.json?minUnits=1e999",
  "/models?name=x",
  "/models?name=%u202e",
  "/models/x/download",
  "/models/TW9kZWw6MQ==/download?format=huggingface",
  "/metrics",
  "/healthz",
  "/readyz",
  "/schema.graphql",
  "/",
  "//",
  "/%ff%fe",
  "/nowhere/../graphql",
] as const;
const METHODS = ["GET", "POST", "POST", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"];
const HEADERS = [
  "accept: text/event-stream",
  "accept: */*;q=0",
  "accept: application/graphql-response+json, application/json;q=0.9",
  "accept: \u0001",
  "content-type: application/json",
  "content-type: application/json; charset=utf-16",
  "content-type: text/plain",
  "content-type: multipart/form-data; boundary=x",
  "content-encoding: gzip",
  "content-encoding: br, gzip",
  "origin: https://a.example\r\naccess-control-request-method: POST",
  "origin: null",
  "range: bytes=5-1",
  "range: bytes=0-,1-,2-",
  "if-range: nonsense",
  "if-none-match: *",
  "expect: 100-continue",
  "expect: nonsense",
  "upgrade: websocket\r\nconnection: upgrade",
  "upgrade: h2c\r\nconnection: upgrade",
  "transfer-encoding: chunked",
  "transfer-encoding: gzip, chunked",
  "content-length: 5",
  "content-length: -1",
  "x-request-id: \"'<>",
  `x-long: ${"y".repeat(20_000)}`,
  "host: [",
];
const QUERIES = [
  "{ viewer { role } }",
  "{ __schema { types { name fields { name } } } }",
  '{ dataset(slug: "d") { prompts(first: 2) { nodes { id text completions { id text } } } } }',
  '{ dataset(slug: "d") { agreement { coefficients { name value } } leaderboard { entries { rank } } } }',
  "{ datasets(first: -1) { nodes { id } } }",
  '{ node(id: "RGF0YXNldDox") { id } nodes(ids: ["", "x", "UHJvbXB0OjE="]) { id } }',
  'subscription { jobUpdated(jobId: "x") { id } }',
  'subscription { datasetChanged(datasetId: "RGF0YXNldDox") { __typename } }',
  'mutation { createDataset(input: { slug: "\\u0000", name: "" }) { id } }',
  'mutation { deleteModel(id: "x") }',
  "query A { __typename } query B { __typename }",
  "fragment F on Query { ...F } { ...F }",
  "{ ...F } fragment F on Dataset { id }",
  "{",
  "",
  "query ($a: Int = {b: 1}) { __typename }",
  `{ a${": __typename a".repeat(200)} }`,
];

function body(): Uint8Array {
  const query = one(QUERIES);
  const variables = one([undefined, null, {}, [], "x", { a: [[[[]]]] }, { input: { __proto__: 1 } }, 5]);
  const operationName = one([undefined, null, "", "A", 7, "__proto__"]);
  const json = JSON.stringify({
    query,
    variables,
    operationName,
    extensions: one([undefined, null, 1, { persistedQuery: {} }]),
  });
  const text = one([
    json,
    json,
    json,
    json,
    `[${json}]`,
    json.slice(0, -3),
    `${json}}`,
    "null",
    "\ufeff{}",
    '{"text":"b"}\n',
    "\0",
    "[".repeat(5_000),
  ]);
  const bytes = Buffer.from(text);
  return one([
    bytes,
    bytes,
    bytes,
    gzipSync(bytes),
    gzipSync(bytes).subarray(0, 12),
    Buffer.alloc(2_048, 255),
    bytes.map((byte, i) => (i % 17 === 5 ? byte ^ 0x80 : byte)),
  ]);
}

async function request(): Promise<{ said: string; status: number; text: string }> {
  const path = one(PATHS);
  const method = one(METHODS);
  const headers = Array.from({ length: random.nextBelow(4) }, () => one(HEADERS));
  const content = body();
  const key = one(keys);
  if (random.nextBelow(3) > 0 && !headers.some((header) => header.startsWith("content-type")))
    headers.push(HEADERS[4]!);
  if (!headers.some((header) => /^(content-length|transfer-encoding)/.test(header)))
    headers.push(`content-length: ${content.length}`);
  const version = one(["1.1", "1.1", "1.1", "1.0", "9.9"]);
  const said = `${method} ${path} HTTP/${version}\r\nhost: x\r\nauthorization: Bearer ${key}\r\n${headers.join("\r\n")}\r\n\r\n`;
  const raw = await RawHttp.open(server.url);
  const end = random.nextBelow(10);
  await raw.write(said);
  await raw.write(content.subarray(0, end === 0 ? random.nextBelow(content.length + 1) : content.length));
  if (end <= 1) {
    raw.socket.resetAndDestroy();
    return { said, status: 0, text: "" };
  }
  const timer = setTimeout(() => raw.socket.destroy(), 250);
  const answer = await raw.answer();
  clearTimeout(timer);
  raw.socket.destroy();
  return { said, status: answer.status, text: answer.body };
}

async function socket(): Promise<{ said: string; status: number; text: string }> {
  const raw = await RawWebSocket.open(server.url);
  const messages = Array.from({ length: 1 + random.nextBelow(5) }, () =>
    one([
      JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${one(keys)}` } }),
      JSON.stringify({ type: "subscribe", id: one(["1", "2", ""]), payload: { query: one(QUERIES) } }),
      JSON.stringify({
        type: "subscribe",
        id: "3",
        payload: { query: one(QUERIES), variables: one([null, [], 5, {}]) },
      }),
      JSON.stringify({ type: "complete", id: "1" }),
      JSON.stringify({ type: "ping", payload: one([null, {}, 3]) }),
      JSON.stringify({ type: "next", id: "1", payload: {} }),
      "{",
      "",
      "\ud800",
    ]),
  );
  for (const message of messages) if (raw.socket.readyState === raw.socket.OPEN) raw.socket.send(message);
  await new Promise((resolve) => setTimeout(resolve, 60));
  if (random.nextBelow(2) === 0) raw.socket.terminate();
  else raw.socket.close();
  await raw.closed;
  return { said: messages.join("\n"), status: 0, text: JSON.stringify(raw.messages) };
}

test(`${COUNT} random requests with seed ${SEED}: no fault of the server, and nothing stays`, async () => {
  const faults: object[] = [];
  for (let i = 0; i < COUNT; i += 10) {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, j) => (j === 0 ? socket() : request())));
    for (const { said, status, text } of answers)
      if (status === 500 || text.includes('"INTERNAL"'))
        faults.push({ said: said.slice(0, 600), status, text: text.slice(0, 600) });
  }
  expect(faults).toEqual([]);
  expect(log.lines.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
  expect((await server.graphql("{ viewer { role } }")).status).toBe(200);
  let held = "";
  for (let i = 0; i < 100; i++) {
    const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.adminKey}` } });
    held = /^accord_waiting_bytes\{of="all"\} .*$/m.exec(await answer.text())?.[0] ?? "";
    if (held.endsWith(" 0")) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(held).toBe('accord_waiting_bytes{of="all"} 0');
}, 1_200_000);
