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

/**
 * Writes a file so that it is there whole or not at all, also after a power cut: under another name first, synchronised,
 * then renamed, and the folder synchronised. An error leaves nothing behind and is thrown as the file system gave it.
 * @param fileOf the file's path by the sha256 of its bytes
 */
export function writeWhole(bytes: Uint8Array, folder: string, fileOf: (sha256: string) => string): KeptFile {
  const temporary = path.join(folder, `.${randomBytes(8).toString("hex")}.partial`);
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
