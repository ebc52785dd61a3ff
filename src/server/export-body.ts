import { createHash } from "node:crypto";
import { badInput } from "../errors.js";

/** Lines are sent in chunks of about this many characters. */
const CHUNK_CHARACTERS = 1 << 16;

export interface ExportBody {
  /** The revision that the lines are of. */
  readonly revision: number;
  /** How many bytes at the beginning are left out, for a reader who has them. */
  readonly offset: number;
  /** Whether a last line says how long the file is, and its hash. */
  readonly ending: boolean;
}

/**
 * The bytes of an export from an offset on. What is left out is made all the same, for only so can the rest be what a whole
 * export would end with.
 * ending: a last line `{"ending":{"bytes":N,"sha256":"…","revision":R}}` says how many bytes stand before it, of the whole
 * and not only of what is sent, and their hash. It is of the body, which an offset counts along with the rest: so a reader
 * can go on within it.
 * isLeft: whether the reader is gone; while nothing is sent, nothing else would tell.
 * Refused, before the first byte is given: an offset behind the end.
 */
export async function* exportBytes(
  lines: AsyncIterable<string>,
  { revision, offset, ending }: ExportBody,
  isLeft: () => boolean,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of withEnding(chunks(lines), ending ? revision : null)) {
    const begin = bytes;
    bytes += chunk.length;
    if (bytes > offset) yield begin >= offset ? chunk : chunk.subarray(offset - begin);
    else if (isLeft()) return;
  }
  if (offset > bytes) throw badInput(`offset is ${offset}; this export has ${bytes} bytes.`, "offset");
}

async function* withEnding(chunks: AsyncIterable<Buffer>, revision: number | null): AsyncGenerator<Buffer> {
  if (revision === null) {
    yield* chunks;
    return;
  }
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  yield Buffer.from(`${JSON.stringify({ ending: { bytes, sha256: hash.digest("hex"), revision } })}\n`);
}

async function* chunks(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let pending: string[] = [];
  let characters = 0;
  for await (const line of lines) {
    pending.push(line, "\n");
    characters += line.length + 1;
    if (characters < CHUNK_CHARACTERS) continue;
    yield Buffer.from(pending.join(""));
    pending = [];
    characters = 0;
  }
  if (characters > 0) yield Buffer.from(pending.join(""));
}
