import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { isWhole, verifiedBytes } from "../../src/files/verified-bytes.js";

const folder = mkdtempSync(path.join(os.tmpdir(), "accord-verified-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = path.join(folder, "file");
const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test.each([0, 1, 1 << 18, (1 << 20) + 7])(
  "a whole file of %d bytes is read to its end; a damaged one never is",
  async (size) => {
    const bytes = randomBytes(size);
    writeFileSync(file, bytes);
    const pieces: Uint8Array[] = [];
    for await (const piece of verifiedBytes(file, sha256Of(bytes), () => new Error("damaged"))) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    expect(await isWhole(file, sha256Of(bytes))).toBe(true);

    const other = sha256Of(Buffer.concat([bytes, Buffer.of(0)]));
    let read = 0;
    const reading = async () => {
      for await (const piece of verifiedBytes(file, other, () => new Error("damaged"))) read += piece.length;
    };
    await expect(reading()).rejects.toThrow("damaged");
    expect(read).toBeLessThan(Math.max(size, 1));
    expect(await isWhole(file, other)).toBe(false);
  },
);

test("a file that is gone is not whole", async () => {
  expect(await isWhole(path.join(folder, "no such file"), sha256Of(Buffer.alloc(0)))).toBe(false);
});
