/** One key never holds all connections of the database: its operations take turns, and another key is answered. */
import pg from "pg";
import { keyedRandom } from "../../../src/random.js";
import { RunningOperations } from "../../../src/server/requests/running-operations.js";
import { RawWebSocket } from "../../support/raw-websocket.js";
import { startTestServer, type TestServer } from "../../support/server.js";

/** The connections of a test server's pool. */
const POOL = 8;
const RUNNING = 5;
/** How many statements of one key run at a time: 0.4 of the connections. */
const STATEMENTS = 3;
const WAITING = 30;

/** What waits for as long as the table is locked, and what does not. */
const SLOW = "{ models(first: 1) { totalCount } }";
const QUICK = "{ datasets(first: 1) { totalCount } }";

async function metric(server: TestServer, name: string): Promise<number> {
  const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.adminKey}` } });
  const line = (await answer.text()).split("\n").find((text) => text.startsWith(`${name} `));
  return Number(line?.split(" ").at(-1) ?? 0);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("It did not come to that.");
}

/** Locks what SLOW reads, so that an operation lasts exactly until it is unlocked. */
async function lockModels(server: TestServer): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: server.databaseUrl });
  await client.connect();
  await client.query("begin; lock table model in access exclusive mode");
  return () => client.end();
}

/** Sends an operation by HTTP, as JSON or as a stream of events. */
const post = (server: TestServer, key: string, query: string, accept = "application/graphql-response+json") =>
  fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, accept },
    body: JSON.stringify({ query }),
  });

/** How many connections wait for the lock. */
async function held(server: TestServer): Promise<number> {
  const client = new pg.Client({ connectionString: server.databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    "select count(*)::integer as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  await client.end();
  return rows[0].count;
}

test("a flood of one key over HTTP, streams and WebSockets: 5 run, 30 wait, the rest is refused, another key is answered", async () => {
  const server = await startTestServer({
    MAX_OPERATIONS_PER_KEY: String(RUNNING),
    MAX_WAITING_OPERATIONS_PER_KEY: String(WAITING),
  });
  const unlock = await lockModels(server);
  try {
    const [flood, other] = [await server.key("ANALYST"), await server.key("ANALYST")];
    const socket = await RawWebSocket.open(server.url, flood);
    const plain = Array.from({ length: 12 }, () => post(server, flood, SLOW));
    const streams = Array.from({ length: 12 }, () => post(server, flood, SLOW, "text/event-stream"));
    for (let i = 0; i < 11; i++) socket.subscribe(`${i}`, SLOW);
    await until(async () => (await metric(server, 'accord_waiting_operations{of="key"}')) === WAITING);
    expect(await metric(server, 'accord_running_operations{of="key"}')).toBe(RUNNING);
    await until(async () => (await held(server)) === STATEMENTS);

    const refused = await post(server, flood, SLOW);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    const sentence = "This key has 5 operations running and 30 waiting; come back when some are answered.";
    expect(await refused.json()).toEqual({ errors: [{ message: sentence, extensions: { code: "RATE_LIMITED" } }] });
    socket.subscribe("more", SLOW);
    expect(await socket.next(({ id, type }) => id === "more" && type === "next")).toMatchObject({
      payload: { errors: [{ message: sentence, extensions: { code: "RATE_LIMITED" } }] },
    });
    expect(await (await post(server, flood, SLOW, "text/event-stream")).text()).toContain(sentence);
    expect(await metric(server, 'accord_cut_off_total{what="operations",bound="key"}')).toBe(3);

    // All of this while the flood holds what it can: nothing here waits for it.
    expect(await server.graphql(QUICK, {}, other)).toMatchObject({
      status: 200,
      data: { datasets: { totalCount: 0 } },
    });
    const another = await RawWebSocket.open(server.url, other);
    another.subscribe("a", QUICK);
    expect(await another.next(({ id, type }) => id === "a" && type === "next")).toMatchObject({
      payload: { data: { datasets: { totalCount: 0 } } },
    });
    another.socket.close();
    expect(await held(server)).toBe(STATEMENTS);

    await unlock();
    for (const answer of await Promise.all(plain))
      expect(await answer.json()).toMatchObject({ data: { models: { totalCount: 0 } } });
    for (const answer of await Promise.all(streams))
      expect(await answer.text()).toContain('{"data":{"models":{"totalCount":0}}}');
    for (let i = 0; i < 11; i++)
      expect(await socket.next(({ id, type }) => id === `${i}` && type === "next")).toMatchObject({
        payload: { data: { models: { totalCount: 0 } } },
      });
    socket.socket.close();
    await until(async () => (await metric(server, 'accord_running_operations{of="all"}')) === 0);
    expect(await metric(server, 'accord_waiting_operations{of="all"}')).toBe(0);
  } finally {
    await unlock();
    await server.close();
  }
}, 60_000);

test("one operation that asks for much at once leaves connections to others, whatever MAX_OPERATIONS_PER_KEY says", async () => {
  const server = await startTestServer({ MAX_OPERATIONS_PER_KEY: "10000" });
  const [flood, other] = [await server.key("ANALYST"), await server.key("ANALYST")];
  const unlock = await lockModels(server);
  try {
    const fields = Array.from({ length: 20 }, (_, i) => `a${i}: models(first: 1) { totalCount }`);
    const asked = Array.from({ length: 3 }, () => server.graphql(`{ ${fields.join(" ")} }`, {}, flood));
    await until(async () => (await held(server)) === STATEMENTS);
    expect(await server.graphql(QUICK, {}, other)).toMatchObject({
      status: 200,
      data: { datasets: { totalCount: 0 } },
    });
    expect(await held(server)).toBe(STATEMENTS);
    await unlock();
    for (const { data } of await Promise.all(asked)) expect(Object.keys(data ?? {})).toHaveLength(fields.length);
  } finally {
    await unlock();
    await server.close();
  }
}, 60_000);

test("without turns every connection is held; others are told that all are busy, not that none can be reached", async () => {
  const server = await startTestServer();
  const other = await server.key("ANALYST");
  const unlock = await lockModels(server);
  try {
    // As the operations of one key did. No more than there are connections: any other would fail with the one looked at.
    const plain = Array.from({ length: POOL }, () => server.database.select("select count(*) from model", []));
    await until(async () => (await held(server)) === POOL);
    const socket = await RawWebSocket.open(server.url);
    socket.send({ type: "connection_init", payload: { authorization: `Bearer ${other}` } });
    const sentence = "All 8 connections to the database are busy at the moment. Try again";
    expect(await server.graphql(QUICK, {}, other)).toMatchObject({
      status: 503,
      errors: [{ message: expect.stringContaining(sentence), extensions: { code: "UNAVAILABLE" } }],
    });
    expect(await socket.closed).toEqual({ code: 1013, reason: expect.stringContaining(sentence) });
    await expect(server.database.transaction(async () => {})).rejects.toThrow(
      "All 8 connections to the database are busy",
    );
    await unlock();
    expect(await Promise.all(plain)).toHaveLength(POOL);
  } finally {
    await unlock();
    await server.close();
  }
}, 60_000);

test("random operations of some keys against a twin that looks at all of them: turns, order, refusals", async () => {
  const random = keyedRandom(["running operations", 1]);
  const bounds = { running: 3, waiting: 4 };
  const running = new RunningOperations(bounds);
  /** What runs and what waits of each key, in order, as it must be. */
  const twin = new Map<string, { running: number[]; waiting: number[] }>();
  const ends = new Map<number, () => void>();
  const outcomes: Promise<unknown>[] = [];
  for (let step = 0; step < 20_000; step++) {
    const key = `key ${random.nextBelow(4)}`;
    const of = twin.get(key) ?? { running: [], waiting: [] };
    twin.set(key, of);
    if (random.nextBelow(2) === 0) {
      const isFull = of.running.length === bounds.running && of.waiting.length === bounds.waiting;
      const mayBeRefused = random.nextBelow(4) > 0 || isFull;
      const work = () => new Promise<void>((resolve) => ends.set(step, resolve));
      const outcome = mayBeRefused ? running.run(key, work) : running.runInTurn(key, work);
      if (isFull) await expect(outcome).rejects.toMatchObject({ code: "RATE_LIMITED", retryAfter: 1 });
      else {
        outcomes.push(outcome);
        (of.running.length < bounds.running ? of.running : of.waiting).push(step);
      }
    } else if (of.running.length > 0) {
      const [ended] = of.running.splice(random.nextBelow(of.running.length), 1) as [number];
      ends.get(ended)?.();
      ends.delete(ended);
      const next = of.waiting.shift();
      if (next !== undefined) of.running.push(next);
      for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    }
    const counts = [...twin.values()].map((one) => [one.running.length, one.waiting.length] as const);
    const sum = (index: 0 | 1) => counts.reduce((total, count) => total + count[index], 0);
    const most = (index: 0 | 1) => Math.max(...counts.map((count) => count[index]));
    expect(running.use).toEqual({
      running: { all: sum(0), key: most(0) },
      waiting: { all: sum(1), key: most(1) },
    });
    expect([...ends.keys()].sort((a, b) => a - b)).toEqual(
      [...twin.values()].flatMap((one) => one.running).sort((a, b) => a - b),
    );
  }
  while (ends.size > 0) {
    for (const [step, end] of [...ends]) {
      end();
      ends.delete(step);
    }
    await new Promise(setImmediate);
  }
  await Promise.all(outcomes);
  expect(running.use).toEqual({ running: { all: 0, key: 0 }, waiting: { all: 0, key: 0 } });
});

test("work that fails gives its place on, and none may wait where none is allowed to", async () => {
  const running = new RunningOperations({ running: 1, waiting: 0 });
  await expect(running.run("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  let end = () => {};
  const first = running.run("a", () => new Promise<void>((resolve) => (end = resolve)));
  await expect(running.run("a", async () => {})).rejects.toThrow("1 operation running and 0 waiting");
  expect(await running.run("b", async () => "another")).toBe("another");
  end();
  await first;
  expect(await running.run("a", async () => "again")).toBe("again");
});
