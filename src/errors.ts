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
    meaning:
      "The database cannot be reached or has no connection free, or the server is stopping. Try again; a change with its idempotency key.",
  },
  INTERNAL: { status: 500, meaning: "A fault of the server, masked; extensions.errorId stands in its log." },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Why a job ended without success: the codes of `Job.error`. `retried`: tried again by itself, up to three attempts. */
export const JOB_ERROR_CODES = {
  UNPROCESSABLE: {
    retried: false,
    meaning: "The input cannot be trained on, such as a dataset without demonstrations.",
  },
  INPUT_CHANGED: {
    retried: false,
    meaning:
      "The frozen input does not have the hash that it had when the job began: rows were changed behind the API.",
  },
  MODEL_DAMAGED: {
    retried: false,
    meaning: "The file of a model that the job needs is not there, or is not what it was.",
  },
  DIVERGED: { retried: false, meaning: "The loss or a gradient is no longer finite; step says since when." },
  OUT_OF_MEMORY: { retried: false, meaning: "The job needs more memory than a job may use." },
  DISK_FULL: { retried: false, meaning: "There is no room below DATA_DIR; the last good checkpoint is kept." },
  DATA_DIR_UNAVAILABLE: { retried: true, meaning: "DATA_DIR is gone or cannot be written." },
  DEPENDENCY_FAILED: { retried: false, meaning: "A job that this one waits for ended without a model." },
  RUNNER_LOST: {
    retried: true,
    meaning: "The process that ran the job died each time before it reached a checkpoint.",
  },
  TRAINER_FAILED: { retried: true, meaning: "A fault of the trainer; the log of the runner has the details." },
} as const satisfies Record<string, { retried: boolean; meaning: string }>;

export type JobErrorCode = keyof typeof JOB_ERROR_CODES;

/** Why a job cannot go on: a code of the table, a sentence that states the rule and shows the value, and since which step. */
export class JobFailure extends Error {
  override readonly name = "JobFailure";

  constructor(
    readonly code: JobErrorCode,
    message: string,
    readonly step: number | null = null,
  ) {
    super(message);
  }
}

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

/** How many refusals of one request are told. */
export const MOST_TOLD = 20;

/** Several refusals of one request, such as of items of a batch: clients are told all; the first stands for them elsewhere. */
export class AppErrors extends AppError {
  constructor(readonly all: readonly AppError[]) {
    const { code, message, field } = all[0] as AppError;
    super(code, message, field);
  }
}

/** Throws what was refused, if anything was. */
export function throwAll(refusals: readonly AppError[]): void {
  const [only, another] = refusals;
  if (another) throw new AppErrors(refusals);
  if (only) throw only;
}

/** An argument breaks a rule. */
export const badInput = (message: string, field?: string): AppError => new AppError("BAD_USER_INPUT", message, field);

/** There is no such thing, or it is hidden: the sentence is the same for both. */
export const notFound = (what: string): AppError => new AppError("NOT_FOUND", `${what} was not found.`);

/** The request contradicts what is already there. */
export const conflict = (message: string, field?: string): AppError => new AppError("CONFLICT", message, field);
