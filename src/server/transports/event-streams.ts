import type { ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ExecutionResult } from "graphql";
import { GraphQLError } from "graphql";
import type { Logger } from "pino";
import { AppError, badInput } from "../../errors.js";
import {
  isSubscription,
  type OperationRequest,
  type OperationRunner,
  type PreparedOperation,
} from "../graphql/operations.js";
import { type Accepted, readAccept } from "../requests/accept.js";
import { errorBody, publicError, publicGraphQLError } from "../requests/format-error.js";
import type { KeyWatch } from "../requests/key-watch.js";
import { RateLimited } from "../requests/rate-limit.js";
import { TOLD_MS } from "./outbox.js";

/** How many streams one key may have open at a time. */
const STREAMS_PER_KEY = 100;

/** How often a comment is sent, so that proxies keep a quiet stream open, in milliseconds. */
export const HEARTBEAT_MS = 12_000;

/** What every reader of such a stream passes over. */
const COMMENT = ":\n\n";

/**
 * GraphQL over server-sent events, one connection for each operation (the "distinct connections mode" of graphql-sse):
 * `event: next` with an answer as JSON, any number of times, then `event: complete`.
 */
export class EventStreams {
  private readonly open = new Map<ServerResponse, string>();

  constructor(
    private readonly operations: OperationRunner,
    private readonly keyWatch: KeyWatch,
    private readonly heartbeatMs: number,
  ) {}

  get size(): number {
    return this.open.size;
  }

  /** Ends all streams without `complete`: the clients come back, to another server. */
  endAll(): void {
    for (const response of this.open.keys()) response.end();
  }

  /** Whether a request is answered in a stream of events: where JSON is not taken, or would be no answer. */
  wanted({ method, body }: FastifyRequest, { json, stream }: Accepted): boolean {
    return method === "POST" && stream && (json === null || isSubscription(body as Partial<OperationRequest> | null));
  }

  async serve(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const log = request.log as Logger;
    const operation = this.operations.prepare(asOperation(request.body), log);
    if (Array.isArray(operation)) return refuse(operation, request, reply);
    const { keyId } = request.viewer;
    if ([...this.open.values()].filter((owner) => owner === keyId).length >= STREAMS_PER_KEY) {
      throw new RateLimited(`This key has ${STREAMS_PER_KEY} streams open; close one first.`, 1);
    }
    const response = reply.raw;
    // Before anything is waited for: those that come meanwhile count, too.
    this.open.set(response, keyId);
    try {
      return await this.answer(operation, request, reply);
    } finally {
      this.open.delete(response);
    }
  }

  private async answer(
    operation: PreparedOperation,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const log = request.log as Logger;
    const response = reply.raw;
    const { authorization } = request.headers;
    const endRefused = () => {
      const told = publicError(new AppError("UNAUTHENTICATED", "The API key is expired or revoked."), log);
      if (response.writableEnded) return;
      response.end(eventOf("next", errorBody(told)) + eventOf("complete"));
      // One that does not read would hold the connection, and what waits in it, for as long as it likes.
      setTimeout(() => response.destroy(), TOLD_MS).unref();
    };
    const { viewer, release } = await this.keyWatch.admit(authorization, async () => request.viewer, endRefused);
    try {
      const answers = operation.isSubscription
        ? await this.operations.subscribe(operation, viewer, log)
        : await this.operations.execute(operation, this.operations.contextFor(viewer, log));
      beginStream(reply);
      await send(response, answers, request, this.heartbeatMs);
    } finally {
      release();
    }
    return reply;
  }
}

/**
 * Answers an operation that cannot run: as JSON, or to a client that takes a stream only as its one event, for graphql-sse
 * asks again five times after any status but 2xx.
 */
async function refuse(
  refusals: readonly GraphQLError[],
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { json } = readAccept(request.headers.accept);
  if (json !== null)
    return reply
      .code(400)
      .type(json)
      .send({ errors: refusals.map((error) => error.toJSON()) });
  beginStream(reply);
  await send(reply.raw, { errors: refusals }, request, HEARTBEAT_MS);
  return reply;
}

/** Sends the head of a stream, with what Fastify's hooks have put into it. */
function beginStream(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  });
}

/** Sends answers as they come, no faster than the client reads, until either side ends. */
async function send(
  response: ServerResponse,
  answers: AsyncGenerator<ExecutionResult> | ExecutionResult,
  { waiting, log }: FastifyRequest,
  heartbeatMs: number,
): Promise<void> {
  // To write behind the end would be an error that nobody hears.
  const comment = () => response.writableEnded || response.write(COMMENT);
  // The head by itself would wait in some proxies for a first byte behind it.
  comment();
  const heartbeat = setInterval(comment, heartbeatMs);
  try {
    if (!(Symbol.asyncIterator in answers)) {
      const event = eventOf("next", answers);
      waiting.add(Buffer.byteLength(event));
      response.write(event);
    } else {
      const leave = () => void answers.return(undefined);
      response.once("close", leave);
      // Who left while the operation was begun is not heard leaving again.
      if (response.destroyed) leave();
      for await (const answer of answers) {
        if (response.writableEnded) break;
        const event = eventOf("next", answer);
        const bytes = Buffer.byteLength(event);
        waiting.add(bytes);
        if (!response.write(event)) await drained(response);
        waiting.take(bytes);
      }
    }
  } catch (error) {
    const told = publicGraphQLError(new GraphQLError("", { originalError: error as Error }), log as Logger);
    if (!response.writableEnded) response.write(eventOf("next", { errors: [told.toJSON()] }));
  } finally {
    clearInterval(heartbeat);
  }
  if (!response.writableEnded && !response.destroyed) response.end(eventOf("complete"));
}

/** Waits until a client has read, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    if (response.destroyed) resolve();
    else response.on("drain", done).on("close", done);
  });
}

const eventOf = (name: "next" | "complete", data?: unknown): string =>
  `event: ${name}\ndata:${data === undefined ? "" : ` ${JSON.stringify(data)}`}\n\n`;

function asOperation(body: unknown): OperationRequest {
  const given = (body ?? {}) as Record<string, unknown>;
  const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(given) || typeof given.query !== "string")
    throw badInput("The body must be JSON with a query.", "query");
  if (given.variables != null && !isObject(given.variables))
    throw badInput("variables must be an object.", "variables");
  if (given.operationName != null && typeof given.operationName !== "string")
    throw badInput("operationName must be a string.", "operationName");
  return given as unknown as OperationRequest;
}
