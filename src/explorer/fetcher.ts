import type { GraphiQLProps } from "graphiql";
import { type ExecutionResult, getOperationAST } from "graphql";
import { type Client, createClient } from "graphql-ws";
import { type Answer, failure, isRefusal, post, WEBSOCKET_URL } from "./endpoint.js";

/** graphql-ws closes with this code when the server takes no connection with this key. */
const FORBIDDEN = 4403;

type Fetcher = GraphiQLProps["fetcher"];

/** What GraphiQL calls to run an operation, and how to end the WebSocket behind it. */
export interface Connection {
  readonly fetcher: Fetcher;
  dispose(): void;
}

/**
 * Runs operations with a key: queries and mutations by POST, subscriptions over graphql-ws at the same address.
 * Without a key it asks the server nothing and says what is missing; `onRefused` hears that the server no longer takes
 * the key.
 */
export function connect(key: string | null, onRefused: (sentence: string) => void): Connection {
  if (key === null) {
    const missing = failure(
      "Type your API key at the top of the page first: the server answers only with one.",
      "NO_KEY",
    );
    return { fetcher: async () => asResult(missing), dispose: () => undefined };
  }
  const client = createClient({
    url: WEBSOCKET_URL,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 2,
  });
  return {
    fetcher: (operation, options) => {
      const ast = options?.documentAST && getOperationAST(options.documentAST, operation.operationName);
      if (ast?.operation === "subscription") return subscribe(client, operation, onRefused);
      return post(operation, key).then((answer) => {
        if (isRefusal(answer)) onRefused(answer.errors?.[0]?.message ?? "");
        return asResult(answer);
      });
    },
    dispose: () => void client.dispose(),
  };
}

/** GraphiQL's type asks for GraphQLError objects, but it only prints the answer: the wire's form is what it shows. */
const asResult = (answer: Answer): ExecutionResult => answer as ExecutionResult;

/** The events of a subscription, with a broken connection put in words; GraphiQL's stop button calls `return`. */
function subscribe(
  client: Client,
  { query, operationName, variables }: Parameters<Fetcher>[0],
  onRefused: (sentence: string) => void,
): AsyncIterable<ExecutionResult> {
  const events = client.iterate<Record<string, unknown>, Record<string, unknown>>({ query, operationName, variables });
  async function next(): Promise<IteratorResult<ExecutionResult>> {
    try {
      const event = await events.next();
      return event.done ? event : { done: false, value: asResult(event.value) };
    } catch (error) {
      if (isCloseEvent(error) && error.code === FORBIDDEN) onRefused(error.reason);
      throw explain(error);
    }
  }
  async function end(): Promise<IteratorResult<ExecutionResult>> {
    await events.return?.();
    return { done: true, value: undefined };
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}

const isCloseEvent = (error: unknown): error is CloseEvent =>
  typeof CloseEvent !== "undefined" && error instanceof CloseEvent;

/** A close event prints as {"isTrusted":true}: say in words what it means. */
function explain(error: unknown): unknown {
  if (isCloseEvent(error)) {
    return new Error(`The server ended the subscription with ${error.code}${error.reason ? `: ${error.reason}` : ""}.`);
  }
  return error instanceof Event ? new Error(`No WebSocket could be opened to ${WEBSOCKET_URL}.`) : error;
}
