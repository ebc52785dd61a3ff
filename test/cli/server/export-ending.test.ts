/** What `accord export` takes for the last line of an export, where lines like it stand elsewhere, too. */
import { createHash } from "node:crypto";
import { withoutEnding } from "../../../src/cli/server/export-ending.js";

const RECORDS = '{"text":"one"}\n{"text":"two"}\n';

const endingOf = (body: string, said: object = {}): string => {
  const sha256 = createHash("sha256").update(body).digest("hex");
  return `${JSON.stringify({ ending: { bytes: Buffer.byteLength(body), sha256, revision: 1, ...said } })}\n`;
};

/** What is kept of a body that comes in pieces of some bytes. */
async function kept(body: string, size: number): Promise<string> {
  const source = (async function* () {
    for (let at = 0; at < body.length; at += size) yield Buffer.from(body.slice(at, at + size));
  })();
  const pieces: Uint8Array[] = [];
  for await (const piece of withoutEnding(source)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const inTheMiddle = `{"text":"one"}\n${endingOf("")}{"text":"two"}\n`;
const twice = `${RECORDS}${endingOf(RECORDS)}`;

describe.each([1, 7, 1_000])("in pieces of %i bytes", (size) => {
  test.each([
    ["records", RECORDS],
    ["nothing", ""],
    ["an ending in the middle, which counts as what stands before the last", inTheMiddle],
    ["an ending of its own, as of two exports", twice],
    ["more than is held back", `${"x".repeat(5_000)}\n`],
  ])("%s", async (_what, body) => {
    expect(await kept(body + endingOf(body), size)).toBe(body);
  });

  test.each([
    ["the same ending twice", RECORDS + endingOf(RECORDS) + endingOf(RECORDS), "bytes came; the server sent 30."],
    ["a count that is too small", RECORDS + endingOf(RECORDS, { bytes: 29 }), "30 bytes came; the server sent 29."],
    ["another hash", RECORDS + endingOf(RECORDS, { sha256: "0".repeat(64) }), "what came has the SHA-256 "],
    ["a count that is none", RECORDS + endingOf(RECORDS, { bytes: "30" }), "did not come."],
    ["a record behind it", `${RECORDS}${endingOf(RECORDS)}{"text":"three"}\n`, "did not come."],
    ["no line feed behind it", (RECORDS + endingOf(RECORDS)).trimEnd(), "did not come."],
    ["no ending", RECORDS, "did not come."],
  ])("refused: %s", async (_what, body, sentence) => {
    await expect(kept(body, size)).rejects.toThrow(sentence);
  });
});
