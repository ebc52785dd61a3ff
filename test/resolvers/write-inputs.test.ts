/** What GraphQL itself makes of the inputs: defaults, null against absent, types; written in the document and sent as variables. */
import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;
let datasetId: string;
let labelerId: string;
let prompts: string[];
let completions: string[];
let made = 0;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  made += 1;
  const data = await server.data<Record<string, { id: string }>>(
    `mutation {
      createDataset(input: {slug: "inputs-${made}", name: "Inputs"}) { id }
      registerLabeler(input: {handle: "labeler ${made}"}) { id }
    }`,
  );
  datasetId = data.createDataset?.id as string;
  labelerId = data.registerLabeler?.id as string;
  const created = await server.data<{ createPrompts: { id: string }[] }>(
    `mutation { createPrompts(input: {datasetId: "${datasetId}", prompts: [
      {text: "one", useCase: CHAT, language: "en", traits: [{trait: AMBIGUOUS, value: true}], stages: [RM]}, {text: "two"}
    ]}) { id } }`,
  );
  prompts = created.createPrompts.map(({ id }) => id);
  const submitted = await server.data<{ submitCompletions: { id: string }[] }>(
    "mutation ($input: SubmitCompletionsInput!) { submitCompletions(input: $input) { id } }",
    {
      input: { datasetId, source: "sft", completions: ["a", "b", "c"].map((text) => ({ promptId: prompts[0], text })) },
    },
  );
  completions = submitted.submitCompletions.map(({ id }) => id);
});

const refusal = async (query: string, variables: Record<string, unknown> = {}) => {
  const { errors, data } = await server.graphql(query, variables);
  expect(data ?? null).toBeNull();
  return errors?.[0];
};

describe("defaults", () => {
  const expected = {
    splitPolicy: { train: 0.8, validation: 0.1, test: 0.1, seed: 0, groupBy: "AUTHOR" },
  };
  const select = "splitPolicy { train validation test seed groupBy }";

  test("hold in the document, in a variable, and for a variable that is not given", async () => {
    const inDocument = `mutation { assignSplits(input: {datasetId: "${datasetId}"}) { ${select} } }`;
    expect(await server.data(inDocument)).toEqual({ assignSplits: expected });
    const asVariable = `mutation ($input: AssignSplitsInput!) { assignSplits(input: $input) { ${select} } }`;
    expect(await server.data(asVariable, { input: { datasetId } })).toEqual({ assignSplits: expected });
    const notGiven = `mutation ($id: ID!, $seed: Int) { assignSplits(input: {datasetId: $id, seed: $seed}) { ${select} } }`;
    expect(await server.data(notGiven, { id: datasetId })).toEqual({ assignSplits: expected });
    const withDefault = `mutation ($id: ID!, $seed: Int = 5) { assignSplits(input: {datasetId: $id, seed: $seed}) { ${select} } }`;
    expect(await server.data(withDefault, { id: datasetId })).toEqual({
      assignSplits: { splitPolicy: { ...expected.splitPolicy, seed: 5 } },
    });
  });

  test("keep null out", async () => {
    for (const field of ["train", "seed", "groupBy", "onlyUnassigned"]) {
      const inDocument = await refusal(
        `mutation { assignSplits(input: {datasetId: "${datasetId}", ${field}: null}) { id } }`,
      );
      expect(inDocument?.extensions.code).toBe("BAD_USER_INPUT");
      const asVariable = await refusal("mutation ($input: AssignSplitsInput!) { assignSplits(input: $input) { id } }", {
        input: { datasetId, [field]: null },
      });
      expect(asVariable?.extensions.code).toBe("BAD_USER_INPUT");
      expect(asVariable?.message).toMatch(/must not be null|not to be null/);
    }
  });

  test("leave prompts out of all stages when none is named", async () => {
    const { excludePrompts } = await server.data<{ excludePrompts: unknown }>(
      "mutation ($input: ExcludePromptsInput!) { excludePrompts(input: $input) { exclusion { from reason by } } }",
      { input: { ids: [prompts[0]], reason: "spam" } },
    );
    expect(excludePrompts).toMatchObject([{ exclusion: { from: ["SFT", "RM", "PPO"], reason: "spam" } }]);
  });
});

describe("null and absent", () => {
  const select = "useCase language traits { trait value } stages";
  const before = { useCase: "CHAT", language: "en", traits: [{ trait: "AMBIGUOUS", value: true }], stages: ["RM"] };
  const annotate = (input: object) =>
    server.data<{ annotatePrompts: [object] }>(
      `mutation ($input: AnnotatePromptsInput!) { annotatePrompts(input: $input) { ${select} } }`,
      { input: { ids: [prompts[0]], ...input } },
    );

  test("differ as variables", async () => {
    expect(await annotate({ language: "fr" })).toEqual({ annotatePrompts: [{ ...before, language: "fr" }] });
    expect(await annotate({ useCase: null, traits: null })).toEqual({
      annotatePrompts: [{ ...before, language: "fr", useCase: null, traits: [] }],
    });
    expect(await annotate({ stages: [] })).toMatchObject({ annotatePrompts: [{ stages: [] }] });
  });

  test("differ in the document, and a variable that is not given is absent", async () => {
    const inDocument = await server.data(
      `mutation { annotatePrompts(input: {ids: ["${prompts[0]}"], useCase: null}) { ${select} } }`,
    );
    expect(inDocument).toEqual({ annotatePrompts: [{ ...before, useCase: null }] });
    const notGiven = await server.data(
      `mutation ($ids: [ID!]!, $language: String, $useCase: UseCase) {
        annotatePrompts(input: {ids: $ids, language: $language, useCase: $useCase}) { ${select} }
      }`,
      { ids: [prompts[0]], useCase: "OTHER" },
    );
    expect(notGiven).toEqual({ annotatePrompts: [{ ...before, useCase: "OTHER" }] });
  });
});

describe("types", () => {
  const rank = (input: object) => ({
    query: "mutation ($input: SubmitRankingInput!) { submitRanking(input: $input) { id } }",
    variables: { input: { promptId: prompts[0], labelerId, tiers: completions.map((id) => [id]), ...input } },
  });

  test.each([
    ["3.5 on a scale of whole numbers", 3.5],
    ['"5"', "5"],
    ["beyond 32 bits", 2_147_483_648],
    ["true", true],
  ])("refuse an overall of %s", async (_, overall) => {
    const { query, variables } = rank({ assessments: [{ completionId: completions[0], overall }] });
    expect((await refusal(query, variables))?.extensions.code).toBe("BAD_USER_INPUT");
  });

  test.each([0, 8])("leave an overall of %d to the rule", async (overall) => {
    const { query, variables } = rank({ assessments: [{ completionId: completions[0], overall }] });
    expect(await refusal(query, variables)).toMatchObject({
      message: `input.assessments.0.overall is ${overall}; it must be a whole number from 1 to 7.`,
      extensions: { code: "BAD_USER_INPUT", field: "input.assessments.0.overall" },
    });
  });

  test("refuse unknown fields, words and types, and fractions that are no numbers", async () => {
    const refused: [string, Record<string, unknown>?][] = [
      [`mutation { createDataset(input: {slug: "x", name: "x", color: "red"}) { id } }`],
      [`mutation { registerLabeler(input: {handle: "x", pool: BEST}) { id } }`],
      [
        "mutation ($input: RegisterLabelerInput!) { registerLabeler(input: $input) { id } }",
        { input: { handle: "x", pool: "BEST" } },
      ],
      [`mutation { assignSplits(input: {datasetId: "${datasetId}", train: 1e400}) { id } }`],
      [`mutation { assignSplits(input: {datasetId: "${datasetId}", train: NaN}) { id } }`],
      [
        "mutation ($input: AssignSplitsInput!) { assignSplits(input: $input) { id } }",
        { input: { datasetId, train: "NaN" } },
      ],
      [
        "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }",
        { input: { name: "x", role: "ADMIN", expiresAt: "0000-01-01T00:00:00Z" } },
      ],
      [
        "mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }",
        { input: { name: "x", role: "ADMIN", expiresAt: "10000-01-01T00:00:00Z" } },
      ],
    ];
    for (const [query, variables] of refused) {
      const error = await refusal(query, variables);
      expect([query, error?.extensions.code]).toEqual([query, "BAD_USER_INPUT"]);
    }
  });

  test("name the sum of fractions that do not add up", async () => {
    const error = await refusal(`mutation { assignSplits(input: {datasetId: "${datasetId}", train: 0.7}) { id } }`);
    expect(error).toMatchObject({
      message: "Split fractions add up to 0.9; they must add up to 1.",
      extensions: { code: "BAD_USER_INPUT", field: "input" },
    });
  });
});

describe("what a write returns", () => {
  test("is read as of its revision: a corrected ranking, what it corrects, and its assessments", async () => {
    const submit = `mutation ($input: SubmitRankingInput!) {
      submitRanking(input: $input) {
        id notation supersedes { id notation } assessments { overall completion { key } }
        displayOrder { key } prompt { stages rankings { totalCount } } labeler { id }
      }
    }`;
    const [a, b, c] = completions as [string, string, string];
    const input = { promptId: prompts[0], labelerId };
    type Submitted = { submitRanking: { id: string } };
    const first = await server.data<Submitted>(submit, {
      input: {
        ...input,
        tiers: [[c], [b, a]],
        displayOrder: [b, c, a],
        assessments: [{ completionId: b, overall: 2 }],
      },
    });
    expect(first.submitRanking).toMatchObject({
      notation: "C>A=B",
      supersedes: null,
      assessments: [{ overall: 2, completion: { key: "B" } }],
      displayOrder: [{ key: "B" }, { key: "C" }, { key: "A" }],
      prompt: { stages: ["RM"], rankings: { totalCount: 1 } },
      labeler: { id: labelerId },
    });
    const second = await server.data<Submitted>(submit, {
      input: { ...input, tiers: [[a], [b], [c]], supersedesId: first.submitRanking.id },
    });
    expect(second.submitRanking).toMatchObject({
      notation: "A>B>C",
      supersedes: { id: first.submitRanking.id, notation: "C>A=B" },
      assessments: [],
      prompt: { rankings: { totalCount: 1 } },
    });
    const { dataset } = await server.data<{ dataset: { revision: number } }>(
      `{ dataset(id: "${datasetId}") { revision } }`,
    );
    const at = (revision: number) =>
      server.data(`{ dataset(id: "${datasetId}") { rankings(revision: ${revision}) { nodes { notation } } } }`);
    expect(await at(dataset.revision)).toEqual({ dataset: { rankings: { nodes: [{ notation: "A>B>C" }] } } });
    expect(await at(dataset.revision - 1)).toEqual({ dataset: { rankings: { nodes: [{ notation: "C>A=B" }] } } });
  });

  test("shows the pool of a labeler as it was when the work was done, and as it is now", async () => {
    const demonstrate = () =>
      server.data<{ submitDemonstration: { id: string } }>(
        `mutation { submitDemonstration(input: {promptId: "${prompts[1]}", labelerId: "${labelerId}", text: "So."}) { id labeler { pool } } }`,
      );
    await demonstrate();
    const { dataset } = await server.data<{ dataset: { revision: number } }>(
      `{ dataset(id: "${datasetId}") { revision } }`,
    );
    await server.data(`mutation { updateLabeler(input: {id: "${labelerId}", pool: HELD_OUT}) { pool } }`);
    const pools = (revision: number) =>
      server.data(
        `{ dataset(id: "${datasetId}") { demonstrations(revision: ${revision}) { nodes { labeler { pool } } } } }`,
      );
    const of = (pool: string) => ({ dataset: { demonstrations: { nodes: [{ labeler: { pool } }] } } });
    expect(await pools(dataset.revision)).toEqual(of("TRAINING"));
    expect(await pools(dataset.revision + 1)).toEqual(of("HELD_OUT"));
  });
});
