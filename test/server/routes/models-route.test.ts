import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseGlobalId } from "../../../src/services/input/global-id.js";
import { sendRecords } from "../../support/files.js";
import { type RawRequest, rawAnswer } from "../../support/raw-answer.js";
import { startTestServer, type TestServer } from "../../support/server.js";
import { type StoredModel, storeModel } from "../../support/stored-model.js";

let server: TestServer;
let model: StoredModel;
beforeAll(async () => {
  server = await startTestServer();
  await sendRecords(server, "d", [{ text: "a" }]);
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "d") { id } }');
  model = await storeModel(server, { name: "m", stage: "SFT", datasetId: dataset.id });
});
afterAll(() => server.close());

const get = (format: string, request: RawRequest = {}) =>
  rawAnswer(server, `/models/${model.id}/download?format=${format}`, request);

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

describe.each(["native", "huggingface"])("a download, %s", (format) => {
  let whole: Buffer;
  let etag: string;
  beforeAll(async () => {
    const answer = await get(format);
    whole = answer.body;
    etag = answer.headers.etag as string;
  });

  test("says its length, its hash and that it can be had in parts; twice it is the same", async () => {
    const answer = await get(format);
    expect(answer.body.equals(whole)).toBe(true);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      "content-length": String(whole.length),
      "accept-ranges": "bytes",
      etag: `"${sha256(whole).toString("hex")}"`,
      "repr-digest": `sha-256=:${sha256(whole).toString("base64")}:`,
    });
  });

  test("HEAD says the same and sends nothing, whatever Range asks", async () => {
    const answer = await get(format, { method: "HEAD", headers: { range: "bytes=0-9" } });
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
    expect(answer.headers).toMatchObject({ "content-length": String(whole.length), etag });
  });

  test("parts at random places are what the whole has there", async () => {
    const seed = randomBytes(4).readUInt32LE();
    console.info(`${format}: ranges of seed ${seed}`);
    let state = seed;
    const below = (n: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    for (let round = 0; round < 12; round++) {
      const first = below(whole.length);
      const last = round % 2 === 0 ? whole.length - 1 : first + below(whole.length - first);
      const range = round % 2 === 0 ? `bytes=${first}-` : `bytes=${first}-${last}`;
      const answer = await get(format, { headers: { range, ...(round % 3 === 0 ? { "if-range": etag } : {}) } });
      expect(answer.status).toBe(206);
      expect(answer.headers["content-range"]).toBe(`bytes ${first}-${last}/${whole.length}`);
      expect(answer.headers["content-length"]).toBe(String(last - first + 1));
      expect(answer.headers["repr-digest"]).toBe(`sha-256=:${sha256(whole).toString("base64")}:`);
      expect(answer.body.equals(whole.subarray(first, last + 1))).toBe(true);
    }
  });

  test("the end alone, by its length", async () => {
    const answer = await get(format, { headers: { range: "bytes=-7" } });
    expect([answer.status, answer.body.equals(whole.subarray(-7))]).toEqual([206, true]);
  });

  test.each([
    ["several ranges", { range: "bytes=0-1,4-5" }],
    ["a range that is none", { range: "bytes=x-" }],
    ["another unit", { range: "items=0-1" }],
    ["If-Range of an older file", { range: "bytes=5-", "if-range": '"0000"' }],
    ["If-Range with a date", { range: "bytes=5-", "if-range": "Sun, 06 Nov 1994 08:49:37 GMT" }],
  ])("%s: the whole", async (_, headers) => {
    const answer = await get(format, { headers });
    expect([answer.status, answer.body.equals(whole)]).toEqual([200, true]);
    expect(answer.headers["content-range"]).toBeUndefined();
  });

  test("a range behind the end is 416, with the size", async () => {
    const range = `bytes=${whole.length}-`;
    const answer = await get(format, { headers: { range } });
    expect(answer.status).toBe(416);
    expect(answer.headers["content-range"]).toBe(`bytes */${whole.length}`);
    const message = `Range is "${range}"; the file has ${whole.length} bytes, the first of them is 0.`;
    expect(JSON.parse(answer.body.toString())).toEqual({
      errors: [{ message, extensions: { code: "BAD_USER_INPUT" } }],
    });
  });

  test("a file that was damaged meanwhile is not gone on with", async () => {
    const [row] = await server.database.select<{ sha256: string }>("select sha256 from model where id = $1", [
      parseGlobalId(model.id)?.id,
    ]);
    const file = server.directory.model(row?.sha256 as string);
    const kept = readFileSync(file);
    const flipped = Buffer.from(kept);
    flipped[0] = flipped[0]! ^ 1;
    try {
      writeFileSync(file, flipped);
      const answer = await get(format, { headers: { range: "bytes=100-", "if-range": etag } });
      expect([answer.status, answer.body.toString()]).toEqual([422, expect.stringContaining("is gone or damaged")]);
    } finally {
      writeFileSync(file, kept);
    }
  });
});

test("a format that there is not is refused", async () => {
  const { status, body } = await get("gguf");
  expect([status, body.toString()]).toEqual([400, expect.stringContaining("one of native, huggingface")]);
});
