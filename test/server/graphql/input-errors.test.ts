/** Where the client is at fault: every refusal of an input names its path, by variables and by literals alike. */

import { readFileSync } from "node:fs";
import { RawWebSocket } from "../../support/raw-websocket.js";
import { startTestServer, type TestServer } from "../../support/server.js";

let server: TestServer;
let datasetId: string;

beforeAll(async () => {
  server = await startTestServer();
  const { createDataset } = await server.data<{ createDataset: { id: string } }>(
    'mutation { createDataset(input: { slug: "a", name: "A" }) { id } }',
  );
  datasetId = createDataset.id;
});
afterAll(() => server.close());

const SPLITS = "mutation ($input: AssignSplitsInput!) { assignSplits(input: $input) { id } }";
const CREATE = "mutation ($in: CreatePromptsInput!) { createPrompts(input: $in) { id } }";
const prompt = (text: unknown, more = {}) => ({ text, source: "CUSTOMER", ...more });

describe("extensions.field is the input's path", () => {
  const PAGE = 'query ($n: Int) { dataset(slug: "a") { prompts(first: $n) { totalCount } } }';
  const NESTED = 'mutation ($t: Float!) { assignSplits(input: { datasetId: "x", train: $t }) { id } }';
  test.each<[string, string, Record<string, unknown>, string]>([
    ["a value of another type", SPLITS, { input: { datasetId: "x", train: "many" } }, "input.train"],
    ["one in a list", CREATE, { in: { datasetId: "x", prompts: [prompt("a"), prompt(7)] } }, "input.prompts.1.text"],
    [
      "a word that is none of an enum",
      CREATE,
      { in: { datasetId: "x", prompts: [prompt("a", { source: "NOBODY" })] } },
      "input.prompts.0.source",
    ],
    [
      "a field that is missing",
      CREATE,
      { in: { datasetId: "x", prompts: [{ source: "CUSTOMER" }] } },
      "input.prompts.0.text",
    ],
    ["a field that is unknown", SPLITS, { input: { datasetId: "x", trian: 0.5 } }, "input.trian"],
    ["null where it must not be", SPLITS, { input: { datasetId: "x", train: null } }, "input.train"],
    ["a variable that is not given", SPLITS, {}, "input"],
    ["a variable that is null", SPLITS, { input: null }, "input"],
    ["a variable within a literal", NESTED, { t: "many" }, "input.train"],
    ["a variable of a nested field", PAGE, { n: 1.5 }, "first"],
    ["a page that no list has", PAGE, { n: 500 }, "first"],
    [
      "a literal of another type",
      'mutation { assignSplits(input: { datasetId: "x", train: "many" }) { id } }',
      {},
      "input.train",
    ],
    [
      "a literal in a list",
      'mutation { createPrompts(input: { datasetId: "x", prompts: [{ text: 7, source: CUSTOMER }] }) { id } }',
      {},
      "input.prompts.0.text",
    ],
    [
      "a literal that is missing",
      'mutation { createPrompts(input: { datasetId: "x", prompts: [{ source: CUSTOMER }] }) { id } }',
      {},
      "input.prompts.0.text",
    ],
    [
      "a literal that is unknown",
      'mutation { assignSplits(input: { datasetId: "x", trian: 0.5 }) { id } }',
      {},
      "input.trian",
    ],
    ["an argument that is missing", "mutation { assignSplits { id } }", {}, "input"],
    ["an argument that is unknown", '{ dataset(slug: "a", name: "b") { id } }', {}, "name"],
  ])("%s", async (_name, query, variables, field) => {
    const answer = await server.graphql(query, variables);
    expect(answer.status).toBe(400);
    expect(answer.data).toBeUndefined();
    expect(answer.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", field } }]);
  });

  test("over a WebSocket it is the same", async () => {
    const socket = await RawWebSocket.open(server.url, server.adminKey);
    socket.subscribe("1", SPLITS, { input: { datasetId: "x", train: "many" } });
    const refused = await socket.next(({ type }) => type === "error");
    expect(refused?.payload).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", field: "input.train" } }]);
    socket.socket.terminate();
  });
});

test("the example of docs/errors.md is what the server sends", async () => {
  const text = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  const block = (language: string) => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s").exec(text)?.[1] ?? "";
  const answer = await server.graphql(block("graphql"), { datasetId });
  expect(answer).toEqual({ status: 200, ...JSON.parse(block("json")) });
});

describe("all bad items of a batch are told, up to 20", () => {
  const fields = (errors: readonly { extensions: { field?: string } }[] | undefined) =>
    errors?.map(({ extensions }) => extensions.field);

  test("where GraphQL refuses them", async () => {
    const prompts = Array.from({ length: 30 }, (_, i) => prompt(i % 2 === 0 ? "fine" : i));
    const { errors } = await server.graphql(CREATE, { in: { datasetId, prompts } });
    expect(fields(errors)).toEqual(Array.from({ length: 15 }, (_, i) => `input.prompts.${2 * i + 1}.text`));
    const all = await server.graphql(CREATE, { in: { datasetId, prompts: prompts.map(() => prompt(7)) } });
    expect(fields(all.errors)).toEqual(Array.from({ length: 20 }, (_, i) => `input.prompts.${i}.text`));
  });

  test("where our rules refuse them, and then nothing is stored", async () => {
    const prompts = Array.from({ length: 30 }, (_, i) => prompt(i % 2 === 0 ? `text ${i}` : ""));
    const answer = await server.graphql(CREATE, { in: { datasetId, prompts } });
    expect(fields(answer.errors)).toEqual(Array.from({ length: 15 }, (_, i) => `input.prompts.${2 * i + 1}.text`));
    expect(answer.errors?.every(({ path }) => path?.join() === "createPrompts")).toBe(true);
    const empty = prompts.map(() => prompt(""));
    expect((await server.graphql(CREATE, { in: { datasetId, prompts: empty } })).errors).toHaveLength(20);
    const { dataset } = await server.data<{ dataset: { prompts: { totalCount: number } } }>(
      '{ dataset(slug: "a") { prompts { totalCount } } }',
    );
    expect(dataset.prompts.totalCount).toBe(0);
  });

  test("where only the database knows: what is there already, what is not", async () => {
    await server.data(CREATE, { in: { datasetId, prompts: [prompt("b"), prompt("c")] } });
    const again = await server.graphql(CREATE, {
      in: { datasetId, prompts: [prompt("b"), prompt("new"), prompt("c")] },
    });
    expect(again.errors).toMatchObject([
      { extensions: { code: "CONFLICT", field: "input.prompts.0" } },
      { extensions: { code: "CONFLICT", field: "input.prompts.2" } },
    ]);
    const submit = "mutation ($input: SubmitCompletionsInput!) { submitCompletions(input: $input) { id } }";
    const completions = ["UHJvbXB0Ojk5OTk5", "nonsense", "UHJvbXB0Ojk5OTk4"];
    const input = (ids: string[]) => ({
      datasetId,
      source: "s",
      completions: ids.map((promptId) => ({ promptId, text: "t" })),
    });
    const unread = await server.graphql(submit, { input: input(completions) });
    expect(unread.errors).toMatchObject([{ extensions: { field: "input.completions.1.promptId" } }]);
    const missing = await server.graphql(submit, { input: input(completions.filter((id) => id !== "nonsense")) });
    expect(missing.errors).toMatchObject([
      { extensions: { code: "NOT_FOUND", field: "input.completions.0.promptId" } },
      { extensions: { code: "NOT_FOUND", field: "input.completions.1.promptId" } },
    ]);
  });
});

describe("an argument that is wrong below a dataset never says that the dataset is not there", () => {
  const asked = (field: string) => `{ dataset(slug: "a") { name ${field} } other: dataset(slug: "none") { id } }`;
  test.each([
    ["prompts(first: 500) { totalCount }", "first"],
    ["prompts(first: 1, last: 1) { totalCount }", "first"],
    ['prompts(after: "nonsense") { totalCount }', "after"],
    ["prompts(revision: 1000000) { totalCount }", "revision"],
    ['prompts(filter: { labelerIds: ["nonsense"] }) { totalCount }', expect.any(String)],
    ["rankings(last: 500) { totalCount }", "last"],
    ["demonstrations(first: -1) { totalCount }", "first"],
  ])("%s: the operation is refused as a whole", async (field, at) => {
    const answer = await server.graphql(asked(field));
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: "BAD_USER_INPUT", field: at } }] });
    expect(answer.data).toBeUndefined();
  });

  test("what may be null stays an error beside its data", async () => {
    const answer = await server.graphql('{ dataset(slug: "a") { name } node(id: "nonsense") { id } }');
    expect(answer).toMatchObject({
      status: 200,
      data: { dataset: { name: "A" }, node: null },
      errors: [{ path: ["node"], extensions: { code: "BAD_USER_INPUT" } }],
    });
  });

  test("a mutation is refused before it changes anything", async () => {
    const rename = `mutation ($input: UpdateDatasetInput!) { updateDataset(input: $input) { prompts(first: 500) { totalCount } } }`;
    expect((await server.graphql(rename, { input: { id: datasetId, name: "B" } })).status).toBe(400);
    expect(await server.data('{ dataset(slug: "a") { name } }')).toEqual({ dataset: { name: "A" } });
  });

  test("a field that is left out is not asked", async () => {
    const query = `query ($all: Boolean!, $n: Int) { dataset(slug: "a") { name prompts(first: $n) @include(if: $all) { totalCount } } }`;
    expect((await server.graphql(query, { all: false, n: 500 })).data).toEqual({ dataset: { name: "A" } });
    expect((await server.graphql(query, { all: true, n: 500 })).status).toBe(400);
    const skipping = query.replace("@include(if: $all)", "@skip(if: $all)");
    expect((await server.graphql(skipping, { all: true, n: 500 })).data).toEqual({ dataset: { name: "A" } });
  });

  test("over a WebSocket, too, there is no data", async () => {
    const socket = await RawWebSocket.open(server.url, server.adminKey);
    socket.subscribe("1", asked('prompts(after: "nonsense") { totalCount }'));
    const next = await socket.next(({ type }) => type === "next");
    expect(next?.payload).toMatchObject({ errors: [{ extensions: { field: "after" } }] });
    expect(next?.payload).not.toHaveProperty("data");
    socket.socket.terminate();
  });
});
