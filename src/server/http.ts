import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled } from "@apollo/server/plugin/disabled";
import fastifyApollo, { fastifyApolloDrainPlugin } from "@as-integrations/fastify";
import Fastify, { type FastifyInstance } from "fastify";
import { GraphQLError } from "graphql";
import type { Logger } from "pino";
import type { Config } from "../config.js";
import type { Database } from "../entities/database.js";
import { AppError, ERROR_CODES } from "../errors.js";
import { authenticate } from "../services/api-keys.js";
import type { Context } from "../services/context.js";
import { createLoaders } from "../services/loaders.js";
import type { Notifications } from "../services/notifications.js";
import type { Viewer } from "../services/viewer.js";
import { registerExplorer } from "./explorer.js";
import { formatGraphQLError, publicError } from "./format-error.js";
import { createSchema } from "./graphql-schema.js";
import { executorAsGateway, jitExecutor } from "./jit-executor.js";
import { checkOperation, MAX_TOKENS } from "./limits.js";
import { attachWebSocket } from "./websocket.js";

/** What a server is made of; main.ts constructs it. */
export interface ServerParts {
  readonly config: Config;
  readonly database: Database;
  readonly notifications: Notifications;
  readonly log: Logger;
  /** What scripts/build-explorer.mjs wrote; without it a browser gets no page at /graphql. */
  readonly explorerFolder?: string;
}

/** The HTTP server: one port for GraphQL, graphql-ws, import, export, health and the explorer. Not yet listening. */
export async function createServer(parts: ServerParts): Promise<FastifyInstance> {
  const { config, database, notifications, log } = parts;
  const app = Fastify({
    loggerInstance: log,
    bodyLimit: config.MAX_BODY_BYTES,
    requestIdHeader: false,
    forceCloseConnections: "idle",
  }) as unknown as FastifyInstance;
  const schema = await createSchema();
  const contextFor = (viewer: Viewer): Context => ({
    viewer,
    database,
    notifications,
    config,
    log,
    loaders: createLoaders(database),
  });

  app.setErrorHandler(async (error, request, reply) => {
    const status = (error as { statusCode?: number }).statusCode;
    const refusal = status !== undefined && status >= 400 && status < 500 && !(error instanceof AppError);
    const told = refusal
      ? {
          code: status === 429 ? "RATE_LIMITED" : status === 413 ? "TOO_COMPLEX" : "BAD_USER_INPUT",
          message: (error as Error).message,
        }
      : publicError(error, (facts, message) => request.log.error(facts, message));
    const httpStatus = refusal ? status : ERROR_CODES[told.code as keyof typeof ERROR_CODES].status;
    const { message, ...extensions } = told;
    return reply.code(httpStatus).send({ errors: [{ message, extensions }] });
  });

  if (parts.explorerFolder) registerExplorer(app, parts.explorerFolder);
  const apollo = new ApolloServer<Context>({
    gateway: executorAsGateway(schema, jitExecutor(schema)),
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    formatError: (formatted, error) =>
      formatGraphQLError(formatted, error, (facts, message) => log.error(facts, message)),
    logger: { debug() {}, info() {}, warn: (message) => log.warn(message), error: (message) => log.error(message) },
    plugins: [ApolloServerPluginCacheControlDisabled(), fastifyApolloDrainPlugin(app), limitsPlugin(config)],
  });
  await apollo.start();
  await app.register(fastifyApollo(apollo), {
    path: "/graphql",
    method: ["GET", "POST"],
    context: async (request) => {
      try {
        return contextFor(await authenticate(database, request.headers.authorization));
      } catch (error) {
        throw asHttpError(error);
      }
    },
  });
  attachWebSocket(app.server, { schema, parts, contextFor });
  return app;
}

/** An AppError thrown before GraphQL begins keeps its HTTP status. */
function asHttpError(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { code: error.code, http: { status: ERROR_CODES[error.code].status } },
  });
}

/** Checks depth, aliases and cost of each operation after GraphQL's own validation. */
function limitsPlugin(config: Config): ApolloServerPlugin<Context> {
  const limits = { maxDepth: config.MAX_DEPTH, maxCost: config.MAX_COST, maxAliases: config.MAX_ALIASES };
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operationName, request }) {
          try {
            checkOperation(schema, document, operationName ?? undefined, request.variables ?? {}, limits);
          } catch (error) {
            throw asHttpError(error);
          }
        },
      };
    },
  };
}
