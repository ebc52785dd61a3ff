/** Lines out of a stream of bytes, in memory that the longest allowed line bounds. */
import { badInput } from "../../errors.js";

/** One line that is not blank: its number (from 1, blank lines counted) and its text, or why it has none. */
export type Line =
  /** `terminated`: false for a last line without line feed, which may be half of one. */
  { line: number; text: string; terminated: boolean } | { line: number; error: string };

const LF = 0x0a;
const CR = 0x0d;
const KEPT_BYTES = 1 << 20;
const HEAD_BYTES = 4;

/**
 * Splits NDJSON as it comes: `push` each chunk, then `end`, and consume what each yields before the next. A UTF-8 byte
 * order mark at the very start is dropped, "\n" and "\r\n" end a line, blank lines are skipped. A line longer than
 * `maxLineBytes` (without its line feed) is reported once and skipped without being kept; one that is not UTF-8 is
 * reported. Input that is UTF-16, compressed, Parquet or ZIP is refused as a whole.
 */
export class LineSplitter {
  private readonly decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** The first bytes, until there are enough to tell what the input is; null from then on. */
  private head: Uint8Array | null = new Uint8Array(0);
  private pending = Buffer.alloc(0);
  private pendingBytes = 0;
  private tooLong = false;
  private line = 1;

  constructor(private readonly maxLineBytes: number) {}

  /** The lines that this chunk completes. The chunk is not kept. */
  *push(chunk: Uint8Array): Generator<Line> {
    if (this.head === null) {
      yield* this.split(chunk);
      return;
    }
    this.head = Buffer.concat([this.head, chunk]);
    if (this.head.length >= HEAD_BYTES) yield* this.begin();
  }

  /** The last line, where no line feed ended it. */
  *end(): Generator<Line> {
    if (this.head !== null) yield* this.begin();
    const line = this.finishLine(new Uint8Array(0), false);
    if (line !== null) yield line;
  }

  private *begin(): Generator<Line> {
    const head = this.head ?? new Uint8Array(0);
    this.head = null;
    refuseOtherEncodings(head);
    const marked = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
    yield* this.split(marked ? head.subarray(3) : head);
  }

  private *split(chunk: Uint8Array): Generator<Line> {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LF, start);
      if (end < 0) break;
      const line = this.finishLine(chunk.subarray(start, end), true);
      start = end + 1;
      if (line !== null) yield line;
    }
    const error = this.keep(chunk.subarray(start));
    if (error !== null) yield error;
  }

  /** Keep the beginning of a line, or report that it has become too long. */
  private keep(bytes: Uint8Array): Line | null {
    if (this.tooLong) return null;
    const length = this.pendingBytes + bytes.length;
    if (length > this.maxLineBytes) {
      this.tooLong = true;
      this.forget();
      return this.tooLongError();
    }
    if (length > this.pending.length) {
      const grown = Buffer.alloc(Math.min(this.maxLineBytes, Math.max(length, 2 * this.pending.length)));
      grown.set(this.pending.subarray(0, this.pendingBytes));
      this.pending = grown;
    }
    this.pending.set(bytes, this.pendingBytes);
    this.pendingBytes = length;
    return null;
  }

  /** The line that these bytes end, or null where it is blank or was reported already. */
  private finishLine(rest: Uint8Array, terminated: boolean): Line | null {
    const line = this.line++;
    if (this.tooLong) {
      this.tooLong = false;
      return null;
    }
    if (this.pendingBytes + rest.length > this.maxLineBytes) {
      this.forget();
      return this.tooLongError(line);
    }
    let bytes = rest;
    if (this.pendingBytes > 0) {
      this.keep(rest);
      bytes = this.pending.subarray(0, this.pendingBytes);
    }
    if (bytes.at(-1) === CR) bytes = bytes.subarray(0, -1);
    const text = this.decode(bytes);
    this.forget();
    if (text === null) return { line, error: "The line is not UTF-8." };
    return text.trim() === "" ? null : { line, text, terminated };
  }

  private decode(bytes: Uint8Array): string | null {
    try {
      return this.decoder.decode(bytes);
    } catch {
      return null;
    }
  }

  private forget(): void {
    this.pendingBytes = 0;
    if (this.pending.length > KEPT_BYTES) this.pending = Buffer.alloc(0);
  }

  private tooLongError(line = this.line): Line {
    return { line, error: `The line is longer than ${this.maxLineBytes} bytes and was skipped.` };
  }
}

/** What other tools may hand over as text, told by its first bytes. */
function refuseOtherEncodings(head: Uint8Array): void {
  const [a, b] = head;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw badInput("The input begins with a UTF-16 byte order mark; it must be UTF-8.");
  }
  if (head.length >= 2 && (a === 0) !== (b === 0)) throw badInput("The input looks like UTF-16; it must be UTF-8.");
  if (a === 0x1f && b === 0x8b) {
    throw badInput("The input is gzip that is not declared; send it with Content-Encoding: gzip.");
  }
  const magic = String.fromCharCode(...head.subarray(0, 4));
  if (magic === "PAR1") {
    throw badInput(
      'The input is a Parquet file; it must be NDJSON, a JSON object a line, such as pandas writes with to_json(FILE, orient="records", lines=True).',
    );
  }
  if (magic === "PK\x03\x04") {
    throw badInput(
      "The input is a ZIP archive or a spreadsheet; it must be NDJSON, a JSON object a line, plain or gzip.",
    );
  }
}
