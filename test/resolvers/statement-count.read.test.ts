/** However many rows an answer holds, it asks the database the same few questions. */
import pg from "pg";
import { globalId } from "../../src/services/input/global-id.js";
import { Fixture } from "../support/fixture.js";
import { startTestServer, type TestServer } from "../support/server.js";

/** Every kind of thing once. */
const QUERY = `query ($slug: String!, $first: Int!) {
  dataset(slug: $slug) {
    prompts(first: $first) {
      totalCount
      nodes {
        id text stages split
        dataset { slug }
        demonstrations { text instructionVersion { version } prompt { id } }
        completions {
          key source
          prompt { id }
          assessments(first: 10) { totalCount nodes { overall labels { label value } } }
        }
        rankings(first: 10) {
          totalCount
          nodes {
            notation
            tiers { key text }
            displayOrder { key }
            comparisons { winner { key } loser { key } }
            labeler { handle pool counts { rankings skipped } }
            assessments { overall }
            supersedes { notation }
            guidelineViolations { preferred { key } over { key } rule explanation }
            prompt { text }
          }
        }
      }
    }
  }
}`;

/** Labelers in four places and completions and rankings by id: levels of an answer that may or may not meet in time. */
const REPEATED = `query ($slug: String!, $first: Int!) {
  dataset(slug: $slug) {
    prompts(first: $first) {
      nodes {
        demonstrations { labeler { handle } }
        completions { assessments { nodes { completion { key } labeler { handle } ranking { id } } } }
        rankings {
          nodes { labeler { handle } supersedes { labeler { handle } } assessments { completion { key } ranking { id } } }
        }
      }
    }
  }
}`;

let server: TestServer;
/** The texts that went to the database while `counting` was set. */
let statements: string[] | null = null;
const original = pg.Client.prototype.query;

beforeAll(async () => {
  server = await startTestServer({ MAX_COST: "10000000" });
  const fixture = new Fixture(server.database);
  const dataset = await fixture.dataset("nested", { revision: 2 });
  const labelers: string[] = [];
  for (let i = 0; i < 6; i++) {
    labelers.push(await fixture.labeler(`w${i}`, { pool: i === 5 ? "HELD_OUT" : "TRAINING" }));
    await fixture.member(dataset, labelers[i]!, i === 5 ? "HELD_OUT" : "TRAINING");
  }
  const version = await fixture.instructions(dataset, 1);
  const who = (i: number) => labelers[i % labelers.length]!;
  const fill = async (i: number) => {
    const prompt = await fixture.prompt(dataset, { split: "TRAIN" });
    const [first] = await fixture.completions(dataset, prompt, 4, { source: "model-1" });
    await fixture.demonstration(dataset, prompt, who(i), `Answer ${i}`, { instructions: version });
    const old = await fixture.ranking(dataset, prompt, who(i), [[3], [0, 1, 2]], { removedIn: 2 });
    const facts = { displayOrder: [3, 1, 2, 0], supersedes: old, instructions: version };
    const ranking = await fixture.ranking(dataset, prompt, who(i), [[0], [1, 2], [3]], facts);
    await fixture.ranking(dataset, prompt, who(i + 1), [[2], [0]]);
    await fixture.assessment(dataset, prompt, first as string, who(i), { ranking, overall: 6 });
    await fixture.assessment(dataset, prompt, first as string, who(i + 2), { labels: { HALLUCINATION: false } });
  };
  await Promise.all(Array.from({ length: 50 }, (_, i) => fill(i)));
  // pg's query has many overloads; this wrapper only looks at the first argument and passes all of them on.
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [config] = args as [string | { text?: string }];
    statements?.push(typeof config === "string" ? config : (config.text ?? ""));
    return Reflect.apply(original, this, args);
  } as typeof original;
});

afterAll(async () => {
  pg.Client.prototype.query = original;
  await server.close();
});

/** The statements that one request sends, and its answer. */
async function counted<Data>(query: string, variables: Record<string, unknown>) {
  statements = [];
  const data = await server.data<Data>(query, variables);
  const sent = statements;
  statements = null;
  return { data, sent };
}

type Nested = {
  dataset: { prompts: { totalCount: number; nodes: { completions: unknown[]; rankings: { totalCount: number } }[] } };
};

test("a nested page of 50 prompts sends as many statements as one of 5", async () => {
  await counted(QUERY, { slug: "nested", first: 1 });
  const few = await counted<Nested>(QUERY, { slug: "nested", first: 5 });
  const many = await counted<Nested>(QUERY, { slug: "nested", first: 50 });
  expect(few.data.dataset.prompts.nodes).toHaveLength(5);
  expect(many.data.dataset.prompts.nodes).toHaveLength(50);
  expect(many.data.dataset.prompts.totalCount).toBe(50);
  expect(many.data.dataset.prompts.nodes.every((node) => node.completions.length === 4)).toBe(true);
  expect(many.data.dataset.prompts.nodes.every((node) => node.rankings.totalCount === 2)).toBe(true);
  expect([...many.sent].sort()).toEqual([...few.sent].sort());
  // The key, the dataset by slug and by id, the page, and one for each kind of thing that hangs on it.
  expect(new Set(many.sent).size).toBe(many.sent.length);
});

test("a question that stands in several places is asked at most once for each of them", async () => {
  const { sent } = await counted(REPEATED, { slug: "nested", first: 50 });
  for (const text of new Set(sent)) {
    const times = sent.filter((other) => other === text).length;
    expect({ text, times }).toEqual({ text, times: Math.min(times, 4) });
  }
});

test("nodes by id send one statement for each type", async () => {
  const ids = (count: number) => Array.from({ length: count }, (_, i) => globalId("Ranking", String(i + 1)));
  const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Ranking { notation labeler { handle } } } }";
  const few = await counted(query, { ids: ids(2) });
  const many = await counted(query, { ids: ids(100) });
  expect([...many.sent].sort()).toEqual([...few.sent].sort());
});

test("prompts by external id are one statement, however many are asked for, in how many places and datasets", async () => {
  const fixture = new Fixture(server.database);
  for (const slug of ["named-1", "named-2"]) {
    const dataset = await fixture.dataset(slug);
    for (let i = 0; i < 100; i++) await fixture.prompt(dataset, { externalId: `p-${i}` });
  }
  const query = `query ($ids: [String!]!) { datasets { nodes {
    promptsByExternalId(externalIds: $ids) { id } first: promptByExternalId(externalId: "p-0") { id }
  } } }`;
  const ids = (count: number) => Array.from({ length: count }, (_, i) => `p-${99 - i}`);
  const few = await counted(query, { ids: ids(1) });
  const many = await counted<{ datasets: { nodes: { promptsByExternalId: ({ id: string } | null)[] }[] } }>(query, {
    ids: ids(100),
  });
  const found = many.data.datasets.nodes.flatMap((dataset) =>
    dataset.promptsByExternalId.flatMap((it) => it?.id ?? []),
  );
  expect(new Set(found).size).toBe(200);
  expect([...many.sent].sort()).toEqual([...few.sent].sort());
  expect(many.sent.filter((text) => text.includes("identity = k.identity"))).toHaveLength(1);
});
