/** A request that is refused while its client still sends: the server lives on, and the refusal arrives. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { RawHttp } from "../../support/raw-http.js";
import { startTestServer } from "../../support/server.js";
import { ADMIN_KEY, ServerProcess, send } from "../../support/server-process.js";
import { createTestDatabase, type TestDatabase } from "../../support/template-database.js";

const MIB = 1 << 20;

let database: TestDatabase;
let folder: string;
let server: ServerProcess;
let url: string;

// A process of its own: an error that nobody catches ends it, and not the tests.
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(path.join(os.tmpdir(), "accord-unread-"));
  server = ServerProcess.spawn({ DATABASE_URL: database.url, DATA_DIR: folder, JOB_SLOTS: "0" });
  url = await server.url();
});
afterAll(async () => {
  server.kill("SIGTERM");
  await server.exited;
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** Still up, still answering, and without a trace of an upload. */
async function expectWell(): Promise<void> {
  expect(await send(url, "{ viewer { role } }")).toMatchObject({ data: { viewer: { role: "ADMIN" } } });
  const incoming = path.join(folder, "incoming");
  expect(existsSync(incoming) ? readdirSync(incoming) : []).toEqual([]);
  expect(server.lines.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
}

const head = (line: string, headers: Record<string, string | number>) =>
  `${line} HTTP/1.1\r\nhost: localhost\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;
const authorization = `Bearer ${ADMIN_KEY}`;

/** Sends everything before it reads anything, as many clients do. */
async function sendThenRead(line: string, headers: Record<string, string | number>, start: Uint8Array, bytes: number) {
  const raw = await RawHttp.open(url);
  await raw.write(head(line, { ...headers, "content-length": start.length + bytes }));
  await raw.write(start);
  await raw.write(Buffer.alloc(MIB), Math.floor(bytes / MIB));
  const answer = await raw.answer();
  raw.socket.destroy();
  return answer;
}

/** A tar whose config.json is refused, with the weights to come. */
async function refusedTar(weights: number): Promise<Uint8Array> {
  const body = Buffer.from(JSON.stringify({ model_type: "llama", architectures: ["LlamaForCausalLM"] }));
  const tar = await packTar([
    { header: { name: "config.json", size: body.length }, body },
    { header: { name: "model.safetensors", size: weights }, body: new Uint8Array(weights) },
  ]);
  return tar.subarray(0, 4_096);
}

test.each([1, 3, 48])("an upload refused by config.json with %d MiB of weights to come", async (mib) => {
  const answer = await sendThenRead(
    "POST /models?name=llama",
    { authorization },
    await refusedTar(mib * MIB),
    mib * MIB,
  );
  expect(answer).toMatchObject({ status: 422, isReset: false });
  expect(JSON.parse(answer.body)).toMatchObject({
    errors: [{ message: expect.stringContaining("llama"), extensions: { code: "UNPROCESSABLE" } }],
  });
  await expectWell();
});

test.each([
  ["no tar", Buffer.alloc(4_096, 7), 400, /^The input is no tar/],
  ["a name that is none", Buffer.alloc(0), 400, /^name/],
])("%s with 8 MiB to come", async (what, start, status, sentence) => {
  const name = what === "no tar" ? "x" : "";
  const answer = await sendThenRead(`POST /models?name=${name}`, { authorization }, start, 8 * MIB);
  expect([answer.status, answer.isReset]).toEqual([status, false]);
  expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ message: expect.stringMatching(sentence) }] });
  await expectWell();
});

test("an upload as fetch sends it, in pieces, which is refused while the next piece is waited for", async () => {
  const start = await refusedTar(64 * MIB);
  async function* pieces() {
    yield start;
    for (let i = 0; i < 64; i++) {
      yield Buffer.alloc(MIB);
      await new Promise((resolve) => setTimeout(resolve, i < 8 ? 5 : 0));
    }
  }
  for (let i = 0; i < 8; i++) {
    const answer = await fetch(`${url}/models?name=llama`, {
      method: "POST",
      headers: { authorization },
      body: Readable.toWeb(Readable.from(pieces())) as ReadableStream,
      duplex: "half",
    } as RequestInit);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ errors: [{ message: expect.stringContaining("llama") }] });
  }
  await expectWell();
});

test("an upload that is aborted in the middle of its weights leaves nothing", async () => {
  const body = Buffer.from("{}");
  const tar = await packTar([{ header: { name: "tokenizer.json", size: body.length + 0 }, body }]);
  for (const cut of [600, 1_000, tar.length - 600]) {
    const raw = await RawHttp.open(url);
    await raw.write(head("POST /models?name=cut", { authorization, "content-length": 10 * MIB }));
    await raw.write(tar.subarray(0, cut));
    raw.socket.resetAndDestroy();
    await raw.ended();
  }
  // A folder comes with an upload that the server begins only now, and goes when it has seen the end: half a second of none.
  const incoming = path.join(folder, "incoming");
  for (let quiet = 0; quiet < 25; quiet = readdirSync(incoming).length > 0 ? 0 : quiet + 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  await expectWell();
});

test("a gzip bomb at /models is a 413 that says so, as at /import", async () => {
  const bomb = gzipSync(Buffer.alloc(80 * MIB));
  for (const target of ["/models?name=bomb", "/import/bomb"]) {
    const answer = await fetch(`${url}${target}`, {
      method: "POST",
      headers: { authorization, "content-encoding": "gzip" },
      body: gzipTar(bomb, target),
    });
    const told = (await answer.json()) as { errors?: [{ message: string }]; error?: { message: string } };
    expect([target, answer.status, told.error?.message ?? told.errors?.[0].message]).toEqual([
      target,
      413,
      expect.stringMatching(/^The gzip input of \d+ bytes unpacks to more than 64 MiB and 250 times its size/),
    ]);
  }
  await expectWell();
});

/** At /models the bomb is behind the head of a file that may be long, so that it is read. */
function gzipTar(bomb: Uint8Array, target: string): Uint8Array {
  if (target.startsWith("/import")) return bomb;
  const name = Buffer.alloc(512);
  name.write("model.safetensors");
  name.write("0000644\0", 100);
  name.write("0000000\0", 108);
  name.write("0000000\0", 116);
  name.write((80 * MIB).toString(8).padStart(11, "0"), 124);
  name.write("00000000000 ", 136);
  name.fill(" ", 148, 156);
  name.write("0", 156);
  name.write("ustar\x0000", 257);
  const sum = name.reduce((total, byte) => total + byte, 0);
  name.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([gzipSync(name), bomb]);
}

test.each([
  ["a body over MAX_BODY_BYTES", { authorization, "content-type": "application/json" }, 413, /too large/],
  [
    "a body of another type",
    { authorization, "content-type": "application/octet-stream" },
    415,
    /media type|Content-Type/i,
  ],
  ["no key", { "content-type": "application/json" }, 401, /Send the API key/],
])("/graphql: %s, 24 MiB long", async (_what, headers, status, sentence) => {
  const answer = await sendThenRead("POST /graphql", headers, Buffer.alloc(0), 24 * MIB);
  expect([answer.status, answer.isReset]).toEqual([status, false]);
  expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ message: expect.stringMatching(sentence) }] });
  await expectWell();
});

test("/import refused before its body, by its role and by its slug, 24 MiB long", async () => {
  for (const [slug, key, status] of [
    ["NOT A SLUG", authorization, 400],
    ["fine", "Bearer unknown", 401],
  ] as const) {
    const answer = await sendThenRead(
      `POST /import/${encodeURIComponent(slug)}`,
      { authorization: key },
      Buffer.alloc(0),
      24 * MIB,
    );
    expect([answer.status, answer.isReset]).toEqual([status, false]);
  }
  await expectWell();
});

test("what a refused client sends on and on is read up to a bound, and then its connection is cut", async () => {
  const bounded = await startTestServer({}, { unread: { bytes: 4 * MIB, ms: 60_000 } });
  try {
    const raw = await RawHttp.open(bounded.url);
    await raw.write(head("POST /import/x", { authorization: "Bearer unknown", "content-length": 1_024 * MIB }));
    const stood = await raw.write(Buffer.alloc(MIB), 512);
    await raw.ended();
    expect(stood).toBe(false);
    // What stands in the buffers of both ends is beyond the bound.
    expect(raw.socket.bytesWritten).toBeLessThan(200 * MIB);
    const silent = await startTestServer({}, { unread: { bytes: 4 * MIB, ms: 300 } });
    const waiting = await RawHttp.open(silent.url);
    await waiting.write(
      head("POST /models?name=x", { authorization: "Bearer unknown", "content-length": 1_024 * MIB }),
    );
    expect((await waiting.answer()).status).toBe(401);
    await waiting.ended();
    await silent.close();
  } finally {
    await bounded.close();
  }
});

test("after a refusal the connection goes on with the next request", async () => {
  const raw = await RawHttp.open(url);
  await raw.write(head("POST /models?name=x", { authorization: "Bearer unknown", "content-length": MIB }));
  await raw.write(Buffer.alloc(MIB));
  expect((await raw.answer()).status).toBe(401);
  await raw.write(head("GET /healthz", {}));
  const next = new Promise<string>((resolve) => raw.socket.once("data", (text) => resolve(String(text))));
  expect(await next).toMatch(/^HTTP\/1\.1 200/);
  raw.socket.destroy();
});
