/** What breaks an upload off: of a tar that cannot be read the client is told; a fault of ours stays a fault. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { packTar } from "modern-tar";
import { readConfig } from "../../../src/config/config.js";
import { badInput } from "../../../src/errors.js";
import { DataDirectory } from "../../../src/files/data-directory.js";
import { uploadModel } from "../../../src/services/models/upload-model.js";
import type { Context } from "../../../src/services/request/context.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "accord-upload-"));
const directory = new DataDirectory(folder);
afterAll(() => rmSync(folder, { recursive: true }));

/** Uploads a body; returns what it ends with. Nothing here comes as far as the database. */
async function failureOf(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  const context = { viewer: { role: "ADMIN" }, directory, config: readConfig({}) } as unknown as Context;
  const failure = await uploadModel(context, "x", body).catch((error: unknown) => error);
  expect(readdirSync(directory.incoming("")).filter((name) => name.startsWith("."))).toEqual([]);
  return failure;
}

async function* pieces(...given: (Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const piece of given) {
    if (piece instanceof Error) throw piece;
    yield piece;
  }
}

const NO_TAR = { code: "BAD_USER_INPUT", message: "The input is no tar, or one that was cut short." };

test("what the tar library cannot read is told: noise, a number that is none, a cut in a header, a file or one passed over", async () => {
  const file = (name: string) => packTar([{ header: { name, size: 5_000 }, body: new Uint8Array(5_000) }]);
  const [kept, passedOver] = [await file("config.json"), await file("other.bin")];
  const odd = Uint8Array.from(kept);
  odd.fill(0x58, 124, 136);
  for (const body of [
    pieces(new Uint8Array(2_048).fill(7)),
    pieces(odd),
    pieces(kept.subarray(0, 300)),
    pieces(kept.subarray(0, 3_000)),
    pieces(passedOver.subarray(0, 3_000)),
    pieces(kept.subarray(0, 3_000), kept.subarray(4_000)),
  ])
    expect(await failureOf(body)).toMatchObject(NO_TAR);
});

test("what the input breaks off with stays what it is, at the beginning, in a file and in one passed over", async () => {
  const fault = new TypeError("a fault of ours");
  const refusal = badInput("The gzip input is cut short.");
  const header = async (name: string) =>
    (await packTar([{ header: { name, size: 5_000 }, body: new Uint8Array(5_000) }])).subarray(0, 2_000);
  for (const error of [fault, refusal])
    for (const before of [[], [await header("config.json")], [await header("other.bin")]])
      expect(await failureOf(pieces(...before, error))).toBe(error);
});

test("a folder that is gone meanwhile is told without its path", async () => {
  const tar = await packTar([{ header: { name: "config.json", size: 2 }, body: "{}" }]);
  const body = (async function* () {
    for (const name of readdirSync(directory.incoming(""))) rmSync(directory.incoming(name), { recursive: true });
    yield tar;
  })();
  expect(await failureOf(body)).toMatchObject({
    code: "UNPROCESSABLE",
    message: "DATA_DIR cannot be used for the uploaded model: it is not there (ENOENT).",
  });
});
