import type { IncomingMessage, Server } from "node:http";
import { type ExecutionArgs, GraphQLError } from "graphql";
import { CloseCode, type Context as Connection, handleProtocols, makeServer } from "graphql-ws";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import { AppError, type ErrorCode } from "../../errors.js";
import type { Viewer } from "../../services/access/viewer.js";
import type { Context } from "../../services/request/context.js";
import type { OperationRunner } from "../graphql/operations.js";
import { errorBody, publicError, publicGraphQLError } from "../requests/format-error.js";
import type { Gate } from "../requests/gate.js";
import type { KeyWatch } from "../requests/key-watch.js";
import type { OpenSockets, Waiting, WaitingBytes } from "../requests/waiting-bytes.js";
import { Outbox, TOO_MUCH_WAITS } from "./outbox.js";

/** The largest message a client may send over a WebSocket, in bytes. */
const MAX_MESSAGE_BYTES = 1_048_576;

/** How long a client may take to send connection_init, in milliseconds: a thousand that come back at once take turns. */
const INIT_MS = 15_000;

/** How many operations may be open on one socket at a time. */
const MAX_OPERATIONS = 100;

/** How many messages a client may send within a second. */
const MAX_MESSAGES_PER_SECOND = 500;

/** How often a client is asked whether it is still there … */
const PING_MS = 12_000;
/** … and so many times in a row without an answer close the socket. */
const PINGS = 3;

const KEY_PLACE = 'Send the API key in connection_init: {"authorization": "Bearer KEY"}.';

/** Close codes of RFC 6455. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const SERVER_FAULT = 1011;
const TRY_AGAIN_LATER = 1013;

const PATH = "/graphql";

const JSON_TYPE = { "Content-Type": "application/json; charset=utf-8" } as const;

/** The body of an answer to an upgrade that is refused. */
const refusal = (code: ErrorCode, message: string): string => JSON.stringify(errorBody({ code, message }));

interface Extra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly outbox: Outbox;
  readonly waiting: Waiting;
  viewer?: Viewer;
}

/** The parts that WebSockets need of the server. */
export interface WebSocketParts {
  readonly operations: OperationRunner;
  readonly gate: Gate;
  readonly keyWatch: KeyWatch;
  readonly waitingBytes: WaitingBytes;
  readonly openSockets: OpenSockets;
  readonly log: Logger;
}

/**
 * GraphQL over WebSocket (the graphql-transport-ws protocol) on the same port. The key comes in connection_init as
 * {"authorization": "Bearer KEY"}; the socket is closed the moment the key expires or is revoked. Without a key that is
 * good the code is 4401, after which graphql-ws tells its caller at once; after 4403 it would try six times, for 41 s.
 */
export class WebSockets {
  private readonly sockets: WebSocketServer;
  private readonly outboxes = new WeakMap<WebSocket, Outbox>();
  private readonly running = new Set<Promise<unknown>>();
  private draining = false;

  constructor(
    server: Server,
    private readonly parts: WebSocketParts,
  ) {
    this.sockets = new WebSocketServer({
      server,
      maxPayload: MAX_MESSAGE_BYTES,
      handleProtocols,
      verifyClient: ({ req }, done) => {
        const elsewhere = req.url?.split("?", 1)[0] !== PATH;
        if (elsewhere) done(false, 404, refusal("NOT_FOUND", `WebSockets are served at ${PATH} only.`), JSON_TYPE);
        else if (this.draining) done(false, 503, refusal("UNAVAILABLE", "The server is stopping."), JSON_TYPE);
        else done(true);
      },
    });
    // Node hands over every request that asks for another protocol; only WebSockets are spoken besides HTTP/1.1.
    this.sockets.on("wsClientError", (error, socket) => {
      const body = refusal("BAD_USER_INPUT", `${error.message}: send the request without Upgrade, or as a WebSocket.`);
      socket.end(
        `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: ${JSON_TYPE["Content-Type"]}\r\n` +
          `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
    // They are those of the HTTP server: whoever makes it listen hears of them.
    this.sockets.on("error", () => {});
    const protocol = this.protocol();
    this.sockets.on("connection", (socket, request) => {
      const waiting = parts.waitingBytes.open({
        tell: () =>
          outbox.cut(TOO_MUCH_WAITS, "Too much waits for this client: read what you ask for, or ask for less."),
        destroy: () => socket.terminate(),
      });
      const outbox = new Outbox(socket, waiting);
      this.outboxes.set(socket, outbox);
      const closed = protocol.opened(
        {
          protocol: socket.protocol,
          send: (data) => outbox.send(data),
          close: (code, reason) => outbox.close(code ?? GOING_AWAY, reason ?? ""),
          onMessage: (receive) => onMessages(socket, outbox, waiting, receive, parts.log),
        },
        { socket, request, outbox, waiting },
      );
      this.closeOneTooMany(outbox);
      // A frame that breaks the protocol or is too large: ws has closed the socket already.
      socket.on("error", (error) => parts.log.debug({ reason: error.message }, "a WebSocket broke"));
      const ping = keepAlive(socket);
      socket.once("close", (code, reason) => {
        clearInterval(ping);
        waiting.end();
        closed(code, String(reason)).catch((err) => parts.log.error({ err }, "a subscription did not end"));
      });
    });
  }

  get size(): number {
    return this.sockets.clients.size;
  }

  /** Takes no more operations, lets queries and mutations that run be answered, and closes all sockets with 1001. */
  async drain(): Promise<void> {
    this.draining = true;
    await Promise.allSettled(this.running);
    await new Promise(setImmediate);
    for (const socket of this.sockets.clients) this.outboxes.get(socket)?.close(GOING_AWAY, "The server is stopping.");
  }

  /** Cuts the sockets that have not closed. */
  terminate(): void {
    for (const socket of this.sockets.clients) socket.terminate();
  }

  private closeOneTooMany(outbox: Outbox): void {
    try {
      this.parts.openSockets.checkAll(this.sockets.clients.size);
    } catch (error) {
      outbox.close(TRY_AGAIN_LATER, (error as Error).message);
    }
  }

  private protocol() {
    const { operations, log } = this.parts;
    return makeServer<Record<string, unknown>, Extra>({
      connectionInitWaitTimeout: INIT_MS,
      onConnect: (connection) => this.connect(connection),
      onSubscribe: (connection, _id, request) => {
        const refused = this.refusal(connection);
        if (refused) return [publicGraphQLError(new GraphQLError("", { originalError: refused }), log)];
        const operation = operations.prepare(request, log);
        if (Array.isArray(operation)) return operation;
        return {
          schema: operations.schema,
          document: operation.document,
          operationName: operation.operationName,
          variableValues: operation.variables,
          contextValue: operations.contextFor(connection.extra.viewer as Viewer, log),
        };
      },
      execute: (args) => this.track(operations.execute(operationOf(args), args.contextValue as Context)),
      subscribe: (args) => {
        const context = args.contextValue as Context;
        return operations.subscribe(operationOf(args), context.viewer, context.log) as never;
      },
      onError: (_connection, _id, _request, errors) =>
        errors.map((error) => (error.extensions.code ? error : publicGraphQLError(error, log)).toJSON()),
    });
  }

  private async connect({ connectionParams, extra }: Connection<Record<string, unknown>, Extra>): Promise<boolean> {
    const { gate, keyWatch, openSockets, log } = this.parts;
    const { socket, request, outbox, waiting } = extra;
    const given = connectionParams?.authorization;
    const authorization = typeof given === "string" ? given : undefined;
    try {
      const { viewer, release } = await keyWatch.admit(
        authorization,
        () => gate.admit(authorization, request.socket.remoteAddress ?? ""),
        () => outbox.cut(CloseCode.Unauthorized, "The API key is expired or revoked."),
      );
      if (socket.readyState === socket.OPEN) socket.once("close", release);
      else release();
      const leave = openSockets.take(viewer.keyId);
      if (socket.readyState === socket.OPEN) socket.once("close", leave);
      else leave();
      waiting.belongsTo(viewer.keyId);
      extra.viewer = viewer;
      return true;
    } catch (error) {
      const { code, message } = publicError(error, log);
      const later = code === "RATE_LIMITED" || code === "UNAVAILABLE";
      const closeCode = code === "UNAUTHENTICATED" ? CloseCode.Unauthorized : later ? TRY_AGAIN_LATER : SERVER_FAULT;
      const sentence = code === "UNAUTHENTICATED" && authorization === undefined ? KEY_PLACE : message;
      outbox.close(closeCode, sentence.slice(0, 120));
      return false;
    }
  }

  /** Why no further operation is taken on a connection; null where one is. */
  private refusal({ extra, subscriptions }: Connection<Record<string, unknown>, Extra>): AppError | null {
    if (this.draining) return new AppError("UNAVAILABLE", "The server is stopping.");
    if (!extra.viewer) return new AppError("UNAUTHENTICATED", "Send the API key in connection_init.");
    const open = Object.keys(subscriptions).length;
    if (open > MAX_OPERATIONS)
      return new AppError("RATE_LIMITED", `This socket has ${MAX_OPERATIONS} operations open; complete one first.`);
    try {
      this.parts.gate.count(extra.viewer);
      return null;
    } catch (error) {
      return error as AppError;
    }
  }

  private track<T>(work: Promise<T>): Promise<T> {
    this.running.add(work);
    const done = () => void this.running.delete(work);
    work.then(done, done);
    return work;
  }
}

const operationOf = (args: ExecutionArgs) => ({
  document: args.document,
  operationName: args.operationName ?? null,
  variables: args.variableValues ?? {},
});

/** Hands messages on, each held until it is answered, closing the socket of a client that floods it. */
function onMessages(
  socket: WebSocket,
  outbox: Outbox,
  waiting: Waiting,
  receive: (data: string) => Promise<void>,
  log: Logger,
): void {
  let second = 0;
  let count = 0;
  socket.on("message", (data) => {
    const now = Math.floor(performance.now() / 1000);
    count = now === second ? count + 1 : 1;
    second = now;
    if (socket.readyState !== socket.OPEN) return;
    if (count > MAX_MESSAGES_PER_SECOND) {
      outbox.close(POLICY_VIOLATION, `At most ${MAX_MESSAGES_PER_SECOND} messages a second.`);
      return;
    }
    const text = String(data);
    waiting.add(text.length);
    receive(text)
      .catch((err) => {
        // Other messages that break the protocol are closed by graphql-ws itself.
        if (isOfServer(text)) {
          outbox.close(CloseCode.BadRequest, "Only a server sends messages of this type.");
          return;
        }
        log.error({ err }, "a WebSocket message");
        outbox.close(SERVER_FAULT, "Something went wrong on the server; its log has the details.");
      })
      .finally(() => waiting.take(text.length));
  });
}

/** Whether a message, which is JSON, is of a type that only a server sends. */
const isOfServer = (text: string): boolean =>
  ["connection_ack", "next", "error"].includes((JSON.parse(text) as { type?: string }).type ?? "");

/** Pings a client; one of which several pings in a row bring nothing is gone. A slow one has its answer behind much else. */
function keepAlive(socket: WebSocket): NodeJS.Timeout {
  let unanswered = 0;
  const isAlive = () => {
    unanswered = 0;
  };
  socket.on("pong", isAlive).on("message", isAlive);
  const timer = setInterval(() => {
    if (unanswered >= PINGS) return socket.terminate();
    unanswered++;
    socket.ping();
  }, PING_MS);
  return timer.unref();
}
