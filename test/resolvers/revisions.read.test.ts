/** A dataset as it was: each kind of change, read before and after it. */
import { globalId } from "../../src/services/input/global-id.js";
import { Fixture } from "../support/fixture.js";
import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;
let promptId: string;
let labelerId: string;

/**
 * 1: the prompt, completions A and B, a ranking A>B by w1 · 2: annotated and stages stated · 3: excluded · 4: its split
 * moves from TRAIN to TEST · 5: the ranking is superseded by B>A over a new completion C too · 6: w1 moves to HELD_OUT ·
 * 7: another prompt, a demonstration on the first.
 */
beforeAll(async () => {
  server = await startTestServer();
  const fixture = new Fixture(server.database);
  const dataset = await fixture.dataset("history", { revision: 7 });
  const labeler = await fixture.labeler("w1", { pool: "HELD_OUT" });
  await fixture.member(dataset, labeler, "TRAINING", { removedIn: 6 });
  await fixture.member(dataset, labeler, "HELD_OUT", { addedIn: 6 });
  const group = await fixture.group(dataset, "TRAIN", { removedIn: 4 });
  await fixture.assign(group, "TEST", { addedIn: 4 });
  const prompt = await fixture.prompt(dataset, { text: "first", group, removedIn: 2 });
  const annotated = {
    group,
    useCase: "CHAT",
    language: "en",
    traits: { AMBIGUOUS: true },
    stages: ["SFT", "RM"],
  } as const;
  const facts = { ...annotated, stages: [...annotated.stages] };
  await fixture.state(dataset, prompt, { ...facts, addedIn: 2, removedIn: 3 });
  const exclusion = { reason: "spam", from: ["RM" as const], by: "k", at: fixture.time() };
  await fixture.state(dataset, prompt, { ...facts, exclusion, addedIn: 3 });
  const [a] = await fixture.completions(dataset, prompt, 2, { source: "m" });
  const old = await fixture.ranking(dataset, prompt, labeler, [[0], [1]], { removedIn: 5 });
  await fixture.assessment(dataset, prompt, a as string, labeler, { ranking: old, overall: 2, removedIn: 5 });
  await fixture.completions(dataset, prompt, 1, { source: "n", addedIn: 5 });
  const ranking = await fixture.ranking(dataset, prompt, labeler, [[1], [0], [2]], { addedIn: 5, supersedes: old });
  await fixture.assessment(dataset, prompt, a as string, labeler, { ranking, overall: 3, addedIn: 5 });
  await fixture.ranking(dataset, prompt, labeler, [[1], [2]], { addedIn: 5 });
  await fixture.demonstration(dataset, prompt, labeler, "late", { addedIn: 7 });
  await fixture.prompt(dataset, { text: "second", addedIn: 7 });
  promptId = globalId("Prompt", prompt);
  labelerId = globalId("Labeler", labeler);
});

afterAll(() => server.close());

const STATE = `text useCase language traits { trait value } stages split exclusion { reason } completions { key
    assessments { nodes { overall } totalCount } }
  demonstrations { text } rankings { totalCount nodes { notation labeler { pool } assessments { overall } } }`;

async function asOf(revision: number | null) {
  type Prompt = Record<string, unknown> & { text: string };
  type Answer = { dataset: { prompts: { totalCount: number; nodes: Prompt[] } } };
  const data = await server.data<Answer>(
    `query ($revision: Int) { dataset(slug: "history") { prompts(revision: $revision) { totalCount nodes { ${STATE} } } } }`,
    { revision },
  );
  return data.dataset.prompts;
}

const bare = { useCase: null, language: null, traits: [], exclusion: null };
const annotated = { useCase: "CHAT", language: "en", traits: [{ trait: "AMBIGUOUS", value: true }] };
const keys = (page: { nodes: Record<string, unknown>[] }) =>
  ((page.nodes[0]?.completions ?? []) as { key: string }[]).map(({ key }) => key).join("");

test("revision 0 is empty, each later one has what it changed, the present one is the last", async () => {
  expect(await asOf(0)).toEqual({ totalCount: 0, nodes: [] });
  const first = await asOf(1);
  expect(first).toMatchObject({
    totalCount: 1,
    nodes: [
      {
        ...bare,
        text: "first",
        stages: ["RM"],
        split: "TRAIN",
        demonstrations: [],
        rankings: {
          totalCount: 1,
          nodes: [{ notation: "A>B", labeler: { pool: "TRAINING" }, assessments: [{ overall: 2 }] }],
        },
      },
    ],
  });
  expect(keys(first)).toBe("AB");
  expect((await asOf(2)).nodes).toMatchObject([{ ...annotated, stages: ["SFT", "RM"], exclusion: null }]);
  expect((await asOf(3)).nodes).toMatchObject([{ ...annotated, exclusion: { reason: "spam" }, split: "TRAIN" }]);
  expect((await asOf(4)).nodes).toMatchObject([{ split: "TEST", rankings: { totalCount: 1 } }]);
  const fifth = await asOf(5);
  expect(keys(fifth)).toBe("ABC");
  expect(fifth.nodes).toMatchObject([
    {
      rankings: {
        totalCount: 2,
        nodes: [
          { notation: "B>A>C", labeler: { pool: "TRAINING" }, assessments: [{ overall: 3 }] },
          { notation: "B>C", assessments: [] },
        ],
      },
      completions: [{ assessments: { nodes: [{ overall: 3 }], totalCount: 1 } }, {}, {}],
    },
  ]);
  expect((await asOf(6)).nodes).toMatchObject([{ rankings: { nodes: [{ labeler: { pool: "HELD_OUT" } }, {}] } }]);
  const last = await asOf(7);
  expect(last).toMatchObject({ totalCount: 2, nodes: [{ demonstrations: [{ text: "late" }] }, { text: "second" }] });
  expect(await asOf(null)).toEqual(last);
});

test("filters and counts are as of the revision too", async () => {
  const count = async (list: string, type: string, filter: unknown, revision: number) => {
    const data = await server.data<{ dataset: Record<string, { totalCount: number; nodes: unknown[] }> }>(
      `query ($filter: ${type}, $revision: Int) { dataset(slug: "history") {
        ${list}(filter: $filter, revision: $revision) { totalCount nodes { id } } } }`,
      { filter, revision },
    );
    const page = data.dataset[list] as { totalCount: number; nodes: unknown[] };
    expect(page.nodes).toHaveLength(page.totalCount);
    return page.totalCount;
  };
  const counts = async (list: string, type: string, filter: unknown) =>
    Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((revision) => count(list, type, filter, revision)));
  expect(await counts("prompts", "PromptFilter", { splits: ["TRAIN"] })).toEqual([0, 1, 1, 1, 0, 0, 0, 0]);
  expect(await counts("prompts", "PromptFilter", { useCases: ["CHAT"] })).toEqual([0, 0, 1, 1, 1, 1, 1, 1]);
  expect(await counts("prompts", "PromptFilter", { trait: "AMBIGUOUS" })).toEqual([0, 0, 1, 1, 1, 1, 1, 1]);
  expect(await counts("prompts", "PromptFilter", { excluded: true })).toEqual([0, 0, 0, 1, 1, 1, 1, 1]);
  expect(await counts("prompts", "PromptFilter", { stages: ["SFT"] })).toEqual([0, 0, 1, 1, 1, 1, 1, 1]);
  expect(await counts("prompts", "PromptFilter", { minRankings: 2 })).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  expect(await counts("rankings", "RankingFilter", { pool: "TRAINING" })).toEqual([0, 1, 1, 1, 1, 2, 0, 0]);
  expect(await counts("rankings", "RankingFilter", { split: "TEST" })).toEqual([0, 0, 0, 0, 1, 2, 2, 2]);
  expect(await counts("rankings", "RankingFilter", { labelerIds: [labelerId] })).toEqual([0, 1, 1, 1, 1, 2, 2, 2]);
  expect(await counts("demonstrations", "DemonstrationFilter", {})).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
});

test("ordered by the rankings of a revision, not by those of today", async () => {
  const fixture = new Fixture(server.database);
  const dataset = await fixture.dataset("counts", { revision: 2 });
  const labeler = await fixture.labeler("w2");
  await fixture.member(dataset, labeler);
  for (const [text, then, now] of [
    ["a", 0, 2],
    ["b", 1, 0],
    ["c", 2, 1],
  ] as const) {
    const prompt = await fixture.prompt(dataset, { text });
    await fixture.completions(dataset, prompt, 2);
    for (let i = 0; i < then; i++) await fixture.ranking(dataset, prompt, labeler, [[0], [1]], { removedIn: 2 });
    for (let i = 0; i < now; i++) await fixture.ranking(dataset, prompt, labeler, [[1], [0]], { addedIn: 2 });
  }
  const order = async (revision: number, orderBy: string) => {
    const texts: string[] = [];
    let after: string | null = null;
    for (let i = 0; i < 3; i++) {
      type Answer = { dataset: { prompts: { nodes: { text: string }[]; pageInfo: { endCursor: string } } } };
      const { dataset }: Answer = await server.data(
        `query ($revision: Int, $after: String) { dataset(slug: "counts") {
          prompts(revision: $revision, orderBy: ${orderBy}, first: 1, after: $after) { nodes { text } pageInfo { endCursor } } } }`,
        { revision, after },
      );
      texts.push(...dataset.prompts.nodes.map(({ text }) => text));
      after = dataset.prompts.pageInfo.endCursor;
    }
    return texts.join("");
  };
  expect(await order(1, "MOST_RANKED")).toBe("cba");
  expect(await order(1, "LEAST_RANKED")).toBe("abc");
  expect(await order(2, "MOST_RANKED")).toBe("acb");
  expect(await order(2, "LEAST_RANKED")).toBe("bca");
});

test("a prompt by its id is as it is now", async () => {
  const { node } = await server.data<{ node: unknown }>(
    "query ($id: ID!) { node(id: $id) { ... on Prompt { useCase split demonstrations { text } rankings { totalCount } } } }",
    { id: promptId },
  );
  expect(node).toEqual({
    useCase: "CHAT",
    split: "TEST",
    demonstrations: [{ text: "late" }],
    rankings: { totalCount: 2 },
  });
});

test("a revision that never was is refused", async () => {
  for (const revision of [-1, 8]) {
    for (const list of ["prompts", "rankings", "demonstrations"]) {
      const { errors } = await server.graphql(
        `query ($revision: Int) { dataset(slug: "history") { ${list}(revision: $revision) { totalCount } } }`,
        { revision },
      );
      expect(errors?.[0]).toMatchObject({
        message: `revision is ${revision}; it must be 0 to 7, the dataset's present one.`,
        extensions: { code: "BAD_USER_INPUT", field: "revision" },
      });
    }
  }
});
