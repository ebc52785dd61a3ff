/** The server under test: the build in dist/, in a process of its own. */
import { createReadStream, statSync } from "node:fs";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { freePort, startChild } from "./child.mjs";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
export const KEY = "a-key-for-benchmarks-only-0123456789abcdef";

export const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };

/** env: settings of the server beyond those. Runs work with a server on a database: { pid, url, graphql(query, variables), importFile(slug, file) }. */
export async function withAccord(
  databaseUrl,
  work,
  { nodeArgs = (process.env.BENCH_NODE_ARGS ?? "").split(" ").filter(Boolean), env = {} } = {},
) {
  const port = await freePort();
  const child = await startChild(MAIN, {
    nodeArgs,
    env: {
      HOST: "127.0.0.1",
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      ADMIN_API_KEY: KEY,
      RATE_LIMIT: "100000000",
      MAX_COST: "10000000",
      LOG_LEVEL: "warn",
      ...env,
    },
    url: `http://127.0.0.1:${port}`,
    ready: "/readyz",
  });
  try {
    return await work({
      ...child,
      graphql: (query, variables) => graphql(child.url, query, variables),
      importFile: (slug, file) => importFile(child.url, slug, file),
    });
  } finally {
    await child.stop();
  }
}

/** The data that answers a query; errors are thrown. */
async function graphql(url, query, variables = {}) {
  const answer = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** Sends a file to POST /import/{slug}; returns the report. */
async function importFile(url, slug, file) {
  const sending = request(`${url}/import/${slug}`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/x-ndjson", "content-length": statSync(file).size },
  });
  const answered = new Promise((resolve, reject) => sending.on("response", resolve).on("error", reject));
  await pipeline(createReadStream(file, { highWaterMark: 1 << 18 }), sending);
  const answer = await answered;
  const body = await text(answer);
  if (answer.statusCode !== 200) throw new Error(`the import was answered with ${answer.statusCode}: ${body}`);
  return JSON.parse(body);
}
