import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sendRecords } from "../../support/files.js";
import { rawAnswer } from "../../support/raw-answer.js";
import { startTestServer, type TestServer } from "../../support/server.js";

/** What a client has to send a body; the readers below take ten times as long and more. */
const PATIENCE = { headersMs: 10_000, idleMs: 300, bodyMs: 300 };
/** More than the system keeps of it between the two, so that the server is still sending when the reader reads. */
const PROMPTS = 240;
const TEXT_BYTES = 100_000;

let server: TestServer;
let whole: Buffer;
beforeAll(async () => {
  server = await startTestServer({}, { patience: PATIENCE });
  for (let from = 0; from < PROMPTS; from += 80) {
    const records = Array.from({ length: 80 }, (_, i) => {
      // Text that gzip does not shrink to nothing.
      const text = createHash("shake256", { outputLength: TEXT_BYTES / 2 })
        .update(`${from + i}`)
        .digest("hex");
      return { id: `${from + i}`, text };
    });
    expect(await sendRecords(server, "large", records)).toMatchObject({ accepted: 80 });
  }
  whole = (await rawAnswer(server, "/export/large")).body;
  expect(whole.length).toBeGreaterThan(PROMPTS * TEXT_BYTES);
}, 120_000);
afterAll(() => server.close());

describe("a reader who takes ten times as long as a client has for a body", () => {
  const slowly = (bytes: number) => ({ bytesPerSecond: bytes / ((10 * PATIENCE.bodyMs) / 1000) });

  test.each([
    ["plain", {}],
    ["gzip", { "accept-encoding": "gzip" }],
  ])(
    "gets an export whole: %s",
    async (form, headers) => {
      const bytes = form === "gzip" ? whole.length / 2 : whole.length;
      const begun = performance.now();
      const { body } = await rawAnswer(server, "/export/large", { headers, ...slowly(bytes) });
      expect(performance.now() - begun).toBeGreaterThan(9 * PATIENCE.bodyMs);
      expect((form === "gzip" ? gunzipSync(body) : body).equals(whole)).toBe(true);
    },
    60_000,
  );

  test("also where the request had a body that nobody reads", async () => {
    const sent = "x".repeat(200_000);
    const headers = { "content-length": String(sent.length) };
    const { body } = await rawAnswer(server, "/export/large", { headers, body: sent, ...slowly(whole.length) });
    expect(body.equals(whole)).toBe(true);
  }, 60_000);
});

test("a GET whose body does not come is cut off all the same", async () => {
  const headers = { "content-length": "10" };
  const asked = rawAnswer(server, "/export/large", { headers, bytesPerSecond: whole.length / 20 });
  await expect(asked).rejects.toThrow(/aborted|hang up|ECONNRESET/);
}, 60_000);

test("an export that the server must break off has no end, in gzip either", async () => {
  const response = rawAnswer(server, "/export/large", {
    headers: { "accept-encoding": "gzip" },
    bytesPerSecond: whole.length / 10,
  });
  const { dataset } = await server.data<{ dataset: { id: string } }>('{ dataset(slug: "large") { id } }');
  const [broken] = await Promise.allSettled([
    response,
    server.data('mutation ($id: ID!) { deleteDataset(id: $id, slug: "large") }', { id: dataset.id }),
  ]);
  expect(broken).toMatchObject({ status: "rejected", reason: { message: "aborted" } });
}, 60_000);
