/** After the last test: the databases of this run are dropped, and the throw-away PostgreSQL with its folder. */
export default async function globalTeardown() {
  await globalThis.testServer?.close();
}
