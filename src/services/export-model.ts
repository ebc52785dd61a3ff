import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { packTar } from "modern-tar/fs";
import type { ModelRecord } from "../entities/queries/models.js";
import { AppError } from "../errors.js";
import type { DataDirectory } from "../files/data-directory.js";
import { verifiedBytes } from "../files/verified-bytes.js";
import type { WeightsPart } from "../training/hugging-face/export-weights.js";
import { planExport } from "./convert-model.js";

/**
 * A model in Hugging Face's layout, as a tar of one folder. Memory does not grow with the model: the weights are read from
 * its file as they are sent.
 */
export async function exportModel(directory: DataDirectory, model: ModelRecord): Promise<Readable> {
  const file = directory.model(model.sha256);
  const { texts, weights, weightsBytes, dataStart } = await planExport({
    file,
    sha256: model.sha256,
    stage: model.stage,
  });
  const folder = fileNameOf(model.name);
  const about = { mtime: model.createdAt, mode: 0o644 };
  return packTar([
    ...texts.map(({ name, text }) => ({
      type: "content" as const,
      target: `${folder}/${name}`,
      content: text,
      ...about,
    })),
    {
      type: "stream",
      target: `${folder}/model.safetensors`,
      content: Readable.from(bytesOf(weights, file, dataStart)),
      size: weightsBytes,
      ...about,
    },
  ]);
}

/**
 * A model's own file, safetensors. A damaged one is refused before anything of it is sent where it is small, and else breaks
 * off before its last piece.
 */
export async function nativeModel(directory: DataDirectory, model: ModelRecord): Promise<Readable> {
  const bytes = verifiedBytes(directory.model(model.sha256), model.sha256, () => fileGone(model));
  const first = await bytes.next();
  return Readable.from(continued(first, bytes));
}

async function* continued(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}

/** A model's name as the name of a file. */
export const fileNameOf = (name: string): string => name.replace(/[^A-Za-z0-9._-]/g, "_").replace(/^\.+/, "_");

/** Refuses a model whose file is gone. */
export const fileGone = (model: ModelRecord): AppError =>
  new AppError("UNPROCESSABLE", `The file of the model ${JSON.stringify(model.name)} is gone or damaged.`);

async function* bytesOf(parts: readonly WeightsPart[], file: string, dataStart: number): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Uint8Array) yield part;
    else if (part.end > part.start)
      yield* createReadStream(file, { start: dataStart + part.start, end: dataStart + part.end - 1 });
  }
}
