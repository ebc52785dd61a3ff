import pg from "pg";
import { createLogger } from "../../../src/server/requests/logger.js";
import { captureLog } from "../../support/captured-log.js";

test("a terminal gets lines for people, with the stack of an error below", () => {
  const written: string[] = [];
  const log = createLogger("info", { isTTY: true, write: (text) => written.push(text) });
  log.info({ status: 200, path: "/graphql" }, "request");
  log.debug("not at this level");
  log.error({ err: new Error("broken") }, "a fault of the server");
  expect(written[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}request status=200 path=\/graphql\n$/);
  expect(written[1]).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} ERROR a fault of the server\nError: broken\n {4}at .+logger\.test\.ts/,
  );
  expect(written).toHaveLength(2);
});

test("anything else gets JSON, one object a line, with the level as a word and the time in UTC", () => {
  const { log, lines } = captureLog();
  log.warn({ signal: "SIGTERM" }, "draining");
  expect(lines).toEqual([
    { level: "warn", time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), signal: "SIGTERM", msg: "draining" },
  ]);
});

test("of an error of the database the log keeps the statement, not its values; and no authorization", () => {
  const { log, text } = captureLog();
  const error = Object.assign(new pg.DatabaseError("duplicate key value", 1, "error"), {
    code: "23505",
    constraint: "labeler_handle_key",
    detail: "Key (handle)=(secret-handle) already exists.",
    query: "insert into labeler (handle) values ($1)",
    parameters: ["secret-handle"],
  });
  log.error(
    { err: error, authorization: "Bearer secret-key", headers: { authorization: "Bearer secret-key" } },
    "fault",
  );
  expect(text()).toContain("insert into labeler (handle) values ($1)");
  expect(text()).toContain("labeler_handle_key");
  expect(text()).not.toMatch(/secret-(handle|key)/);
});
