import { createHash } from "node:crypto";
import { badInput } from "../../errors.js";
import type { LinesFrom } from "../../services/export/export-dataset.js";
import type { MarksOfExport } from "./export-marks.js";

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
 * The bytes of an export from an offset on. What is left out is made all the same from the last mark before it on, for only
 * so is the rest what a whole export would end with; new marks are made on the way.
 * ending: a last line `{"ending":{"bytes":N,"sha256":"…","revision":R}}` says how many bytes stand before it, of the whole
 * and not only of what is sent, and their hash. It is of the body, which an offset counts along with the rest: so a reader
 * can go on within it.
 * isLeft: whether the reader is gone; while nothing is sent, nothing else would tell.
 * Refused, before the first byte is given: an offset behind the end.
 */
export async function* exportBytes(
  lines: LinesFrom,
  { revision, offset, ending }: ExportBody,
  marks: MarksOfExport,
  isLeft: () => boolean,
): AsyncGenerator<Uint8Array, void> {
  const mark = marks.before(offset);
  const hash = ending ? (mark?.hash?.copy() ?? createHash("sha256")) : null;
  let bytes = mark?.bytes ?? 0;
  /** What of a chunk at the present place is behind the offset. */
  const behind = (chunk: Uint8Array): Uint8Array => {
    const begin = bytes;
    bytes += chunk.length;
    return chunk.subarray(Math.min(Math.max(offset - begin, 0), chunk.length));
  };
  for await (const { chunk, promptId } of chunks(lines, mark?.promptId ?? null)) {
    if (promptId !== null) marks.add({ bytes, promptId, hash });
    hash?.update(chunk);
    const given = behind(chunk);
    if (given.length > 0) yield given;
    else if (isLeft()) return;
  }
  if (hash) {
    const told = { bytes, sha256: hash.digest("hex"), revision };
    const given = behind(Buffer.from(`${JSON.stringify({ ending: told })}\n`));
    if (given.length > 0) yield given;
  }
  if (offset > bytes) throw badInput(`offset is ${offset}; this export has ${bytes} bytes.`, "offset");
}

/** promptId: the prompt with which it begins, where it is the first of a page. */
interface Chunk {
  readonly chunk: Uint8Array;
  readonly promptId: string | null;
}

async function* chunks(lines: LinesFrom, from: string | null): AsyncGenerator<Chunk> {
  const page: { next: string | null } = { next: null };
  let pending: string[] = [];
  let characters = 0;
  let promptId: string | null = null;
  const take = (): Chunk => {
    const taken = { chunk: Buffer.from(pending.join("")), promptId };
    pending = [];
    characters = 0;
    promptId = null;
    return taken;
  };
  const onPage = (first: string) => {
    page.next = first;
  };
  for await (const line of lines(from, onPage)) {
    if (page.next !== null) {
      if (characters > 0) yield take();
      promptId = page.next;
      page.next = null;
    }
    pending.push(line, "\n");
    characters += line.length + 1;
    if (characters >= CHUNK_CHARACTERS) yield take();
  }
  if (characters > 0) yield take();
}
