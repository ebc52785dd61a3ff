import type { ClientConfig } from "../../config/config.js";
import { reasonOf } from "../../system-errors.js";

/** The request was refused, or the server cannot be reached: told in a sentence, exit status 1. */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
}

/** No answer came: the server is not there, or not yet again. */
export class NoAnswer extends Refusal {
  override readonly name = "NoAnswer";
}

/** The command was used wrongly: told in a sentence, exit status 2. */
export class WrongUsage extends Error {
  override readonly name = "WrongUsage";
}

interface GraphQLAnswer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** A client of one server with one key. */
export class Client {
  constructor(private readonly config: ClientConfig) {}

  get url(): string {
    return this.config.ACCORD_URL;
  }

  /** The data of a GraphQL operation; errors become a Refusal with all their sentences. */
  async graphql<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const answer = await this.ask<Data>(query, variables);
    if (answer.errors?.length || !answer.data) {
      const sentences = answer.errors?.map(({ message, extensions }) => `${extensions?.code ?? "ERROR"}: ${message}`);
      throw new Refusal(sentences?.join("\n") ?? "The server gave no answer.");
    }
    return answer.data;
  }

  /** The whole answer of a GraphQL operation, errors and all. */
  async ask<Data>(query: string, variables: Record<string, unknown> = {}): Promise<GraphQLAnswer<Data>> {
    const response = await this.fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    return readJson(response);
  }

  /** A request to the server with the key; a server that cannot be reached is a Refusal. */
  async fetch(path: string, init: RequestInit & { duplex?: "half" } = {}): Promise<Response> {
    if (!this.config.ACCORD_API_KEY) {
      throw new Refusal("Set ACCORD_API_KEY to an API key of the server; the first start of a server prints one.");
    }
    try {
      return await fetch(this.url + path, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${this.config.ACCORD_API_KEY}` },
      });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      if (cause instanceof Refusal || cause instanceof WrongUsage) throw cause;
      throw new NoAnswer(`No answer from ${this.url}: ${reasonOf(cause)}. Is the server up, and is ACCORD_URL right?`);
    }
  }
}

/** The JSON of an answer; anything else is a Refusal that shows its beginning. */
export async function readJson<Value>(response: Response): Promise<Value> {
  const text = await response.text();
  try {
    return JSON.parse(text) as Value;
  } catch {
    throw new Refusal(`The server answered ${response.status} with something that is no JSON: ${text.slice(0, 200)}`);
  }
}

/** What a route beside GraphQL refused, with the code and the sentence of each error. */
export async function refusal(response: Response): Promise<Refusal> {
  const { errors } = await readJson<GraphQLAnswer<never>>(response);
  const sentences = errors?.map(({ message, extensions }) => `${extensions?.code ?? "ERROR"}: ${message}`);
  return new Refusal(sentences?.join("\n") ?? `The server answered ${response.status}.`);
}
