import { createHash, randomBytes } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";

/** Read and written at once, so that a file may be larger than one call takes. */
const CHUNK_BYTES = 1 << 26;

/** A file as it is kept: where, how large, and the hash that it must have. */
export interface KeptFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The name of a file while it is written. @param writer a number, so that what a killed process leaves tells whose it was */
export const partialName = (writer: string | null): string =>
  `.${writer === null ? "" : `${writer}-`}${randomBytes(8).toString("hex")}.partial`;

/** Who was writing a file of this name; null: nobody, or nobody who said a number. */
export const writerOfPartial = (name: string): string | null =>
  /^\.(\d+)-[0-9a-f]{16}\.partial$/.exec(name)?.[1] ?? null;

/**
 * Writes a file so that it is there whole or not at all, also after a power cut: under another name first, synchronised,
 * then renamed, and the folder synchronised. An error leaves nothing behind and is thrown as the file system gave it.
 * @param fileOf the file's path by the sha256 of its bytes
 * @param writer stands in the other name
 */
export function writeFileAtomically(
  bytes: Uint8Array,
  folder: string,
  fileOf: (sha256: string) => string,
  writer: string | null = null,
): KeptFile {
  const temporary = path.join(folder, partialName(writer));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const file = fileOf(sha256);
  try {
    const descriptor = openSync(temporary, "wx", 0o600);
    try {
      for (let at = 0; at < bytes.length; ) {
        at += writeSync(descriptor, bytes, at, Math.min(CHUNK_BYTES, bytes.length - at));
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(path.dirname(file));
  return { file, bytes: bytes.length, sha256 };
}

/** Makes a rename outlive a power cut; where folders cannot be opened (Windows) the system does so itself. */
function syncFolder(folder: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(folder, "r");
  } catch {
    return;
  }
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (!["EINVAL", "EPERM", "EBADF"].includes((error as { code?: string }).code ?? "")) throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Reads a file and its hash. An error is thrown as the file system gave it. */
export function readWhole(file: string): { readonly bytes: Uint8Array; readonly sha256: string } {
  const descriptor = openSync(file, "r");
  try {
    const bytes = new Uint8Array(fstatSync(descriptor).size);
    const hash = createHash("sha256");
    let at = 0;
    while (at < bytes.length) {
      const read = readSync(descriptor, bytes, at, Math.min(CHUNK_BYTES, bytes.length - at), at);
      if (read === 0) break;
      hash.update(bytes.subarray(at, at + read));
      at += read;
    }
    return { bytes: bytes.subarray(0, at), sha256: hash.digest("hex") };
  } finally {
    closeSync(descriptor);
  }
}
