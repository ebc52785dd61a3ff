import type { GraphiQLProps } from "graphiql";
import { type ExecutionResult, getOperationAST, parse } from "graphql";
import { type Client, createClient } from "graphql-ws";
import { type Answer, failure, isRefusal, post, WEBSOCKET_URL } from "./endpoint.js";

/** graphql-ws closes with this code when the server takes no connection with this key. */
const UNAUTHORIZED = 4401;

type Fetcher = GraphiQLProps["fetcher"];
type FetcherParams = Parameters<Fetcher>[0];

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
    fetcher: (given) => {
      const { operation, isSubscription } = readOperation(given);
      if (isSubscription) return subscribe(client, operation, onRefused);
      return post(operation, key).then((answer) => {
        if (isRefusal(answer)) onRefused(answer.errors?.[0]?.message ?? "");
        return asResult(answer);
      });
    },
    dispose: () => void client.dispose(),
  };
}

/**
 * Which operation runs, from the text itself: GraphiQL's own reading of the editor lags a tenth of a second behind it,
 * so what is pasted and run at once would go out under the name and kind of what stood there before.
 */
function readOperation(given: FetcherParams): { operation: FetcherParams; isSubscription: boolean } {
  try {
    const document = parse(given.query);
    const ast = getOperationAST(document, given.operationName) ?? getOperationAST(document);
    if (!ast) return { operation: given, isSubscription: false };
    return {
      operation: { ...given, operationName: ast.name?.value },
      isSubscription: ast.operation === "subscription",
    };
  } catch {
    // The server says better than we could what is wrong with the text.
    return { operation: given, isSubscription: false };
  }
}

/** GraphiQL's type asks for GraphQLError objects, but it only prints the answer: the wire's form is what it shows. */
const asResult = (answer: Answer): ExecutionResult => answer as ExecutionResult;

/** The events of a subscription, with a broken connection put in words; GraphiQL's stop button calls `return`. */
function subscribe(
  client: Client,
  { query, operationName, variables }: FetcherParams,
  onRefused: (sentence: string) => void,
): AsyncIterable<ExecutionResult> {
  const events = client.iterate<Record<string, unknown>, Record<string, unknown>>({ query, operationName, variables });
  async function next(): Promise<IteratorResult<ExecutionResult>> {
    try {
      const event = await events.next();
      return event.done ? event : { done: false, value: asResult(event.value) };
    } catch (error) {
      if (isCloseEvent(error) && error.code === UNAUTHORIZED) onRefused(error.reason);
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
