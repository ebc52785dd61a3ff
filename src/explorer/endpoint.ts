import type { FormattedExecutionResult } from "graphql";

/** The page and the API have one address, also behind a proxy that puts a folder before it. */
const HTTP_URL = `${location.origin}${location.pathname}`;

/** The same address for subscriptions. */
export const WEBSOCKET_URL = HTTP_URL.replace(/^http/, "ws");

/** A GraphQL answer as it comes over the wire. */
export type Answer = FormattedExecutionResult;

/** An answer that only says why there is none, in GraphQL's form, so that the result pane shows it like any other. */
export const failure = (message: string, code: string): Answer => ({ errors: [{ message, extensions: { code } }] });

/** Whether an answer says that the key is unknown, expired or revoked. */
export const isRefusal = (answer: Answer): boolean =>
  answer.errors?.some((error) => error.extensions?.code === "UNAUTHENTICATED") ?? false;

/** Sends one operation with a key. Never rejects: a server that is away or answers no JSON becomes an error in words. */
export async function post(operation: object, key: string, signal?: AbortSignal): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(HTTP_URL, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json, application/json",
        authorization: `Bearer ${key}`,
      },
      body: JSON.stringify(operation),
      credentials: "omit",
      cache: "no-store",
      signal: signal ?? null,
    });
  } catch {
    return failure(`The server at ${HTTP_URL} does not answer.`, "UNREACHABLE");
  }
  const text = await response.text().catch(() => "");
  const answer = parseAnswer(text);
  if (answer !== null) return answer;
  return failure(
    `The server answered with status ${response.status} and no GraphQL: ${text.slice(0, 200)}`,
    "NO_GRAPHQL",
  );
}

function parseAnswer(text: string): Answer | null {
  try {
    const value: unknown = JSON.parse(text);
    return isAnswer(value) ? value : null;
  } catch {
    return null;
  }
}

/** An object with data, or with a list of errors. */
function isAnswer(value: unknown): value is Answer {
  if (typeof value !== "object" || value === null) return false;
  return "errors" in value ? Array.isArray(value.errors) : "data" in value;
}
