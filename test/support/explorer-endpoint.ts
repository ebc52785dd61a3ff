import type { AddressInfo } from "node:net";
import { ApolloServer } from "@apollo/server";
import fastifyApollo from "@as-integrations/fastify";
import { createPubSub } from "@graphql-yoga/subscription";
import Fastify, { type FastifyInstance } from "fastify";
import { buildSchema, GraphQLError } from "graphql";
import { useServer as serveWebSocket } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import { registerExplorer } from "../../src/server/explorer.js";

export const KEY = "a-key-of-the-explorer-test-0123456789abcdef";

/** A schema of its own, small and with the names the examples use: the page must work with any GraphQL endpoint. */
const schema = buildSchema(`
  "The dataset's own words."
  type Dataset { id: ID! slug: String! name: String! description: String! revision: Int! prompts(first: Int): Prompts! }
  type Prompts { totalCount: Int! }
  type Datasets { totalCount: Int! nodes: [Dataset!]! }
  type Viewer { name: String! role: String! }
  type Query { viewer: Viewer! datasets(first: Int): Datasets! }
  type Subscription { revision: Int! }
`);
const DATASET = { id: "d1", slug: "sample", name: "Sample", description: "", prompts: { totalCount: 113 } };

export interface Running {
  readonly app: FastifyInstance;
  readonly origin: string;
  readonly changes: ReturnType<typeof createPubSub<{ revision: [number] }>>;
  /** The bodies of GraphQL requests that reached the server. */
  readonly posts: string[];
}

export async function startEndpoint(folder: string): Promise<Running> {
  const app = Fastify();
  registerExplorer(app, folder);
  const posts: string[] = [];
  const changes = createPubSub<{ revision: [number] }>();
  const check = (authorization: unknown) => {
    if (authorization === `Bearer ${KEY}`) return;
    throw new GraphQLError("This API key is not known.", {
      extensions: { code: "UNAUTHENTICATED", http: { status: 401 } },
    });
  };
  const rootValue = {
    viewer: { name: "newcomer", role: "ADMIN" },
    datasets: { totalCount: 1, nodes: [{ ...DATASET, revision: 7 }] },
    revision: () => changes.subscribe("revision"),
  };
  const apollo = new ApolloServer<{ authorized: true }>({ schema, rootValue, introspection: true });
  await apollo.start();
  await app.register(fastifyApollo(apollo), {
    path: "/graphql",
    context: async (request) => {
      posts.push(JSON.stringify(request.body));
      check(request.headers.authorization);
      return { authorized: true };
    },
  });
  const sockets = new WebSocketServer({ server: app.server, path: "/graphql" });
  serveWebSocket(
    {
      schema,
      roots: { subscription: rootValue },
      onConnect: ({ connectionParams }) => connectionParams?.authorization === `Bearer ${KEY}`,
    },
    sockets,
  );
  await app.listen({ host: "127.0.0.1", port: 0 });
  return { app, origin: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, changes, posts };
}
