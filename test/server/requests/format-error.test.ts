/** What a client is told of errors that PostgreSQL itself raises, as the pool and as TypeORM hand them on. */
import { publicError } from "../../../src/server/requests/format-error.js";
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const raise = (code: string) => `do $$ begin raise exception 'secret' using errcode = '${code}'; end $$`;

test.each([
  ["53100", "UNAVAILABLE", "The disk of the database is full at the moment."],
  ["53200", "UNAVAILABLE", "The database has no room for more work at the moment."],
  ["53300", "UNAVAILABLE", "The database takes no more connections at the moment."],
  ["57P01", "UNAVAILABLE", "The database cannot be reached at the moment."],
  ["22012", "INTERNAL", "Something went wrong on the server"],
])("an error %s is %s", async (sqlState, code, words) => {
  const { database } = server;
  const asks = [() => database.select(raise(sqlState), []), () => database.dataSource.query(raise(sqlState))];
  for (const ask of asks) {
    const lines: unknown[][] = [];
    const log = { warn: (...line: unknown[]) => lines.push(line), error: (...line: unknown[]) => lines.push(line) };
    const told = publicError(await ask().catch((error: unknown) => error), log as never);
    expect(told).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(told.message).not.toContain("secret");
    expect(lines).toMatchObject([[{ errorId: told.errorId }, expect.any(String)]]);
  }
});
