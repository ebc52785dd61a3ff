/** What is executed over HTTP: nothing that the request does not name, and nothing that changes anything by GET. */
import { startTestServer, type TestServer } from "../support/server.js";

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
  return { status: response.status, ...((await response.json()) as { errors?: object[]; data?: unknown }) };
}

describe.each([
  ["a name that no operation has", CREATE("named", "A"), "B"],
  ["a name, where the operation has none", CREATE("unnamed"), "B"],
  ["the name of a property of every object", CREATE("proto", "A"), "__proto__"],
])("operationName is %s", (_case, query, operationName) => {
  const slug = /slug: "(\w+)"/.exec(query)?.[1] as string;

  it.each([
    ["POST", { method: "POST", body: JSON.stringify({ query, operationName }) }],
    [
      "POST for a stream",
      { method: "POST", body: JSON.stringify({ query, operationName }), accept: "text/event-stream" },
    ],
    ["GET", { method: "GET", query: { query, operationName } }],
  ])("by %s nothing is executed", async (_by, request) => {
    const { status, data, errors } = await ask(request);
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    expect(status).toBe(400);
    expect(data).toBeUndefined();
    expect(await exists(slug)).toBe(false);
  });
});

it("asks for a name where the document has several operations", async () => {
  const query = `${CREATE("several", "A")} ${CREATE("several-too", "B")}`;
  const { status, errors } = await ask({ method: "POST", body: JSON.stringify({ query }) });
  expect(status).toBe(400);
  expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", field: "operationName" } }]);
  expect(await exists("several")).toBe(false);
});

it.each<Record<string, string>>([
  { query: CREATE("got") },
  { query: `query Q { viewer { role } } ${CREATE("got", "M")}`, operationName: "M" },
])("changes nothing by GET: %j", async (query) => {
  const answer = await ask({ method: "GET", query });
  expect(answer).toMatchObject({ status: 405, errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
  expect(await exists("got")).toBe(false);
});

it("executes the operation that is named", async () => {
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
