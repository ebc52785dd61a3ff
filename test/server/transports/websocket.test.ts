import { WebSocket } from "ws";
import { captureLog } from "../../support/captured-log.js";
import { type Message, RawWebSocket } from "../../support/raw-websocket.js";
import { startTestServer, type TestServer } from "../../support/server.js";

const captured = captureLog("warn");
let server: TestServer;
let datasetId: string;
const open: RawWebSocket[] = [];

beforeAll(async () => {
  server = await startTestServer({ RATE_LIMIT: "400" }, { log: captured.log });
  const { createDataset } = await server.data<{ createDataset: { id: string } }>(
    'mutation { createDataset(input: { slug: "a", name: "A" }) { id } }',
  );
  datasetId = createDataset.id;
});
afterAll(() => server.close());
afterEach(() => {
  for (const socket of open.splice(0)) socket.socket.terminate();
});

async function connect(key?: string): Promise<RawWebSocket> {
  const socket = await RawWebSocket.open(server.url, key);
  open.push(socket);
  return socket;
}

const CHANGED = "subscription ($id: ID!) { datasetChanged(datasetId: $id) { revision } }";
interface Refusal {
  readonly message: string;
  readonly extensions: { readonly code: string };
}
const errorOf = (payload: unknown) => (payload as Refusal[])[0] as Refusal;

describe("operations", () => {
  test("queries and mutations are answered, and completed", async () => {
    const socket = await connect(server.adminKey);
    socket.subscribe("1", "{ viewer { role } }");
    await socket.next(({ type }) => type === "complete");
    expect(socket.messages.filter(({ id }) => id === "1")).toEqual([
      { id: "1", type: "next", payload: { data: { viewer: { role: "ADMIN" } } } },
      { id: "1", type: "complete" },
    ]);
  });

  const deep = `{ dataset(slug: "a") { ${"prompts { nodes { dataset { ".repeat(6)} id ${"} } }".repeat(6)} } }`;
  test.each([
    ["a syntax error", "{ viewer {", "BAD_USER_INPUT"],
    ["an unknown field", "{ nonsense }", "BAD_USER_INPUT"],
    ["too many tokens", `{ ${"viewer { role } ".repeat(2000)} }`, "TOO_COMPLEX"],
    ["too much depth", deep, "TOO_COMPLEX"],
    [
      "too many aliases",
      `{ ${Array.from({ length: 101 }, (_, i) => `a${i}: viewer { role }`).join(" ")} }`,
      "TOO_COMPLEX",
    ],
    [
      "too much cost",
      "{ datasets(first: 200) { nodes { prompts(first: 200) { nodes { rankings(first: 200) { nodes { id } } } } } } }",
      "TOO_COMPLEX",
    ],
    ["a subscription to what is not there", 'subscription { datasetChanged(datasetId: "x") { id } }', "BAD_USER_INPUT"],
  ])("%s: the same refusal as over HTTP, and the socket stays", async (_name, query, code) => {
    const socket = await connect(server.adminKey);
    socket.subscribe("1", query);
    const answer = await socket.next(({ id }) => id === "1");
    const { type, payload } = answer as Message;
    expect(errorOf(type === "error" ? payload : (payload as { errors: unknown }).errors).extensions.code).toBe(code);
    socket.subscribe("2", "{ viewer { role } }");
    expect((await socket.next(({ id }) => id === "2"))?.type).toBe("next");
  });

  test("each event of a subscription is read afresh", async () => {
    const socket = await connect(server.adminKey);
    socket.subscribe("1", "subscription ($id: ID!) { datasetChanged(datasetId: $id) { name } }", { id: datasetId });
    socket.subscribe("2", "{ viewer { role } }");
    await socket.next(({ id }) => id === "2");
    const rename = (name: string) =>
      server.data("mutation ($input: UpdateDatasetInput!) { updateDataset(input: $input) { id } }", {
        input: { id: datasetId, name },
      });
    await rename("B");
    const names = () =>
      socket.messages.flatMap(({ id, type, payload }) =>
        id === "1" && type === "next"
          ? [(payload as { data: { datasetChanged: { name: string } } }).data.datasetChanged.name]
          : [],
      );
    await socket.next(() => names().length === 1);
    await rename("C");
    await socket.next(() => names().length === 2);
    expect(names()).toEqual(["B", "C"]);
  });
});

describe("limits", () => {
  test("100 operations at a time; the next is RATE_LIMITED until one is completed", async () => {
    const socket = await connect(await server.key("ADMIN"));
    for (let i = 0; i < 101; i++) socket.subscribe(String(i), CHANGED, { id: datasetId });
    const refused = await socket.next(({ type }) => type === "error");
    expect(refused?.id).toBe("100");
    expect(errorOf(refused?.payload)).toMatchObject({
      message: "This socket has 100 operations open; complete one first.",
      extensions: { code: "RATE_LIMITED" },
    });
    socket.send({ id: "0", type: "complete" });
    socket.subscribe("again", "{ viewer { role } }");
    expect((await socket.next(({ id }) => id === "again"))?.type).toBe("next");
  });

  test("operations count towards the key's RATE_LIMIT, over sockets and HTTP together", async () => {
    const key = await server.key("ANALYST");
    const socket = await connect(key);
    const isRefusal = ({ type }: Message) => type === "error";
    for (let i = 0; !socket.messages.some(isRefusal); i++) {
      socket.subscribe(String(i), "{ viewer { role } }");
      if (i % 50 === 49) await socket.next(({ id, type }) => id === String(i) && type !== "next");
    }
    const refused = await socket.next(isRefusal);
    expect(errorOf(refused?.payload).extensions.code).toBe("RATE_LIMITED");
    expect(errorOf(refused?.payload).message).toMatch(/^Over 400 requests a minute; come back in \d+ s\.$/);
    // A request is let through every 150 ms; of several, one is refused.
    let answer = await server.graphql("{ viewer { role } }", {}, key);
    for (let tries = 0; answer.status === 200 && tries < 100; tries++) {
      answer = await server.graphql("{ viewer { role } }", {}, key);
    }
    expect({ status: answer.status, code: answer.errors?.[0]?.extensions.code }).toEqual({
      status: 429,
      code: "RATE_LIMITED",
    });
    expect((await server.graphql("{ viewer { role } }")).status).toBe(200);
  });

  test("more than 500 messages within a second close the socket with 1008", async () => {
    const socket = await connect(server.adminKey);
    for (let i = 0; i < 3000; i++) socket.send({ type: "ping" });
    expect((await socket.closed).code).toBe(1008);
  });

  test("a message over 1 MiB closes the socket with 1009", async () => {
    const socket = await connect(server.adminKey);
    socket.subscribe("1", `{ viewer { role } } #${"x".repeat(1_100_000)}`);
    expect((await socket.closed).code).toBe(1009);
  });

  test.each([
    ["a message that is not of the protocol", 4400, (socket: RawWebSocket) => socket.socket.send("{}")],
    ["what is no JSON", 4400, (socket: RawWebSocket) => socket.socket.send("nonsense")],
    [
      "an operation before connection_init",
      4401,
      (socket: RawWebSocket) => socket.subscribe("1", "{ viewer { role } }"),
    ],
    ["no connection_init within 15 seconds", 4408, () => {}],
  ])("%s closes the socket with %i", async (_name, code, act) => {
    const socket = await connect();
    act(socket);
    expect((await socket.closed).code).toBe(code);
  });

  test("connection_init twice closes the socket with 4429, an id used twice with 4409", async () => {
    const twice = await connect(server.adminKey);
    twice.send({ type: "connection_init" });
    expect((await twice.closed).code).toBe(4429);
    const sameId = await connect(server.adminKey);
    sameId.subscribe("1", CHANGED, { id: datasetId });
    sameId.subscribe("1", CHANGED, { id: datasetId });
    expect((await sameId.closed).code).toBe(4409);
  });

  test("another path and another protocol are refused", async () => {
    const elsewhere = new WebSocket(`${server.url.replace("http", "ws")}/elsewhere`, "graphql-transport-ws");
    await expect(new Promise((_, reject) => elsewhere.on("error", reject))).rejects.toThrow("404");
    const plain = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-ws");
    await expect(
      new Promise((resolve, reject) => {
        plain.on("error", reject);
        plain.on("close", resolve);
      }).catch((error: Error) => error.message),
    ).resolves.toEqual(expect.anything());
  });

  test("none of this is a fault of the server", () => {
    expect(captured.lines).toEqual([]);
  });
});

describe("keys", () => {
  const initWith = async (payload: unknown) => {
    const socket = await connect();
    socket.send({ type: "connection_init", payload });
    return socket.closed;
  };

  test.each([
    ["none", undefined],
    ["an empty one", { authorization: "" }],
    ["one of another scheme", { authorization: "Basic eDp5" }],
    ["a wrong one", { authorization: "Bearer accord_wrong" }],
    ["a number", { authorization: 7 }],
  ])("%s: closed with 4401", async (_name, payload) => {
    const { code, reason } = await initWith(payload);
    expect(code).toBe(4401);
    // Where there is no key it says where one belongs: a browser's WebSocket has no header for it.
    if (typeof payload?.authorization !== "string") expect(reason).toMatch(/^Send the API key in connection_init: /);
  });

  test("an expired and a revoked one: closed with 4401", async () => {
    const expired = await server.key("ADMIN", { expiresAt: new Date(Date.now() - 1000) });
    expect((await initWith({ authorization: `Bearer ${expired}` })).code).toBe(4401);
    const revoked = await server.key("ADMIN");
    await server.database.select("update api_key set revoked_at = now() where secret_hash = sha256($1)", [
      Buffer.from(revoked),
    ]);
    expect((await initWith({ authorization: `Bearer ${revoked}` })).code).toBe(4401);
  });

  test("one that is revoked while the listening connection was lost is closed once it is back", async () => {
    const key = await server.key("ANALYST");
    const socket = await connect(key);
    // The revocation by hand notifies nobody; the next reconnection makes the server look for itself.
    await server.database.select("update api_key set revoked_at = now() where secret_hash = sha256($1)", [
      Buffer.from(key),
    ]);
    await server.database.select(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'accord listener' and datname = current_database()",
      [],
    );
    expect(await socket.closed).toEqual({ code: 4401, reason: "The API key is expired or revoked." });
  });
});
