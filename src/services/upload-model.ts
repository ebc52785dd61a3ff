import { randomBytes } from "node:crypto";
import { createWriteStream, mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createTarDecoder, type ParsedTarEntry, type TarHeader } from "modern-tar";
import { show } from "../datasets/code-points.js";
import { AppError, badInput } from "../errors.js";
import { asJobFailure } from "../files/failures.js";
import type { Context } from "./context.js";
import { checkConfig } from "./convert-model.js";
import { importFolder } from "./import-model.js";
import { checkName } from "./queue-job.js";
import { requireRole } from "./visibility.js";

/** What of a tar is kept. */
const FILES = ["config.json", "model.safetensors", "tokenizer.json", "vocab.json", "merges.txt"];
const [CONFIG, WEIGHTS] = FILES;

/**
 * Imports a GPT-2 in Hugging Face's layout from a tar as it comes. ADMIN. Links and other files than the model's are passed
 * over. Refused: files of several folders, one file twice, a file beyond the memory of a job, and, before the weights are
 * read where config.json stands before them, a model that no job could use. Nothing is left behind.
 * @returns the model's number
 */
export async function uploadModel(context: Context, name: string, body: AsyncIterable<Uint8Array>): Promise<string> {
  requireRole(context.viewer, "ADMIN");
  checkName(name, "name");
  const folder = context.directory.incoming(`.${randomBytes(8).toString("hex")}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await unpack(body, folder, context.config.JOB_MEMORY_BYTES);
    return await importFolder(context, { name }, () => folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Writes the files of a model into a folder, one after another, so that what came before is there to be looked at. */
async function unpack(body: AsyncIterable<Uint8Array>, folder: string, memoryBytes: number): Promise<void> {
  const places = new Map<string, string>();
  try {
    const tar = asWebStream(body).pipeThrough(createTarDecoder({ strict: true }));
    for await (const { header, body: content } of tar as unknown as AsyncIterable<ParsedTarEntry>) {
      const file = path.posix.basename(header.name);
      if (header.type !== "file" || !FILES.includes(file)) {
        for await (const _ of content as unknown as AsyncIterable<Uint8Array>); // cancelled, it would cut off the next one's
        continue;
      }
      checkPlace(header, file, places, memoryBytes);
      if (file === WEIGHTS && places.has(CONFIG as string))
        await checkConfig({ file: path.join(folder, CONFIG as string), memoryBytes });
      places.set(file, header.name);
      await pipeline(
        Readable.fromWeb(content as Parameters<typeof Readable.fromWeb>[0]),
        createWriteStream(path.join(folder, file), { flags: "wx", mode: 0o600 }),
      );
    }
  } catch (error) {
    throw refusalOf(error);
  }
}

/**
 * The pieces as a stream that whoever reads it may leave at any moment, also while the next piece is waited for: that one is
 * dropped when it comes. Node's own Readable.toWeb would put it into the closed stream, an error that nobody can catch.
 */
export function asWebStream(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  let isLeft = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next();
        if (isLeft) return;
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      cancel() {
        isLeft = true;
        // Not waited for: it comes to an end with the piece that is waited for, if ever.
        iterator.return?.()?.catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

function checkPlace(
  { name, size }: TarHeader,
  file: string,
  places: ReadonlyMap<string, string>,
  memoryBytes: number,
): void {
  if (places.has(file)) throw badInput(`The tar has two files ${file}: ${show(places.get(file))} and ${show(name)}.`);
  const [first = name] = places.values();
  if (path.posix.dirname(first) !== path.posix.dirname(name))
    throw badInput(`The tar has files of a model in several folders: ${show(first)} and ${show(name)}.`);
  if (size > memoryBytes) throw badInput(`${file} has ${size} bytes; a job may use ${memoryBytes} of memory.`);
}

function refusalOf(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (typeof (error as { errno?: unknown }).errno === "number")
    return new AppError("UNPROCESSABLE", asJobFailure(error, "the uploaded model").message);
  return badInput(`The input is no tar: ${(error as Error).message}`);
}
