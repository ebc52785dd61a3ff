import { serverAudits } from "graphql-http";
import { startTestServer, type TestServer } from "../support/server.js";

/** The conformance suite of GraphQL over HTTP by other hands, against the real server with a key added. */
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test("graphql-http's audit suite: no MUST fails, and at least 55 of its 61 audits pass", async () => {
  const audits = serverAudits({
    url: `${server.url}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) => {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${server.adminKey}`);
      return fetch(url, { ...init, headers });
    },
  });
  const failed: string[] = [];
  let passed = 0;
  for (const audit of audits) {
    const result = await audit.fn();
    if (result.status === "ok") passed += 1;
    else failed.push(`${result.status}: ${audit.id} ${audit.name}: ${result.reason}`);
  }
  expect(audits.length).toBe(61);
  expect(failed.filter((line) => line.startsWith("error"))).toEqual([]);
  expect({ passed, failed }).toEqual({ passed: expect.any(Number), failed: expect.any(Array) });
  expect(passed).toBeGreaterThanOrEqual(55);
});
