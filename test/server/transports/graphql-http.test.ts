/** What is executed over HTTP: nothing that the request does not name, and nothing that changes anything by GET. */
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const CREATE = (slug: string, name = "") =>
  `mutation ${name} { createDataset(input: { slug: "${slug}", name: "x" }) { id } }`;

async function exists(slug: string): Promise<boolean> {
  const { dataset } = await server.data<{ dataset: object | null }>(`{ dataset(slug: "${slug}") { id } }`);
  return dataset !== null;
}

async function ask(init: { method: string; body?: string; query?: Record<string, string>; accept?: string }) {
  const address = `${server.url}/graphql?${new URLSearchParams(init.query ?? {})}`;
  const response = await fetch(address, {
    method: init.method,
    headers: {
      authorization: `Bearer ${server.adminKey}`,
      "content-type": "application/json",
      accept: init.accept ?? "application/json",
    },
    ...(init.body === undefined ? {} : { body: init.body }),
  });
  const text = await response.text();
  const answer = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text) as { errors?: object[]; data?: unknown };
  return { status: response.status, ...answer };
}

describe.each([
  ["a name that no operation has", CREATE("named", "A"), "B"],
  ["a name, where the operation has none", CREATE("unnamed"), "B"],
  ["the name of a property of every object", CREATE("proto", "A"), "__proto__"],
])("operationName is %s", (_case, query, operationName) => {
  const slug = /slug: "(\w+)"/.exec(query)![1]!;

  test.each([
    ["POST", { method: "POST", body: JSON.stringify({ query, operationName }) }],
    [
      "POST for a stream",
      { method: "POST", body: JSON.stringify({ query, operationName }), accept: "text/event-stream" },
    ],
    ["GET", { method: "GET", query: { query, operationName } }],
  ])("by %s nothing is executed", async (_by, request) => {
    const { status, data, errors } = await ask(request);
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    expect(status).toBe("accept" in request ? 200 : 400);
    expect(data).toBeUndefined();
    expect(await exists(slug)).toBe(false);
  });
});

test("asks for a name where the document has several operations", async () => {
  const query = `${CREATE("several", "A")} ${CREATE("several-too", "B")}`;
  const { status, errors } = await ask({ method: "POST", body: JSON.stringify({ query }) });
  expect(status).toBe(400);
  expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", field: "operationName" } }]);
  expect(await exists("several")).toBe(false);
});

test.each<Record<string, string>>([
  { query: CREATE("got") },
  { query: `query Q { viewer { role } } ${CREATE("got", "M")}`, operationName: "M" },
])("changes nothing by GET: %j", async (query) => {
  const answer = await ask({ method: "GET", query });
  expect(answer).toMatchObject({ status: 405, errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
  expect(await exists("got")).toBe(false);
});

test("executes the operation that is named", async () => {
  const query = `query Q { viewer { role } } ${CREATE("chosen", "M")}`;
  expect(await ask({ method: "POST", body: JSON.stringify({ query, operationName: "Q" }) })).toMatchObject({
    status: 200,
    data: { viewer: { role: "ADMIN" } },
  });
  expect(await exists("chosen")).toBe(false);
  expect(await ask({ method: "POST", body: JSON.stringify({ query, operationName: "M" }) })).toMatchObject({
    status: 200,
    data: { createDataset: {} },
  });
  expect(await exists("chosen")).toBe(true);
});

describe("Accept", () => {
  const send = (accept: string, query: string, key = server.adminKey) =>
    fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", accept },
      body: JSON.stringify({ query }),
    });

  test.each(["image/png", "text/event-stream;q=0", "*/*;q=0", "nonsense", ";;,"])(
    "%s: 406, before anything is executed",
    async (accept) => {
      const response = await send(accept, CREATE("unacceptable"));
      expect({ status: response.status, body: await response.json() }).toMatchObject({
        status: 406,
        body: { errors: [{ extensions: { code: "BAD_USER_INPUT" } }] },
      });
      expect(await exists("unacceptable")).toBe(false);
    },
  );

  test.each([
    ["application/json", "application/json"],
    ["*/*", "application/json"],
    ["text/event-stream;q=0, */*", "application/json"],
    ["application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"],
    ["text/event-stream, application/json;q=0.1", "application/json"],
    ["text/event-stream", "text/event-stream"],
  ])("%s: a query is answered as %s", async (accept, type) => {
    const response = await send(accept, "{ viewer { role } }");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(`${type}; charset=utf-8`);
    await response.text();
  });

  test("is kept for errors of the server's doors, too", async () => {
    const accept = "application/graphql-response+json, application/json;q=0.9";
    const response = await send(accept, "{ viewer { role } }", "accord_wrong");
    expect(response.status).toBe(401);
    expect(response.headers.get("content-type")).toBe("application/graphql-response+json; charset=utf-8");
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
  });
});

test("answers GET with nothing but the key: what a form of another site sends has none", async () => {
  const address = `${server.url}/graphql?${new URLSearchParams({ query: "{ viewer { role } }" })}`;
  const response = await fetch(address, { headers: { authorization: `Bearer ${server.adminKey}` } });
  expect(await response.json()).toEqual({ data: { viewer: { role: "ADMIN" } } });
  expect((await fetch(address)).status).toBe(401);
});

test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])(
  "executes no body of type %s, the key beside it or not",
  async (type) => {
    for (const key of [true, false]) {
      const response = await fetch(`${server.url}/graphql`, {
        method: "POST",
        headers: { "content-type": type, ...(key ? { authorization: `Bearer ${server.adminKey}` } : {}) },
        body: JSON.stringify({ query: CREATE("by-form") }),
      });
      expect([401, 400, 415]).toContain(response.status);
      expect(await exists("by-form")).toBe(false);
    }
  },
);
