import { createHash } from "node:crypto";
import { reasonOf } from "../../system-errors.js";
import { bytes } from "../terminal/output.js";
import { type Client, NoAnswer, Refusal, refusal } from "./client.js";

/** How long is waited before a broken download is asked for again, in milliseconds; any byte that comes begins anew. */
const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 16_000];

/** What a proxy, or a server that stops or begins, answers: come again. */
const AGAIN = new Set([429, 502, 503, 504]);

/** The answer to a request for a file. A refusal is thrown; a server that is not there at the moment as NoAnswer. */
export async function download(client: Client, path: string, headers: Record<string, string> = {}): Promise<Response> {
  const response = await client.fetch(path, { headers });
  if (response.ok && response.body) return response;
  const refused = await refusal(response).catch((error: Error) => error);
  throw AGAIN.has(response.status) ? new NoAnswer(refused.message) : refused;
}

/**
 * The bytes of a download, which goes on where its connection broke.
 * again: asks for the bytes from a place on
 * tell: is told of a break in a sentence
 * Refused: a download of which nothing more came in several attempts.
 */
export async function* resumedDownload(
  first: Response,
  again: (at: number) => Promise<Response>,
  { tell, pausesMs = PAUSES_MS }: { readonly tell: (sentence: string) => void; readonly pausesMs?: readonly number[] },
): AsyncGenerator<Uint8Array, void> {
  let source: AsyncIterator<Uint8Array> | null = bytesOf(first);
  let at = 0;
  let pauses = 0;
  try {
    for (;;) {
      let next: IteratorResult<Uint8Array>;
      try {
        source ??= bytesOf(await again(at));
        next = await untilNothingCan(source.next());
      } catch (error) {
        if (error instanceof Refusal && !(error instanceof NoAnswer)) throw error;
        source = null;
        const pause = pausesMs[pauses++];
        if (pause === undefined) throw new Refusal(`the connection broke after ${at} bytes: ${reasonOf(error)}.`);
        if (pauses === 1) tell(`The connection broke after ${bytes(at)}; going on.`);
        await new Promise((resolve) => setTimeout(resolve, pause));
        continue;
      }
      if (next.done) return;
      at += next.value.length;
      pauses = 0;
      yield next.value;
    }
  } finally {
    await source?.return?.();
  }
}

/**
 * What is waited for, or its failure once nothing that it could come from is left. Behind damaged gzip the fetch of Node 20
 * never settles a read: the process would end in the midst of a file, without a word.
 */
function untilNothingCan<Value>(work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new NoAnswer("what came cannot be unpacked"));
    process.once("beforeExit", fail);
    work.then(resolve, reject).finally(() => process.off("beforeExit", fail));
  });
}

const bytesOf = (response: Response): AsyncIterator<Uint8Array> =>
  (response.body as unknown as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();

/** What a download must be. bytes: null where the server did not say. */
export interface Expected {
  readonly bytes: number | null;
  readonly sha256: string;
}

/** What the headers of an answer say of its file. Refused: an answer without a hash, which nothing could be held against. */
export function expectedOf({ headers }: Response): Expected {
  const digest = /(?:^|[\s,])sha-256=:([A-Za-z0-9+/]{43}=):/.exec(headers.get("repr-digest") ?? "")?.[1];
  if (digest === undefined) throw new Refusal("the server did not say the file's hash; is it older than this command?");
  const length = headers.get("content-encoding") === null ? headers.get("content-length") : null;
  return { bytes: length === null ? null : Number(length), sha256: Buffer.from(digest, "base64").toString("hex") };
}

/** Counts and hashes what passes, for it to be held against what it must be. */
export class DownloadCheck {
  private readonly hash = createHash("sha256");
  private count = 0;

  add(piece: Uint8Array): void {
    this.hash.update(piece);
    this.count += piece.length;
  }

  /** Refused: another length or hash. Ends the comparison. */
  end(expected: Expected): void {
    if (expected.bytes !== null && expected.bytes !== this.count)
      throw new Refusal(`${this.count} bytes came; the server sent ${expected.bytes}.`);
    const sha256 = this.hash.digest("hex");
    if (sha256 !== expected.sha256)
      throw new Refusal(`what came has the SHA-256 ${sha256}; what the server sent has ${expected.sha256}.`);
  }
}

/** The same bytes; behind the last, another length or hash than expected is refused. */
export async function* compared(
  source: AsyncIterable<Uint8Array>,
  expected: Expected,
): AsyncGenerator<Uint8Array, void> {
  const check = new DownloadCheck();
  for await (const piece of source) {
    check.add(piece);
    yield piece;
  }
  check.end(expected);
}
