/** What a browser asks before it lets a page of another origin send what the clients send. */
import { startTestServer, type TestServer } from "../support/server.js";

const ORIGIN = "https://labels.example.org";
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ CORS_ORIGINS: ORIGIN });
});
afterAll(() => server.close());

const preflight = (method: string, headers: string, origin = ORIGIN) =>
  fetch(`${server.url}/graphql`, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": method, "access-control-request-headers": headers },
  });

test.each([
  ["urql's query", "GET", "authorization"],
  ["urql, graphql-sse, Relay and Apollo Client", "POST", "authorization,content-type"],
  ["an Accept that a browser asks about", "POST", "accept,authorization,content-type"],
])("%s may come from an origin that is let in", async (_name, method, headers) => {
  const answer = await preflight(method, headers);
  expect(answer.headers.get("access-control-allow-origin")).toBe(ORIGIN);
  const allowed = answer.headers.get("access-control-allow-headers")?.toLowerCase().split(/,\s*/) ?? [];
  for (const header of headers.split(",")) expect(allowed).toContain(header);
  expect(answer.headers.get("access-control-allow-methods")).toContain(method);
});

test("a page of another origin is not let in", async () => {
  const answer = await preflight("POST", "authorization,content-type", "https://elsewhere.example.org");
  expect(answer.headers.get("access-control-allow-origin")).not.toBe("https://elsewhere.example.org");
});
