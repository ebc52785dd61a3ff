import type { Server } from "node:http";
import { GraphQLError, type GraphQLSchema, getOperationAST, parse, validate } from "graphql";
import { CloseCode } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { type WebSocket, WebSocketServer } from "ws";
import { AppError } from "../errors.js";
import { authenticate } from "../services/api-keys.js";
import type { Context } from "../services/context.js";
import type { Viewer } from "../services/viewer.js";
import { formatGraphQLError } from "./format-error.js";
import type { ServerParts } from "./http.js";
import { checkOperation, MAX_TOKENS } from "./limits.js";

/** The largest message a client may send over a WebSocket, in bytes. */
const MAX_MESSAGE_BYTES = 1_048_576;

/** Node's timers hold at most 2^31 − 1 ms; a key that lives longer is looked at again then. */
const LONGEST_TIMER_MS = 2_147_483_647;

type Extra = { socket: WebSocket; viewer?: Viewer; authorization?: string };

/**
 * Serves GraphQL over WebSocket (the graphql-transport-ws protocol) on the same port. The key comes in connection_init
 * as {"authorization": "Bearer KEY"}; the socket is closed the moment the key expires or is revoked.
 */
export function attachWebSocket(
  server: Server,
  { schema, parts, contextFor }: { schema: GraphQLSchema; parts: ServerParts; contextFor: (viewer: Viewer) => Context },
): WebSocketServer {
  const { config, database, notifications, log } = parts;
  const limits = { maxDepth: config.MAX_DEPTH, maxCost: config.MAX_COST, maxAliases: config.MAX_ALIASES };
  const sockets = new WebSocketServer({ server, path: "/graphql", maxPayload: MAX_MESSAGE_BYTES });
  const open = new Set<Extra>();

  const refuse = (extra: Extra) => extra.socket.close(CloseCode.Forbidden, "The API key is expired or revoked.");
  const recheck = async (extra: Extra) => {
    await authenticate(database, extra.authorization).catch((error) => {
      if (error instanceof AppError) refuse(extra);
    });
  };
  void (async () => {
    for await (const keyId of notifications.topics.subscribe("keyRevoked")) {
      for (const extra of open) if (extra.viewer?.keyId === keyId) refuse(extra);
    }
  })();
  void (async () => {
    for await (const _ of notifications.topics.subscribe("mayHaveMissed"))
      for (const extra of open) void recheck(extra);
  })();

  useServer<Record<string, unknown>, Partial<Extra>>(
    {
      schema,
      onConnect: async (connection) => {
        const given = connection.connectionParams?.authorization;
        try {
          const authorization = typeof given === "string" ? given : undefined;
          const extra = connection.extra as unknown as Extra;
          extra.viewer = await authenticate(database, authorization);
          if (authorization) extra.authorization = authorization;
          open.add(extra);
          watchExpiry(extra, refuse);
          return true;
        } catch (error) {
          if (error instanceof AppError) return false;
          throw error;
        }
      },
      onSubscribe: (connection, _id, payload) => {
        try {
          const document = parse(payload.query, { maxTokens: MAX_TOKENS });
          const errors = validate(schema, document);
          if (errors.length > 0) return errors;
          const operation = getOperationAST(document, payload.operationName);
          if (!operation) return [new GraphQLError("The document holds no operation of that name.")];
          checkOperation(schema, document, payload.operationName ?? undefined, payload.variables ?? {}, limits);
          const { viewer } = connection.extra as unknown as Extra;
          if (!viewer) throw new AppError("UNAUTHENTICATED", "Send the API key in connection_init.");
          return {
            schema,
            document,
            operationName: payload.operationName ?? null,
            variableValues: payload.variables ?? null,
            contextValue: contextFor(viewer),
          };
        } catch (error) {
          return [
            error instanceof GraphQLError
              ? error
              : new GraphQLError((error as Error).message, { originalError: error as Error }),
          ];
        }
      },
      onError: (_connection, _id, _payload, errors) =>
        errors.map((error) => formatGraphQLError(error.toJSON(), error, (facts, message) => log.error(facts, message))),
      onNext: (_connection, _id, _payload, _args, result) =>
        result.errors
          ? {
              ...result,
              errors: result.errors.map((error) =>
                formatGraphQLError(error.toJSON(), error, (facts, message) => log.error(facts, message)),
              ) as never,
            }
          : undefined,
      onDisconnect: (connection) => {
        open.delete(connection.extra as unknown as Extra);
      },
    },
    sockets,
  );
  return sockets;
}

function watchExpiry(extra: Extra, refuse: (extra: Extra) => void): void {
  const expiresAt = extra.viewer?.expiresAt;
  if (!expiresAt) return;
  const left = expiresAt.getTime() - Date.now();
  const timer = setTimeout(
    () => (left > LONGEST_TIMER_MS ? watchExpiry(extra, refuse) : refuse(extra)),
    Math.min(left, LONGEST_TIMER_MS),
  );
  extra.socket.once("close", () => clearTimeout(timer));
}
