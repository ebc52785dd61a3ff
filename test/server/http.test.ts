import net from "node:net";
import { ERROR_CODES } from "../../src/errors.js";
import { captureLog } from "../support/captured-log.js";
import { startTestServer, type TestServer } from "../support/server.js";

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly code: string | undefined;
  readonly text: string;
}

const captured = captureLog();
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer(
    { CORS_ORIGINS: "https://labels.example.org", MAX_BODY_BYTES: "65536" },
    { log: captured.log, patience: { headersMs: 500, idleMs: 400, bodyMs: 800 } },
  );
});
afterAll(() => server.close());

async function send(path: string, init: RequestInit = {}, key: string | null = server.adminKey): Promise<Reply> {
  const headers = new Headers(init.headers);
  if (key !== null && !headers.has("authorization")) headers.set("authorization", `Bearer ${key}`);
  const response = await fetch(`${server.url}${path}`, { ...init, headers });
  const text = await response.text();
  let code: string | undefined;
  try {
    code = JSON.parse(text).errors?.[0]?.extensions?.code;
  } catch {
    code = undefined;
  }
  return { status: response.status, headers: response.headers, code, text };
}

const json = { "content-type": "application/json" };
const post = (body: string, headers: Record<string, string> = json): RequestInit => ({ method: "POST", headers, body });
const VIEWER = JSON.stringify({ query: "{ viewer { role } }" });

describe("every refusal has a code of the table and GraphQL's shape", () => {
  const cases: [name: string, path: string, init: RequestInit, status: number, code: string][] = [
    ["an unknown route", "/nothing", {}, 404, "NOT_FOUND"],
    ["an unknown route below a known one", "/graphql/nothing/at/all", {}, 404, "NOT_FOUND"],
    ["a wrong method", "/graphql", { method: "PUT", headers: json, body: VIEWER }, 405, "BAD_USER_INPUT"],
    ["a wrong method on a health route", "/healthz", { method: "DELETE" }, 405, "BAD_USER_INPUT"],
    ["a broken address", "/%E0%A4%A", {}, 400, "BAD_USER_INPUT"],
    ["malformed JSON", "/graphql", post('{"query": '), 400, "BAD_USER_INPUT"],
    ["an empty body", "/graphql", post(""), 400, "BAD_USER_INPUT"],
    ["JSON that is no object", "/graphql", post("7"), 400, "BAD_USER_INPUT"],
    ["a batch", "/graphql", post(`[${VIEWER},${VIEWER}]`), 400, "BAD_USER_INPUT"],
    [
      "a form",
      "/graphql",
      post("query=x", { "content-type": "application/x-www-form-urlencoded" }),
      415,
      "BAD_USER_INPUT",
    ],
    [
      "text, as a form of another site may send it",
      "/graphql",
      post(VIEWER, { "content-type": "text/plain" }),
      400,
      "BAD_USER_INPUT",
    ],
    ["a syntax error", "/graphql", post('{"query": "{ viewer {"}'), 400, "BAD_USER_INPUT"],
    ["an unknown field", "/graphql", post('{"query": "{ nonsense }"}'), 400, "BAD_USER_INPUT"],
    [
      "no operation of that name",
      "/graphql",
      post('{"query": "{ viewer { role } }", "operationName": "Q"}'),
      400,
      "BAD_USER_INPUT",
    ],
    ["a body over MAX_BODY_BYTES", "/graphql", post(JSON.stringify({ query: "x".repeat(70_000) })), 413, "TOO_COMPLEX"],
    ["a query by GET without a query", "/graphql", {}, 400, "BAD_USER_INPUT"],
    ["an Accept that nothing fits", "/graphql", { headers: { accept: "image/png" } }, 406, "BAD_USER_INPUT"],
  ];

  test.each(cases)("%s", async (_name, path, init, status, code) => {
    const reply = await send(path, init);
    expect({ status: reply.status, code: reply.code }).toEqual({ status, code });
    expect(Object.keys(ERROR_CODES)).toContain(reply.code);
    expect(reply.headers.get("content-type")).toMatch(/json/);
    expect(reply.text).not.toMatch(/node_modules|\.ts:|\.js:/);
  });

  test("a wrong method names those that are taken", async () => {
    expect((await send("/graphql", { method: "DELETE" })).headers.get("allow")).toBe("GET, HEAD, POST");
  });

  test("what is no HTTP at all is answered with 400 and the connection closed", async () => {
    const said = await speak("NONSENSE\r\n\r\n");
    expect(said).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(JSON.parse(said.split("\r\n\r\n")[1] ?? "")).toMatchObject({
      errors: [{ extensions: { code: "BAD_USER_INPUT" } }],
    });
  });

  test("headers beyond 16 KiB are 431", async () => {
    expect(await speak(`GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe("GET", () => {
  const get = (query: string) =>
    send(`/graphql?query=${encodeURIComponent(query)}`, { headers: { "apollo-require-preflight": "1" } });

  test("answers queries", async () => {
    const reply = await get("{ viewer { role } }");
    expect(JSON.parse(reply.text)).toEqual({ data: { viewer: { role: "ADMIN" } } });
  });

  test("refuses mutations with 405", async () => {
    const reply = await get('mutation { revokeApiKey(id: "x") { id } }');
    expect({ status: reply.status, code: reply.code }).toEqual({ status: 405, code: "BAD_USER_INPUT" });
    expect(reply.headers.get("allow")).toBe("POST");
  });
});

describe("slow clients", () => {
  test("one that sends no headers is told 408", async () => {
    expect(await speak("POST /graphql HTTP/1.1\r\nhost: a\r\n")).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  });

  test("one whose body stands still is cut off", async () => {
    const head = `POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${server.adminKey}\r\n`;
    expect(await speak(`${head}content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"query": `)).toBe("");
  });

  test("one whose body trickles is cut off all the same", async () => {
    const head = `POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${server.adminKey}\r\n`;
    const trickle = setInterval(() => socket.write(" "), 50);
    const { socket, ended } = connect();
    socket.write(`${head}content-type: application/json\r\ncontent-length: 5000\r\n\r\n{"query": `);
    expect(await ended).toBe("");
    clearInterval(trickle);
  });
});

describe("headers", () => {
  test("a request id is echoed where it is well formed, else a new one is given", async () => {
    const given = await send("/healthz", { headers: { "x-request-id": "abc-123" } });
    expect(given.headers.get("x-request-id")).toBe("abc-123");
    const odd = await send("/healthz", { headers: { "x-request-id": 'a "quoted" id' } });
    expect(odd.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("helmet's are there, and a refusal has them as well", async () => {
    for (const reply of [await send("/graphql", post(VIEWER)), await send("/nothing")]) {
      expect(reply.headers.get("x-content-type-options")).toBe("nosniff");
      expect(reply.headers.get("content-security-policy")).toBe("default-src 'none';frame-ancestors 'none'");
    }
  });

  test("CORS answers the origins of CORS_ORIGINS and no other", async () => {
    const from = (origin: string) =>
      send(
        "/graphql",
        {
          method: "OPTIONS",
          headers: {
            origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization",
          },
        },
        null,
      );
    const known = await from("https://labels.example.org");
    expect(known.status).toBe(204);
    expect(known.headers.get("access-control-allow-origin")).toBe("https://labels.example.org");
    expect((await from("https://evil.example.org")).headers.get("access-control-allow-origin")).toBeNull();
  });

  test("without CORS_ORIGINS no origin is answered", async () => {
    const plain = await startTestServer();
    try {
      const response = await fetch(`${plain.url}/graphql`, {
        method: "POST",
        headers: { ...json, origin: "https://labels.example.org", authorization: `Bearer ${plain.adminKey}` },
        body: VIEWER,
      });
      expect(response.status).toBe(200);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    } finally {
      await plain.close();
    }
  });
});

describe("the log", () => {
  test("has one line for each request, with its id and without its query", async () => {
    await send("/healthz", { headers: { "x-request-id": "log-quiet" } });
    await send("/graphql?query=%7Bsecret%7D", { headers: { "x-request-id": "log-loud" } });
    await settled();
    const lines = captured.lines.filter((line) => line.reqId === "log-loud");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: "info", method: "GET", path: "/graphql", status: 400, msg: "request" });
    expect(captured.lines.some((line) => line.reqId === "log-quiet")).toBe(false);
  });

  test("never has a key", async () => {
    await server.graphql("{ viewer { role } }");
    await send("/graphql", post(VIEWER), "accord_wrong-key-that-must-not-be-logged");
    await settled();
    expect(captured.text()).not.toContain(server.adminKey);
    expect(captured.text()).not.toContain("wrong-key-that-must-not-be-logged");
  });

  test("has a fault under the errorId that the client got, which gets nothing else of it", async () => {
    // A real fault: a column that the server reads is gone.
    await server.database.select("alter table dataset rename column tokenizer to token_izer", []);
    const answer = await server.graphql('{ dataset(slug: "a") { id } }');
    await server.database.select("alter table dataset rename column token_izer to tokenizer", []);
    const [error] = answer.errors ?? [];
    expect(error?.extensions.code).toBe("INTERNAL");
    const errorId = error?.extensions.errorId as string;
    expect(error?.message).toBe(`Something went wrong on the server; its log has the details under ${errorId}.`);
    expect(JSON.stringify(answer)).not.toContain("tokenizer");
    const line = captured.lines.find((line) => line.errorId === errorId);
    expect(line).toMatchObject({
      level: "error",
      err: { code: "42703", message: "column d.tokenizer does not exist" },
    });
    expect(line?.reqId).toMatch(/^[0-9a-f-]{36}$/);
    expect((await server.graphql('{ dataset(slug: "a") { id } }')).data).toEqual({ dataset: null });
  });
});

async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A bare connection: what the server says until it closes it. */
function connect(): { socket: net.Socket; ended: Promise<string> } {
  const { port, hostname } = new URL(server.url);
  const socket = net.connect(Number(port), hostname);
  let said = "";
  socket.on("data", (data) => {
    said += data;
  });
  socket.on("error", () => {});
  return { socket, ended: new Promise((resolve) => socket.on("close", () => resolve(said))) };
}

function speak(text: string): Promise<string> {
  const { socket, ended } = connect();
  socket.write(text);
  return ended;
}
