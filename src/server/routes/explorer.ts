import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";
import { prefersPage } from "../requests/accept.js";

const PATH = "/graphql";

/**
 * What the explorer's page may do: run its own script, and talk to the server it came from. Styles are the exception:
 * a dialog of GraphiQL puts a style element into the page while it is open; and GraphiQL's fonts and marks are data URLs
 * inside its style sheet. A form that is sent without its script goes nowhere, so a key never gets into an address.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
};

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
}

/**
 * Gives the explorer to browsers: its page at GET /graphql where `Accept` prefers HTML, and its hashed assets at
 * GET /graphql/assets/*. Every other request to /graphql goes on to whoever serves GraphQL there. Neither page nor
 * assets hold data, so neither asks for a key.
 *
 * Register it before whatever asks for keys or counts requests: it answers in an onRequest hook.
 *
 * @param app any Fastify 5 instance; the hook covers the routes of this instance and of those inside it.
 * @param folder what `scripts/build-explorer.mjs` wrote. It is read once, here, and only the files found now are ever
 *   served: a path cannot lead out of it. Refused with an Error: a folder without a page.
 */
export function registerExplorer(app: FastifyInstance, folder: string): void {
  const page = readPage(folder);
  const assets = readAssets(join(folder, "assets"));

  app.addHook("onRequest", async (request, reply) => {
    if (request.method !== "GET" && request.method !== "HEAD") return;
    if (request.url.split("?", 1)[0] !== PATH) return;
    vary(reply, "accept");
    if (!prefersPage(request.headers.accept)) return;
    return harden(reply)
      .header("content-security-policy", CONTENT_SECURITY_POLICY)
      .header("cache-control", "no-cache")
      .type("text/html; charset=utf-8")
      .send(page);
  });

  app.get<{ Params: { name: string } }>(`${PATH}/assets/:name`, async (request, reply) => {
    const asset = assets.get(request.params.name);
    if (!asset) return reply.code(404).type("text/plain; charset=utf-8").send("The explorer has no such file.\n");
    const gzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(request.headers["accept-encoding"] ?? "");
    vary(reply, "accept-encoding");
    harden(reply).header("cache-control", "public, max-age=31536000, immutable").type(asset.type);
    return gzip ? reply.header("content-encoding", "gzip").send(asset.gzip) : reply.send(asset.plain);
  });
}

/** Adds to what others, such as CORS, have said that the answer depends on. */
function vary(reply: FastifyReply, name: string): void {
  const said = reply.getHeader("vary");
  reply.header("vary", said ? `${said}, ${name}` : name);
}

function harden(reply: FastifyReply): FastifyReply {
  return reply
    .header("x-content-type-options", "nosniff")
    .header("referrer-policy", "no-referrer")
    .header("cross-origin-opener-policy", "same-origin")
    .header("cross-origin-resource-policy", "same-origin");
}

function readPage(folder: string): string {
  const file = join(folder, "index.html");
  if (!existsSync(file)) throw new Error(`The explorer is not built: there is no ${file}. Run npm run build.`);
  return readFileSync(file, "utf8");
}

function readAssets(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const name of readdirSync(folder)) {
    const type = CONTENT_TYPES[name.slice(name.lastIndexOf(".") + 1)];
    if (type === undefined) continue;
    const file = join(folder, name);
    assets.set(name, { type, plain: readFileSync(file), gzip: readFileSync(`${file}.gz`) });
  }
  return assets;
}
