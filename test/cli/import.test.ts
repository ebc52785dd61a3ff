/** What `accord import` says of files that are something else, and how it ends. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { accordAt, type Run } from "../support/accord.js";
import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(path.join(tmpdir(), "accord-import-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});

let files = 0;
async function importing(contents: string | Uint8Array, ending = "ndjson"): Promise<Run> {
  const file = path.join(folder, `file-${files++}.${ending}`);
  writeFileSync(file, contents);
  const { err, ...run } = await accordAt(server, ["import", file]);
  // The line of progress is told elsewhere.
  return { ...run, err: err.replace(/^Importing .*\n/gm, "").replaceAll(file, "FILE") };
}

const PROMPT = {
  id: "p1",
  text: "hello",
  completions: [
    { key: "A", source: "m1", text: "a" },
    { key: "B", source: "m2", text: "b" },
  ],
  rankings: [{ labeler: "w1", tiers: [["A"], ["B"]] }],
};

/** As in what people send: name, file, what stands in the one sentence. */
const OTHERS: [string, string | Uint8Array, string][] = [
  ["a JSON array", `[\n${JSON.stringify(PROMPT)},\n${JSON.stringify(PROMPT)}\n]`, "one JSON array"],
  ["a JSON array in one line", JSON.stringify([PROMPT]), "one JSON array"],
  ["JSON over several lines", JSON.stringify(PROMPT, null, 2), "written over several lines"],
  ["a table", "prompt,chosen,rejected\nhello,a,b\n", "a table (CSV) with the columns prompt, chosen, rejected"],
  ["a table of tabs", "\n\nprompt\tgood answer\nhello\ta\n", "a table (CSV) with the columns prompt, good answer"],
  ["Parquet", Uint8Array.from([..."PAR1"].map((c) => c.charCodeAt(0)).concat([21, 4, 21, 0])), "a Parquet file"],
  ["a spreadsheet", Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 6, 0), "a ZIP archive or a spreadsheet"],
];

test.each(OTHERS)("%s is named in one sentence, and nothing is stored", async (_name, contents, what) => {
  const { status, out, err } = await importing(contents);
  expect([status, out]).toEqual([1, expect.stringMatching(/^file-\d+: 0 accepted, 0 duplicates, 0 rejected\n$/)]);
  expect(err.trim().split("\n")).toEqual([expect.stringContaining(what)]);
  expect(err).toContain("NDJSON");
  const slug = /^(file-\d+):/.exec(out)?.[1];
  expect(await server.data("query ($slug: String!) { dataset(slug: $slug) { id } }", { slug })).toEqual({
    dataset: null,
  });
});

test("pairs of preferences are named, told once for all neighbouring lines, and lead to what converts them", async () => {
  const pair = '{"prompt":"hello","chosen":"a","rejected":"b"}\n';
  const { status, out, err } = await importing(pair.repeat(120));
  expect(status).toBe(1);
  expect(out.split("\n").slice(1)).toEqual([
    expect.stringMatching(
      /^ {2}lines 1 to 100: The line has the fields chosen and rejected: it looks like a pair .* node examples\/hh-rlhf-to-native\.mjs < FILE/,
    ),
    "  … and 20 more",
    "",
  ]);
  expect(err).toBe("All 120 lines were rejected: nothing was imported.\n");
});

test.each([
  ["a judgment beside a text", { ...PROMPT, chosen: "a" }, /^The line has the field chosen: it looks like a pair/],
  [
    "a prompt and a completion",
    { prompt: "hello", completion: "a" },
    /^The line has no "text" but prompt, completion: /,
  ],
  ["messages", { messages: [{ role: "user", content: "hello" }] }, /^The line has no "text" but messages: /],
  ["a number as id", { ...PROMPT, id: 17 }, /^id is 17; it must be a text, such as "17"\.$/],
  [
    "a number as labeler",
    { ...PROMPT, rankings: [{ labeler: 3, tiers: [["A"], ["B"]] }] },
    /^rankings\.0\.labeler is 3; it must be a text, such as "3"\.$/,
  ],
])("%s: the only line is rejected in a sentence", async (_name, line, sentence) => {
  const { status, out, err } = await importing(JSON.stringify(line));
  expect([status, err]).toEqual([1, "The only line was rejected: nothing was imported.\n"]);
  expect(out.split("\n")[1]?.replace("  line 1: ", "")).toMatch(sentence);
});

test("null counts as absent, and what only looks like another format is left to the lines", async () => {
  const nulls = JSON.stringify({ ...PROMPT, chosen: null, rejected: null });
  expect((await importing(nulls)).status).toBe(0);
  for (const [contents, said] of [
    ["nonsense\n", "line 1: The line is not JSON"],
    ["[1]\n", "line 1: The line is a list; it must be a JSON object."],
    ["{}\n", "line 1: text is missing; it must be a text."],
    [`${JSON.stringify(PROMPT)}\na,b\n`, "line 2: The line is not JSON"],
  ] as const)
    expect((await importing(contents)).out).toContain(said);
});

test.each([
  ["nothing", "", "ndjson"],
  ["blank lines", "\n \r\n\n", "ndjson"],
  ["nothing, packed", gzipSync(""), "ndjson.gz"],
])("a file of %s ends with status 1, in words that fit", async (_name, contents, ending) => {
  expect(await importing(contents, ending)).toMatchObject({
    status: 1,
    err: "FILE is empty: it has no line, and nothing was imported.\n",
  });
});

test("standard input that is empty, and declarations alone, which are no prompts but no failure", async () => {
  const empty = await accordAt(server, ["import", "-", "--dataset", "empty"], { input: "" });
  expect([empty.status, empty.err]).toEqual([1, expect.stringContaining("The input is empty: it has no line")]);
  expect(await importing('{"labeler":{"handle":"w1"}}\n')).toMatchObject({ status: 0, err: "" });
});

test("lines beside refused ones are in, and it says how many were refused", async () => {
  const good = JSON.stringify(PROMPT);
  expect(await importing(`${good}\n{}\n`)).toMatchObject({
    status: 1,
    err: "1 line was rejected; the others are in.\n",
  });
  expect(await importing(`${good}\n{}\n{}\n`)).toMatchObject({
    status: 1,
    out: expect.stringContaining("  lines 2 to 3: text is missing; it must be a text.\n"),
    err: "2 lines were rejected; the others are in.\n",
  });
});
