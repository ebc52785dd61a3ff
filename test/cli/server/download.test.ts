import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { parseGlobalId } from "../../../src/services/input/global-id.js";
import { breakingWay } from "../../support/breaking-way.js";
import { sendRecords } from "../../support/files.js";
import { rawAnswer } from "../../support/raw-answer.js";
import { startTestServer, type TestServer } from "../../support/server.js";
import { type StoredModel, storeModel } from "../../support/stored-model.js";

const ACCORD = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
const PROMPTS = 60;

let server: TestServer;
let model: StoredModel;
let whole: Buffer;
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  const records = Array.from({ length: PROMPTS }, (_, i) => {
    // Text that gzip does not shrink to nothing.
    const text = createHash("shake256", { outputLength: 50_000 }).update(`${i}`).digest("hex");
    return {
      id: `${i}`,
      text,
      completions: [
        { source: "a", text: "1" },
        { source: "b", text: "2" },
      ],
      rankings: [{ labeler: "w1", tiers: [["A"], ["B"]] }],
    };
  });
  expect(await sendRecords(server, "large", [{ labeler: { handle: "w1" } }, ...records])).toMatchObject({
    accepted: PROMPTS,
  });
  whole = (await rawAnswer(server, "/export/large")).body;
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "large") { id } }');
  model = await storeModel(server, { name: "m", stage: "SFT", datasetId: dataset.id });
}, 60_000);
afterAll(() => server.close());

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "accord-download-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command line in the folder of the test. */
function accord(url: string, ...args: string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, ACCORD_URL: url, ACCORD_API_KEY: server.adminKey };
    const child = spawn(process.execPath, [ACCORD, ...args], { env, cwd: folder });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out, err }));
    child.stdin.end();
  });
}

const left = () => readdirSync(folder);
const file = (name: string) => readFileSync(path.join(folder, name));

interface Given {
  readonly headers?: Record<string, string>;
  readonly body: Uint8Array;
  readonly status?: number;
  /** Whether the connection breaks behind the body. */
  readonly broken?: boolean;
}

/** A server that answers each request with the next of these bodies, whole and at once. */
async function answering(
  answers: readonly (Given | ((address: string) => Given))[],
  work: (url: string, asked: string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const listening = http.createServer((request, response) => {
    const address = request.url ?? "";
    const answer: Given | ((address: string) => Given) = answers[asked.length] ?? {
      body: Buffer.alloc(0),
      status: 404,
    };
    const {
      headers = {},
      body,
      status = 200,
      broken = false,
    } = typeof answer === "function" ? answer(address) : answer;
    asked.push(address);
    response.writeHead(status, headers);
    if (broken) response.write(body, () => response.destroy());
    else response.end(body);
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`, asked);
  } finally {
    listening.closeAllConnections();
    await new Promise((resolve) => listening.close(resolve));
  }
}

const offsetIn = (address: string) => Number(new URL(address, "http://localhost").searchParams.get("offset"));
const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const endingOf = (bytes: Uint8Array, said: object = {}) =>
  Buffer.from(`${JSON.stringify({ ending: { bytes: bytes.length, sha256: hashOf(bytes), revision: 3, ...said } })}\n`);

describe("accord export", () => {
  test("keeps every byte, plain, gzip and to standard output, five times", async () => {
    for (let round = 0; round < 5; round++) {
      expect(await accord(server.url, "export", "large", "-o", "out.jsonl")).toMatchObject({ status: 0, out: "" });
      expect(file("out.jsonl").equals(whole)).toBe(true);
    }
    expect(await accord(server.url, "export", "large", "-o", "out.jsonl.gz")).toMatchObject({ status: 0, out: "" });
    expect(gunzipSync(file("out.jsonl.gz")).equals(whole)).toBe(true);
    expect((await accord(server.url, "export", "large")).out === whole.toString()).toBe(true);
    expect(left().sort()).toEqual(["out.jsonl", "out.jsonl.gz"]);
  }, 60_000);

  test("keeps every byte of a body that is there at once and large", async () => {
    const headers = { "x-dataset-revision": "3", "content-encoding": "gzip" };
    const body = Buffer.alloc(8 << 20, "0123456789abcde\n");
    await answering([{ headers, body: gzipSync(Buffer.concat([body, endingOf(body)])) }], async (url) => {
      expect(await accord(url, "export", "s", "-o", "out.jsonl")).toMatchObject({ status: 0 });
    });
    expect(file("out.jsonl").equals(body)).toBe(true);
  }, 60_000);

  test("takes a filter, and tells of one that is wrong", async () => {
    const filter = '{"search":"no such text"}';
    const { status, out } = await accord(server.url, "export", "large", "--filter", filter);
    expect([status, out.trimEnd().split("\n").length]).toEqual([0, 1]);
    expect(await accord(server.url, "export", "large", "--filter", "{", "-o", "x")).toMatchObject({
      status: 2,
      err: "error: option '--filter <json>' argument '{' is invalid. It must be a JSON object.\n(accord --help says more)\n",
    });
    expect(left()).toEqual([]);
  }, 60_000);

  const body = Buffer.from('{"text":"a"}\n'.repeat(500));
  test.each([
    ["has no last line", body, "the last line, with the length and the hash of the others, did not come"],
    ["ends within its last line", Buffer.concat([body, endingOf(body).subarray(0, -9)]), "did not come"],
    ["is empty", Buffer.alloc(0), "did not come"],
    [
      "lacks its beginning",
      Buffer.concat([body.subarray(13), endingOf(body)]),
      "6487 bytes came; the server sent 6500",
    ],
    [
      "was changed on its way",
      Buffer.concat([Buffer.from(body).fill("b", 9, 10), endingOf(body)]),
      /what came has the SHA-256 [0-9a-f]{64}; what the server sent has [0-9a-f]{64}/,
    ],
  ])(
    "is refused, and nothing kept, where the body %s",
    async (_, sent, message) => {
      const answer = { headers: { "x-dataset-revision": "3" }, body: sent };
      await answering([answer, answer], async (url) => {
        const expected =
          typeof message === "string" ? expect.stringContaining(message) : expect.stringMatching(message);
        const kept = await accord(url, "export", "s", "-o", "out.jsonl");
        expect(kept).toMatchObject({ status: 1, err: expected });
        expect(kept.err).toMatch(/^The export broke off: .*[^.]\.\n$/s);
        expect(left()).toEqual([]);
        expect(await accord(url, "export", "s")).toMatchObject({ status: 1, err: expected });
      });
    },
    60_000,
  );

  test("goes on where its connection breaks, at the same revision, also in the midst of the last line", async () => {
    const total = whole.length + endingOf(whole).length;
    // Without gzip the places would be bytes of the file; with it, which fetch asks for, about half as many.
    const way = await breakingWay(server.url, [200_000, 1_000_000, 100, 500_000]);
    try {
      const run = await accord(way.url, "export", "large", "-o", "out.jsonl");
      expect(run).toMatchObject({
        status: 0,
        err: expect.stringMatching(/The connection broke after .*; going on\.\n/),
      });
      expect(file("out.jsonl").equals(whole)).toBe(true);
      expect(way.connections()).toBe(5);
    } finally {
      await way.close();
    }
    const bytes = Buffer.concat([whole, endingOf(whole)]);
    const headers = { "x-dataset-revision": "3" };
    for (const at of [1, whole.length - 1, whole.length, whole.length + 20, total - 1, total]) {
      const parts = [
        { headers, body: bytes.subarray(0, at), broken: true },
        // What came last before a break may be lost, and is asked for again.
        (address: string) => ({ headers, body: bytes.subarray(offsetIn(address)) }),
      ];
      await answering(parts, async (url, asked) => {
        expect(await accord(url, "export", "s", "--split", "TEST", "-o", `${at}`)).toMatchObject({ status: 0 });
        expect(file(`${at}`).equals(whole)).toBe(true);
        const first = "/export/s?format=native&split=TEST&ending=true";
        expect(asked).toEqual([first, expect.stringContaining(`${first}&revision=3&offset=`)]);
        expect(offsetIn(asked[1]!)).toBeLessThanOrEqual(at);
      });
    }
  }, 120_000);

  test("goes on from gzip that was damaged on its way, of which Node's fetch may never tell", async () => {
    const headers = { "x-dataset-revision": "3" };
    const bytes = Buffer.concat([whole, endingOf(whole)]);
    const damaged = gzipSync(bytes);
    damaged.fill(0, 50_000, 50_100);
    const parts = [
      { headers: { ...headers, "content-encoding": "gzip" }, body: damaged },
      (address: string) => ({ headers, body: bytes.subarray(offsetIn(address)) }),
    ];
    await answering(parts, async (url, asked) => {
      const { status, err } = await accord(url, "export", "s", "-o", "out.jsonl");
      // What was damaged may have been written already: then the hash tells.
      expect([0, 1]).toContain(status);
      if (status === 0) expect(file("out.jsonl").equals(whole)).toBe(true);
      else expect(err).toContain("what came has the SHA-256");
      expect(err).toContain("; going on.");
      expect(asked).toHaveLength(2);
      expect(left()).toEqual(status === 0 ? ["out.jsonl"] : []);
    });
  }, 60_000);

  test("does not go on with what is refused meanwhile", async () => {
    const refused = Buffer.from(
      '{"errors":[{"message":"The dataset was not found.","extensions":{"code":"NOT_FOUND"}}]}',
    );
    const parts = [
      { headers: { "x-dataset-revision": "3" }, body, broken: true },
      { status: 404, body: refused },
    ];
    await answering(parts, async (url) => {
      expect(await accord(url, "export", "s", "-o", "out.jsonl")).toMatchObject({
        status: 1,
        err: expect.stringContaining("The export broke off: NOT_FOUND: The dataset was not found.\n"),
      });
    });
    expect(left()).toEqual([]);
  }, 60_000);

  test("a file that cannot be written is told of, once", async () => {
    mkdirSync(path.join(folder, "there"));
    const { status, err } = await accord(server.url, "export", "large", "-o", "there");
    expect([status, err]).toEqual([1, "there cannot be written: it is a folder (EISDIR).\n"]);
    const missing = await accord(server.url, "export", "large", "-o", "no/such/folder.gz");
    expect([missing.status, missing.err]).toEqual([
      1,
      "no/such/folder.gz cannot be written: its folder is not there.\n",
    ]);
  }, 60_000);
});

describe("accord model export", () => {
  const address = () => `/models/${model.id}/download?format=native`;

  test.each([["--native"], []])(
    "goes on where its connection breaks: %s",
    async (...form) => {
      // A head takes some 1,500 bytes.
      const way = await breakingWay(server.url, [4_000, 3_000, 2_500]);
      try {
        const run = await accord(way.url, "model", "export", model.id, ...form, "-o", "out");
        expect(run).toMatchObject({ status: 0, err: expect.stringContaining("going on") });
        expect(way.connections()).toBe(4);
      } finally {
        await way.close();
      }
      if (form.length > 0) expect(file("out").equals((await rawAnswer(server, address())).body)).toBe(true);
      else {
        expect(await accord(server.url, "model", "export", model.id, "-o", "at once")).toMatchObject({ status: 0 });
        const names = readdirSync(path.join(folder, "at once"));
        expect(names).toContain("model.safetensors");
        for (const name of names) expect(file(`out/${name}`).equals(file(`at once/${name}`))).toBe(true);
      }
    },
    60_000,
  );

  test("begins nothing anew with a model that is another one by then", async () => {
    const { body, headers } = await rawAnswer(server, address());
    const head = { "repr-digest": String(headers["repr-digest"]), etag: String(headers.etag) };
    const length = { "content-length": String(body.length) };
    const parts = [
      { headers: { ...head, ...length }, body: body.subarray(0, 1000), broken: true },
      { headers: { ...head, ...length, etag: '"another"' }, body },
    ];
    await answering(parts, async (url) => {
      expect(await accord(url, "model", "export", "x", "--native", "-o", "out")).toMatchObject({
        status: 1,
        err: expect.stringContaining("the model's file is another one than when the download began; begin anew.\n"),
      });
    });
    expect(left()).toEqual([]);
  }, 60_000);

  test.each(["--native", "--json"])(
    "keeps nothing of what is not what the server says: %s",
    async (form) => {
      const format = form === "--native" ? "native" : "huggingface";
      const { body, headers } = await rawAnswer(server, `/models/${model.id}/download?format=${format}`);
      const flipped = Buffer.from(body);
      // A weight: in the midst of the numbers.
      const at = flipped.length - 5_000;
      flipped[at] = flipped[at]! ^ 1;
      const digest = { "repr-digest": String(headers["repr-digest"]) };
      const answers = [
        { headers: digest, body: flipped },
        { headers: digest, body: body.subarray(0, -2_000) },
        { body },
      ];
      await answering(answers, async (url) => {
        for (const message of ["what came has the SHA-256", "The export broke off", "did not say the file's hash"]) {
          expect(await accord(url, "model", "export", "x", form, "-o", "out")).toMatchObject({
            status: 1,
            err: expect.stringContaining(message),
          });
          expect(left()).toEqual([]);
        }
      });
    },
    60_000,
  );

  test("ends at once where something is there already, however large the model", async () => {
    mkdirSync(path.join(folder, "out"));
    const headers = { "repr-digest": `sha-256=:${Buffer.alloc(32).toString("base64")}:` };
    await answering([{ headers, body: Buffer.alloc(32 << 20) }], async (url) => {
      expect(await accord(url, "model", "export", "x", "-o", "out")).toMatchObject({ status: 1 });
    });
  }, 60_000);
});

describe("accord agreement", () => {
  test.each([["--csv"], ["--json"], ["--html", "-"]])(
    "%s is what the server sent, or refused",
    async (...form) => {
      const ending = form[0]?.slice(2);
      const { body, headers } = await rawAnswer(server, `/datasets/large/agreement.${ending}?resamples=200`);
      const asked = ["agreement", "large", "--resamples", "200", ...form];
      const { status, out, err } = await accord(server.url, ...asked);
      expect([status, err]).toEqual([0, ""]);
      if (ending === "csv") expect(out).toBe(body.toString());
      const digest = { "repr-digest": String(headers["repr-digest"]) };
      await answering(
        [{ headers: digest, body }, { headers: digest, body: body.subarray(0, -1) }, { body }],
        async (url) => {
          expect(await accord(url, ...asked)).toMatchObject({ status: 0, out: body.toString() });
          for (const message of ["what came has the SHA-256", "did not say the file's hash"])
            expect(await accord(url, ...asked)).toMatchObject({
              status: 1,
              out: "",
              err: expect.stringContaining(message),
            });
        },
      );
    },
    60_000,
  );
});

test("a model's row names the file that is sent", async () => {
  const [row] = await server.database.select<{ sha256: string }>("select sha256 from model where id = $1", [
    parseGlobalId(model.id)?.id,
  ]);
  expect((await rawAnswer(server, `/models/${model.id}/download`)).headers.etag).toBe(`"${row?.sha256}"`);
});
