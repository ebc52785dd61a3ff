import { globalId } from "../../src/services/input/global-id.js";
import { receiveRecords } from "../support/files.js";
import { type Answer, startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

interface Report {
  readonly accepted: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly errors: { line: number; message: string }[];
  readonly losses: { what: string; count: number }[];
}

let made = 0;

async function newDataset(): Promise<{ id: string; slug: string }> {
  const slug = `records-${++made}`;
  const { createDataset } = await server.data<{ createDataset: { id: string } }>(
    "mutation ($input: CreateDatasetInput!) { createDataset(input: $input) { id } }",
    { input: { slug, name: slug } },
  );
  return { id: createDataset.id, slug };
}

const importRecords = (input: object, key?: string): Promise<Answer<{ importRecords: Report }>> =>
  server.graphql(
    "mutation ($input: ImportRecordsInput!) { importRecords(input: $input) { accepted rejected duplicates errors { line message } losses { what count } } }",
    { input },
    key,
  );

const revisionOf = async (slug: string): Promise<number> =>
  (await server.data<{ dataset: { revision: number } }>(`{ dataset(slug: "${slug}") { revision } }`)).dataset.revision;

test("records become prompts by the rules of a file, and the report names their places", async () => {
  const { id, slug } = await newDataset();
  const records = [
    { labeler: { handle: "w1", pool: "HELD_OUT" } },
    {
      id: "p",
      text: "a",
      mood: 1,
      completions: [{ text: "x" }, { text: "y" }],
      rankings: [{ labeler: "w1", tiers: [["A", "B"]] }],
    },
    { id: "q", text: "" },
    { id: "p", text: "a", useCase: "CHAT" },
    { id: "p", text: "a" },
    { id: "r", text: "half a pair \ud800" },
    JSON.parse('{"id":"s","text":"b","metadata":{"__proto__":{"x":1}}}'),
  ];
  const { data, errors } = await importRecords({ datasetId: id, records });
  expect(errors).toBeUndefined();
  expect(data?.importRecords).toEqual({
    accepted: 2,
    rejected: 3,
    duplicates: 1,
    errors: [
      { line: 3, message: "text is empty." },
      { line: 4, message: 'useCase is "CHAT", but the prompt is known without one; an import changes no field.' },
      { line: 6, message: "text holds half a surrogate pair, which is no character." },
    ],
    losses: [{ what: 'field "mood"', count: 1 }],
  });
  expect(await revisionOf(slug)).toBe(1);
  expect(JSON.stringify((await receiveRecords(server, slug)).at(-1))).toBe(
    '{"id":"s","text":"b","kind":"PLAIN","source":"LABELER","metadata":{"__proto__":{"x":1}}}',
  );
});

test("with an idempotency key it is done once, also for two requests at once; another input is a CONFLICT", async () => {
  const { id, slug } = await newDataset();
  const input = { datasetId: id, records: [{ text: "a" }, { text: "b" }], idempotencyKey: "once" };
  const [first, second] = await Promise.all([importRecords(input), importRecords(input)]);
  expect(first.data?.importRecords).toMatchObject({ accepted: 2, duplicates: 0 });
  expect(second.data).toEqual(first.data);
  expect(await revisionOf(slug)).toBe(1);
  const other = await importRecords({ ...input, records: [{ text: "c" }] });
  expect(other.errors?.[0]?.extensions.code).toBe("CONFLICT");
  const plain = await importRecords({ datasetId: id, records: input.records });
  expect(plain.data?.importRecords).toMatchObject({ accepted: 0, duplicates: 2 });
});

test("each import is an entry of the audit log", async () => {
  const { id } = await newDataset();
  await importRecords({ datasetId: id, records: [{ text: "a" }, {}] });
  const { auditLog } = await server.data<{ auditLog: { nodes: { action: string; after: object }[] } }>(
    `query ($id: ID!) { auditLog(filter: { subject: $id, action: "importRecords" }) { nodes { action after } } }`,
    { id },
  );
  expect(auditLog.nodes).toEqual([
    { action: "importRecords", after: { format: "native", accepted: 1, rejected: 1, duplicates: 0 } },
  ]);
});

describe("refused", () => {
  test.each<[string, object, string, string]>([
    ["no records", { records: [] }, "input.records", "input.records has 0 items; it must have 1 to 1000."],
    [
      "1,001 records",
      { records: Array.from({ length: 1001 }, (_, i) => ({ text: `${i}` })) },
      "input.records",
      "input.records has 1001 items; it must have 1 to 1000.",
    ],
    ["an unknown format", { format: "parquet" }, "input.format", 'input.format is "parquet"; the formats are: native.'],
    [
      "a record nested too deep",
      { records: [{ text: "a" }, nested(100)] },
      "input.records.1",
      "input.records.1 is nested deeper than 70 levels.",
    ],
    [
      "an id of another type",
      { datasetId: globalId("Prompt", "1") },
      "input.datasetId",
      "input.datasetId is the id of a Prompt; it must be that of a Dataset.",
    ],
  ])("%s", async (_name, fields, field, message) => {
    const { id, slug } = await newDataset();
    const { errors } = await importRecords({ datasetId: id, records: [{ text: "a" }], ...fields });
    expect(errors?.[0]).toMatchObject({ message, extensions: { code: "BAD_USER_INPUT", field } });
    expect(await revisionOf(slug)).toBe(0);
  });

  test("a dataset that is not there", async () => {
    const { errors } = await importRecords({ datasetId: globalId("Dataset", "999999"), records: [{ text: "a" }] });
    expect(errors?.[0]?.extensions.code).toBe("NOT_FOUND");
  });

  test.each(["ANALYST", "CLIENT"] as const)("a key of role %s", async (role) => {
    const { id, slug } = await newDataset();
    const { errors } = await importRecords({ datasetId: id, records: [{ text: "a" }] }, await server.key(role));
    expect(errors?.[0]?.extensions.code).toBe("FORBIDDEN");
    expect(await revisionOf(slug)).toBe(0);
  });
});

function nested(levels: number): object {
  let value: object = { text: "a" };
  for (let i = 0; i < levels; i++) value = { text: "a", x: value };
  return value;
}
