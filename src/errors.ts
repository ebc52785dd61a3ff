/** The one table of error codes: what each means, and the HTTP status it has outside GraphQL. */
export const ERROR_CODES = {
  UNAUTHENTICATED: { status: 401, meaning: "No key, or one that is unknown, expired or revoked." },
  FORBIDDEN: { status: 403, meaning: "The key is known, but its role may not do this." },
  NOT_FOUND: {
    status: 404,
    meaning: "There is no such thing, or the key may not see it: the two are never told apart.",
  },
  BAD_USER_INPUT: { status: 400, meaning: "An argument breaks a rule; extensions.field names it." },
  CONFLICT: { status: 409, meaning: "The request contradicts what is already there." },
  UNPROCESSABLE: { status: 422, meaning: "Well formed, but the data cannot answer it." },
  TOO_COMPLEX: { status: 400, meaning: "The operation is over a limit on size, depth, cost or aliases." },
  RATE_LIMITED: { status: 429, meaning: "Too many requests with this key; Retry-After says when to come back." },
  UNAVAILABLE: {
    status: 503,
    meaning: "The database cannot be reached, or the server is stopping. Try again; a change with its idempotency key.",
  },
  INTERNAL: { status: 500, meaning: "A fault of the server, masked; extensions.errorId stands in its log." },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error a client may see: a code of the table, and a sentence that states the rule and shows the value. */
export class AppError extends Error {
  override readonly name = "AppError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    /** The argument at fault as a dotted path ("input.tiers.0"), where there is one. */
    readonly field?: string,
  ) {
    super(message);
  }
}

/** An argument breaks a rule. */
export const badInput = (message: string, field?: string): AppError => new AppError("BAD_USER_INPUT", message, field);

/** There is no such thing, or it is hidden: the sentence is the same for both. */
export const notFound = (what: string): AppError => new AppError("NOT_FOUND", `${what} was not found.`);

/** The request contradicts what is already there. */
export const conflict = (message: string): AppError => new AppError("CONFLICT", message);
