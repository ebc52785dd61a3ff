import type { Readable } from "node:stream";
import type { TestServer } from "./server.js";

/** What POST /import answers. */
export interface ImportAnswer {
  readonly status: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly errors: readonly { readonly line: number; readonly message: string }[];
  readonly losses: readonly { readonly what: string; readonly count: number }[];
  /** With which the import broke off. */
  readonly error?: { readonly code: string; readonly message: string };
}

export interface FileRequest {
  readonly headers?: Record<string, string>;
  /** Behind the slug, such as "?format=native". */
  readonly query?: string;
  /** The administrator's where not given; null: none. */
  readonly key?: string | null;
}

const authorization = (server: TestServer, key: string | null | undefined): Record<string, string> =>
  key === null ? {} : { authorization: `Bearer ${key ?? server.adminKey}` };

/** Sends a file to POST /import/{slug}. */
export async function sendFile(
  server: TestServer,
  slug: string,
  body: string | Uint8Array | Readable,
  { headers = {}, query = "", key }: FileRequest = {},
): Promise<ImportAnswer> {
  const response = await fetch(`${server.url}/import/${slug}${query}`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson", ...authorization(server, key), ...headers },
    body: body as never,
    duplex: "half",
  } as RequestInit);
  return { status: response.status, ...((await response.json()) as Omit<ImportAnswer, "status">) };
}

/** Sends records, one a line. */
export const sendRecords = (server: TestServer, slug: string, records: readonly unknown[]): Promise<ImportAnswer> =>
  sendFile(server, slug, records.map((record) => `${JSON.stringify(record)}\n`).join(""));

/** What GET /export/{slug} answers, unpacked. */
export async function receiveFile(
  server: TestServer,
  slug: string,
  { headers = {}, query = "", key }: FileRequest = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await fetch(`${server.url}/export/${slug}${query}`, {
    headers: { ...authorization(server, key), ...headers },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The records of an export, one a line. */
export async function receiveRecords(server: TestServer, slug: string, query = ""): Promise<Record<string, unknown>[]> {
  const { status, text } = await receiveFile(server, slug, { query });
  if (status !== 200) throw new Error(text);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
