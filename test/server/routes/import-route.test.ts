import { randomBytes } from "node:crypto";
import http from "node:http";
import net from "node:net";
import { Readable } from "node:stream";
import { crc32, gzipSync } from "node:zlib";
import { receiveRecords, sendFile, sendRecords } from "../../support/files.js";
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

let made = 0;
/** A slug that no other test uses. */
const newSlug = (): string => `file-${++made}`;

const gzip = { "content-encoding": "gzip" };
const CLEAN = { accepted: 0, rejected: 0, duplicates: 0, errors: [], losses: [] };

async function revisionOf(slug: string): Promise<number | null> {
  const { dataset } = await server.data<{ dataset: { revision: number } | null }>(
    "query ($slug: String) { dataset(slug: $slug) { revision } }",
    { slug },
  );
  return dataset?.revision ?? null;
}

describe("what is taken", () => {
  test("plain NDJSON, with any content type, and the dataset is made", async () => {
    for (const type of ["application/x-ndjson", "text/plain", "application/json", "application/octet-stream"]) {
      const slug = newSlug();
      const answer = await sendFile(server, slug, '{"text":"a"}\n{"text":"b"}\n', {
        headers: { "content-type": type },
      });
      expect(answer).toEqual({ ...CLEAN, status: 200, lines: 2, accepted: 2 });
      expect(await revisionOf(slug)).toBe(1);
    }
  });

  test("gzip, also in several members, and the native format by name", async () => {
    const slug = newSlug();
    const body = Buffer.concat([gzipSync('{"text":"a"}\n{"te'), gzipSync('xt":"b"}\n')]);
    const answer = await sendFile(server, slug, body, { headers: gzip, query: "?format=native" });
    expect(answer).toEqual({ ...CLEAN, status: 200, lines: 2, accepted: 2 });
  });

  test("a byte order mark, CRLF, blank lines and a last line without line feed", async () => {
    const answer = await sendFile(server, newSlug(), '\ufeff{"text":"a"}\r\n\r\n \n{"text":"b"}');
    expect(answer).toEqual({ ...CLEAN, status: 200, lines: 2, accepted: 2 });
  });

  test("an empty body accepts nothing and makes no dataset", async () => {
    const slug = newSlug();
    expect(await sendFile(server, slug, "")).toEqual({ ...CLEAN, status: 200, lines: 0 });
    expect(await revisionOf(slug)).toBeNull();
  });

  test("a body larger than what GraphQL takes, sent in chunks", async () => {
    const slug = newSlug();
    const line = `${JSON.stringify({ text: "x".repeat(100_000) })}\n`;
    async function* lines() {
      for (let i = 0; i < 60; i++) yield Buffer.from(line.replace("xx", `${i} `));
    }
    const answer = await sendFile(server, slug, Readable.from(lines()));
    expect(answer).toEqual({ ...CLEAN, status: 200, lines: 60, accepted: 60 });
  });

  test("the same file again accepts nothing and leaves no revision", async () => {
    const slug = newSlug();
    const file = '{"labeler":{"handle":"w1"}}\n{"text":"a"}\n{"id":"p","text":"b","split":"TEST"}\n';
    expect(await sendFile(server, slug, file)).toMatchObject({ accepted: 2, duplicates: 0 });
    const revision = await revisionOf(slug);
    expect(await sendFile(server, slug, file)).toEqual({ ...CLEAN, status: 200, lines: 3, duplicates: 2 });
    expect(await revisionOf(slug)).toBe(revision);
  });

  test("an import is one entry of the audit log", async () => {
    const slug = newSlug();
    await sendFile(server, slug, '{"text":"a"}\nnonsense\n');
    const { auditLog } = await server.data<{ auditLog: { nodes: { after: object }[] } }>(
      '{ auditLog(filter: {action: "importRecords"}, first: 200) { nodes { after } } }',
    );
    const entries = auditLog.nodes.map(({ after }) => after).filter((after) => "slug" in after && after.slug === slug);
    expect(entries).toEqual([{ slug, format: "native", accepted: 1, rejected: 1, duplicates: 0 }]);
  });
});

describe("who may", () => {
  test.each(["ANALYST", "CLIENT", "LABELER"] as const)("a key of role %s may not", async (role) => {
    const labelerId = role === "LABELER" ? await newLabeler() : undefined;
    const key = await server.key(role, labelerId ? { labelerId } : {});
    const slug = newSlug();
    const answer = await sendFile(server, slug, '{"text":"a"}\n', { key });
    expect(answer).toMatchObject({ status: 403, errors: [{ extensions: { code: "FORBIDDEN" } }] });
    expect(await revisionOf(slug)).toBeNull();
  });

  test("without a key, nobody", async () => {
    const answer = await sendFile(server, newSlug(), '{"text":"a"}\n', { key: null });
    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
  });

  async function newLabeler(): Promise<string> {
    const [row] = await server.database.select<{ id: string }>(
      "insert into labeler (handle) values ($1) returning id",
      [`labeler ${++made}`],
    );
    return (row as { id: string }).id;
  }
});

describe("what is refused as a whole", () => {
  test("an unknown format, with the list", async () => {
    const answer = await sendFile(server, newSlug(), '{"text":"a"}\n', { query: "?format=hh-rlhf" });
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ message: 'format is "hh-rlhf"; the formats are: native.', extensions: { code: "BAD_USER_INPUT" } }],
    });
  });

  test("a slug against the rule", async () => {
    const answer = await sendFile(server, "No%20Slug", '{"text":"a"}\n');
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: "BAD_USER_INPUT", field: "slug" } }] });
  });

  test("another content encoding", async () => {
    const answer = await sendFile(server, newSlug(), '{"text":"a"}\n', { headers: { "content-encoding": "br" } });
    expect(answer).toMatchObject({
      status: 400,
      errors: [{ message: 'Content-Encoding is "br"; it may be gzip, or be left out.' }],
    });
  });

  test("UTF-16, and gzip that is not declared", async () => {
    const utf16 = await sendFile(server, newSlug(), Buffer.from('\ufeff{"text":"a"}\n', "utf16le"));
    expect(utf16).toMatchObject({ status: 400, accepted: 0, error: { code: "BAD_USER_INPUT" } });
    expect(utf16.error?.message).toMatch(/UTF-16/);
    const packed = await sendFile(server, newSlug(), gzipSync('{"text":"a"}\n'));
    expect(packed).toMatchObject({ status: 400, error: { code: "BAD_USER_INPUT" } });
    expect(packed.error?.message).toMatch(/Content-Encoding: gzip/);
  });
});

describe("gzip that is none, or not whole: what came before stays", () => {
  // 3,000 lines of random text: more than one batch, and more than zlib gives out at once.
  const lines = Array.from({ length: 3000 }, (_, i) => `{"id":"p${i}","text":"${randomBytes(60).toString("hex")}"}\n`);
  const whole = gzipSync(lines.join(""));

  test("no gzip at all", async () => {
    const slug = newSlug();
    const answer = await sendFile(server, slug, '{"text":"a"}\n', { headers: gzip });
    expect(answer).toEqual({
      ...CLEAN,
      status: 400,
      error: { code: "BAD_USER_INPUT", message: "The input is not gzip, although Content-Encoding says so." },
    });
    expect(await revisionOf(slug)).toBeNull();
  });

  test("cut short", async () => {
    const slug = newSlug();
    const answer = await sendFile(server, slug, whole.subarray(0, whole.length / 2), { headers: gzip });
    expect(answer).toMatchObject({ status: 400, rejected: 0, error: { message: "The gzip input is cut short." } });
    await expectWholeLines(slug, answer.accepted);
    const again = await sendFile(server, slug, whole, { headers: gzip });
    expect(again).toMatchObject({ status: 200, accepted: 3000 - answer.accepted, duplicates: answer.accepted });
  });

  test("with a wrong checksum", async () => {
    const slug = newSlug();
    const damaged = Buffer.from(whole);
    damaged.writeUInt32LE((crc(lines.join("")) ^ 1) >>> 0, damaged.length - 8);
    const answer = await sendFile(server, slug, damaged, { headers: gzip });
    expect(answer).toMatchObject({
      status: 400,
      error: { message: "The gzip input was damaged on its way: it does not unpack, or does not match its checksum." },
    });
    await expectWholeLines(slug, answer.accepted);
  });

  test("damaged in the middle", async () => {
    const slug = newSlug();
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, damaged.length >> 1, (damaged.length >> 1) + 100);
    const answer = await sendFile(server, slug, damaged, { headers: gzip });
    expect(answer.status).toBe(400);
    expect(answer.error?.code).toBe("BAD_USER_INPUT");
    expect(answer.error?.message).toMatch(/gzip/);
  });

  test("a bomb", async () => {
    const slug = newSlug();
    // 200 MiB of spaces in one line that never ends, and 0.2 MiB of gzip: 1,027 to 1.
    const bomb = gzipSync(Buffer.alloc(200 << 20, 0x20));
    const before = process.memoryUsage().rss;
    const answer = await sendFile(server, slug, bomb, { headers: gzip });
    expect(answer).toMatchObject({ status: 413, accepted: 0, error: { code: "BAD_USER_INPUT" } });
    expect(answer.error?.message).toMatch(/unpacks to more than 64 MiB and 250 times its size/);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 << 20);
    expect(await revisionOf(slug)).toBeNull();
  });

  const crc = (text: string): number => (crc32 as (data: string) => number)(text);

  async function expectWholeLines(slug: string, accepted: number): Promise<void> {
    const records = accepted === 0 ? [] : await receiveRecords(server, slug);
    expect(records.map(({ id }) => id)).toEqual(Array.from({ length: accepted }, (_, i) => `p${i}`));
  }
});

describe("bad lines: each refused in a sentence, the others taken", () => {
  /** Sends one good line, the bad one and another good one; returns what is said of the bad one. */
  async function refusal(bad: string | Uint8Array): Promise<string> {
    const body = Buffer.concat([
      Buffer.from('{"text":"before"}\n'),
      Buffer.from(bad),
      Buffer.from('\n{"text":"after"}\n'),
    ]);
    const answer = await sendFile(server, newSlug(), body);
    expect(answer).toMatchObject({ status: 200, accepted: 2, rejected: 1, duplicates: 0, errors: [{ line: 2 }] });
    return answer.errors[0]?.message ?? "";
  }
  const prompt = (fields: object): string => JSON.stringify({ text: "Which?", ...fields });
  const ranked = (ranking: object): string =>
    prompt({
      completions: [{ text: "a" }, { text: "b" }, { text: "c" }],
      rankings: [{ labeler: "w1", ...ranking }],
    });
  const rated = (overall: string): string =>
    `{"text":"Which?","completions":[{"text":"a"}],"assessments":[{"labeler":"w1","completion":"A","overall":${overall}}]}`;

  test.each<[string, string | Uint8Array, RegExp]>([
    ["not JSON", "nonsense", /^The line is not JSON: /],
    ["a list", "[1]", /^The line is a list; it must be a JSON object\.$/],
    ["not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), /^The line is not UTF-8\.$/],
    ["a raw U+0000", '{"text":"a\0b"}', /^The line is not JSON: /],
    ["an escaped U+0000", '{"text":"a\\u0000b"}', /^text holds the character U\+0000, which cannot be stored\.$/],
    ["half a surrogate pair", '{"text":"a\\ud800b"}', /^text holds half a surrogate pair, which is no character\.$/],
    ["U+0000 in metadata", '{"text":"a","metadata":{"x":["\\u0000"]}}', /^metadata\.x\.0 holds the character U\+0000/],
    ["half a pair in a name of metadata", '{"text":"a","metadata":{"\\udc00":1}}', /half a surrogate pair/],
    ["no text", "{}", /^text is missing; it must be a text\.$/],
    ["an empty text", prompt({ text: "" }), /^text is empty\.$/],
    ["an unknown use case", prompt({ useCase: "COOKING" }), /^useCase is "COOKING"; it must be one of GENERATION, /],
    [
      "a date of year 0",
      prompt({ createdAt: "0000-01-01T00:00:00Z" }),
      /^createdAt is .*must have a year from 1 to 9999/,
    ],
    ["a date of year 10,000", prompt({ createdAt: "+10000-01-01T00:00:00Z" }), /must have a year from 1 to 9999/],
    ["30 February", prompt({ createdAt: "2026-02-30T00:00:00Z" }), /names a day that does not exist/],
    [
      "a ranking of an unknown key",
      ranked({ tiers: [["A"], ["Z"]] }),
      /^rankings\.0\.tiers names the key "Z", which is no completion of this prompt\.$/,
    ],
    ["a ranking of one twice", ranked({ tiers: [["A"], ["A", "B"]] }), /^rankings\.0\.tiers names "A" twice/],
    [
      "a ranking of none",
      ranked({ tiers: [] }),
      /^rankings\.0\.tiers ranks 0 completions; a ranking needs at least two\.$/,
    ],
    [
      "a ranking of one only",
      ranked({ tiers: [["A"]] }),
      /^rankings\.0\.tiers ranks 1 completions; a ranking needs at least two\.$/,
    ],
    ["an empty tier", ranked({ tiers: [["A"], [], ["B"]] }), /^rankings\.0\.tiers\.1 is empty/],
    [
      "a display order that lacks a ranked one",
      ranked({ tiers: [["A"], ["B"]], displayOrder: ["A"] }),
      /^rankings\.0\.displayOrder lacks "B"/,
    ],
    [
      "instructions that nobody declared",
      ranked({ tiers: [["A"], ["B"]], instructions: 2 }),
      /^rankings\.0\.instructions is 2, but no instructions of that version are declared\.$/,
    ],
    ["0 on a scale from 1 to 7", rated("0"), /^assessments\.0\.overall is 0; it must be a whole number from 1 to 7\.$/],
    ["8 on a scale from 1 to 7", rated("8"), /is 8; it must be a whole number from 1 to 7\.$/],
    ["3.5 on a scale from 1 to 7", rated("3.5"), /is 3\.5; it must be a whole number from 1 to 7\.$/],
    ["a text on a scale from 1 to 7", rated('"5"'), /is "5"; it must be a whole number from 1 to 7\.$/],
    ["1e400", rated("1e400"), /is a number too large to hold; it must be a whole number from 1 to 7\.$/],
    [
      "an assessment of an unknown key",
      prompt({ assessments: [{ labeler: "w1", completion: "A" }] }),
      /^assessments\.0\.completion names the key "A", which is no completion of this prompt\.$/,
    ],
    [
      "two completions of one key",
      prompt({
        completions: [
          { key: "A", text: "a" },
          { key: "A", text: "b" },
        ],
      }),
      /^completions has the key "A" twice\.$/,
    ],
    [
      "one sample twice",
      prompt({
        completions: [
          { text: "a", sampleIndex: 0, version: 1 },
          { text: "b", sampleIndex: 0, version: 1 },
        ],
      }),
      /^completions\.1 is sample 0 in version 1, which this prompt has already\.$/,
    ],
    ["an empty handle", prompt({ demonstrations: [{ labeler: "", text: "a" }] }), /^demonstrations\.0\.labeler is ""/],
    [
      "metadata 65 levels deep",
      `{"text":"a","metadata":${'{"x":'.repeat(65)}1${"}".repeat(65)}}`,
      /nested deeper than 64 levels/,
    ],
    [
      "a split policy of 0.9",
      '{"splitPolicy":{"train":0.8,"validation":0.1,"test":0}}',
      /^Split fractions add up to 0\.9; they must add up to 1\.$/,
    ],
    [
      "an unknown pool",
      '{"labeler":{"handle":"w","pool":"SWIMMING"}}',
      /^labeler\.pool is "SWIMMING"; it must be one of TRAINING, HELD_OUT, CANDIDATE\.$/,
    ],
  ])("%s", async (_name, line, message) => {
    expect(await refusal(line)).toMatch(message);
  });

  test("half a line at the end", async () => {
    const slug = newSlug();
    const answer = await sendFile(server, slug, '{"text":"a"}\n{"text":"b","comple');
    expect(answer).toMatchObject({ status: 200, accepted: 1, rejected: 1, errors: [{ line: 2 }] });
    expect(answer.errors[0]?.message).toMatch(/^The line is not JSON/);
  });

  test("a line of 20 MB is skipped without being kept", async () => {
    const long = Buffer.concat([Buffer.from('{"text":"'), Buffer.alloc(20_000_000, 0x61), Buffer.from('"}')]);
    expect(await refusal(long)).toBe("The line is longer than 16777216 bytes and was skipped.");
  });

  test("counts are exact, and the first hundred are told, in the order of the file", async () => {
    const lines = Array.from({ length: 2500 }, (_, i) =>
      i % 2 === 0 ? `{"text":"${i}"}` : i % 4 === 1 ? "nonsense" : "{}",
    );
    const answer = await sendFile(server, newSlug(), lines.join("\n"));
    expect(answer).toMatchObject({ status: 200, accepted: 1250, rejected: 1250 });
    expect(answer.errors.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, i) => 2 * (i + 1)));
  });

  test("a refused line leaves nothing, not even its labeler", async () => {
    const slug = newSlug();
    const bad = {
      text: "Which?",
      author: "an author",
      demonstrations: [{ labeler: "nobody at all", text: "x" }],
      completions: [{ text: "a" }, { text: "b" }],
      rankings: [{ labeler: "nobody else", tiers: [["A"], ["B"]], instructions: 7 }],
    };
    expect(await sendRecords(server, slug, [{ text: "good" }, bad])).toMatchObject({ accepted: 1, rejected: 1 });
    const [row] = await server.database.select<{ labelers: number; authors: number }>(
      `select (select count(*)::integer from labeler where handle like 'nobody%') as labelers,
        (select count(*)::integer from author_group where author = 'an author') as authors`,
      [],
    );
    expect(row).toEqual({ labelers: 0, authors: 0 });
  });

  test("metadata named like JavaScript's own things comes back as it is", async () => {
    const slug = newSlug();
    const line =
      '{"text":"a","metadata":{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toString":null}}';
    expect(await sendFile(server, slug, line)).toMatchObject({ accepted: 1 });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const [record] = await receiveRecords(server, slug);
    expect(JSON.stringify(record?.metadata)).toBe(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toString":null}',
    );
  });

  test("fields that the model has no place for are counted, of accepted lines only", async () => {
    const slug = newSlug();
    const records = [
      { text: "a", mood: 1 },
      { text: "b", mood: 2, demonstrations: [{ labeler: "w", text: "", ink: "blue" }] },
      { text: "", mood: 3 },
    ];
    const answer = await sendRecords(server, slug, records);
    expect(answer.losses).toEqual([
      { what: 'field "mood"', count: 2 },
      { what: 'field "demonstrations.ink"', count: 1 },
    ]);
    expect((await sendRecords(server, slug, records)).losses).toEqual([]);
  });
});

describe("connections", () => {
  test("one that breaks half-way leaves whole prompts, and the next import completes them", async () => {
    const slug = newSlug();
    const lines = Array.from({ length: 4000 }, (_, i) => ({
      id: `p${i}`,
      text: "x".repeat(300),
      completions: [{ text: "a" }, { text: "b" }],
      rankings: [{ labeler: `w${i % 7}`, tiers: [["A"], ["B"]] }],
    })).map((record) => `${JSON.stringify(record)}\n`);
    const text = lines.join("");
    await breakOff(slug, text.slice(0, text.length / 2));

    await untilQuiet(slug);
    const stored = (await revisionOf(slug)) === null ? [] : await receiveRecords(server, slug);
    const prompts = stored.filter((record) => "id" in record);
    expect(prompts.length).toBeGreaterThan(0);
    expect(prompts.length).toBeLessThan(4000);
    for (const prompt of prompts) expect(prompt).toMatchObject({ completions: [{}, {}], rankings: [{}] });
    const again = await sendFile(server, slug, text);
    expect(again).toMatchObject({ accepted: 4000 - prompts.length, duplicates: prompts.length, rejected: 0 });
  });

  test("a client that is refused while it sends still hears why, and the next one is served", async () => {
    const endless = Readable.from(
      (async function* () {
        for (let i = 0; i < 50; i++) {
          yield Buffer.alloc(65_536, 0x20);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })(),
    );
    const answer = await sendFile(server, newSlug(), endless, { headers: gzip });
    expect(answer.error?.message).toBe("The input is not gzip, although Content-Encoding says so.");
    expect((await sendFile(server, newSlug(), '{"text":"a"}\n')).accepted).toBe(1);
  });

  test("a client that falls silent is given up; one that waits for us is not", async () => {
    const hasty = await startTestServer({}, { patience: { headersMs: 5000, idleMs: 300, bodyMs: 300 } });
    try {
      async function* lines(pauseAfter: number) {
        for (let i = 0; i < 3; i++) {
          yield Buffer.from(`{"text":"${i}"}\n`);
          if (i === pauseAfter) await new Promise((resolve) => setTimeout(resolve, 1500));
        }
      }
      await expect(sendFile(hasty, "silent", Readable.from(lines(1)))).rejects.toThrow();
      expect(await sendFile(hasty, "waiting", Readable.from(lines(9)))).toMatchObject({ status: 200, accepted: 3 });
      // The database takes longer than a client may: another change of the dataset is not done.
      const body = Array.from({ length: 200 }, (_, i) => `{"text":"${i} ${"x".repeat(50_000)}"}\n`).join("");
      const held = hasty.database.transaction(async (manager) => {
        await manager.query("select from dataset where slug = 'waiting' for update");
        await new Promise((resolve) => setTimeout(resolve, 1500));
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await sendFile(hasty, "waiting", body)).toMatchObject({ status: 200, accepted: 200 });
      await held;
    } finally {
      await hasty.close();
    }
  });

  /** Sends the head of a request that promises more, and closes. */
  async function breakOff(slug: string, text: string): Promise<void> {
    const { hostname, port } = new URL(server.url);
    const socket = net.connect({ host: hostname, port: Number(port) });
    socket.on("error", () => {});
    const head = `POST /import/${slug} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.adminKey}\r\ncontent-length: ${2 * Buffer.byteLength(text)}\r\n\r\n`;
    await new Promise((resolve) => socket.write(head + text, resolve));
    // What the socket has taken the server may not have read yet.
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.destroy();
  }

  /** Waits for the import's audit entry: nothing is written behind it. */
  async function untilQuiet(slug: string): Promise<void> {
    for (;;) {
      const [row] = await server.database.select<{ entries: number }>(
        "select count(*)::integer as entries from audit_entry where action = 'importRecords' and after->>'slug' = $1",
        [slug],
      );
      if (row && row.entries > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});

test("two imports of the same file at once accept each line once", async () => {
  const slug = newSlug();
  const lines = Array.from(
    { length: 3000 },
    (_, i) =>
      `{"id":"p${i}","text":"${i}","author":"a${i % 11}","demonstrations":[{"labeler":"twin ${i % 5}","text":"x"}]}\n`,
  );
  const answers = await Promise.all([1, 2].map(() => sendFile(server, slug, lines.join(""))));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(3000);
  expect(answers.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(3000);
  expect(answers.reduce((sum, { rejected }) => sum + rejected, 0)).toBe(0);
  expect((await receiveRecords(server, slug)).filter((record) => "id" in record)).toHaveLength(3000);
});

test("GET is not taken", async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    http
      .get(`${server.url}/import/x`, { headers: { authorization: `Bearer ${server.adminKey}` } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
      .on("error", reject);
  });
  expect(status).toBe(405);
});
