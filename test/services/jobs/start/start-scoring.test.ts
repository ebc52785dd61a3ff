/** What scoreCompletions refuses: a clear error each, and nothing is started. */
import { globalId } from "../../../../src/services/input/global-id.js";
import { importText } from "../../../support/import-over-http.js";
import { startTestServer, type TestServer } from "../../../support/server.js";
import { storeModel } from "../../../support/stored-model.js";

let server: TestServer;
const ids: Record<string, string> = {};

beforeAll(async () => {
  server = await startTestServer();
  const completions = ["A", "B"].map((key) => ({ key, source: "sft", text: key }));
  await importText(server, "good", `${JSON.stringify({ text: "a", completions })}\n`);
  await importText(server, "bare", '{"text":"a"}\n');
  for (const slug of ["good", "bare"]) {
    ids[slug] = (await server.data<{ dataset: { id: string } }>(`{ dataset(slug: "${slug}") { id } }`)).dataset.id;
  }
  const datasetId = ids.good as string;
  ids.judge = (await storeModel(server, { name: "judge", stage: "REWARD", datasetId })).id;
  ids.sft = (await storeModel(server, { name: "sft", stage: "SFT", datasetId })).id;
});
afterAll(() => server.close());

const SCORE =
  "mutation ($input: ScoreInput!) { scoreCompletions(input: $input) { id config progress { totalSteps } } }";
const jobs = async () =>
  (await server.database.select<{ n: number }>("select count(*)::integer as n from job", []))[0]?.n;

test.each([
  [
    "a language model",
    () => ({ modelId: ids.sft }),
    "BAD_USER_INPUT",
    "input.modelId",
    "input.modelId names a model of stage SFT; scoring takes REWARD.",
  ],
  ["a model that does not exist", () => ({ modelId: globalId("Model", "999") }), "NOT_FOUND", "input.modelId", /model/],
  ["the id of something else", () => ({ modelId: ids.good }), "BAD_USER_INPUT", "input.modelId", /of a Dataset/],
  ["a dataset that does not exist", () => ({ datasetId: globalId("Dataset", "999") }), "NOT_FOUND", undefined, /./],
  [
    "a dataset without completions",
    () => ({ datasetId: ids.bare }),
    "UNPROCESSABLE",
    "input.datasetId",
    "No prompt of the filter has a completion to score.",
  ],
  ["no source", () => ({ sources: [] }), "BAD_USER_INPUT", "input.sources", /names no source/],
  [
    "a source that wrote nothing",
    () => ({ sources: ["ppo"] }),
    "UNPROCESSABLE",
    "input.sources",
    /a completion of "ppo"/,
  ],
  [
    "more sources than may be named",
    () => ({ sources: Array.from({ length: 1001 }, (_, n) => `s${n}`) }),
    "BAD_USER_INPUT",
    "input.sources",
    "input.sources names 1001 sources; it may name 1000.",
  ],
  ["a source that cannot be stored", () => ({ sources: ["a\u0000"] }), "BAD_USER_INPUT", "input.sources.0", /./],
  [
    "a count below 0 in the filter",
    () => ({ promptFilter: { minRankings: -1 } }),
    "BAD_USER_INPUT",
    "input.promptFilter.minRankings",
    /./,
  ],
  ["no prompt that matches", () => ({ promptFilter: { search: "zzz" } }), "UNPROCESSABLE", "input.datasetId", /./],
] as const)("scoreCompletions with %s is refused", async (_name, input, code, field, message) => {
  const before = await jobs();
  const answer = await server.graphql(SCORE, { input: { datasetId: ids.good, modelId: ids.judge, ...input() } });
  expect(answer.errors).toMatchObject([{ extensions: { code, ...(field ? { field } : {}) } }]);
  expect(answer.errors?.[0]?.message).toMatch(message);
  expect(await jobs()).toBe(before);
});

test("what is left open stands in the job's config, with reasons", async () => {
  const { scoreCompletions } = await server.data<{ scoreCompletions: Record<string, unknown> }>(SCORE, {
    input: { datasetId: ids.good, modelId: ids.judge },
  });
  expect(scoreCompletions).toMatchObject({
    progress: { totalSteps: 1 },
    config: {
      completions: 2,
      completionsAtOnce: 32,
      promptFilter: { excluded: false },
      estimates: { memoryBytes: expect.any(Number) },
      reasons: { completionsAtOnce: expect.stringContaining("memory") },
    },
  });
});

test("a score by what is no model is refused", async () => {
  const { errors } = await server.graphql(
    `query ($id: ID!) { dataset(slug: "good") { prompts { nodes { completions { score(modelId: $id) } } } } }`,
    { id: ids.good },
  );
  expect(errors?.[0]).toMatchObject({
    message: "modelId is the id of a Dataset; it must be that of a Model.",
    extensions: { code: "BAD_USER_INPUT", field: "modelId" },
  });
});
