/** The last line of an export with `ending=true` is no record: an import refuses it wherever it stands, and takes the rest. */
import { receiveFile, receiveRecords, sendFile } from "../../support/files.js";
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;
let lines: string[];
let ending: string;

beforeAll(async () => {
  server = await startTestServer();
  await sendFile(server, "source", '{"id":"a","text":"one"}\n{"id":"b","text":"two"}\n{"id":"c","text":"three"}\n');
  const { text } = await receiveFile(server, "source", { query: "?ending=true" });
  const all = text.trimEnd().split("\n");
  ending = all.pop() as string;
  lines = all;
  expect(JSON.parse(ending)).toEqual({
    ending: {
      bytes: Buffer.byteLength(`${lines.join("\n")}\n`),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      revision: 1,
    },
  });
});
afterAll(() => server.close());

test.each([
  ["as the last line", () => [...lines, ending], [4]],
  ["as the first", () => [ending, ...lines], [1]],
  ["in the middle", () => [lines[0], ending, lines[1], lines[2]], [2]],
  ["twice at the end", () => [...lines, ending, ending], [4, 5]],
  ["behind each part of two exports put together", () => [lines[0], ending, lines[1], lines[2], ending], [2, 5]],
  [
    "with a count of bytes that is wrong",
    () => [...lines, JSON.stringify({ ending: { ...JSON.parse(ending).ending, bytes: 7 } })],
    [4],
  ],
  ["with a count that is none", () => [...lines, '{"ending":{"bytes":"all"}}'], [4]],
  ["cut off within", () => [...lines, ending.slice(0, -9)], [4]],
  ["beside the fields of a prompt", () => [...lines, `{"text":"four",${ending.slice(1)}`], []],
])("%s", async (where, file, rejected) => {
  const slug = `to-${where.replaceAll(" ", "-")}`;
  const given = file();
  const answer = await sendFile(server, slug, `${given.join("\n")}\n`);
  expect(answer).toMatchObject({
    status: 200,
    lines: given.length,
    accepted: given.length - rejected.length,
    rejected: rejected.length,
    duplicates: 0,
    errors: rejected.map((line) => ({ line })),
  });
  // A prompt with a field that the format does not know is a prompt, and the report says what is not kept of it.
  expect(answer.losses).toEqual(rejected.length > 0 ? [] : [{ what: expect.stringContaining("ending"), count: 1 }]);
  const records = await receiveRecords(server, slug);
  expect(records.map(({ text }) => text)).toEqual(["one", "two", "three", ...(rejected.length > 0 ? [] : ["four"])]);
  // What was refused left nothing behind: the same prompts are known, and its lines are refused again.
  expect(await sendFile(server, slug, `${given.join("\n")}\n`)).toMatchObject({
    accepted: 0,
    duplicates: given.length - rejected.length,
    rejected: rejected.length,
  });
});

test("a file of nothing but an ending has no record, and no dataset is made", async () => {
  expect(await sendFile(server, "nothing", `${ending}\n`)).toMatchObject({ status: 200, accepted: 0, rejected: 1 });
});
