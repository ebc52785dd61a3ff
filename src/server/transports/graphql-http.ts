import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginCacheControlDisabled } from "@apollo/server/plugin/disabled";
import type { GatewayInterface } from "@apollo/server-gateway-interface";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLError } from "graphql";
import type { Logger } from "pino";
import { show } from "../../datasets/text/code-points.js";
import { badInput, ERROR_CODES, type ErrorCode } from "../../errors.js";
import type { Context } from "../../services/request/context.js";
import { DocumentCache } from "../graphql/document-cache.js";
import { MAX_TOKENS } from "../graphql/limits.js";
import { asHttpError, noteFields, type OperationRunner } from "../graphql/operations.js";
import { ANSWER_TYPES, readAccept } from "../requests/accept.js";
import { errorBody, formatGraphQLError } from "../requests/format-error.js";
import { refuseEncodings } from "../requests/http-errors.js";
import type { EventStreams } from "./event-streams.js";

/**
 * POST and GET /graphql: GraphQL over HTTP. Requests are not batched, a form of another site cannot send one, and GET
 * never changes anything. A client that takes no JSON but `text/event-stream` is answered in a stream of events; one that
 * takes both is for its subscriptions.
 */
export async function registerGraphQL(
  app: FastifyInstance,
  operations: OperationRunner,
  streams: EventStreams,
  log: Logger,
): Promise<void> {
  const apollo = new ApolloServer<Context>({
    gateway: executorAsGateway(operations),
    allowBatchedHttpRequests: false,
    // What a page of another site makes a browser send by itself, such as a form, has no authorization header.
    csrfPrevention: { requestHeaders: ["authorization"] },
    persistedQueries: false,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    documentStore: new DocumentCache(),
    formatError: (formatted, error) => formatGraphQLError(formatted, error, log),
    logger: { debug() {}, info() {}, warn: (message) => log.warn(message), error: (message) => log.error(message) },
    plugins: [ApolloServerPluginCacheControlDisabled(), limitsPlugin(operations, log)],
  });
  await apollo.start();
  app.addHook("onClose", () => apollo.stop());
  const answer = fastifyApolloHandler(apollo, {
    context: async (request) => operations.contextFor(request.viewer, request.log as Logger),
  });
  app.route({
    method: ["GET", "POST"],
    url: "/graphql",
    preParsing: refuseEncodings,
    handler(request, reply) {
      // The handler makes a URL of it, which fails without a Host, as HTTP/1.0 has it, and with an odd one.
      Object.defineProperty(request, "hostname", { value: "localhost" });
      const accepted = readAccept(request.headers.accept);
      if (streams.wanted(request, accepted)) return streams.serve(request, reply);
      // Before anything runs: Apollo Server itself would look at the header when a mutation is done.
      if (accepted.json === null) return refuseAccept(request, reply);
      return answer.call(this, request, reply);
    },
  });
}

/** Codes of an operation that was not carried out: they are its answer's status, too, so that clients come back. */
const COME_BACK: readonly unknown[] = ["UNAVAILABLE", "RATE_LIMITED"] satisfies ErrorCode[];

/** Refuses a client that takes none of the types in which it could be answered. */
function refuseAccept({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = `Accept is ${show(headers.accept ?? "")}; an answer comes as ${ANSWER_TYPES}.`;
  return reply.code(406).send(errorBody({ code: "BAD_USER_INPUT", message }));
}

/** What a subscription that comes as a plain request is told. */
const SUBSCRIPTIONS =
  "A subscription is answered by a WebSocket (graphql-transport-ws) or, with POST and `Accept: text/event-stream`, by server-sent events.";

/** Puts the executor into Apollo Server, whose only door for one is that of a gateway. */
function executorAsGateway(operations: OperationRunner): GatewayInterface {
  return {
    onSchemaLoadOrUpdate(listen) {
      listen({ apiSchema: operations.schema, coreSupergraphSdl: "" });
      return () => {};
    },
    async load() {
      return {
        executor: ({ document, request, context }) =>
          operations.execute(
            { document, operationName: request.operationName ?? null, variables: request.variables ?? {} },
            context as Context,
          ) as never,
      };
    },
    async stop() {},
  };
}

/** Checks that a request names an operation, and its depth, aliases and cost, after GraphQL's own validation. */
function limitsPlugin(operations: OperationRunner, log: Logger): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      let runs = false;
      let refusals: readonly GraphQLError[] | null = null;
      return {
        async executionDidStart() {
          runs = true;
        },
        async didEncounterErrors({ document, errors }) {
          if (runs) return;
          if (document) noteFields(document, errors);
          const told = operations.refused(errors, log);
          if (told.length > errors.length) refusals = told;
        },
        async didResolveOperation({ document, request, operation }) {
          try {
            // Apollo Server itself goes on without an operation, past its rule that GET changes nothing.
            operations.checkLimits(document, request);
            if (operation?.operation === "subscription") throw badInput(SUBSCRIPTIONS, "query");
          } catch (error) {
            throw asHttpError(error);
          }
        },
        async willSendResponse({ response: { body, http } }) {
          if (body.kind !== "single" || body.singleResult.data !== undefined) return;
          // A hook can throw one error only, and one may stand for several.
          if (refusals) body.singleResult.errors = refusals.map((error) => error.toJSON());
          const code = body.singleResult.errors?.[0]?.extensions?.code;
          if (!COME_BACK.includes(code)) return;
          http.status = ERROR_CODES[code as ErrorCode].status;
          if (code === "RATE_LIMITED") http.headers.set("retry-after", "1");
        },
      };
    },
  };
}
