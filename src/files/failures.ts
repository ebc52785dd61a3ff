import { JobFailure } from "../errors.js";
import { reasonOf } from "../system-errors.js";

const NO_ROOM = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/**
 * What an error of the file system means to a job: no room, or a folder that is gone or cannot be written. Paths of the
 * server are no business of those who read it.
 */
export function asJobFailure(error: unknown, what: string): JobFailure {
  if (error instanceof JobFailure) return error;
  const { code = "unknown error" } = (error ?? {}) as { code?: string };
  if (NO_ROOM.has(code)) {
    return new JobFailure(
      "DISK_FULL",
      `There is no room for ${what} (${code}). Make room below DATA_DIR, then try again.`,
    );
  }
  return new JobFailure("DATA_DIR_UNAVAILABLE", `DATA_DIR cannot be used for ${what}: ${reasonOf(error)}.`);
}
