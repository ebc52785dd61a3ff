import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { JobFailure } from "../../src/errors.js";
import { partialName, readWhole, writeFileAtomically, writerOfPartial } from "../../src/files/atomic-write.js";
import { DataDirectory } from "../../src/files/data-directory.js";
import { asJobFailure } from "../../src/files/failures.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "accord-whole-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test.each([0, 1, 65_537])("%i bytes are written under the name of their hash, and read with it", (size) => {
  const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7);
  const kept = writeFileAtomically(bytes, folder, (hash) => path.join(folder, `${hash}.bin`));
  expect(kept).toEqual({ file: path.join(folder, `${sha256(bytes)}.bin`), bytes: size, sha256: sha256(bytes) });
  expect(readWhole(kept.file)).toEqual({ bytes, sha256: kept.sha256 });
  expect(readdirSync(folder)).toEqual([path.basename(kept.file)]);
});

test("the same bytes written again take the place of the first, and a changed file has another hash", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const name = (hash: string) => path.join(folder, hash);
  const { file, sha256: hash } = writeFileAtomically(bytes, folder, name);
  expect(writeFileAtomically(bytes, folder, name).file).toBe(file);
  writeFileSync(file, Uint8Array.of(1, 2));
  expect(readWhole(file).sha256).not.toBe(hash);
});

test("a file that is being written tells who writes it, where that was said; no other file does", () => {
  expect(partialName("12")).toMatch(/^\.12-[0-9a-f]{16}\.partial$/);
  expect(partialName("12")).not.toBe(partialName("12"));
  expect(writerOfPartial(partialName("12"))).toBe("12");
  for (const name of [partialName(null), ".b1d7bbdc9b533ee7.partial", "12-1-abc.safetensors", "input-12.ndjson"]) {
    expect([name, writerOfPartial(name)]).toEqual([name, null]);
  }
});

test("where it cannot be written nothing is left, and the error says whose fault it is", () => {
  expect(() => writeFileAtomically(Uint8Array.of(1), folder, () => path.join(folder, "no", "such", "folder"))).toThrow(
    /ENOENT/,
  );
  expect(readdirSync(folder)).toEqual([]);
  expect(() => writeFileAtomically(Uint8Array.of(1), path.join(folder, "gone"), () => "x")).toThrow(/ENOENT/);
  const failure = (code: string) => asJobFailure(Object.assign(new Error(`${code}: message`), { code }), "the model");
  expect(failure("ENOSPC")).toMatchObject({
    code: "DISK_FULL",
    message: "There is no room for the model (ENOSPC). Make room below DATA_DIR, then try again.",
  });
  expect(failure("EDQUOT").code).toBe("DISK_FULL");
  expect(failure("EROFS")).toMatchObject({
    code: "DATA_DIR_UNAVAILABLE",
    message: "DATA_DIR cannot be used for the model: it can only be read (EROFS).",
  });
  const own = new JobFailure("DIVERGED", "x");
  expect(asJobFailure(own, "the model")).toBe(own);
});

test("the layout of a data directory: places below its root, and room on its disk even before it is there", () => {
  const directory = new DataDirectory(path.join(folder, "data"));
  expect(() => directory.prepare("7")).toThrow("ENOENT"); // a root that is gone may be a volume that is not mounted
  directory.create();
  expect(directory.freeBytes()).toBeGreaterThan(0);
  directory.prepare("12");
  const file = path.join(directory.job("12"), "1-2-abc.safetensors");
  writeFileSync(file, "x");
  expect(directory.placeOf(file)).toBe("jobs/12/1-2-abc.safetensors");
  expect(directory.at("jobs/12/1-2-abc.safetensors")).toBe(file);
  directory.remove("jobs/12/1-2-abc.safetensors");
  directory.remove("jobs/12/1-2-abc.safetensors");
  expect(readdirSync(directory.job("12"))).toEqual([]);
});
