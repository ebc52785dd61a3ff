import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { TarHeader } from "modern-tar";
import { unpackTar } from "modern-tar/fs";
import { AppError, badInput } from "../errors.js";
import { asJobFailure } from "../files/failures.js";
import type { Context } from "./context.js";
import { importFolder } from "./import-model.js";
import { checkName } from "./queue-job.js";
import { requireRole } from "./visibility.js";

/** What of a tar is kept, whatever folder it stands in. */
const FILES = ["config.json", "model.safetensors", "tokenizer.json", "vocab.json", "merges.txt"];

/**
 * Imports a GPT-2 in Hugging Face's layout from a tar as it comes. ADMIN. Links and other files than the model's are passed
 * over, a file beyond the memory of a job is refused, and nothing is left behind.
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
    await removeFolder(folder);
  }
}

/** Removes a folder; one whose tar broke off may be made again once more by what is still under way. */
async function removeFolder(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (!existsSync(folder)) return;
  }
}

async function unpack(body: AsyncIterable<Uint8Array>, folder: string, mostBytes: number): Promise<void> {
  let tooLarge: string | null = null;
  const isKept = ({ name, type, size }: TarHeader): boolean => {
    const file = path.posix.basename(name);
    if (type !== "file" || !FILES.includes(file)) return false;
    if (size <= mostBytes) return true;
    tooLarge = `${file} has ${size} bytes; a job may use ${mostBytes} of memory.`;
    return false;
  };
  const map = (header: TarHeader): TarHeader => ({ ...header, name: path.posix.basename(header.name) });
  try {
    await pipeline(body, unpackTar(folder, { strict: true, fmode: 0o600, filter: isKept, map }));
  } catch (error) {
    throw refusalOf(error);
  }
  if (tooLarge !== null) throw badInput(tooLarge);
}

function refusalOf(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (typeof (error as { errno?: unknown }).errno === "number")
    return new AppError("UNPROCESSABLE", asJobFailure(error, "the uploaded model").message);
  return badInput(`The input is no tar: ${(error as Error).message}`);
}
