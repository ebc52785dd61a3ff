import { type DocumentNode, type ExecutionResult, execute, GraphQLError, type GraphQLSchema, print } from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import { isFitForJit } from "./jit-fitness.js";

/** How many compiled operations are kept; the one unused for longest goes first. */
const KEPT = 500;

/** One operation of a validated document, with the values of its variables as the client gave them. */
export interface Operation {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown>;
}

/** Answers an operation; the context goes to the resolvers. */
export type Executor = (operation: Operation, context: unknown) => Promise<ExecutionResult>;

/**
 * Executes operations through graphql-jit: compiled once for each text and operation name. What it cannot compile,
 * or would not answer alike, is executed by graphql-js.
 */
export function jitExecutor(schema: GraphQLSchema): Executor {
  const compiled = new Map<string, CompiledQuery | null>();
  return async ({ document, operationName, variables }, context) => {
    const key = `${operationName ?? ""}\n${document.loc?.source.body ?? print(document)}`;
    let query = compiled.get(key);
    compiled.delete(key);
    if (query === undefined) {
      const result = isFitForJit(schema, document) && compileQuery(schema, document, operationName ?? undefined);
      query = result && isCompiledQuery(result) ? result : null;
      const oldest = compiled.keys().next();
      if (compiled.size >= KEPT && !oldest.done) compiled.delete(oldest.value);
    }
    compiled.set(key, query);
    if (!query) return execute({ schema, document, contextValue: context, variableValues: variables, operationName });
    const result = await query.query(undefined, context, variables);
    return result.errors ? { ...result, errors: result.errors.map(asGraphQLError) } : result;
  };
}

/** graphql-jit's errors only look like graphql-js' own: they have neither its prototype nor toJSON. */
function asGraphQLError({ message, locations, path, originalError }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, { path: path ?? null, originalError: originalError ?? null });
  return locations ? Object.defineProperty(error, "locations", { value: locations, enumerable: true }) : error;
}
