import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { reasonOf } from "../src/system-errors.js";

/** What a promise is rejected with. */
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error("not rejected");
    },
    (error: unknown) => error,
  );

test("the system's errors are told in our words, with their code", async () => {
  expect(reasonOf(await rejection(readFile("/no/such/file")))).toBe("it is not there (ENOENT)");
  expect(reasonOf(await rejection(readFile("/")))).toBe("it is a folder (EISDIR)");
  expect(reasonOf(Object.assign(new Error("EXYZ: words"), { code: "EXYZ" }))).toBe("EXYZ");
});

test("so are Node's: of fetch, which hides what happened in a cause, and of streams", async () => {
  expect(reasonOf(await rejection(fetch("http://127.0.0.1:2/")))).toBe("nothing listens there (ECONNREFUSED)");
  expect(reasonOf(await rejection(fetch("http://no-such-host.invalid/")))).toMatch(/\((ENOTFOUND|EAI_AGAIN)\)$/);
  const closed = new PassThrough();
  const read = rejection(pipeline(closed, new PassThrough()));
  closed.destroy();
  expect(reasonOf(await read)).toBe("the connection was broken off (ERR_STREAM_PREMATURE_CLOSE)");
});

test("what PostgreSQL says stays, and so do errors without a code and what is no error", async () => {
  const url = new URL(process.env.TEST_DATABASE_URL ?? "");
  url.pathname = "/no_such_database";
  const client = new pg.Client({ connectionString: url.href });
  expect(reasonOf(await rejection(client.connect()))).toBe('database "no_such_database" does not exist');
  expect(reasonOf(new Error("A sentence of our own."))).toBe("A sentence of our own");
  expect(reasonOf("a text")).toBe("a text");
});

test("no code has words in two ways", () => {
  const text = readFileSync(new URL("../src/system-errors.ts", import.meta.url), "utf8");
  const codes = [...text.matchAll(/^ {2}([A-Z_]+): "/gm)].map(([, code]) => code);
  expect([codes.length > 20, new Set(codes).size]).toEqual([true, codes.length]);
});
