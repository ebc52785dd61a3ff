/** What the server holds for clients that do not read, or never finish what they send, is bounded for each key and in all; many sockets: test/chaos. */
import { keyedRandom } from "../../../src/random.js";
import { OpenSockets, WaitingBytes } from "../../../src/server/requests/waiting-bytes.js";
import { importText } from "../../support/import-over-http.js";
import { RawHttp } from "../../support/raw-http.js";
import { RawWebSocket } from "../../support/raw-websocket.js";
import { startTestServer, type TestServer } from "../../support/server.js";

const MIB = 1 << 20;
/** An answer of about a megabyte. */
const LARGE = '{ dataset(slug: "large") { prompts(first: 10) { nodes { text } } } }';
const lines = () =>
  Array.from({ length: 10 }, (_, i) => `${JSON.stringify({ text: `${i} ${"x".repeat(100_000)}` })}\n`).join("");

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({
    MAX_WAITING_BYTES_PER_KEY: String(4 * MIB),
    MAX_WAITING_BYTES: String(8 * MIB),
    MAX_SOCKETS_PER_KEY: "5",
    MAX_SOCKETS: "8",
  });
  await importText(server, "large", lines());
});
afterAll(() => server.close());

async function metric(name: string): Promise<number> {
  const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.adminKey}` } });
  const line = (await answer.text()).split("\n").find((text) => text.startsWith(`${name} `));
  return Number(line?.split(" ").at(-1) ?? 0);
}

/** A socket that asks and does not read. */
async function deaf(key: string, operations: number): Promise<RawWebSocket> {
  const raw = await RawWebSocket.open(server.url, key);
  raw.socket.pause();
  for (let i = 0; i < operations; i++) raw.subscribe(`${i}`, LARGE);
  return raw;
}

const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return;
    await settle(50);
  }
  throw new Error("It did not come to that.");
}

test("sockets of a key that do not read are cut off with 4413; one that reads goes on", async () => {
  const key = await server.key("ADMIN");
  const cutBefore = await metric('accord_cut_off_total{what="waiting_bytes",bound="key"}');
  const reading = await RawWebSocket.open(server.url, key);
  const sockets = [await deaf(key, 15), await deaf(key, 15)];
  await until(async () => (await metric('accord_cut_off_total{what="waiting_bytes",bound="key"}')) >= cutBefore + 2);
  expect(await metric('accord_waiting_bytes{of="key"}')).toBeLessThanOrEqual(4 * MIB);
  for (const { socket } of sockets) socket.resume();
  for (const { closed } of sockets)
    expect(await closed).toEqual({
      code: 4413,
      reason: "Too much waits for this client: read what you ask for, or ask for less.",
    });
  reading.subscribe("a", LARGE);
  expect(JSON.stringify(await reading.next(({ id }) => id === "a")).length).toBeGreaterThan(MIB * 0.9);
  reading.socket.close();
  await until(async () => (await metric('accord_waiting_bytes{of="all"}')) === 0);
});

test("of all keys together, the one for which most waits is cut off", async () => {
  const bound = 'accord_cut_off_total{what="waiting_bytes",bound="all"}';
  const before = await metric(bound);
  const sockets: RawWebSocket[] = [];
  // The system takes some megabytes of each connection itself.
  for (let i = 0; i < 7; i++) sockets.push(await deaf(await server.key("ADMIN"), 6));
  await until(async () => (await metric(bound)) > before);
  expect(await metric('accord_waiting_bytes{of="all"}')).toBeLessThanOrEqual(8 * MIB);
  for (const { socket } of sockets) socket.terminate();
  await until(async () => (await metric('accord_open_sockets{of="all"}')) === 0);
});

test("a long answer arrives whole in fragments, with answers beside it, and letters of several bytes", async () => {
  const slug = "letters";
  const text = "é中🙂".repeat(30_000);
  await importText(server, slug, `${JSON.stringify({ text })}\n`);
  const raw = await RawWebSocket.open(server.url, server.adminKey);
  for (let i = 0; i < 3; i++) raw.subscribe(`${i}`, `{ dataset(slug: "${slug}") { prompts { nodes { text } } } }`);
  for (let i = 0; i < 3; i++)
    expect(await raw.next(({ id, type }) => id === `${i}` && type === "next")).toMatchObject({
      payload: { data: { dataset: { prompts: { nodes: [{ text }] } } } },
    });
  raw.socket.close();
});

test("plain answers and streams of events that nobody reads are bounded, too, and their connections are cut", async () => {
  const bound = 'accord_cut_off_total{what="waiting_bytes",bound="key"}';
  for (const accept of ["application/json", "text/event-stream"]) {
    const key = await server.key("ADMIN");
    const before = await metric(bound);
    const body = JSON.stringify({ query: LARGE });
    const open: RawHttp[] = [];
    for (let i = 0; i < 12; i++) {
      const raw = await RawHttp.open(server.url);
      raw.socket.pause();
      await raw.write(
        `POST /graphql HTTP/1.1\r\nhost: x\r\naccept: ${accept}\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      open.push(raw);
    }
    await settle(500);
    // The system takes some megabytes of each connection itself: those do not wait here.
    expect(await metric('accord_waiting_bytes{of="key"}')).toBeLessThanOrEqual(4 * MIB);
    for (const { socket } of open) socket.destroy();
    await until(async () => (await metric('accord_waiting_bytes{of="all"}')) === 0);
    expect(await metric(bound)).toBeGreaterThanOrEqual(before);
  }
});

test("bodies that are never sent to their end are bounded", async () => {
  const bound = 'accord_cut_off_total{what="waiting_bytes",bound="key"}';
  const before = await metric(bound);
  const key = await server.key("ANALYST");
  const open: RawHttp[] = [];
  for (let i = 0; i < 8; i++) {
    const raw = await RawHttp.open(server.url);
    await raw.write(
      `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${2 * MIB}\r\n\r\n`,
    );
    await raw.write(Buffer.alloc(MIB, "x"));
    open.push(raw);
  }
  await until(async () => (await metric(bound)) >= before + 4);
  expect(await metric('accord_waiting_bytes{of="key"}')).toBeLessThanOrEqual(4 * MIB);
  for (const { socket } of open) socket.destroy();
  await until(async () => (await metric('accord_waiting_bytes{of="all"}')) === 0);
});

test("what a subscription was asked with is held as long as it is open", async () => {
  const key = await server.key("ADMIN");
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "large") { id } }');
  const raw = await RawWebSocket.open(server.url, key);
  for (let i = 0; i < 6; i++)
    raw.subscribe(
      `${i}`,
      `subscription { datasetChanged(datasetId: "${dataset.id}") { __typename } } #${"x".repeat(900_000)}`,
    );
  expect(await raw.closed).toMatchObject({ code: 4413 });
  await until(async () => (await metric('accord_waiting_bytes{of="all"}')) === 0);
});

test("a key may have so many sockets, and the server so many in all: one more is told with 1013", async () => {
  const [a, b] = [await server.key("ADMIN"), await server.key("ADMIN")];
  const open = await Promise.all(Array.from({ length: 5 }, () => RawWebSocket.open(server.url, a)));
  const sixth = await RawWebSocket.open(server.url);
  sixth.send({ type: "connection_init", payload: { authorization: `Bearer ${a}` } });
  expect(await sixth.closed).toEqual({ code: 1013, reason: "This key has 5 sockets open; close one first." });
  expect(await metric('accord_open_sockets{of="key"}')).toBe(5);
  open.push(...(await Promise.all(Array.from({ length: 3 }, () => RawWebSocket.open(server.url, b)))));
  const ninth = await RawWebSocket.open(server.url);
  expect(await ninth.closed).toEqual({ code: 1013, reason: "The server has 8 sockets open; come back later." });
  for (const { socket } of open) socket.close();
  await Promise.all(open.map(({ closed }) => closed));
  await until(async () => (await metric('accord_open_sockets{of="all"}')) === 0);
  const again = await RawWebSocket.open(server.url, a);
  again.socket.close();
  expect((await again.closed).code).toBe(1005);
});

test("random holders against a twin that adds everything up: never over a bound, and nothing is left", () => {
  const random = keyedRandom(["waiting bytes", 1]);
  const int = (n: number) => random.nextBelow(n);
  const bounds = { perKey: 1_000, inAll: 2_500 };
  const waiting = new WaitingBytes(bounds);
  const twin = new Map<
    number,
    { key: string; bytes: number; mayDrop: boolean; waiting: ReturnType<WaitingBytes["open"]> }
  >();
  let next = 0;
  for (let step = 0; step < 20_000; step++) {
    const ids = [...twin.keys()];
    const id = ids[int(ids.length)];
    const of = id === undefined ? undefined : twin.get(id);
    const act = int(10);
    if (of === undefined || id === undefined || act === 0) {
      const mine = next++;
      const key = `key ${int(6)}`;
      const holder = waiting.open(
        {
          tell: () => {
            const told = twin.get(mine);
            if (!told?.mayDrop) return;
            told.waiting.take(told.bytes);
            told.bytes = 0;
          },
          destroy: () => twin.delete(mine),
        },
        key,
      );
      twin.set(mine, { key, bytes: 0, mayDrop: int(2) === 0, waiting: holder });
    } else if (act < 6) {
      const bytes = int(400);
      of.bytes += bytes;
      of.waiting.add(bytes);
    } else if (act < 8) {
      const bytes = int(of.bytes + 1);
      of.bytes -= bytes;
      of.waiting.take(bytes);
    } else if (act === 8) {
      of.key = `key ${int(6)}`;
      of.waiting.belongsTo(of.key);
      of.waiting.add(0);
    } else {
      of.waiting.end();
      twin.delete(id);
    }
    const sums = new Map<string, number>();
    for (const { key, bytes } of twin.values()) sums.set(key, (sums.get(key) ?? 0) + bytes);
    const all = [...sums.values()].reduce((a, b) => a + b, 0);
    const key = Math.max(0, ...sums.values());
    // Only what differs is handed to expect, which takes longer than the step itself.
    const { use } = waiting;
    if (use.all !== all || use.key !== key) expect([step, use]).toEqual([step, { all, key }]);
    if (all > bounds.inAll || key > bounds.perKey) throw new Error(`Step ${step} is over a bound: ${all}, ${key}.`);
  }
  for (const { waiting: holder } of twin.values()) holder.end();
  expect(waiting.use).toEqual({ all: 0, key: 0 });
});

test("a socket is counted off once, however often that is said", () => {
  const sockets = new OpenSockets({ perKey: 2, inAll: 10 });
  const leave = sockets.take("a");
  sockets.take("a");
  expect(() => sockets.take("a")).toThrow("This key has 2 sockets open; close one first.");
  leave();
  leave();
  expect(sockets.most).toBe(1);
});
