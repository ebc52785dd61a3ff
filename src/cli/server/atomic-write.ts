import { randomBytes } from "node:crypto";
import { rename, rm, stat } from "node:fs/promises";
import { reasonOf } from "../../system-errors.js";
import { Refusal } from "./client.js";

/**
 * Writes a file that appears under its name only when it is whole. What is there and is no regular file, such as a pipe or a
 * device, is written into: a rename would take its place.
 * @param write writes all of it to a path
 */
export async function writeAtomically(file: string, write: (target: string) => Promise<void>): Promise<void> {
  const isSpecial = await stat(file).then(
    (found) => !found.isFile(),
    () => false,
  );
  if (isSpecial) return write(file);
  const partial = `${file}.${randomBytes(4).toString("hex")}.partial`;
  try {
    await write(partial);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** That a file cannot be written, by the name that was given; its folder is what is missing where something is. */
export const unwritable = (file: string, error: unknown): Refusal =>
  new Refusal(
    (error as { code?: unknown }).code === "ENOENT"
      ? `${file} cannot be written: its folder is not there.`
      : `${file} cannot be written: ${reasonOf(error)}.`,
  );

/** What the system does to a file that is written. */
const OF_FILES = new Set(["open", "write", "rename", "mkdir", "close"]);

/** Whether an error is the file system's, and none of the connection that the bytes come from. */
export function isOfFiles(error: unknown): boolean {
  const { syscall = "", code = "" } = error as { syscall?: string; code?: string };
  return OF_FILES.has(syscall) && !/^(ECONN|EPIPE|ETIMEDOUT)/.test(code);
}
