import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import Fastify from "fastify";
import { registerExplorer } from "../../../src/server/routes/explorer.js";
import { startTestServer, type TestServer } from "../../support/server.js";

interface Received {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

let folder: string;
let server: TestServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "accord-explorer-"));
  execFileSync(process.execPath, ["scripts/build-explorer.mjs", folder]);
  server = await startTestServer({}, { explorerFolder: folder });
}, 90_000);

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("the explorer over HTTP", () => {
  const CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
  /** A client that sends a path as it is, where browsers and fetch tidy it up, and leaves the answer as it comes. */
  function send(method: string, path: string, headers: Record<string, string> = {}, body = ""): Promise<Received> {
    const { port } = server.app.server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      httpRequest({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
        buffer(answer).then(
          (bytes) => resolve({ status: answer.statusCode, headers: answer.headers, bytes, text: bytes.toString() }),
          reject,
        );
      })
        .on("error", reject)
        .end(body);
    });
  }
  const get = (path: string, headers?: Record<string, string>) => send("GET", path, headers);

  test("answers the page to a browser, without a key, with a policy that admits nobody else", async () => {
    const page = await get("/graphql", { accept: CHROME });
    expect(page.status).toBe(200);
    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    const policy = String(page.headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self';");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
    expect(page.headers).toMatchObject({ "cache-control": "no-cache", "x-content-type-options": "nosniff" });
    expect(page.headers.vary).toMatch(/\baccept\b/);
    expect(page.text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  test("answers the page also with a query in the address, and its headers to HEAD", async () => {
    expect((await get("/graphql?x=1", { accept: "text/html" })).headers["content-type"]).toContain("text/html");
    const head = await send("HEAD", "/graphql", { accept: "text/html" });
    expect(head.status).toBe(200);
    expect(head.headers["content-type"]).toContain("text/html");
  });

  test.each([
    ["application/json"],
    ["application/graphql-response+json, application/json;q=0.9"],
    ["*/*"],
    ["application/json, text/html;q=0.5"],
    ["text/html;q=0, */*"],
    ["text/htmlx, */*"],
  ])("leaves a GET that accepts %s to GraphQL", async (accept) => {
    const answer = await get(`/graphql?query=${encodeURIComponent("{viewer{role}}")}`, {
      accept,
      authorization: `Bearer ${server.adminKey}`,
      "apollo-require-preflight": "1",
    });
    expect(answer.headers["content-type"]).toMatch(/json/);
    expect(JSON.parse(answer.text)).toEqual({ data: { viewer: { role: "ADMIN" } } });
  });

  test("tells caches that the answer also depends on the origin where it does", async () => {
    const open = await startTestServer(
      { CORS_ORIGINS: "https://a.example,https://b.example" },
      { explorerFolder: folder },
    );
    try {
      const answer = await fetch(`${open.url}/graphql`, {
        headers: { accept: "text/html", origin: "https://a.example" },
      });
      expect(answer.headers.get("vary")?.toLowerCase().split(/,\s*/).sort()).toEqual(["accept", "origin"]);
    } finally {
      await open.close();
    }
  });

  test("leaves POST to GraphQL whatever it accepts", async () => {
    const headers = {
      accept: "text/html, */*",
      "content-type": "application/json",
      authorization: `Bearer ${server.adminKey}`,
    };
    const answer = await send("POST", "/graphql", headers, '{"query": "{viewer{role}}"}');
    expect(JSON.parse(answer.text)).toEqual({ data: { viewer: { role: "ADMIN" } } });
  });

  test("answers every asset that the page names, plain and as gzip, to be kept for a year", async () => {
    const { text } = await get("/graphql", { accept: "text/html" });
    const named = [...text.matchAll(/(?:src|href)="(graphql\/assets\/[^"]+)"/g)].map((match) => `/${match[1]}`);
    expect(named.map((path) => path.slice(path.lastIndexOf(".")))).toEqual([".css", ".js"]);
    for (const path of named) {
      const plain = await get(path);
      const gzip = await get(path, { "accept-encoding": "br, gzip" });
      const refused = await get(path, { "accept-encoding": "gzip;q=0, identity" });
      expect(plain.status).toBe(200);
      expect(plain.headers["content-type"]).toBe(
        path.endsWith(".js") ? "text/javascript; charset=utf-8" : "text/css; charset=utf-8",
      );
      expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
      expect(plain.bytes.equals(readFileSync(join(folder, path.replace("/graphql/", ""))))).toBe(true);
      expect(gzip.headers["content-encoding"]).toBe("gzip");
      expect(gzip.bytes.length).toBeLessThan(plain.bytes.length);
      expect(refused.headers["content-encoding"]).toBeUndefined();
    }
  });

  test.each([
    ["/graphql/assets/../index.html"],
    ["/graphql/assets/..%2findex.html"],
    ["/graphql/assets/%2e%2e%2findex.html"],
    ["/graphql/assets/..%5cindex.html"],
    ["/graphql/assets/..%2f..%2f..%2fetc%2fpasswd"],
    ["/graphql/assets//etc/passwd"],
    ["/graphql/assets/__proto__"],
    ["/graphql/assets/explorer.js"],
    ["/graphql/assets/"],
  ])("serves nothing for %s", async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test("refuses a folder without a page in a sentence", () => {
    expect(() => registerExplorer(Fastify(), join(folder, "nowhere"))).toThrow(
      /The explorer is not built: there is no .*index\.html/,
    );
  });

  test("names no other host in anything the browser runs or loads", () => {
    const style = readFileSync(
      join(folder, "assets", readdirSync(join(folder, "assets")).find((f) => f.endsWith(".css"))!),
      "utf8",
    );
    expect(
      [...style.matchAll(/(?:url\(|@import)\s*["']?([^"')]{0,30})/g)]
        .map((m) => m[1])
        .filter((u) => !u?.startsWith("data:")),
    ).toEqual([]);
  });
});
