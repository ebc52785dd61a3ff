import { buildSchema, parse, print } from "graphql";
import { createSchema } from "../../../src/server/graphql/graphql-schema.js";
import { typesText } from "../../../src/server/graphql/schema-text.js";
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ CORS_ORIGINS: "https://labels.example.org" });
});
afterAll(() => server.close());

test("GET /schema.graphql gives the whole schema without a key, as text that builds the same schema again", async () => {
  const response = await fetch(`${server.url}/schema.graphql`, { headers: { origin: "https://labels.example.org" } });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
  expect(response.headers.get("access-control-allow-origin")).toBe("https://labels.example.org");
  const text = await response.text();
  const own = typesText(await createSchema());
  expect(print(parse(text))).toBe(print(parse(own)));
  const types = Object.keys(buildSchema(text).getTypeMap());
  expect(types.sort()).toEqual(Object.keys(buildSchema(own).getTypeMap()).sort());
  // Types of every kind, and no remark to those who work on the server.
  expect(types).toEqual(expect.arrayContaining(["Query", "Mutation", "Subscription", "PromptFilter", "Role", "Node"]));
  expect(text).not.toContain("npm run");
});

test("is not sent again to whoever has it, whatever key they show", async () => {
  const first = await fetch(`${server.url}/schema.graphql`);
  const etag = first.headers.get("etag") ?? "";
  const again = (tags: string) =>
    fetch(`${server.url}/schema.graphql`, { headers: { "if-none-match": tags, authorization: "Bearer wrong" } });
  expect((await again(etag)).status).toBe(304);
  expect((await again(`"other", W/${etag}`)).status).toBe(304);
  expect((await again('"other"')).status).toBe(200);
});

test("takes GET and HEAD only", async () => {
  expect((await fetch(`${server.url}/schema.graphql`, { method: "HEAD" })).status).toBe(200);
  const post = await fetch(`${server.url}/schema.graphql`, { method: "POST", body: "{}" });
  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});
