import type { Socket } from "node:net";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import Fastify, { type FastifyInstance, LogController } from "fastify";
import type { Logger } from "pino";
import { AppError } from "../errors.js";
import type { Viewer } from "../services/access/viewer.js";
import { requireRole } from "../services/access/visibility.js";
import { MetricFeed } from "../services/feeds/metric-feed.js";
import { createLoaders } from "../services/request/loaders.js";
import { createSchema } from "./graphql/graphql-schema.js";
import { type ContextFor, OperationRunner } from "./graphql/operations.js";
import { Gate } from "./requests/gate.js";
import { registerHeldRequests } from "./requests/held-requests.js";
import { refuseClient, registerErrors, sendError } from "./requests/http-errors.js";
import { KeyWatch } from "./requests/key-watch.js";
import { createMetrics } from "./requests/metrics.js";
import { RateLimiter } from "./requests/rate-limit.js";
import { PATIENCE, registerPatience, registerRequestLog, requestId } from "./requests/requests.js";
import { RunningOperations } from "./requests/running-operations.js";
import { registerUnreadBodies } from "./requests/unread-body.js";
import { OpenSockets, WaitingBytes } from "./requests/waiting-bytes.js";
import { registerAgreement } from "./routes/agreement-route.js";
import { registerExplorer } from "./routes/explorer.js";
import { registerExport } from "./routes/export-route.js";
import { registerHealth } from "./routes/health.js";
import { registerImport } from "./routes/import-route.js";
import { registerModels } from "./routes/models-route.js";
import { registerSchema } from "./routes/schema-route.js";
import type { RouteParts, ServerParts } from "./routes/server-parts.js";
import { EventStreams, HEARTBEAT_MS } from "./transports/event-streams.js";
import { registerGraphQL } from "./transports/graphql-http.js";
import { WebSockets } from "./transports/websocket.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; set on every route that needs a key. */
    viewer: Viewer;
  }
}

/**
 * The HTTP server: one port for GraphQL, graphql-ws, import, export, health and the explorer. Not yet listening.
 * close() drains it: no new request is taken, those begun are finished within DRAIN_MS, WebSockets are closed with 1001.
 */
export async function createServer(parts: ServerParts): Promise<FastifyInstance> {
  const { config, database, notifications, directory, log, patience = PATIENCE } = parts;
  const metricFeed = new MetricFeed(database, notifications);
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.MAX_BODY_BYTES,
    genReqId: requestId,
    requestIdHeader: false,
    // A name such as "__proto__" in somebody's metadata is data: it stays a field of its own, and is kept.
    onProtoPoisoning: "ignore",
    onConstructorPoisoning: "ignore",
    forceCloseConnections: "idle",
    return503OnClosing: false,
    clientErrorHandler: refuseClient,
    frameworkErrors: (error, request, reply) => void sendError(error, request as never, reply as never),
    http: {
      headersTimeout: patience.headersMs,
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(5_000, patience.headersMs),
    },
  }) as unknown as FastifyInstance;
  const statements = new RunningOperations({ running: statementsOfKey(database.poolSize), waiting: 0 });
  const contextFor: ContextFor = (viewer, requestLog) => {
    const own = database.inTurns((statement) => statements.runInTurn(viewer.keyId, statement));
    return {
      viewer,
      database: own,
      notifications,
      directory,
      metricFeed,
      config,
      log: requestLog,
      loaders: createLoaders(own),
    };
  };
  const limits = { maxDepth: config.MAX_DEPTH, maxCost: config.MAX_COST, maxAliases: config.MAX_ALIASES };
  const metrics = createMetrics(database, () => ({ websocket: sockets.size, sse: streams.size }), {
    waitingBytes: () => waitingBytes.use,
    sockets: () => ({ all: sockets.size, key: openSockets.most }),
    operations: () => running.use,
  });
  const waitingBytes = new WaitingBytes(
    { perKey: config.MAX_WAITING_BYTES_PER_KEY, inAll: config.MAX_WAITING_BYTES },
    (bound) => metrics.cutOff.inc({ what: "waiting_bytes", bound: BOUNDS[bound] }),
  );
  const openSockets = new OpenSockets({ perKey: config.MAX_SOCKETS_PER_KEY, inAll: config.MAX_SOCKETS }, (bound) =>
    metrics.cutOff.inc({ what: "sockets", bound: BOUNDS[bound] }),
  );
  const running = new RunningOperations(
    { running: config.MAX_OPERATIONS_PER_KEY, waiting: config.MAX_WAITING_OPERATIONS_PER_KEY },
    () => metrics.cutOff.inc({ what: "operations", bound: BOUNDS.perKey }),
  );
  const schema = await createSchema();
  const operations = new OperationRunner(schema, contextFor, limits, metrics, running);
  const gate = new Gate(database, new RateLimiter(config.RATE_LIMIT));
  const keyWatch = new KeyWatch(database, notifications);
  const streams = new EventStreams(operations, keyWatch, parts.heartbeatMs ?? HEARTBEAT_MS);
  const sockets = new WebSockets(app.server, { operations, gate, keyWatch, waitingBytes, openSockets, log });
  keyWatch.start();
  metricFeed.start();

  registerErrors(app);
  registerUnreadBodies(app, parts.unread);
  const isDraining = drainOnClose(app, { sockets, streams, ends: [keyWatch, metricFeed], ms: config.DRAIN_MS, log });
  registerRequestLog(app, metrics);
  registerPatience(app, patience);
  // Whether a browser may only ever come by TLS is for who terminates it to say.
  await app.register(helmet, { contentSecurityPolicy: { directives: NOTHING, useDefaults: false }, hsts: false });
  await app.register(cors, {
    origin: config.CORS_ORIGINS.length > 0 ? [...config.CORS_ORIGINS] : false,
    // What has the two headers of a preflight; any other OPTIONS is answered before (http-errors.ts).
    strictPreflight: false,
    methods: ["GET", "POST"],
    allowedHeaders: [
      "accept",
      "authorization",
      "content-type",
      "content-encoding",
      "x-request-id",
      "apollo-require-preflight",
      "range",
      "if-range",
    ],
    exposedHeaders: ["x-request-id", "retry-after", "x-dataset-revision", "etag", "repr-digest", "content-range"],
    maxAge: 600,
  });
  registerHealth(app, database, isDraining);
  registerSchema(app, schema);
  if (parts.explorerFolder) registerExplorer(app, parts.explorerFolder);

  await app.register(async (secured) => {
    secured.decorateRequest("viewer");
    secured.addHook("onRequest", async (request) => {
      if (isDraining()) throw new AppError("UNAVAILABLE", "The server is stopping.");
      request.viewer = await gate.admit(request.headers.authorization, request.ip);
    });
    registerHeldRequests(secured, waitingBytes);
    await registerGraphQL(secured, operations, streams, log);
    secured.get("/metrics", async (request, reply) => {
      requireRole(request.viewer, "ADMIN", "ANALYST");
      return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    });
    await registerRoutes(secured, { ...parts, metrics, contextFor, running, schema });
  });
  return app;
}

/** The routes beside GraphQL that need a key, a line each. */
async function registerRoutes(app: FastifyInstance, parts: RouteParts): Promise<void> {
  await registerImport(app, parts);
  registerExport(app, parts);
  registerAgreement(app, parts);
  await registerModels(app, parts);
}

/**
 * How many statements of one key run at a time, for an operation may ask for a hundred at once. With a transaction of each
 * operation that runs (MAX_OPERATIONS_PER_KEY) a key leaves a connection for others.
 */
const statementsOfKey = (connections: number): number => Math.max(1, Math.floor(0.4 * connections));

/** The bounds as the metrics name them. */
const BOUNDS = { perKey: "key", inAll: "all" } as const;

/** What a page may do with an answer that is no page: nothing. The explorer brings its own rules. */
const NOTHING = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };

/** Makes close() a drain that ends within `ms`. Returns whether it has begun. */
function drainOnClose(
  app: FastifyInstance,
  {
    sockets,
    streams,
    ends,
    ms,
    log,
  }: {
    sockets: WebSockets;
    streams: EventStreams;
    /** What is stopped when the last request is done. */
    ends: readonly { stop(): void }[];
    ms: number;
    log: Logger;
  },
): () => boolean {
  let draining = false;
  const timers: NodeJS.Timeout[] = [];
  // Browsers and HTTP clients open connections ahead of need; one on which nothing ever came is idle to us, not to Node.
  const connections = new Set<Socket>();
  app.server.on("connection", (socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  const closeIdle = () => {
    app.server.closeIdleConnections();
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  };
  app.addHook("onSend", async (_request, reply) => {
    if (draining) reply.header("connection", "close");
  });
  app.addHook("preClose", async () => {
    draining = true;
    // Connections that fall idle during the drain are closed at once; at its end, the rest.
    timers.push(setInterval(closeIdle, 50));
    timers.push(
      setTimeout(() => {
        log.warn(`requests were cut off that did not end within ${ms} ms`);
        app.server.closeAllConnections();
        sockets.terminate();
      }, ms),
    );
    streams.endAll();
    void sockets.drain();
  });
  app.addHook("onClose", async () => {
    for (const timer of timers) clearTimeout(timer);
    for (const part of ends) part.stop();
  });
  return () => draining;
}
