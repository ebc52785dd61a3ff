import { RateLimited, RateLimiter } from "../../../src/server/requests/rate-limit.js";
import { startTestServer, type TestServer } from "../../support/server.js";

describe("the rate limiter", () => {
  test("lets a minute's requests through at once, then at the steady rate, each bucket for itself", () => {
    let now = 0;
    const limiter = new RateLimiter(6, () => now);
    const take = (name: string) => {
      try {
        limiter.take(name);
        return 0;
      } catch (error) {
        return (error as RateLimited).retryAfter;
      }
    };
    expect(Array.from({ length: 7 }, () => take("a"))).toEqual([0, 0, 0, 0, 0, 0, 10]);
    expect(take("b")).toBe(0);
    now += 9_000;
    expect(take("a")).toBe(1);
    now += 1_000;
    expect([take("a"), take("a")]).toEqual([0, 10]);
    now += 3_600_000;
    expect(Array.from({ length: 7 }, () => take("a"))).toEqual([0, 0, 0, 0, 0, 0, 10]);
  });

  test("keeps its memory bounded, whatever names come", () => {
    const limiter = new RateLimiter(1, () => 0);
    for (let i = 0; i < 50_000; i++) limiter.take(`address ${i}`);
    expect((limiter as unknown as { buckets: Map<string, unknown> }).buckets.size).toBeLessThanOrEqual(10_001);
  });
});

describe("over HTTP", () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startTestServer({ RATE_LIMIT: "5" });
  });
  afterEach(() => server.close());

  const ask = async (authorization: string | null) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(authorization === null ? {} : { authorization }) },
      body: '{"query":"{ viewer { role } }"}',
    });
    const body = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return { status: response.status, code: body.errors?.[0]?.extensions.code, headers: response.headers };
  };

  test("a key over its rate is 429 RATE_LIMITED with Retry-After, in GraphQL's shape; another key is not", async () => {
    const key = `Bearer ${await server.key("ANALYST")}`;
    for (let i = 0; i < 5; i++) expect((await ask(key)).status).toBe(200);
    const refused = await ask(key);
    expect({ status: refused.status, code: refused.code }).toEqual({ status: 429, code: "RATE_LIMITED" });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(12);
    expect((await ask(`Bearer ${server.adminKey}`)).status).toBe(200);
  });

  test("who guesses keys is slowed down, whatever the guess; a key known as good from the same address is not", async () => {
    const good = `Bearer ${server.adminKey}`;
    expect((await ask(good)).status).toBe(200);
    const guesses = [];
    for (let i = 0; i < 6; i++) guesses.push((await ask(`Bearer accord_guess-${i}`)).status);
    // The first look at the good key has taken one of the five.
    expect(guesses).toEqual([401, 401, 401, 401, 429, 429]);
    expect((await ask(null)).status).toBe(429);
    expect((await ask(good)).status).toBe(200);
    // Not even a right key is looked up: a guess cannot be told from another.
    expect((await ask(`Bearer ${await server.key("ANALYST")}`)).status).toBe(429);
  });

  test("health is never limited", async () => {
    for (let i = 0; i < 20; i++) expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });
});

describe("keys over HTTP", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  const secretOf = async (how: "expired" | "revoked") => {
    const key = await server.key("ADMIN", how === "expired" ? { expiresAt: new Date(Date.now() - 1000) } : {});
    if (how === "revoked")
      await server.database.select("update api_key set revoked_at = now() where secret_hash = sha256($1)", [
        Buffer.from(key),
      ]);
    return key;
  };
  const HEADERS: [string, () => Promise<string | null>][] = [
    ["no key", async () => null],
    ["an empty header", async () => ""],
    ["a scheme alone", async () => "Bearer"],
    ["another scheme", async () => "Basic eDp5"],
    ["an empty key", async () => "Bearer "],
    ["a wrong key", async () => "Bearer accord_wrong"],
    ["a right key with a letter more", async () => `Bearer ${server.adminKey}x`],
    ["a right key in other capitals", async () => `Bearer ${server.adminKey.toUpperCase()}`],
    ["a key of 10,000 letters", async () => `Bearer ${"k".repeat(10_000)}`],
    ["an expired key", async () => `Bearer ${await secretOf("expired")}`],
    ["a revoked key", async () => `Bearer ${await secretOf("revoked")}`],
  ];
  /** Every route that needs a key; the test below compares with what the server has. */
  const ROUTES: [method: string, path: string][] = [
    ["POST", "/graphql"],
    ["GET", "/graphql?query=%7Bviewer%7Brole%7D%7D"],
    ["GET", "/metrics"],
    ["POST", "/import/some-dataset"],
    ["GET", "/export/some-dataset"],
    ["GET", "/export/some-dataset/report"],
    ["GET", "/datasets/some-dataset/agreement.html"],
    ["GET", "/datasets/some-dataset/agreement.csv"],
    ["GET", "/datasets/some-dataset/agreement.json"],
    ["GET", "/models/some-model/download"],
    ["POST", "/models?name=some-model"],
  ];

  describe.each(HEADERS)("%s", (_name, header) => {
    test.each(ROUTES)("%s %s is 401 UNAUTHENTICATED", async (method, path) => {
      const authorization = await header();
      const response = await fetch(server.url + path, {
        method,
        headers: authorization === null ? {} : { authorization },
        ...(method === "POST" ? { body: "{}" } : {}),
      });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await response.json()).toEqual({
        errors: [{ message: expect.any(String), extensions: { code: "UNAUTHENTICATED" } }],
      });
    });
  });

  test("an unknown, an expired and a revoked key are answered in the same words", async () => {
    const say = async (key: string) => (await server.graphql("{ viewer { role } }", {}, key)).errors;
    const unknown = await say("accord_unknown");
    expect(await say(await secretOf("expired"))).toEqual(unknown);
    expect(await say(await secretOf("revoked"))).toEqual(unknown);
  });

  test("no other route is there but those, health, and the schema, which holds no data", () => {
    const routes = server.app.printRoutes({ commonPrefix: false }).replaceAll(/[├└│─]/g, "");
    const found = [...routes.matchAll(/(\/[\w/:.*-]*) \(([A-Z, ]+)\)/g)].map(([, url]) => url);
    expect([...new Set(found)].sort()).toEqual([
      "/:id/download", // below /models
      "/datasets/:slug/agreement.csv",
      "/datasets/:slug/agreement.html",
      "/datasets/:slug/agreement.json",
      "/export/:slug",
      "/graphql",
      "/healthz",
      "/import/:slug",
      "/metrics",
      "/models",
      "/readyz",
      "/report",
      "/schema.graphql",
    ]);
  });

  test("/metrics: ADMIN and ANALYST read them, CLIENT and LABELER do not", async () => {
    const status = async (key: string) =>
      (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).status;
    const [labeler] = await server.database.select<{ id: string }>(
      "insert into labeler (handle) values ('w1') returning id",
      [],
    );
    expect(await status(server.adminKey)).toBe(200);
    expect(await status(await server.key("ANALYST"))).toBe(200);
    expect(await status(await server.key("CLIENT"))).toBe(403);
    expect(await status(await server.key("LABELER", { labelerId: labeler?.id as string }))).toBe(403);
  });
});
