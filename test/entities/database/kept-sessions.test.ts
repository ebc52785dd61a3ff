import { sharesConnections } from "../../../src/entities/database/kept-sessions.js";
import { hasPooler, withPooler } from "../../support/pooler.js";
import { makeDataDirectory, ServerProcess } from "../../support/server-process.js";
import { createTestDatabase, onServer, type TestDatabase } from "../../support/template-database.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
afterAll(() => database.drop());

test("sessions of PostgreSQL itself are their own; a server that does not answer is left to those who connect", async () => {
  expect(await sharesConnections(database.url)).toBe(false);
  expect(await sharesConnections("postgres://accord:secret@127.0.0.1:1/accord")).toBe(false);
});

const withBouncer = hasPooler() ? describe : describe.skip;
withBouncer(`behind PgBouncer${hasPooler() ? "" : " (skipped: pgbouncer is not installed)"}`, () => {
  test.each([{ mode: "transaction" }, { mode: "transaction", size: 1 }, { mode: "statement" }] as const)(
    "sessions of %j share connections",
    async (settings) => {
      expect(await withPooler(database.url, settings, sharesConnections)).toBe(true);
    },
  );

  test("also where connections are at rest, and each session is given the one that rested longest", async () => {
    const settings = { mode: "transaction", isRoundRobin: true } as const;
    const shares = await withPooler(database.url, settings, async (url) => {
      // Eight at once, so that eight connections are open, and then at rest.
      await Promise.all(
        Array.from({ length: 8 }, () => onServer(url, (client) => client.query("select pg_sleep(0.3)"))),
      );
      return sharesConnections(url);
    });
    expect(shares).toBe(true);
  });

  test("sessions of session mode are their own", async () => {
    expect(await withPooler(database.url, { mode: "session" }, sharesConnections)).toBe(false);
  });

  test("a server and a worker are not begun at a pool in transaction mode, and say why; in session mode they are", async () => {
    const data = makeDataDirectory();
    const environment = (url: string) => ({ DATABASE_URL: url, DATA_DIR: data.directory });
    try {
      await withPooler(database.url, { mode: "transaction" }, async (url) => {
        const [server, worker] = [ServerProcess.spawn(environment(url)), ServerProcess.spawnWorker(environment(url))];
        const reason = new RegExp(
          `^DATABASE_URL leads to a pooler at ${new URL(url).host} whose sessions share connections.*pool_mode=transaction.*LISTEN.*session mode\\.\\n$`,
        );
        for (const { exited } of [server, worker])
          expect(await exited).toEqual({ status: 1, stderr: expect.stringMatching(reason) });
      });
      await withPooler(database.url, { mode: "session", size: 40 }, async (url) => {
        const server = ServerProcess.spawn(environment(url));
        const answer = await fetch(`${await server.url()}/healthz`);
        server.kill("SIGTERM");
        expect([answer.status, (await server.exited).status]).toEqual([200, 0]);
      });
    } finally {
      data.remove();
    }
  }, 120_000);
});
