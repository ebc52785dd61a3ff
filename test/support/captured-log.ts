import type { Logger } from "pino";
import { createLogger } from "../../src/server/requests/logger.js";

/** A logger of the server's own kind whose lines a test can read. */
export interface CapturedLog {
  readonly log: Logger;
  readonly lines: Record<string, unknown>[];
  /** Everything that was written, as it was written. */
  text(): string;
}

export function captureLog(level = "info"): CapturedLog {
  const lines: Record<string, unknown>[] = [];
  const written: string[] = [];
  const log = createLogger(level, {
    write(line) {
      written.push(line);
      lines.push(JSON.parse(line));
    },
  });
  return { log, lines, text: () => written.join("") };
}
