import { createHash } from "node:crypto";
import { type DocumentNode, type ExecutionResult, execute, GraphQLError, type GraphQLSchema } from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import { LRUCache } from "lru-cache";
import { compiledBytes, isKeepable } from "./document-size.js";
import { isFitForJit } from "./jit-fitness.js";

/** Compiled operations that are kept, in bytes of memory and in number; those unused for longest go first. */
const KEPT_BYTES = 64 << 20;
const KEPT = 500;
/** What it takes to know that one cannot be compiled. */
const UNFIT_BYTES = 256;

/** One operation of a validated document, with the values of its variables as the client gave them. */
export interface Operation {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown>;
}

/** Answers an operation; the context goes to the resolvers. */
export type Executor = (operation: Operation, context: unknown) => Promise<ExecutionResult>;

/** Compiled operations; those that cannot be compiled are known, too. */
export class CompiledOperations {
  private readonly kept = new LRUCache<string, { readonly query: CompiledQuery | null }>({
    max: KEPT,
    maxSize: KEPT_BYTES,
  });

  constructor(private readonly schema: GraphQLSchema) {}

  /** How much is kept now. */
  get size(): { readonly operations: number; readonly bytes: number } {
    return { operations: this.kept.size, bytes: this.kept.calculatedSize };
  }

  /** The compiled operation; null where it has to be executed by graphql-js. Known by the hash of its text and name. */
  get({ document, operationName }: Operation): CompiledQuery | null {
    const text = document.loc?.source.body;
    if (text === undefined || !isKeepable(document)) return null;
    const key = createHash("sha256")
      .update(`${operationName ?? ""}\n${text}`)
      .digest("base64");
    const known = this.kept.get(key);
    if (known) return known.query;
    const result =
      isFitForJit(this.schema, document) && compileQuery(this.schema, document, operationName ?? undefined);
    const query = result && isCompiledQuery(result) ? result : null;
    this.kept.set(key, { query }, { size: query ? compiledBytes(document) : UNFIT_BYTES });
    return query;
  }
}

/**
 * Executes operations through graphql-jit: compiled once for each text and operation name. What it cannot compile,
 * or would not answer alike, and what is too long to be kept, is executed by graphql-js.
 */
export function jitExecutor(schema: GraphQLSchema, compiled = new CompiledOperations(schema)): Executor {
  return async (operation, context) => {
    const { document, operationName, variables } = operation;
    const query = compiled.get(operation);
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
