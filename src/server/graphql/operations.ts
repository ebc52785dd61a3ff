import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from "graphql";
import type { Logger } from "pino";
import { AppError, badInput, ERROR_CODES, type ErrorCode, MOST_TOLD } from "../../errors.js";
import type { Viewer } from "../../services/access/viewer.js";
import type { Context } from "../../services/request/context.js";
import { publicGraphQLErrors } from "../requests/format-error.js";
import type { Metrics } from "../requests/metrics.js";
import type { RunningOperations } from "../requests/running-operations.js";
import { literalField } from "./input-errors.js";
import { type Executor, jitExecutor, type Operation } from "./jit-executor.js";
import { checkOperation, MAX_TOKENS, type OperationLimits } from "./limits.js";

/** A request as a client sends it. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** An operation that may run. */
export type PreparedOperation = Operation & { readonly isSubscription: boolean };

export type ContextFor = (viewer: Viewer, log: Logger) => Context;

/** Checks and runs GraphQL operations, the same way whatever transport they come by. */
export class OperationRunner {
  private readonly executor: Executor;

  constructor(
    readonly schema: GraphQLSchema,
    readonly contextFor: ContextFor,
    private readonly limits: OperationLimits,
    private readonly metrics: Metrics,
    private readonly running: RunningOperations,
  ) {
    this.executor = jitExecutor(schema);
  }

  /** Refuses an operation that a valid document does not hold, and with TOO_COMPLEX one that is over a limit. */
  checkLimits(document: DocumentNode, request: Omit<OperationRequest, "query">): void {
    if (!getOperationAST(document, request.operationName)) throw noOperation(request.operationName);
    checkOperation(this.schema, document, request.operationName ?? undefined, request.variables ?? {}, this.limits);
  }

  /** What a client is told of an operation that does not run; it is counted. */
  refused(errors: readonly GraphQLError[], log: Logger): GraphQLError[] {
    const told = errors.flatMap((error) => publicGraphQLErrors(error, log));
    this.count("none", performance.now(), told);
    return told;
  }

  /** The operation of a request, parsed, validated and within the limits; else what is wrong with it, for the client. */
  prepare(request: OperationRequest, log: Logger): PreparedOperation | GraphQLError[] {
    try {
      const document = parse(request.query, { maxTokens: MAX_TOKENS });
      const invalid = validate(this.schema, document);
      if (invalid.length > 0) return this.refused(noteFields(document, invalid), log);
      this.checkLimits(document, request);
      const operation = getOperationAST(document, request.operationName);
      return {
        document,
        operationName: request.operationName ?? null,
        variables: request.variables ?? {},
        isSubscription: operation?.operation === "subscription",
      };
    } catch (error) {
      return this.refused([asGraphQLError(error)], log);
    }
  }

  /** Answers a query or a mutation, in its key's turn. Errors of the answer are fit for a client. */
  async execute(operation: Operation, context: Context): Promise<ExecutionResult> {
    const start = performance.now();
    const kind = getOperationAST(operation.document, operation.operationName)?.operation ?? "none";
    const result = await this.running
      .run(context.viewer.keyId, () => this.executor(operation, context))
      .catch((error: unknown) => ({
        errors: [new GraphQLError("The executor failed.", { originalError: error as Error })],
      }));
    const told = withPublicErrors(result, context.log);
    this.count(kind, start, told.errors);
    return kind === "query" && mustBeRefusedWhole(told) ? { errors: told.errors } : told;
  }

  /**
   * Begins a subscription: one answer for each event, each read afresh, as if it were a request of its own.
   * A refusal to begin is an answer without events.
   */
  async subscribe(
    operation: Operation,
    viewer: Viewer,
    log: Logger,
  ): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
    const start = performance.now();
    const { document, operationName, variables } = operation;
    const { schema } = this;
    const args = { schema, document, operationName, variableValues: variables };
    const inTurn = <T>(work: () => Promise<T>) => this.running.runInTurn(viewer.keyId, work);
    const source = await inTurn(() => createSourceEventStream({ ...args, contextValue: this.contextFor(viewer, log) }));
    if (!(Symbol.asyncIterator in source)) {
      const told = withPublicErrors(source, log);
      this.count("subscription", start, told.errors);
      return told;
    }
    return answersOf(
      source,
      (rootValue) =>
        inTurn(async () =>
          withPublicErrors(await execute({ ...args, rootValue, contextValue: this.contextFor(viewer, log) }), log),
        ),
      () => this.count("subscription", start, undefined),
    );
  }

  private count(kind: string, start: number, errors: readonly GraphQLError[] | undefined): void {
    const outcome = errors?.[0] ? String(errors[0].extensions.code ?? "BAD_USER_INPUT") : "OK";
    this.metrics.operationSeconds.observe({ kind, outcome }, (performance.now() - start) / 1000);
  }
}

/** Whether a request names a subscription; false for what cannot be read, which is refused elsewhere. */
export function isSubscription(request: Partial<OperationRequest> | null): boolean {
  const { query, operationName } = request ?? {};
  if (typeof query !== "string" || !query.includes("subscription")) return false;
  try {
    return getOperationAST(parse(query, { maxTokens: MAX_TOKENS }), operationName)?.operation === "subscription";
  } catch {
    return false;
  }
}

const noOperation = (name: string | null | undefined) =>
  badInput(
    name == null
      ? "The document holds several operations; operationName must name one."
      : `The document holds no operation named ${JSON.stringify(name.slice(0, 80))}.`,
    "operationName",
  );

/** The answer with errors as a client may see them. */
function withPublicErrors(result: ExecutionResult, log: Logger): ExecutionResult {
  return result.errors
    ? { ...result, errors: result.errors.flatMap((error) => publicGraphQLErrors(error, log)) }
    : result;
}

/** What a query is asked wrongly, or cannot be answered at the moment, and not: what there is. */
const REFUSALS: readonly unknown[] = ["BAD_USER_INPUT", "UNAVAILABLE"] satisfies ErrorCode[];

/**
 * Whether an answer of a query would say of something that it is not there, for no other reason than that an argument below
 * it is wrong, or the database away: GraphQL puts null in place of the nearest object that may be null, and clients that
 * keep objects would keep that. Such a query is refused as a whole, as if its input had been known to be wrong before.
 */
function mustBeRefusedWhole({ data, errors }: ExecutionResult): boolean {
  return (errors ?? []).some(({ path, extensions }) => {
    if (!REFUSALS.includes(extensions.code)) return false;
    const above = (path ?? []).slice(0, -1).reduce<unknown>((value, key) => Object(value)[key], data);
    return above == null;
  });
}

/** Notes in errors of GraphQL's validation the path of the input that each speaks of. */
export function noteFields(document: DocumentNode, errors: readonly GraphQLError[]): readonly GraphQLError[] {
  for (const error of errors.slice(0, MOST_TOLD)) {
    const field = literalField(document, error);
    if (field !== undefined) Object.assign(error.extensions, { field });
  }
  return errors;
}

const asGraphQLError = (error: unknown): GraphQLError =>
  error instanceof GraphQLError ? error : new GraphQLError((error as Error).message, { originalError: error as Error });

/**
 * Maps events to answers. Unlike a generator function it hands return() on at once, also while it waits for an event:
 * a client that leaves frees the source.
 */
function answersOf<Event>(
  source: AsyncIterable<Event>,
  answer: (event: Event) => Promise<ExecutionResult>,
  ended: () => void,
): AsyncGenerator<ExecutionResult> {
  const events = source[Symbol.asyncIterator]();
  let open = true;
  const end = () => {
    if (open) ended();
    open = false;
  };
  const generator = {
    async next(): Promise<IteratorResult<ExecutionResult>> {
      try {
        const event = await events.next();
        if (!event.done) return { value: await answer(event.value), done: false };
        end();
        return { value: undefined, done: true };
      } catch (error) {
        end();
        throw error;
      }
    },
    async return(): Promise<IteratorResult<ExecutionResult>> {
      end();
      await events.return?.();
      return { value: undefined, done: true };
    },
    async throw(error: unknown): Promise<IteratorResult<ExecutionResult>> {
      end();
      await events.return?.();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return generator;
    },
  };
  return generator as unknown as AsyncGenerator<ExecutionResult>;
}

/** An AppError as an error of GraphQL with the HTTP status of its code, for what fails before an operation runs. */
export function asHttpError(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: {
      code: error.code,
      ...(error.field ? { field: error.field } : {}),
      http: { status: ERROR_CODES[error.code].status },
    },
  });
}
