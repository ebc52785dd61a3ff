import type { GatewayInterface } from "@apollo/server-gateway-interface";
import { type DocumentNode, type ExecutionResult, execute, GraphQLError, type GraphQLSchema, print } from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";

/** How many compiled operations are kept; the one unused for longest goes first. */
const KEPT = 500;

export type Executor = (operation: {
  document: DocumentNode;
  operationName?: string | undefined;
  variables: Record<string, unknown>;
  context: unknown;
}) => Promise<ExecutionResult>;

/**
 * Executes operations through graphql-jit: compiled once for each text and operation name. What it cannot compile
 * is executed by graphql-js, with the same answer.
 */
export function jitExecutor(schema: GraphQLSchema): Executor {
  const compiled = new Map<string, CompiledQuery | null>();
  return async ({ document, operationName, variables, context }) => {
    const key = `${operationName ?? ""}\n${document.loc?.source.body ?? print(document)}`;
    let query = compiled.get(key);
    compiled.delete(key);
    if (query === undefined) {
      const result = compileQuery(schema, document, operationName);
      query = isCompiledQuery(result) ? result : null;
      const oldest = compiled.keys().next();
      if (compiled.size >= KEPT && !oldest.done) compiled.delete(oldest.value);
    }
    compiled.set(key, query);
    if (!query) {
      return execute({
        schema,
        document,
        contextValue: context,
        variableValues: variables,
        operationName: operationName ?? null,
      });
    }
    const result = await query.query(undefined, context, variables);
    return result.errors ? { ...result, errors: result.errors.map(asGraphQLError) } : result;
  };
}

/** graphql-jit's errors only look like graphql-js' own: they have neither its prototype nor toJSON. */
function asGraphQLError({ message, locations, path, originalError }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, { path: path ?? null, originalError: originalError ?? null });
  return locations ? Object.defineProperty(error, "locations", { value: locations, enumerable: true }) : error;
}

/** Puts an executor into Apollo Server, whose only door for one is that of a gateway. */
export function executorAsGateway(schema: GraphQLSchema, run: Executor): GatewayInterface {
  return {
    onSchemaLoadOrUpdate(listen) {
      listen({ apiSchema: schema, coreSupergraphSdl: "" });
      return () => {};
    },
    async load() {
      return {
        executor: ({ document, operationName, request, context }) =>
          run({
            document,
            operationName: operationName ?? undefined,
            variables: request.variables ?? {},
            context,
          }) as never,
      };
    },
    async stop() {},
  };
}
