import { fstatSync } from "node:fs";
import { reasonOf } from "../../system-errors.js";

/** How the system says that nobody reads a stream any more: the pipe is closed, or the terminal is gone. */
const UNREAD = new Set(["EPIPE", "ECONNRESET", "EIO", "ERR_STREAM_DESTROYED"]);

const REFUSED = 1;

/** With the status so far: a command that was refused stays refused. */
let leave = (): void => process.exit();

/**
 * What happens once nobody reads standard output any more, instead of ending at once: a server serves on, a
 * demonstration stops its server first. It may be called several times.
 */
export function whenPipeBreaks(action: () => void): void {
  leave = action;
}

/**
 * Ends the command silently once nobody reads its standard output any more, as in `accord jobs | head -1`. Without a reader
 * of standard error it goes on: an import or an export must not break off for its progress.
 */
export function watchPipes(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isUnread(error)) return leave();
    process.stderr.write(`Standard output cannot be written: ${reasonOf(error)}.\n`);
    process.exit(REFUSED);
  });
  // There is nowhere left to say that standard error cannot be written.
  process.stderr.on("error", () => {});
}

/**
 * For what is written to standard error to be looked at and for nothing else: leaves once nobody reads it, where both
 * streams go into one pipe, as in `accord job ID --follow 2>&1 | head -1`. error: what the write came to
 */
export function leaveIfPipeBroke(error: Error | null | undefined): void {
  if (error && isUnread(error) && isOnePipe()) leave();
}

const isUnread = (error: NodeJS.ErrnoException): boolean => UNREAD.has(error.code ?? "");

function isOnePipe(): boolean {
  const [out, err] = [fstatSync(1), fstatSync(2)];
  return out.dev === err.dev && out.ino === err.ino;
}
