import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import type { Metrics } from "./metrics.js";

/** The id of a request: the client's own `x-request-id` where it is well formed, else a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[\w.~+/=-]{1,128}$/.test(given) ? given : randomUUID();
}

/**
 * Tells the client the id of its request, and when the answer is sent writes one line and measures. The line has the path
 * without its query: what is asked for is not the log's business.
 */
export function registerRequestLog(app: FastifyInstance, metrics: Metrics): void {
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    const route = request.routeOptions.url ?? "none";
    metrics.httpSeconds.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    const facts = { method: request.method, path: request.url.split("?", 1)[0], status: reply.statusCode, ms };
    request.log.info(facts, "request");
    done();
  });
}

/** Times that a client has, in milliseconds. */
export interface Patience {
  /** To send the headers of a request. */
  readonly headersMs: number;
  /** To send the next piece of a body. */
  readonly idleMs: number;
  /** To send the whole of a body; not for routes that read it as a stream. */
  readonly bodyMs: number;
}

export const PATIENCE: Patience = { headersMs: 15_000, idleMs: 60_000, bodyMs: 60_000 };

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route reads its body as a stream, as slowly as it must, and minds by itself how long it waits for the client. */
    streamed?: boolean;
  }
}

/**
 * Ends the connections of clients that send their bodies too slowly. A request without a body has been sent already: how
 * long its answer takes, and how slowly that is read, is never counted.
 */
export function registerPatience(app: FastifyInstance, { idleMs, bodyMs }: Patience): void {
  app.addHook("preParsing", (request, _reply, payload, done) => {
    if (request.routeOptions.config.streamed || !hasBody(request.raw)) {
      done(null, payload);
      return;
    }
    const { socket } = request.raw;
    const cut = () => socket.destroy();
    socket.setTimeout(idleMs, cut);
    const timer = setTimeout(cut, bodyMs).unref();
    const end = () => {
      clearTimeout(timer);
      socket.setTimeout(0);
      socket.off("timeout", cut);
    };
    request.raw.once("end", end).once("close", end);
    // Nobody reads a body here, and one that is not read never ends.
    if (BODILESS.has(request.method)) request.raw.resume();
    done(null, payload);
  });
}

/** Methods whose bodies are not parsed. */
const BODILESS = new Set(["GET", "HEAD"]);

/** Whether a request says that a body follows its headers. */
const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
