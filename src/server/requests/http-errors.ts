import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest, RequestPayload } from "fastify";
import type { Logger } from "pino";
import { AppError, ERROR_CODES, type ErrorCode } from "../../errors.js";
import { errorType } from "./accept.js";
import { errorBody, publicError } from "./format-error.js";
import { RateLimited } from "./rate-limit.js";
import { GzipBomb } from "./uploaded-body.js";

/** Gives every refusal outside GraphQL the same shape and a code of the table: errors, not found, wrong methods. */
export function registerErrors(app: FastifyInstance): void {
  const routes: { pattern: RegExp; methods: string[] }[] = [];
  app.addHook("onRoute", ({ url, method }) => {
    const pattern = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:\w+/g, "[^/]+")}$`);
    if (url !== "*") routes.push({ pattern, methods: [method].flat() });
  });
  const methodsOf = (path: string) =>
    [...new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods))].sort();
  app.addHook("onRequest", async (request, reply) => {
    // One of CORS asks with these two headers; any other is answered with what an address takes, as HTTP has it.
    const { origin, "access-control-request-method": asked } = request.headers;
    if (request.method !== "OPTIONS" || (origin !== undefined && asked !== undefined)) return;
    const methods = methodsOf(pathOf(request));
    if (methods.length === 0) throw new AppError("NOT_FOUND", NOWHERE);
    return reply.code(204).header("allow", methods.join(", ")).send();
  });
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  app.setNotFoundHandler(async (request, reply) => {
    const methods = methodsOf(pathOf(request));
    if (methods.length === 0) return sendError(new AppError("NOT_FOUND", NOWHERE), request, reply);
    const allowed = methods.join(", ");
    reply.header("allow", allowed);
    const message = `${request.method} is not taken here; ${allowed} is.`;
    return reply.code(405).send(errorBody({ code: "BAD_USER_INPUT", message }));
  });
}

const NOWHERE = "There is no such address.";

const pathOf = (request: FastifyRequest): string => request.url.split("?", 1)[0] ?? "";

/** A refusal of HTTP's own: its status is told beside the nearest code. */
class HttpRefusal extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** A route whose bodies are small takes them as they are: a packed one is refused with 415 before it is read. */
export function refuseEncodings(
  request: FastifyRequest,
  _reply: FastifyReply,
  payload: RequestPayload,
  done: (error: Error | null, payload?: RequestPayload) => void,
): void {
  const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "";
  const shown = JSON.stringify(encoding.slice(0, 40));
  if (encoding === "" || encoding === "identity") done(null, payload);
  else done(new HttpRefusal(415, `Content-Encoding is ${shown}; a GraphQL request is taken as it is, without one.`));
}

/** Answers a request with an error, as far as its client may see it, in the media type that it takes. */
export async function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  reply.type(errorType(request.headers.accept));
  if (error instanceof RateLimited) reply.header("retry-after", error.retryAfter);
  const status = (error as { statusCode?: unknown }).statusCode;
  // Fastify's own refusals: a body too large, no JSON, of another type.
  if (typeof status === "number" && status >= 400 && status < 500 && !(error instanceof AppError)) {
    return reply.code(status).send(errorBody({ code: codeOf(status), message: (error as Error).message }));
  }
  const told = publicError(error, request.log as Logger);
  if (told.code === "UNAUTHENTICATED") reply.header("www-authenticate", "Bearer");
  return reply.code(statusOf(error, told.code)).send(errorBody(told));
}

/** The HTTP status of an error that clients see under a code. */
export const statusOf = (error: unknown, code: ErrorCode): number =>
  error instanceof GzipBomb ? 413 : ERROR_CODES[code].status;

const codeOf = (status: number): ErrorCode =>
  status === 413 ? "TOO_COMPLEX" : status === 429 ? "RATE_LIMITED" : "BAD_USER_INPUT";

/** Answers what is no HTTP, or comes too slowly, and closes the connection. */
export function refuseClient(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? [408, "The request did not arrive in time."]
      : error.code === "HPE_HEADER_OVERFLOW"
        ? [431, "The headers are too large."]
        : [400, "This is no HTTP request."];
  const body = JSON.stringify(errorBody({ code: "BAD_USER_INPUT", message: String(message) }));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[Number(status)]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
