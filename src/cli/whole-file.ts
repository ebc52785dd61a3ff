import { randomBytes } from "node:crypto";
import { rename, rm, stat } from "node:fs/promises";

/**
 * Writes a file that appears under its name only when it is whole. What is there and is no regular file, such as a pipe or a
 * device, is written into: a rename would take its place.
 * @param write writes all of it to a path
 */
export async function writeWholeFile(file: string, write: (target: string) => Promise<void>): Promise<void> {
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
