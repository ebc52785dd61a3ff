import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { AppError, badInput } from "../../errors.js";

/** Beyond this many bytes out of a gzip stream, its ratio is looked at. */
const BOMB_BYTES = 64 << 20;
/** Text of records shrinks to a tenth; deflate's limit is 1,032 to 1. */
const BOMB_RATIO = 250;

/** The two bytes that gzip begins with (RFC 1952). */
const GZIP = 0x1f8b;

/** What a request's Content-Encoding may name. */
export type BodyEncoding = "identity" | "gzip";

/** The encoding of a body. Refused: any other than gzip or none. */
export function bodyEncoding(header: string | undefined): BodyEncoding {
  const name = header?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity") return "identity";
  if (name === "gzip" || name === "x-gzip") return "gzip";
  throw badInput(`Content-Encoding is ${JSON.stringify(name.slice(0, 40))}; it may be gzip, or be left out.`);
}

/** The input unpacks to too much: answered with 413. */
export class GzipBomb extends AppError {
  constructor(bytes: number) {
    super(
      "BAD_USER_INPUT",
      `The gzip input of ${bytes} bytes unpacks to more than ${BOMB_BYTES >> 20} MiB and ${BOMB_RATIO} times its size; send it in parts or plain.`,
    );
  }
}

/**
 * The bytes of a request's body as they come, unpacked where they are gzip. The request itself is left open when the
 * reader stops before the end, so that it can still be answered.
 * idleMs: how long the client may send nothing while it is waited for; the time that the reader takes does not count.
 * Refused with a sentence: a connection that broke off or fell silent; gzip that is none, is cut short, or does not match
 * its checksum; a gzip bomb.
 */
export async function* readBody(request: Readable, encoding: BodyEncoding, idleMs: number): AsyncGenerator<Uint8Array> {
  const chunks = encoding === "gzip" ? gunzipped(request) : plain(request);
  const silent = () => request.destroy(badInput(`The client sent nothing for ${idleMs / 1000} s.`));
  let timer: NodeJS.Timeout | undefined;
  try {
    for (;;) {
      // A reader who stops while the client is waited for leaves this behind: it must not hold a process that ends.
      timer = setTimeout(silent, idleMs).unref();
      const next = await chunks.next();
      clearTimeout(timer);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    clearTimeout(timer);
    await chunks.return(undefined);
  }
}

async function* plain(request: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (error) {
    throw brokenOff(error);
  }
}

async function* gunzipped(request: Readable): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const onBroken = (error: Error) => gunzip.destroy(brokenOff(error) as Error);
  const onClosed = () => {
    if (!request.readableEnded) onBroken(Object.assign(new Error("The request was closed."), { code: "ECONNRESET" }));
  };
  request.on("error", onBroken);
  request.on("close", onClosed);
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk.subarray(0, 2)]);
    if (head.length >= 2) request.off("data", onData);
  };
  request.on("data", onData);
  request.pipe(gunzip);
  let bytes = 0;
  try {
    for await (const chunk of gunzip) {
      bytes += (chunk as Uint8Array).length;
      if (bytes > BOMB_BYTES && bytes > BOMB_RATIO * gunzip.bytesWritten) throw new GzipBomb(gunzip.bytesWritten);
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw brokenGzip(error, head);
  } finally {
    request.unpipe(gunzip);
    request.off("data", onData);
    request.off("error", onBroken);
    request.off("close", onClosed);
    gunzip.destroy();
  }
}

function brokenOff(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = String((error as { code?: unknown } | null)?.code ?? "");
  return /^(ECONN|EPIPE|ERR_STREAM_PREMATURE)/.test(code)
    ? badInput("The connection was broken before the end of the input.")
    : error;
}

/** head: how the input begins, two bytes of it or more. */
function brokenGzip(error: unknown, head: Buffer): unknown {
  const { code } = error as { code?: unknown };
  if (code === "Z_BUF_ERROR") return badInput("The gzip input is cut short.");
  if (code !== "Z_DATA_ERROR") return error;
  if (head.length >= 2 && head.readUInt16BE() !== GZIP) {
    return badInput("The input is not gzip, although Content-Encoding says so.");
  }
  return badInput("The gzip input was damaged on its way: it does not unpack, or does not match its checksum.");
}
