import http from "node:http";
import { text } from "node:stream/consumers";
import { buildSchema, parse, validate } from "graphql";
import { costOf as costOfOperation, measure } from "../../../src/server/graphql/limits.js";
import { startTestServer, type TestServer } from "../../support/server.js";

const schema = buildSchema(`
  type Query { things(first: Int, last: Int): ThingConnection! thing: Thing nodes(ids: [ID!]!): [Thing]!
    labelers(first: Int): LabelerConnection! }
  type LabelerConnection { nodes: [Labeler!]! }
  type Labeler { agreement(datasetId: ID!, input: In!): Report }
  type ThingConnection { nodes: [Thing!]! edges: [ThingEdge!]! totalCount: Int! }
  type ThingEdge { node: Thing! }
  type Thing { id: ID! name: String parts: [Part!]! things(first: Int): ThingConnection! agreement(input: In): Report!
    leaderboard(resamples: Int! = 1000): Report! }
  type Part { name: String! }
  type Report { value: Float }
  input In { resamples: Int! = 1000 }
`);

function costOf(query: string, variables: Record<string, unknown> = {}): number {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  return costOfOperation(schema, document, undefined, variables);
}

describe("cost", () => {
  test("grows with the page that is asked for, through nested pages", () => {
    // 1 + 7 × (nodes 1 + id 1 + name 1)
    expect(costOf("{ things(first: 7) { nodes { id name } } }")).toBe(1 + 7 * 3);
    expect(costOf("{ things(last: 7) { nodes { id name } } }")).toBe(1 + 7 * 3);
    // 20 where nothing is said
    expect(costOf("{ things { edges { node { id } } } }")).toBe(1 + 20 * 3);
    // 1 + 10 × (1 + (1 + 10 × (1 + 1)))
    expect(costOf("{ things(first: 10) { nodes { things(first: 10) { nodes { id } } } } }")).toBe(1 + 10 * (1 + 21));
  });

  test("counts the value of a variable, a plain list five times, and each id", () => {
    expect(costOf("query($n: Int) { things(first: $n) { nodes { id } } }", { n: 100 })).toBe(1 + 100 * 2);
    expect(costOf("{ thing { parts { name } } }")).toBe(1 + (1 + 5 * 1));
    expect(costOf('{ nodes(ids: ["a", "b", "c"]) { id } }')).toBe(1 + 3);
  });

  test("an agreement and a leaderboard cost their resamples, a count a scan", () => {
    expect(costOf("{ thing { agreement(input: {resamples: 200}) { value } } }")).toBe(1 + (1000 + 200 + 1));
    expect(costOf("{ thing { agreement(input: {}) { value } } }")).toBe(1 + (1000 + 1000 + 1));
    expect(costOf("{ thing { leaderboard(resamples: 300) { value } } }")).toBe(1 + (1000 + 300 + 1));
    expect(costOf("{ things(first: 1) { totalCount } }")).toBe(1 + 50);
  });

  test("the agreement of each labeler of a page costs what that of a dataset does", () => {
    const one = '{ agreement(datasetId: "d", input: { resamples: 200 }) { value } }';
    expect(costOf(`{ labelers(first: 3) { nodes ${one} } }`)).toBe(1 + 3 * (1 + 1000 + 200 + 1));
  });

  test.each([-5, 201, 2_000_000_000])("a page of %d is refused, before anything runs", (first) => {
    expect(() => costOf(`{ things(first: ${first}) { nodes { id } } }`)).toThrow(
      `first is ${first}; it must be 0 to 200.`,
    );
  });

  test("what is left out costs nothing", () => {
    const query = (directive: string) => `{ thing { id } things(first: 50) ${directive} { nodes { id } } }`;
    expect(costOf(query("@skip(if: true)"))).toBe(costOf("{ thing { id } }"));
    expect(costOf(query("@include(if: false)"))).toBe(costOf("{ thing { id } }"));
    expect(costOf(query("@skip(if: false) @include(if: true)"))).toBe(costOf(query("")));
  });
});

describe("depth and aliases", () => {
  test("are counted through fragments; introspection is not", () => {
    const document = parse(
      "{ a: thing { ...F } __schema { types { name } } } fragment F on Thing { b: parts { name } }",
    );
    expect(measure(document)).toEqual({ depth: 3, aliases: 2 });
  });

  test("a fragment that is spread twice counts its aliases twice", () => {
    const document = parse("{ thing { ...F ...F } } fragment F on Thing { x: name y: id }");
    expect(measure(document).aliases).toBe(4);
  });

  test("a document of 60 fragments that double each other is measured at once", () => {
    const fragments = Array.from({ length: 60 }, (_, i) => `fragment F${i} on Thing { ...F${i + 1} ...F${i + 1} }`);
    const document = parse(`{ thing { ...F0 } } ${fragments.join(" ")} fragment F60 on Thing { x: name }`);
    expect(measure(document).aliases).toBe(2 ** 60);
    expect(costOfOperation(schema, document, undefined, {})).toBe(1 + 2 ** 60);
  });
});

describe("over the wire", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  const codeOf = async (query: string, variables = {}) => {
    const answer = await server.graphql(query, variables);
    return { status: answer.status, code: answer.errors?.[0]?.extensions.code, message: answer.errors?.[0]?.message };
  };
  const nested = (depth: number) =>
    `{ dataset(slug: "a") ${"{ prompts { nodes { dataset ".repeat(depth / 3)}{ id }${" } } }".repeat(depth / 3)} }`;

  test("depth 60 is TOO_COMPLEX", async () => {
    expect(await codeOf(nested(60))).toEqual({
      status: 400,
      code: "TOO_COMPLEX",
      message: "The operation is 62 fields deep; at most 16 are allowed.",
    });
  });

  test("1,000 aliases are TOO_COMPLEX", async () => {
    const aliases = Array.from({ length: 1000 }, (_, i) => `a${i}: viewer { name }`).join(" ");
    expect(await codeOf(`{ ${aliases} }`)).toMatchObject({ status: 400, code: "TOO_COMPLEX" });
  });

  test("a cyclic fragment is refused by GraphQL's validation, in one sentence", async () => {
    const answer = await codeOf("{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }");
    expect(answer).toMatchObject({ status: 400, code: "BAD_USER_INPUT" });
    expect(answer.message).toMatch(/fragment "A" within itself/);
  });

  test("more than 6,000 tokens are not even parsed", async () => {
    expect(await codeOf(`{ viewer { ${"name ".repeat(6_000)} } }`)).toMatchObject({ code: "TOO_COMPLEX", status: 400 });
  });

  test("a variable that is null where the argument must not be is the client's fault", async () => {
    const query = 'query ($m: RatingMethod = ELO) { dataset(slug: "a") { leaderboard(method: $m) { method } } }';
    expect(await codeOf(query, { m: null })).toMatchObject({ code: "BAD_USER_INPUT", status: 400 });
  });

  test("a request that asks for another protocol gets JSON, and a WebSocket elsewhere is not found", async () => {
    const upgrade = (path: string, headers: Record<string, string>) =>
      new Promise<{ status: number; body: string }>((resolve, reject) => {
        const request = http.request(`${server.url}${path}`, { headers: { connection: "Upgrade", ...headers } });
        request.on("response", async (response) =>
          resolve({ status: response.statusCode ?? 0, body: await text(response) }),
        );
        request.on("error", reject);
        request.end();
      });
    const h2c = await upgrade("/healthz", { upgrade: "h2c" });
    expect(h2c.status).toBe(400);
    expect(JSON.parse(h2c.body)).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
    const handshake = {
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const elsewhere = await upgrade("/healthz", handshake);
    expect(elsewhere.status).toBe(404);
    expect(JSON.parse(elsewhere.body)).toMatchObject({ errors: [{ extensions: { code: "NOT_FOUND" } }] });
  });

  test("rules broken by the hundred are TOO_COMPLEX", async () => {
    const unknown = Array.from({ length: 500 }, () => "viewer { role } viewer").join(" ");
    expect(await codeOf(`{ ${unknown} }`)).toMatchObject({ code: "TOO_COMPLEX", status: 400 });
  });

  test("a page of pages over MAX_COST is TOO_COMPLEX", async () => {
    const query = `{ datasets(first: 200) { nodes { prompts(first: 200) { nodes { rankings(first: 200) { nodes { id } } } } } } }`;
    const answer = await codeOf(query);
    expect(answer).toMatchObject({ status: 400, code: "TOO_COMPLEX" });
    expect(answer.message).toMatch(/^The operation costs \d+; at most 200000 is allowed/);
  });

  test("a body of 100 MB is 413 TOO_COMPLEX, and the server goes on", async () => {
    const body = Buffer.alloc(100 * 1024 * 1024, " ");
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${server.adminKey}` },
      body,
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "TOO_COMPLEX" } }] });
    expect((await server.graphql("{ viewer { role } }")).data).toEqual({ viewer: { role: "ADMIN" } });
  });

  test("fragments that double each other forty times are refused, not followed", async () => {
    const fragments = Array.from({ length: 40 }, (_, i) => `fragment F${i} on Viewer { ...F${i + 1} ...F${i + 1} }`);
    const answer = await codeOf(`{ viewer { ...F0 } } ${fragments.join(" ")} fragment F40 on Viewer { name }`);
    expect(answer).toMatchObject({ status: 400, code: "TOO_COMPLEX" });
  });

  test("a variable of the wrong type is BAD_USER_INPUT with status 400", async () => {
    expect(await codeOf("query($s: String) { dataset(slug: $s) { id } }", { s: 7 })).toMatchObject({
      status: 400,
      code: "BAD_USER_INPUT",
    });
  });
});
