import http from "node:http";
import type { TestServer } from "./server.js";

export interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly key?: string;
  /** Sent with the request. */
  readonly body?: string;
  /** No more than this is read in a second. */
  readonly bytesPerSecond?: number;
}

/** An answer with its bytes as they came, on a connection of its own. Refused: one that broke off. */
export async function rawAnswer(
  server: Pick<TestServer, "url" | "adminKey">,
  path: string,
  { method = "GET", headers = {}, key = server.adminKey, body, bytesPerSecond = Infinity }: RawRequest = {},
): Promise<RawAnswer> {
  const request = http.request(server.url + path, {
    method,
    agent: false,
    headers: { authorization: `Bearer ${key}`, ...headers },
  });
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.on("response", resolve).on("error", reject);
  });
  request.end(body);
  const response = await answered;
  const begun = performance.now();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    const early = (1000 * bytes) / bytesPerSecond - (performance.now() - begun);
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
  }
  return { status: response.statusCode as number, headers: response.headers, body: Buffer.concat(chunks) };
}
