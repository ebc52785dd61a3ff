import { randomUUID } from "node:crypto";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { isConnectionLoss } from "../entities/database.js";
import { AppError, ERROR_CODES, type ErrorCode } from "../errors.js";

/** An error as a client may see it, outside of any transport. */
export interface PublicError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string | undefined;
  readonly errorId?: string;
}

/**
 * What a client may see of an error. An AppError is told as it is; a lost database is UNAVAILABLE; all else is masked:
 * the client gets an errorId, and the log gets the error under that id.
 */
export function publicError(
  error: unknown,
  log: (facts: { errorId: string; err: unknown }, message: string) => void,
): PublicError {
  const cause = causeOf(error);
  if (cause instanceof AppError) return { code: cause.code, message: cause.message, field: cause.field };
  if (isConnectionLoss(cause)) {
    const errorId = randomUUID();
    log({ errorId, err: cause }, "the database cannot be reached");
    return {
      code: "UNAVAILABLE",
      message: "The database cannot be reached at the moment; nothing was changed. Try again.",
      errorId,
    };
  }
  const errorId = randomUUID();
  log({ errorId, err: cause }, "a fault of the server");
  return {
    code: "INTERNAL",
    message: `Something went wrong on the server; its log has the details under ${errorId}.`,
    errorId,
  };
}

/** The codes with which GraphQL's own machinery refuses a request: all of them speak of the client's input. */
const REFUSALS = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "BAD_REQUEST",
  "OPERATION_RESOLUTION_FAILURE",
  "PERSISTED_QUERY_NOT_SUPPORTED",
  "PERSISTED_QUERY_NOT_FOUND",
]);

/** Turns any error of a GraphQL operation into one with a code of the table, without a stack. */
export function formatGraphQLError(
  formatted: GraphQLFormattedError,
  error: unknown,
  log: (facts: { errorId: string; err: unknown }, message: string) => void,
): GraphQLFormattedError {
  const { message, locations, path, extensions } = formatted;
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  const cause = causeOf(error);
  const code = String(extensions?.code ?? "");
  if (cause instanceof GraphQLError || cause === undefined) {
    if (REFUSALS.has(code) || (cause instanceof GraphQLError && !cause.originalError && !path)) {
      return { message, ...place, extensions: { code: "BAD_USER_INPUT" } };
    }
    if (code in ERROR_CODES && code !== "INTERNAL") return { message, ...place, extensions: { ...extensions } };
  }
  const told = publicError(error, log);
  return {
    message: told.message,
    ...place,
    extensions: {
      code: told.code,
      ...(told.field ? { field: told.field } : {}),
      ...(told.errorId ? { errorId: told.errorId } : {}),
    },
  };
}

/** The error inside GraphQL's wrappers. */
function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}
