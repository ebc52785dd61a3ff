/** Why the embedded PostgreSQL cannot serve, in sentences for the person who starts the server. */
export class EmbeddedPostgresError extends Error {
  override readonly name = "EmbeddedPostgresError";
}

/** Where the launcher says what it does; a pino logger is one. */
export interface LauncherLog {
  info(message: string): void;
  warn(message: string): void;
}

/** The code of a system error ("ENOENT"), or of one of PostgreSQL ("57P03"); undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Resolves after a time in milliseconds. */
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
