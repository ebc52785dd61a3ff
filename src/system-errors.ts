/** What went wrong outside of us, by its code: the words of Node, of its C libraries and of the system change, the code stays. */

const WORDS: Readonly<Record<string, string>> = {
  EACCES: "this user may not",
  EPERM: "this user may not",
  ENOENT: "it is not there",
  ENOTDIR: "a part of its path is no folder",
  EISDIR: "it is a folder",
  EEXIST: "it is there already",
  ENOTEMPTY: "it is not empty",
  ENAMETOOLONG: "its name is too long",
  ENOSPC: "there is no room",
  EDQUOT: "there is no room for this user",
  EFBIG: "it is too large",
  EROFS: "it can only be read",
  EBUSY: "it is in use",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EIO: "the device failed",
  EPIPE: "nobody reads it any more",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was broken off",
  ECONNABORTED: "the connection was broken off",
  ERR_STREAM_PREMATURE_CLOSE: "the connection was broken off",
  UND_ERR_SOCKET: "the connection was broken off",
  ETIMEDOUT: "no answer came in time",
  UND_ERR_CONNECT_TIMEOUT: "no answer came in time",
  UND_ERR_HEADERS_TIMEOUT: "no answer came in time",
  UND_ERR_BODY_TIMEOUT: "no answer came in time",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name of the host cannot be looked up",
  EHOSTUNREACH: "there is no way to the host",
  ENETUNREACH: "there is no way to the host",
};

/**
 * Why something outside of us failed, without a full stop: our words with the code, or the code alone where we have none.
 * The message stays where it is no engine's: of an error without a code, and of PostgreSQL, which tells its own rules.
 */
export function reasonOf(error: unknown): string {
  const code = systemCode(error);
  if (code !== undefined) return WORDS[code] === undefined ? code : `${WORDS[code]} (${code})`;
  return error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
}

/** The code of an error, or of what caused it; undefined where it has none, or one of PostgreSQL (SQLSTATE). */
function systemCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, cause, severity } = error as { code?: unknown; cause?: unknown; severity?: unknown };
  if (severity !== undefined) return undefined;
  return typeof code === "string" ? code : systemCode(cause);
}
