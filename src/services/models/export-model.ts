import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { packTar } from "modern-tar/fs";
import type { ModelRecord } from "../../entities/queries/models/models.js";
import { AppError } from "../../errors.js";
import type { DataDirectory } from "../../files/data-directory.js";
import { verifiedBytes } from "../../files/verified-bytes.js";
import type { WeightsPart } from "../../training/hugging-face/export-weights.js";
import { beginStream } from "../export/begin-stream.js";
import { type ExportPlan, planExport } from "./convert-model.js";

/** A stretch of a file: of its bytes from `first` to `last`, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** A model as a file that is downloaded. Equal hashes are equal bytes, so that a download goes on where another ended. */
export interface ModelDownload {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly sha256: string;
  /** The bytes, or a stretch of them. */
  open(range: ByteRange | null): Promise<Readable>;
}

/**
 * A model's own file, safetensors. A damaged one is refused before anything of it is sent where it is small, and else breaks
 * off before its last piece: also where only its end is asked for, so that who puts two parts together gets no damaged whole.
 */
export async function nativeModel(directory: DataDirectory, model: ModelRecord): Promise<ModelDownload> {
  const file = directory.model(model.sha256);
  const { size } = await stat(file).catch(() => {
    throw fileGone(model);
  });
  const whole = () => verifiedBytes(file, model.sha256, () => fileGone(model));
  return {
    name: `${fileNameOf(model.name)}.safetensors`,
    type: "application/octet-stream",
    size,
    sha256: model.sha256,
    open: (range) =>
      beginStream(
        range === null
          ? whole()
          : range.last === size - 1
            ? stretch(whole(), range)
            : bytesOfFile(file, range.first, range.last),
      ),
  };
}

/**
 * A model in Hugging Face's layout, as a tar of one folder. Memory does not grow with the model: the weights are read from
 * its file as they are sent, and once before to say how many bytes the tar has, and which hash.
 */
export async function exportModel(directory: DataDirectory, model: ModelRecord): Promise<ModelDownload> {
  const file = directory.model(model.sha256);
  await stat(file).catch(() => {
    throw fileGone(model);
  });
  const plan = await planExport({ file, sha256: model.sha256, stage: model.stage });
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of tarOf(plan, file, model)) {
    hash.update(chunk);
    size += chunk.length;
  }
  return {
    name: `${fileNameOf(model.name)}.tar`,
    type: "application/x-tar",
    size,
    sha256: hash.digest("hex"),
    open: (range) => beginStream(range === null ? tarOf(plan, file, model) : stretch(tarOf(plan, file, model), range)),
  };
}

async function* tarOf(plan: ExportPlan, file: string, model: ModelRecord): AsyncGenerator<Uint8Array, void> {
  const folder = fileNameOf(model.name);
  const about = { mtime: model.createdAt, mode: 0o644 };
  const tar = packTar([
    ...plan.texts.map(({ name, text }) => ({
      type: "content" as const,
      target: `${folder}/${name}`,
      content: text,
      ...about,
    })),
    {
      type: "stream",
      target: `${folder}/model.safetensors`,
      content: Readable.from(bytesOf(plan.weights, file, plan.dataStart)),
      size: plan.weightsBytes,
      ...about,
    },
  ]);
  yield* tar as AsyncIterable<Uint8Array>;
}

/** A stretch of what is read from its beginning; what ends with the last byte is read to its end, where it may be refused. */
async function* stretch(
  bytes: AsyncIterable<Uint8Array>,
  { first, last }: ByteRange,
): AsyncGenerator<Uint8Array, void> {
  let at = 0;
  for await (const chunk of bytes) {
    const [from, to] = [Math.max(first - at, 0), Math.min(last + 1 - at, chunk.length)];
    at += chunk.length;
    if (to > from) yield chunk.subarray(from, to);
    if (at > last + 1) return;
  }
}

/** A model's name as the name of a file. */
const fileNameOf = (name: string): string => name.replace(/[^A-Za-z0-9._-]/g, "_").replace(/^\.+/, "_");

/** Refuses a model whose file is gone. */
const fileGone = (model: ModelRecord): AppError =>
  new AppError("UNPROCESSABLE", `The file of the model ${JSON.stringify(model.name)} is gone or damaged.`);

async function* bytesOf(parts: readonly WeightsPart[], file: string, dataStart: number): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Uint8Array) yield part;
    else if (part.end > part.start) yield* bytesOfFile(file, dataStart + part.start, dataStart + part.end - 1);
  }
}

/** first, last: both included. */
async function* bytesOfFile(file: string, first: number, last: number): AsyncGenerator<Uint8Array, void> {
  yield* createReadStream(file, { start: first, end: last }) as AsyncIterable<Uint8Array>;
}
