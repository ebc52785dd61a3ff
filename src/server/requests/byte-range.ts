import { AppError } from "../../errors.js";
import type { ByteRange } from "../../services/models/export-model.js";

/** A file as Range and If-Range know it; etag: as the header gives it, strong. */
export interface RangedFile {
  readonly size: number;
  readonly etag: string;
}

/** The range begins behind the end of the file: answered with 416. */
export class UnsatisfiableRange extends AppError {
  constructor(asked: string, size: number) {
    super(
      "BAD_USER_INPUT",
      `Range is ${JSON.stringify(asked.slice(0, 80))}; the file has ${size} bytes, the first of them is 0.`,
    );
  }
}

const ONE_RANGE = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i;

/**
 * Which bytes of a file a GET asks for; null: all of it. So it is also without Range, with another unit, with several ranges
 * or one that is none (RFC 9110 lets a server answer those with the whole), and where If-Range names another file than
 * today's or a weak tag: what was begun of another file must not be continued with this one.
 * Refused: a range that begins behind the end (UnsatisfiableRange).
 */
export function byteRange(
  headers: { readonly range?: string | undefined; readonly "if-range"?: string | string[] | undefined },
  { size, etag }: RangedFile,
): ByteRange | null {
  const { range } = headers;
  if (range === undefined) return null;
  if (headers["if-range"] !== undefined && String(headers["if-range"]).trim() !== etag) return null;
  const [, from = "", to = ""] = ONE_RANGE.exec(range) ?? [];
  if (from === "") {
    if (to === "") return null;
    const length = Math.min(Number(to), size);
    if (length === 0) throw new UnsatisfiableRange(range, size);
    return { first: size - length, last: size - 1 };
  }
  const [first, last] = [Number(from), to === "" ? size - 1 : Math.min(Number(to), size - 1)];
  if (to !== "" && Number(to) < first) return null;
  if (first >= size) throw new UnsatisfiableRange(range, size);
  return { first, last };
}
