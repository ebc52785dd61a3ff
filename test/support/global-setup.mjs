/**
 * Before the first test: a throw-away PostgreSQL in a temporary folder, and in it a template database with the
 * migrations of the sources. TEST_DATABASE_URL, where it is set, names a server to use instead (its role must be
 * allowed to create databases).
 */
import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);

export default async function globalSetup() {
  const { prepareTestServer } = await import("./test-server.ts");
  globalThis.testServer = await prepareTestServer();
}
