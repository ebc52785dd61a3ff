/** Whatever the server keeps is filled beyond its bound, and stays within it. docs/operations.md lists all of it. */
import { readFileSync } from "node:fs";
import { buildSchema, parse } from "graphql";
import { DocumentCache } from "../../src/server/graphql/document-cache.js";
import { expanseOf } from "../../src/server/graphql/document-size.js";
import { CompiledOperations } from "../../src/server/graphql/jit-executor.js";
import { Gate } from "../../src/server/requests/gate.js";
import { RateLimiter } from "../../src/server/requests/rate-limit.js";
import { KEPT_AGREEMENTS } from "../../src/services/analysis/agreement.js";
import { KEPT_JUDGMENTS } from "../../src/services/analysis/compute-agreement.js";
import { KEPT_WORKS } from "../../src/services/analysis/compute-quality.js";
import { KEPT_QUALITY } from "../../src/services/analysis/labeler-quality.js";
import { KEPT_LEADERBOARDS } from "../../src/services/analysis/leaderboard.js";
import { KEPT_ANSWERS } from "../../src/services/statistics/dataset-answers.js";
import { plainSize } from "../../src/services/statistics/plain-size.js";
import { RevisionCache } from "../../src/services/statistics/revision-cache.js";
import { RawWebSocket } from "../support/raw-websocket.js";
import { startTestServer } from "../support/server.js";
import { ADMIN_KEY, ServerProcess, send } from "../support/server-process.js";
import { createTestDatabase } from "../support/template-database.js";

const MIB = 1 << 20;
const schema = buildSchema(readFileSync(new URL("../../src/schema/schema.graphql", import.meta.url), "utf8"));

test("documents: 1,000 or 32 MiB, and none over 32,768 characters", async () => {
  const cache = new DocumentCache();
  for (let i = 0; i < 1_200; i++) await cache.set(`small ${i}`, parse(`{ a${i}: __typename }`));
  expect(cache.size.documents).toBe(1_000);
  expect(await cache.get("small 0")).toBeUndefined();
  expect(await cache.get("small 1199")).toBeDefined();
  const fields = Array.from({ length: 2_900 }, (_, i) => `a${i}: id`).join(" ");
  for (let i = 0; i < 60; i++) await cache.set(`large ${i}`, parse(`{ b${i}: id ${fields} }`));
  expect(cache.size.bytes).toBeLessThanOrEqual(32 * MIB);
  expect(cache.size.documents).toBeLessThan(1_000);
  await cache.set("long", parse(`{ id } #${"x".repeat(32_768)}`));
  expect(await cache.get("long")).toBeUndefined();
});

test("compiled operations: 500 or 64 MiB, those that cannot be compiled among them, and none that is long", () => {
  const compiled = new CompiledOperations(schema);
  const get = (text: string, operationName: string | null = null) =>
    compiled.get({ document: parse(text), operationName, variables: {} });
  for (let i = 0; i < 600; i++) expect(get(`{ a${i}: __typename }`)).not.toBeNull();
  expect(compiled.size.operations).toBe(500);
  const fields = (i: number) => Array.from({ length: 500 }, (_, j) => `a${i}_${j}: name`).join(" ");
  for (let i = 0; i < 40; i++) expect(get(`{ datasets { nodes { ${fields(i)} } } }`)).not.toBeNull();
  expect(compiled.size.bytes).toBeLessThanOrEqual(64 * MIB);
  expect(compiled.size.operations).toBeLessThan(500);
  const before = compiled.size;
  expect(get(`{ __typename } #${"x".repeat(32_768)}`)).toBeNull();
  expect(compiled.size).toEqual(before);
  const nested = `${"{ ofType ".repeat(60)}{ name }${"}".repeat(60)}`;
  expect(get(`{ __schema { types ${nested} } }`)).toBeNull();
  expect(get(`{ __type(name: "Query") { ${"name ".repeat(2_001)} } }`)).toBeNull();
});

test("the selections of fragments count in every place where they are spread, against a twin that writes them out", () => {
  const naive = (text: string): string => {
    const bodies = new Map(
      [...text.matchAll(/fragment (\w+) on T \{([^}]*)\}/g)].map(([, name, body]) => [name, body]),
    );
    const out = (body: string): string =>
      body.replace(/\.\.\.(\w+)/g, (_, name) => `s { ${out(bodies.get(name) ?? "")} }`);
    return out((/^\{([^}]*)\}/.exec(text) as RegExpExecArray)[1]!);
  };
  const text =
    "{ a ...A b ...B } fragment A on T { c ...B ...B d } fragment B on T { e f ...C } fragment C on T { g h ...D } fragment D on T { i }";
  const words = naive(text).match(/\w+/g) ?? [];
  // A spread is a selection, and s stands for it.
  expect(expanseOf(parse(text))).toEqual({ selections: words.length, depth: 5 });
  expect(expanseOf(parse("{ ...A } fragment A on T { a ...A }")).selections).toBe(Number.POSITIVE_INFINITY);
});

test.each(
  Object.entries({ KEPT_ANSWERS, KEPT_AGREEMENTS, KEPT_LEADERBOARDS, KEPT_QUALITY, KEPT_JUDGMENTS, KEPT_WORKS }),
)("answers for ever, %s: their number and their bytes", async (_name, kept) => {
  // Large ones are told by their weight: half a gigabyte would be a long test.
  const cache = new RevisionCache<{ bytes: number }>(kept, ({ bytes }) => bytes);
  for (let i = 0; i < kept.answers + 10; i++) await cache.get("1", i, {}, async () => ({ bytes: 1 }));
  expect(cache.size.answers).toBe(kept.answers);
  for (let i = 0; i < 10; i++) await cache.get("2", i, {}, async () => ({ bytes: Math.floor(kept.bytes / 3) }));
  expect(cache.size.answers).toBeLessThanOrEqual(3);
  expect(cache.size.bytes).toBeLessThanOrEqual(kept.bytes);
  let computed = 0;
  const huge = async () => ({ bytes: kept.bytes + ++computed });
  await cache.get("3", 1, {}, huge);
  await cache.get("3", 1, {}, huge);
  expect(computed).toBe(2);
  expect(cache.size.bytes).toBeLessThanOrEqual(kept.bytes);
});

test("answers for ever: real ones are weighed, and a question of megabytes is kept as its hash", async () => {
  const cache = new RevisionCache<unknown>({ answers: 1_000, bytes: 4 * MIB });
  let computed = 0;
  for (let i = 0; i < 200; i++)
    await cache.get("1", i, { search: "x".repeat(MIB) }, async () => ({
      n: ++computed,
      text: "y".repeat(10_000),
    }));
  expect(computed).toBe(200);
  // Each is 20,000 bytes and a little.
  expect(cache.size.answers).toBeGreaterThan(150);
  expect(cache.size.bytes).toBeLessThanOrEqual(4 * MIB);
  await cache.get("1", 199, { search: "x".repeat(MIB) }, async () => ++computed);
  expect(computed).toBe(200);
});

test("answers for ever: those who ask at once share the work, and a failure is forgotten", async () => {
  const cache = new RevisionCache<number>({ answers: 2, bytes: MIB });
  let computed = 0;
  const compute = async () => {
    computed += 1;
    if (computed === 1) throw new Error("away");
    return computed;
  };
  const first = await Promise.allSettled([cache.get("1", 1, {}, compute), cache.get("1", 1, {}, compute)]);
  expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await Promise.all([cache.get("1", 1, {}, compute), cache.get("1", 1, {}, compute)])).toEqual([2, 2]);
});

test("plain data are weighed by their texts, numbers, arrays and fields", () => {
  expect(plainSize({ a: "xyz", b: [1, 2, 3] })).toBe(8 + 24 + (8 + 24 + 6) + (8 + 24 + 3 * 8));
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  expect(plainSize(cycle)).toBe(8 + 24 + 8);
  expect(plainSize(new Float64Array(1_000))).toBe(8 + 24 + 8_000);
  expect(plainSize(new Map([["a", new Set([1])]]))).toBe(8 + 24 + (8 + 24 + 2) + (8 + 24 + 8));
});

test("rate limits: 10,000 buckets, whoever asks", () => {
  const limiter = new RateLimiter(10, () => 0);
  for (let i = 0; i < 25_000; i++) limiter.take(`address ${i}`);
  expect(limiter.size).toBeLessThanOrEqual(10_000);
});

test("good keys: 10,000 hashes", async () => {
  const server = await startTestServer();
  try {
    const gate = new Gate(server.database, new RateLimiter(1_000_000));
    // The same key written with more and more blanks is another header value, and each of them is good.
    for (let i = 1; i <= 10_050; i += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, j) => gate.admit(`Bearer ${" ".repeat(i + j)}${server.adminKey}`, "here")),
      );
    expect(gate.remembered).toBe(10_000);
  } finally {
    await server.close();
  }
});

test("hundreds of documents of 4 MB, by POST, as events and over a socket, leave a server with 256 MiB of heap standing", async () => {
  const database = await createTestDatabase();
  const server = ServerProcess.spawn({
    DATABASE_URL: database.url,
    JOB_SLOTS: "0",
    NODE_OPTIONS: "--max-old-space-size=256",
  });
  try {
    const url = await server.url();
    const comment = "x".repeat(4_000_000);
    for (let i = 0; i < 70; i++) {
      const answer = await send<{ viewer: object }>(url, `query Q${i} { viewer { role } } #${comment}`);
      expect(answer).toMatchObject({ status: 200, data: { viewer: { role: "ADMIN" } } });
    }
    for (let i = 0; i < 15; i++) {
      const events = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${ADMIN_KEY}`,
          "content-type": "application/json",
          accept: "text/event-stream",
        },
        body: JSON.stringify({ query: `query E${i} { viewer { role } } #${comment}` }),
      });
      expect(await events.text()).toContain("ADMIN");
    }
    const socket = await RawWebSocket.open(url, ADMIN_KEY);
    for (let i = 0; i < 60; i++) {
      socket.subscribe(`${i}`, `query W${i} { viewer { role } } #${"x".repeat(1_000_000)}`);
      expect(await socket.next(({ id, type }) => id === `${i}` && type === "next")).not.toBeNull();
    }
    socket.socket.close();
  } finally {
    server.kill("SIGTERM");
    await server.exited;
    await database.drop();
  }
}, 180_000);
