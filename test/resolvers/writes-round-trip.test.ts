/** What is written over GraphQL is exported, recognised when it comes again, and the same in another database. */
import { importText } from "../support/import-over-http.js";
import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const exported = async (slug: string): Promise<string> => {
  const response = await fetch(`${server.url}/export/${slug}`, {
    headers: { authorization: `Bearer ${server.adminKey}` },
  });
  expect(response.status).toBe(200);
  return response.text();
};

type Ids = { id: string }[];

async function write(): Promise<void> {
  const made = await server.data<Record<string, { id: string }>>(`mutation {
    dataset: createDataset(input: {slug: "written", name: "Written"}) { id }
    w1: registerLabeler(input: {handle: "w1"}) { id }
    w2: registerLabeler(input: {handle: "w2", pool: HELD_OUT}) { id }
  }`);
  const [datasetId, w1, w2] = [made.dataset?.id, made.w1?.id, made.w2?.id];
  await server.data(
    `mutation { publishInstructions(input: {datasetId: "${datasetId}", text: "Be kind.", validFrom: "2026-01-01T00:00:00Z"}) { id } }`,
  );
  const { createPrompts } = await server.data<{ createPrompts: Ids }>(
    "mutation ($input: CreatePromptsInput!) { createPrompts(input: $input) { id } }",
    {
      input: {
        datasetId,
        prompts: [
          {
            externalId: "p",
            text: "Explain.\n解释",
            author: "a",
            useCase: "OPEN_QA",
            language: "en",
            tags: ["t"],
            metadata: { z: [1, { y: null }], a: 1e-7 },
            traits: [{ trait: "HIGH_STAKES" }, { trait: "AMBIGUOUS", value: false }],
            stages: ["RM", "SFT"],
          },
          { text: "Classify.", fewShot: [{ query: "q", response: "r" }], source: "CUSTOMER", author: "b" },
          { text: "explain.  解释", author: "c" },
          { text: "Alone." },
        ],
      },
    },
  );
  const [first, second, , fourth] = createPrompts.map(({ id }) => id);
  const complete = async (source: string, texts: string[], sampleIndex?: number) => {
    const { submitCompletions } = await server.data<{ submitCompletions: Ids }>(
      "mutation ($input: SubmitCompletionsInput!) { submitCompletions(input: $input) { id } }",
      { input: { datasetId, source, completions: texts.map((text) => ({ promptId: first, text, sampleIndex })) } },
    );
    return submitCompletions.map(({ id }) => id);
  };
  const completions = [
    ...(await complete("sft", ["A", "B", ""])),
    ...(await complete("sft", ["A again"], 0)),
    ...(await complete("ppo", ["E"])),
  ];
  const [a, b, c, d] = completions as [string, string, string, string, string];
  const rank = async (input: object) => {
    const { submitRanking } = await server.data<{ submitRanking: { id: string } }>(
      "mutation ($input: SubmitRankingInput!) { submitRanking(input: $input) { id } }",
      { input: { promptId: first, labelerId: w1, ...input } },
    );
    return submitRanking.id;
  };
  const labels = [
    { label: "HARMFUL_ADVICE", value: null },
    { label: "FAILS_INSTRUCTION", value: true },
  ];
  const earlier = await rank({ tiers: [[b], [a, c]], assessments: [{ completionId: a, overall: 2 }] });
  await rank({
    tiers: [[c, a], [b]],
    supersedesId: earlier,
    displayOrder: [d, b, a, c],
    durationMs: 41_000,
    note: "close",
    assessments: [
      { completionId: b, overall: 6, labels, toxicity: { output: 1, continuity: 7 } },
      { completionId: d, labels },
    ],
  });
  await rank({ tiers: completions.map((id) => [id]), labelerId: w2 });
  await server.data("mutation ($input: SubmitAssessmentsInput!) { submitAssessments(input: $input) { id } }", {
    input: {
      labelerId: w2,
      assessments: [
        { completionId: c, overall: 1 },
        { completionId: a, labels },
      ],
    },
  });
  for (const text of ["So.", ""])
    await server.data("mutation ($input: SubmitDemonstrationInput!) { submitDemonstration(input: $input) { id } }", {
      input: { promptId: second, labelerId: w1, text },
    });
  await server.data(`mutation { excludePrompts(input: {ids: ["${fourth}"], reason: "spam", from: [PPO]}) { id } }`);
  await server.data(`mutation { assignSplits(input: {datasetId: "${datasetId}", seed: 3}) { id } }`);
  await server.data(`mutation { updateLabeler(input: {id: "${w1}", status: SUSPENDED}) { id } }`);
}

test("comes out of an export, is known when it comes again, and makes the same export elsewhere", async () => {
  await write();
  const lines = await exported("written");
  expect(lines.match(/"text":"Explain/g)).toHaveLength(1);
  // The superseded ranking is no more; the correction, the other labeler's, two demonstrations and two assessments are there.
  expect(lines.match(/"tiers"/g)).toHaveLength(2);
  expect(await importText(server, "written", lines)).toMatchObject({
    accepted: 0,
    rejected: 0,
    duplicates: 4,
    errors: [],
  });
  expect(await exported("written")).toBe(lines);
  expect(await importText(server, "copy", lines)).toMatchObject({
    accepted: 4,
    rejected: 0,
    duplicates: 0,
    errors: [],
  });
  expect(await exported("copy")).toBe(lines);
});
