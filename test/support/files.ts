import http from "node:http";
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

/** One request on a connection of its own: none that was kept open can be closed under it by a server that had waited long. */
async function exchange(
  server: TestServer,
  method: "GET" | "POST",
  path: string,
  { headers = {}, key }: FileRequest,
  body?: string | Uint8Array | Readable,
): Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }> {
  const authorization = key === null ? {} : { authorization: `Bearer ${key ?? server.adminKey}` };
  const request = http.request(`${server.url}${path}`, {
    method,
    agent: false,
    headers: { ...authorization, ...headers },
  });
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    // What fails after the answer, such as sending a body that nobody reads to its end, changes nothing.
    request.on("response", resolve).on("error", reject);
  });
  if (body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array)) body.pipe(request);
  else request.end(body);
  const response = await answered;
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode as number, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

/** Sends a file to POST /import/{slug}. */
export async function sendFile(
  server: TestServer,
  slug: string,
  body: string | Uint8Array | Readable,
  request: FileRequest = {},
): Promise<ImportAnswer> {
  const headers = { "content-type": "application/x-ndjson", ...request.headers };
  const path = `/import/${slug}${request.query ?? ""}`;
  const { status, text } = await exchange(server, "POST", path, { ...request, headers }, body);
  return { status, ...(JSON.parse(text) as Omit<ImportAnswer, "status">) };
}

/** Sends records, one a line. */
export const sendRecords = (server: TestServer, slug: string, records: readonly unknown[]): Promise<ImportAnswer> =>
  sendFile(server, slug, records.map((record) => `${JSON.stringify(record)}\n`).join(""));

/** What GET /export/{slug} answers. */
export const receiveFile = (
  server: TestServer,
  slug: string,
  request: FileRequest = {},
): Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }> =>
  exchange(server, "GET", `/export/${slug}${request.query ?? ""}`, request);

/** The records of an export, one a line. */
export async function receiveRecords(server: TestServer, slug: string, query = ""): Promise<Record<string, unknown>[]> {
  const { status, text } = await receiveFile(server, slug, { query });
  if (status !== 200) throw new Error(text);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
