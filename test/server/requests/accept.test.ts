import { errorType, prefersPage, readAccept } from "../../../src/server/requests/accept.js";

const JSON_TYPE = "application/json; charset=utf-8";
const RESPONSE_TYPE = "application/graphql-response+json; charset=utf-8";

/** What clients send as they come, read off their sources and the wire. */
const URQL =
  "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed";
const APOLLO = "application/graphql-response+json,application/json;q=0.9";
const APOLLO_SUBSCRIPTION = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json";
const CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

test.each<[string | undefined, string | null, boolean]>([
  [undefined, JSON_TYPE, false],
  ["", JSON_TYPE, false],
  [" ", JSON_TYPE, false],
  ["*/*", JSON_TYPE, false],
  ["application/*", JSON_TYPE, false],
  ["application/json", JSON_TYPE, false],
  ["APPLICATION/JSON", JSON_TYPE, false],
  ["application/json; charset=utf-8", JSON_TYPE, false],
  ["application/graphql-response+json", RESPONSE_TYPE, false],
  ["application/graphql-response+json;q=0.1, application/json;q=0.2", JSON_TYPE, false],
  ["application/graphql-response+json;q=0, */*", JSON_TYPE, false],
  ["application/json;q=0, */*", RESPONSE_TYPE, false],
  ["application/json;q=0, application/graphql-response+json;q=0, */*", null, false],
  ["*/*;q=0", null, false],
  ["text/event-stream", null, true],
  ["Text/Event-Stream", null, true],
  ["text/event-stream; charset=utf-8", null, true],
  ["text/*", null, true],
  ["text/event-stream;q=0", null, false],
  ["text/event-stream;q=0.0, application/json", JSON_TYPE, false],
  ["text/event-stream;q=0, text/*", null, false],
  ["text/event-stream;q=0, */*", JSON_TYPE, false],
  ["text/event-stream;q=0.1, */*;q=0", null, true],
  [URQL, RESPONSE_TYPE, true],
  [APOLLO, RESPONSE_TYPE, false],
  [APOLLO_SUBSCRIPTION, JSON_TYPE, false],
  // Unknown types, and what is no type at all: nothing of it is taken, and nothing breaks.
  ["image/png", null, false],
  ["nonsense", null, false],
  ["text/event-streams", null, false],
  ["x-text/event-stream", null, false],
  [",;,;q=1,/", null, false],
  [";;;,", null, false],
  ["application/json;q=abc", null, false],
  ["application/json;q=-1", null, false],
  ["application/json;q=", JSON_TYPE, false],
  ['application/json;x="unclosed', JSON_TYPE, false],
  ["nonsense, application/json", JSON_TYPE, false],
  ['a/b;x="text/event-stream", application/json', JSON_TYPE, false],
])("%p takes JSON as %p, a stream: %p", (header, json, stream) => {
  expect(readAccept(header)).toEqual({ json, stream });
  expect(errorType(header)).toBe(json ?? JSON_TYPE);
});

test("whatever a header holds, reading it never throws", () => {
  let state = 20_261_130;
  const draw = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
  const pieces = [
    "text/",
    "event-stream",
    "application/json",
    "*/*",
    ";",
    "q=",
    "0",
    "1",
    ".",
    ",",
    " ",
    '"',
    "\\",
    "=",
    "é",
  ];
  for (let run = 0; run < 5_000; run++) {
    const header = Array.from({ length: draw(12) }, () => pieces[draw(pieces.length)]).join("");
    const { json } = readAccept(header);
    expect([JSON_TYPE, RESPONSE_TYPE, null]).toContain(json);
    expect(typeof prefersPage(header)).toBe("boolean");
  }
});

test.each([
  [CHROME, true],
  ["text/html", true],
  ["text/html, application/json;q=0.9", true],
  ["application/json, text/html;q=0.9", false],
  ["text/html;q=0, */*", false],
  ["*/*", false],
  ["text/*", false],
  [undefined, false],
])("%p would rather have the page: %p", (header, expected) => {
  expect(prefersPage(header)).toBe(expected);
});
