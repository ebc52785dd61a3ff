import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { GraphQLSchema } from "graphql";
import { typesText } from "../graphql/schema-text.js";

/**
 * GET /schema.graphql: the schema in the schema definition language, for tools that make types of it. It holds no data, so
 * it asks for no key. Whoever has it already is told so by its ETag (304).
 */
export function registerSchema(app: FastifyInstance, schema: GraphQLSchema): void {
  const text = typesText(schema);
  const etag = `"${createHash("sha256").update(text).digest("base64url")}"`;
  app.get("/schema.graphql", async (request, reply) => {
    reply.header("etag", etag).header("cache-control", "no-cache");
    const known = request.headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
    if (known.includes(etag) || known.includes("*")) return reply.code(304).send();
    // As text a browser shows it; tools go by the ending of the address.
    return reply.type("text/plain; charset=utf-8").send(text);
  });
}
