import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * Reads the beginning of a file. An error is thrown as the file system gave it.
 * @param endOf told the first 8 bytes and the file's size, says how many bytes are wanted
 * @returns those bytes, and how many the file has
 */
export function readBeginning(
  file: string,
  endOf: (first: Uint8Array, fileBytes: number) => number,
): { readonly bytes: Uint8Array; readonly fileBytes: number } {
  const descriptor = openSync(file, "r");
  try {
    const fileBytes = fstatSync(descriptor).size;
    const first = readAt(descriptor, 8, 0);
    const rest = readAt(descriptor, endOf(first, fileBytes) - first.length, first.length);
    return { bytes: Buffer.concat([first, rest]), fileBytes };
  } finally {
    closeSync(descriptor);
  }
}

function readAt(descriptor: number, length: number, position: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const count = readSync(descriptor, bytes, read, length - read, position + read);
    if (count === 0) break;
    read += count;
  }
  return bytes.subarray(0, read);
}
