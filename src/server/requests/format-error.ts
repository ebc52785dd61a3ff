import { randomUUID } from "node:crypto";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import type { Logger } from "pino";
import { areConnectionsBusy, isConnectionLoss } from "../../entities/database/database.js";
import { AppError, AppErrors, ERROR_CODES, type ErrorCode } from "../../errors.js";

/** An error as a client may see it, outside of any transport. */
export interface PublicError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string | undefined;
  readonly errorId?: string;
}

/** Where errors are told that a client does not get to see. */
export type ErrorLog = Pick<Logger, "error" | "warn">;

/**
 * What a client may see of an error. An AppError is told as it is; a lost database is UNAVAILABLE; all else is masked:
 * the client gets an errorId, and the log gets the error under that id.
 */
export function publicError(error: unknown, log: ErrorLog): PublicError {
  const cause = causeOf(error);
  if (cause instanceof AppError) return { code: cause.code, message: cause.message, field: cause.field };
  if (isOverflow(cause)) {
    // What recurses on a server is what clients send: documents, variables, filters.
    log.warn({ reason: (cause as Error).message }, "a request is nested too deeply");
    return { code: "TOO_COMPLEX", message: TOO_DEEP };
  }
  const errorId = randomUUID();
  const state = databaseState(cause);
  if (state !== null) {
    // One line, no stack: while a database is away there is one of these for every request.
    log.warn({ errorId, reason: (cause as Error).message }, state);
    const message = `${state} at the moment. Try again; a change with its idempotency key.`;
    return { code: "UNAVAILABLE", message, errorId };
  }
  log.error({ errorId, err: cause }, "a fault of the server");
  const message = `Something went wrong on the server; its log has the details under ${errorId}.`;
  return { code: "INTERNAL", message, errorId };
}

const TOO_DEEP = "The request is nested too deeply to be read.";

const STACK = "Maximum call stack size exceeded";
const isOverflow = (error: unknown): boolean => error instanceof RangeError && error.message === STACK;

/** What keeps the database from its work, where an error says that: PostgreSQL's class 53, or a connection lost. */
function databaseState(error: unknown): string | null {
  const code = String((error as { code?: unknown } | null)?.code ?? "");
  if (code === "53100") return "The disk of the database is full";
  if (code === "53200" || code === "53400") return "The database has no room for more work";
  if (code === "53300") return "The database takes no more connections";
  if (areConnectionsBusy(error)) return error.message;
  return isConnectionLoss(error) ? "The database cannot be reached" : null;
}

/** The public error in the shape of GraphQL's, for answers outside GraphQL as well. */
export function errorBody({ message, ...extensions }: PublicError): {
  errors: [{ message: string; extensions: object }];
} {
  return { errors: [{ message, extensions }] };
}

/**
 * Turns an error of an operation into one with a code of the table, without a stack. What GraphQL's own machinery says
 * of a request (syntax, validation, variables) speaks of the client's input; so does an error without cause or path.
 */
export function publicGraphQLError(error: GraphQLError, log: ErrorLog, cause = causeOf(error)): GraphQLError {
  const place = { nodes: error.nodes, source: error.source, positions: error.positions, path: error.path };
  const told: PublicError =
    cause instanceof GraphQLError && (cause.path === undefined || /^(Variable|Argument) "/.test(cause.message))
      ? { ...refusal(cause.message), field: fieldOf(cause) }
      : publicError(cause, log);
  const { message, ...extensions } = told;
  const answer = new GraphQLError(message, { ...place, extensions: withoutNothing(extensions) });
  return error.locations
    ? Object.defineProperty(answer, "locations", { value: error.locations, enumerable: true })
    : answer;
}

/** The same of an error that may stand for several, such as of the items of a batch: each is told, at the same place. */
export function publicGraphQLErrors(error: GraphQLError, log: ErrorLog): GraphQLError[] {
  const cause = causeOf(error);
  return cause instanceof AppErrors
    ? cause.all.map((one) => publicGraphQLError(error, log, one))
    : [publicGraphQLError(error, log, cause)];
}

/** What GraphQL's own machinery says against a request. */
function refusal(message: string): PublicError {
  if (/more tha[nt] \d+ tokens/.test(message)) return { code: "TOO_COMPLEX", message };
  // What graphql-js says when its parser or its validation gives up on a text.
  if (message.includes(STACK)) return { code: "TOO_COMPLEX", message: TOO_DEEP };
  if (message.includes("Validation aborted")) {
    return { code: "TOO_COMPLEX", message: "The operation breaks too many rules for all of them to be named." };
  }
  return { code: "BAD_USER_INPUT", message };
}

/** The same for what Apollo Server hands over: errors of the executor, which have a code already, and its own. */
export function formatGraphQLError(
  formatted: GraphQLFormattedError,
  error: unknown,
  log: ErrorLog,
): GraphQLFormattedError {
  const code = String(formatted.extensions?.code ?? "");
  const place = {
    ...(formatted.locations ? { locations: formatted.locations } : {}),
    ...(formatted.path ? { path: formatted.path } : {}),
  };
  if (code in ERROR_CODES) return { message: formatted.message, ...place, extensions: { ...formatted.extensions } };
  if (APOLLO_REFUSALS.has(code)) {
    const { message, ...extensions } = refusal(formatted.message);
    const { field } = formatted.extensions ?? {};
    return { message, ...place, extensions: withoutNothing({ ...extensions, field }) };
  }
  const { message, ...extensions } = publicError(error, log);
  return { message, ...place, extensions: withoutNothing(extensions) };
}

/** The codes with which Apollo Server refuses a request: all of them speak of the client's input. */
const APOLLO_REFUSALS = new Set([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_REQUEST",
  "OPERATION_RESOLUTION_FAILURE",
  "PERSISTED_QUERY_NOT_SUPPORTED",
  "PERSISTED_QUERY_NOT_FOUND",
]);

/** The path of the input that an error of GraphQL's own speaks of, where whoever knew the document has noted it. */
const fieldOf = ({ extensions }: GraphQLError): string | undefined => extensions.field as string | undefined;

const withoutNothing = (facts: object) =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));

/** The error inside GraphQL's wrappers. */
function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}
