import { reasonOf } from "../../system-errors.js";
import { type Client, NoAnswer, Refusal } from "./client.js";

/** The stream broke off before the server completed it: come back with the last cursor. */
export class Disconnected extends Error {
  override readonly name = "Disconnected";
}

/**
 * The answers of a subscription, over server-sent events, until the server completes it. Errors of the API are a Refusal;
 * a server that is not there and a stream that breaks off are Disconnected, and so is one that the signal ends.
 */
export async function* subscribe<Data>(
  client: Client,
  query: string,
  variables: Record<string, unknown>,
  signal?: AbortSignal,
): AsyncGenerator<Data> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  signal?.addEventListener("abort", stop);
  try {
    if (signal?.aborted) throw new Disconnected("The signal has ended the stream.");
    const response = await client.fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({ query, variables }),
      signal: abort.signal,
    });
    if (response.status >= 500) throw new Disconnected(`The server answered ${response.status}.`);
    if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
      throw new Refusal(
        sentencesOf(await response.json().catch(() => ({}))) || `The server answered ${response.status}.`,
      );
    }
    for await (const { event, data } of eventsOf(response.body)) {
      if (event === "complete") return;
      if (event !== "next") continue;
      const answer = JSON.parse(data) as { data?: Data | null; errors?: unknown };
      if (answer.errors || !answer.data) throw new Refusal(sentencesOf(answer));
      yield answer.data;
    }
    throw new Disconnected("The server ended the stream.");
  } catch (error) {
    if (error instanceof NoAnswer) throw new Disconnected(error.message);
    if (error instanceof Refusal || error instanceof Disconnected) throw error;
    throw new Disconnected(reasonOf(error));
  } finally {
    // The signal outlives this stream: a follower of a job opens one after each reconnection.
    signal?.removeEventListener("abort", stop);
    abort.abort();
  }
}

/** The events of a stream in the text/event-stream format. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: string }> {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    pending += decoder.decode(chunk, { stream: true });
    const blocks = pending.split("\n\n");
    pending = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) =>
        block
          .split("\n")
          .flatMap((line) => (line.startsWith(`${name}:`) ? [line.slice(name.length + 1).replace(/^ /, "")] : []))
          .join("\n");
      if (field("event") !== "") yield { event: field("event"), data: field("data") };
    }
  }
}

function sentencesOf(answer: unknown): string {
  const { errors } = (answer ?? {}) as { errors?: readonly { message: string; extensions?: { code?: string } }[] };
  return errors?.map(({ message, extensions }) => `${extensions?.code ?? "ERROR"}: ${message}`).join("\n") ?? "";
}
