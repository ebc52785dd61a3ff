import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/**
 * The bytes of a file as they are read; before its last piece goes out, the whole is checked.
 * @param damaged thrown where the hash is another: who reads along never gets the whole
 */
export async function* verifiedBytes(file: string, sha256: string, damaged: () => Error): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let held: Uint8Array | null = null;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Uint8Array>) {
    if (held) yield held;
    hash.update(chunk);
    held = chunk;
  }
  if (hash.digest("hex") !== sha256) throw damaged();
  if (held) yield held;
}

/** Whether a file is there and is what its hash says. Read piece by piece, so that others are served meanwhile. */
export async function isWhole(file: string, sha256: string): Promise<boolean> {
  try {
    for await (const _ of verifiedBytes(file, sha256, () => new Error("damaged")));
    return true;
  } catch {
    return false;
  }
}
