import { randomBytes } from "node:crypto";
import { createWriteStream, mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createTarDecoder, type ParsedTarEntry, type TarHeader } from "modern-tar";
import { show } from "../../datasets/text/code-points.js";
import { AppError, badInput } from "../../errors.js";
import { asJobFailure } from "../../files/failures.js";
import { MODEL_TEXT_FILES, MODEL_WEIGHTS_INDEX } from "../../vocabulary.js";
import { requireRole } from "../access/visibility.js";
import { checkName } from "../jobs/queue-job.js";
import type { Context } from "../request/context.js";
import { checkConfig } from "./convert-model.js";
import { importFolder } from "./import-model.js";

/** What of a tar is kept: these, and whatever may be a part of the weights. */
const TEXTS: readonly string[] = [...MODEL_TEXT_FILES, MODEL_WEIGHTS_INDEX];
const [CONFIG] = MODEL_TEXT_FILES;
/** An index names at most 1,000 files of weights; without a bound a tar of empty files would fill the disk's list of files. */
const MOST_FILES = 1_100;
const isWeights = (file: string): boolean => file.endsWith(".safetensors") && !file.startsWith(".");

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
  let room = memoryBytes;
  const source = new Source(body);
  const read = <Piece>(pieces: unknown) => readTar(pieces as AsyncIterable<Piece>, source);
  try {
    const tar = asWebStream(source.pieces()).pipeThrough(createTarDecoder({ strict: true }));
    for await (const { header, body: content } of read<ParsedTarEntry>(tar)) {
      const file = path.posix.basename(header.name);
      if (header.type !== "file" || !(TEXTS.includes(file) || isWeights(file))) {
        for await (const _ of read(content)); // cancelled, it would cut off the next one's
        continue;
      }
      checkPlace(header, file, places);
      room -= header.size;
      if (room < 0)
        throw badInput(
          `The files of the model up to ${file} have ${memoryBytes - room} bytes; a job may use ${memoryBytes} of memory.`,
        );
      if (isWeights(file) && places.has(CONFIG)) await checkConfig({ file: path.join(folder, CONFIG), memoryBytes });
      places.set(file, header.name);
      await pipeline(
        read<Uint8Array>(content),
        createWriteStream(path.join(folder, file), { flags: "wx", mode: 0o600 }),
      );
    }
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Where a tar comes from, and with what it broke off: that says nothing about what the tar holds. */
class Source {
  failure: unknown;

  constructor(private readonly body: AsyncIterable<Uint8Array>) {}

  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.body;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

/** What is read out of a tar. Refused: one that the library cannot read; with what its source broke off stays as it is. */
async function* readTar<Piece>(pieces: AsyncIterable<Piece>, source: Source): AsyncGenerator<Piece> {
  try {
    yield* pieces;
  } catch {
    throw source.failure ?? badInput("The input is no tar, or one that was cut short.");
  }
}

/**
 * The pieces as a stream that whoever reads it may leave at any moment, also while the next piece is waited for: that one is
 * dropped when it comes. Node's own Readable.toWeb would put it into the closed stream, an error that nobody can catch.
 */
function asWebStream(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
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

function checkPlace({ name }: TarHeader, file: string, places: ReadonlyMap<string, string>): void {
  if (places.has(file)) throw badInput(`The tar has two files ${file}: ${show(places.get(file))} and ${show(name)}.`);
  if (places.size >= MOST_FILES) throw badInput(`The tar has more than ${MOST_FILES} files of a model.`);
  const [first = name] = places.values();
  if (path.posix.dirname(first) !== path.posix.dirname(name))
    throw badInput(`The tar has files of a model in several folders: ${show(first)} and ${show(name)}.`);
}

/** The system's refusals are told, without its paths; any other error that is none of ours is a fault. */
function refusalOf(error: unknown): unknown {
  return typeof (error as { errno?: unknown }).errno === "number"
    ? new AppError("UNPROCESSABLE", asJobFailure(error, "the uploaded model").message)
    : error;
}
