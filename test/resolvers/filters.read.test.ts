/** Each filter alone, filters together, and what no filter may be. */
import { globalId } from "../../src/services/input/global-id.js";
import { Fixture } from "../support/fixture.js";
import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;
const ids: Record<string, string> = {};

beforeAll(async () => {
  server = await startTestServer();
  const fixture = new Fixture(server.database);
  const dataset = await fixture.dataset("filtered");
  const ann = await fixture.labeler("Ann_1");
  const bob = await fixture.labeler("bob%", { pool: "HELD_OUT" });
  const cleo = await fixture.labeler("cleo", { pool: "CANDIDATE", status: "SUSPENDED" });
  await fixture.member(dataset, ann);
  await fixture.member(dataset, bob, "HELD_OUT");
  const [v1, v2] = [await fixture.instructions(dataset, 1), await fixture.instructions(dataset, 2)];
  const common = { useCase: "CHAT", language: "en" } as const;
  const a = await fixture.prompt(dataset, {
    ...common,
    text: "Überraschung 100% sure",
    split: "TRAIN",
    tags: ["x", "y"],
  });
  const b = await fixture.prompt(dataset, {
    text: "snake_case \\ path",
    source: "LABELER",
    kind: "FEW_SHOT",
    fewShot: [{ query: "q", response: "r" }],
    author: "me",
    language: "zh",
    useCase: "REWRITE",
    traits: { AMBIGUOUS: true, HIGH_STAKES: false },
    split: "TEST",
  });
  const c = await fixture.prompt(dataset, {
    text: "snakeXcase 100 sure",
    kind: "USER_BASED",
    author: "Me",
    traits: { AMBIGUOUS: false, HIGH_STAKES: null },
    exclusion: { reason: "spam", from: ["RM"], by: "x", at: fixture.time() },
  });
  const d = await fixture.prompt(dataset, { ...common, text: "left alone", tags: ["y"], split: "VALIDATION" });
  for (const prompt of [a, b]) await fixture.completions(dataset, prompt, 3);
  await fixture.ranking(dataset, a, ann, [[0], [1], [2]], {
    instructions: v1,
    createdAt: new Date("2026-02-01T00:00:00Z"),
  });
  await fixture.ranking(dataset, a, bob, [[0, 1], [2]], {
    instructions: v2,
    createdAt: new Date("2026-02-02T00:00:00Z"),
  });
  await fixture.ranking(dataset, b, bob, [[0, 1, 2]], { createdAt: new Date("2026-02-03T00:00:00Z") });
  await fixture.demonstration(dataset, a, ann, "by ann");
  await fixture.demonstration(dataset, b, bob, "by bob");
  Object.assign(ids, {
    ann: globalId("Labeler", ann),
    bob: globalId("Labeler", bob),
    cleo: globalId("Labeler", cleo),
    v1: globalId("InstructionVersion", v1),
    d: globalId("Prompt", d),
    c: globalId("Prompt", c),
  });
});

afterAll(() => server.close());

const first = (text: string) => text.split(" ")[0];

async function prompts(filter: unknown): Promise<string> {
  const query = `query ($filter: PromptFilter) {
    dataset(slug: "filtered") { prompts(filter: $filter) { totalCount nodes { text } } }
  }`;
  type Answer = { dataset: { prompts: { totalCount: number; nodes: { text: string }[] } } };
  const answer = await server.graphql<Answer>(query, { filter });
  if (!answer.data?.dataset) throw Object.assign(new Error(answer.errors?.[0]?.message), answer.errors?.[0]);
  const { totalCount, nodes } = answer.data.dataset.prompts;
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ text }) => first(text)).join(" ");
}

const ALL = "Überraschung snake_case snakeXcase left";

test.each([
  [null, ALL],
  [{}, ALL],
  [{ kinds: null, author: null, excluded: null, minRankings: null, stages: null }, ALL],
  [{ kinds: ["FEW_SHOT", "USER_BASED"] }, "snake_case snakeXcase"],
  [{ useCases: ["CHAT"] }, "Überraschung left"],
  [{ useCases: ["CHAT", "REWRITE"] }, "Überraschung snake_case left"],
  [{ sources: ["LABELER"] }, "snake_case"],
  [{ splits: ["TRAIN", "TEST"] }, "Überraschung snake_case"],
  // Stated nowhere: a and b have a demonstration, a has strict pairs; c and d are a customer's and untouched.
  [{ stages: ["SFT"] }, "Überraschung snake_case"],
  [{ stages: ["RM"] }, "Überraschung"],
  [{ stages: ["PPO"] }, "snakeXcase left"],
  [{ stages: ["RM", "PPO"] }, "Überraschung snakeXcase left"],
  [{ author: "me" }, "snake_case"],
  [{ language: "zh" }, "snake_case"],
  [{ tag: "y" }, "Überraschung left"],
  [{ search: "SURE" }, "Überraschung snakeXcase"],
  [{ search: "überrasch" }, "Überraschung"],
  [{ search: "100%" }, "Überraschung"],
  [{ search: "_case" }, "snake_case"],
  [{ search: "\\ path" }, "snake_case"],
  [{ search: "" }, ALL],
  [{ search: "nowhere" }, ""],
  [{ excluded: true }, "snakeXcase"],
  [{ excluded: false }, "Überraschung snake_case left"],
  [{ trait: "AMBIGUOUS" }, "snake_case"],
  [{ trait: "HIGH_STAKES" }, ""],
  [{ minRankings: 1 }, "Überraschung snake_case"],
  [{ minRankings: 2 }, "Überraschung"],
  [{ minRankings: 0 }, ALL],
  [{ useCases: ["CHAT"], tag: "y", splits: ["VALIDATION"], search: "alone", stages: ["PPO"] }, "left"],
  [{ useCases: ["CHAT"], sources: ["LABELER"] }, ""],
  // An empty list is a list of what may be: nothing.
  [{ kinds: [] }, ""],
  [{ useCases: [] }, ""],
  [{ sources: [] }, ""],
  [{ splits: [] }, ""],
  [{ stages: [] }, ""],
])("prompts %j: %s", async (filter, expected) => {
  expect(await prompts(filter)).toBe(expected);
});

test.each([
  [{ author: "a\0b" }, "filter.author"],
  [{ language: "\0" }, "filter.language"],
  [{ tag: "\0" }, "filter.tag"],
  [{ search: "\uD800" }, "filter.search"],
  [{ minRankings: -1 }, "filter.minRankings"],
])("prompts %j is refused", async (filter, field) => {
  await expect(prompts(filter)).rejects.toMatchObject({ extensions: { code: "BAD_USER_INPUT", field } });
});

async function work(list: "rankings" | "demonstrations", type: string, filter: unknown): Promise<string> {
  const fields = list === "rankings" ? "notation" : "text";
  const query = `query ($filter: ${type}) { dataset(slug: "filtered") { ${list}(filter: $filter) { totalCount nodes { is: ${fields} } } } }`;
  type Answer = { dataset: Record<string, { totalCount: number; nodes: { is: string }[] }> };
  const answer = await server.graphql<Answer>(query, { filter });
  if (!answer.data?.dataset) throw Object.assign(new Error(answer.errors?.[0]?.message), answer.errors?.[0]);
  const { totalCount, nodes } = answer.data.dataset[list] as { totalCount: number; nodes: { is: string }[] };
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ is }) => is).join(" ");
}

test("rankings by labeler, pool, split, ties, instructions and time", async () => {
  const cases: [Record<string, unknown> | null, string][] = [
    [null, "A>B>C A=B>C A=B=C"],
    [{ labelerIds: [ids.ann] }, "A>B>C"],
    [{ labelerIds: [ids.ann, ids.bob] }, "A>B>C A=B>C A=B=C"],
    [{ labelerIds: [ids.cleo] }, ""],
    [{ labelerIds: [] }, ""],
    [{ pool: "HELD_OUT" }, "A=B>C A=B=C"],
    [{ split: "TEST" }, "A=B=C"],
    [{ withTies: true }, "A=B>C A=B=C"],
    [{ withTies: false }, "A>B>C"],
    [{ instructionVersionId: ids.v1 }, "A>B>C"],
    [{ createdFrom: "2026-02-02T00:00:00Z" }, "A=B>C A=B=C"],
    [{ createdTo: "2026-02-02T00:00:00Z" }, "A>B>C"],
    [{ createdFrom: "2026-02-02T00:00:00Z", createdTo: "2026-02-02T00:00:00.001Z" }, "A=B>C"],
    [{ pool: "HELD_OUT", split: "TRAIN", withTies: true }, "A=B>C"],
    [{ createdFrom: "0001-01-01T00:00:00Z", createdTo: "9999-12-31T23:59:59Z" }, "A>B>C A=B>C A=B=C"],
  ];
  for (const [filter, expected] of cases) {
    expect([filter, await work("rankings", "RankingFilter", filter)]).toEqual([filter, expected]);
  }
});

test("demonstrations by labeler, pool and split", async () => {
  const cases: [Record<string, unknown>, string][] = [
    [{}, "by ann by bob"],
    [{ labelerIds: [ids.bob] }, "by bob"],
    [{ pool: "TRAINING" }, "by ann"],
    [{ split: "TEST" }, "by bob"],
    [{ labelerIds: [] }, ""],
  ];
  for (const [filter, expected] of cases)
    expect(await work("demonstrations", "DemonstrationFilter", filter)).toBe(expected);
});

test("ids that are none, or of another type, are refused and named", async () => {
  for (const [filter, field] of [
    [{ labelerIds: [ids.ann, "nobody"] }, "filter.labelerIds.1"],
    [{ labelerIds: [ids.d] }, "filter.labelerIds.0"],
    [{ instructionVersionId: ids.ann }, "filter.instructionVersionId"],
  ] as const) {
    await expect(work("rankings", "RankingFilter", filter)).rejects.toMatchObject({
      extensions: { code: "BAD_USER_INPUT", field },
    });
  }
});

test("times of year 0 and 10,000, words that are no enum's, numbers that are no Int: refused", async () => {
  for (const filter of [
    { createdFrom: "0000-01-01T00:00:00Z" },
    { createdTo: "10000-01-01T00:00:00Z" },
    { createdTo: "2026-02-30T00:00:00Z" },
    { pool: "ANY" },
  ]) {
    await expect(work("rankings", "RankingFilter", filter)).rejects.toMatchObject({
      extensions: { code: "BAD_USER_INPUT" },
    });
  }
  for (const filter of [{ useCases: ["SONG"] }, { minRankings: 1.5 }, { minRankings: 2 ** 31 }, { kinds: [null] }]) {
    await expect(prompts(filter)).rejects.toMatchObject({ extensions: { code: "BAD_USER_INPUT" } });
  }
});

test("labelers by pool, status and handle", async () => {
  const read = async (filter: unknown) => {
    const query = "query ($filter: LabelerFilter) { labelers(filter: $filter) { totalCount nodes { handle } } }";
    const data = await server.data<{ labelers: { totalCount: number; nodes: { handle: string }[] } }>(query, {
      filter,
    });
    expect(data.labelers.totalCount).toBe(data.labelers.nodes.length);
    return data.labelers.nodes.map(({ handle }) => handle).join(" ");
  };
  expect(await read(null)).toBe("Ann_1 bob% cleo");
  expect(await read({ pools: ["HELD_OUT", "CANDIDATE"] })).toBe("bob% cleo");
  expect(await read({ statuses: ["SUSPENDED"] })).toBe("cleo");
  expect(await read({ search: "ann_" })).toBe("Ann_1");
  expect(await read({ search: "%" })).toBe("bob%");
  expect(await read({ pools: [], search: "b" })).toBe("");
});

test("the audit log, latest first, by subject, author, action and time", async () => {
  await server.database.select(
    `insert into audit_entry (at, by, action, subject, before, after) values
      ('2026-01-01T00:00:00Z', 'k1', 'updateDataset', $1, '{"name":"a"}', '{"name":"b"}'),
      ('2026-01-02T00:00:00Z', 'k2', 'updateLabeler', $2, null, '{}'),
      ('2026-01-03T00:00:00Z', 'k1', 'deleteDataset', $1, '{}', null)`,
    [ids.d, ids.ann],
  );
  const read = async (filter: unknown) => {
    const query = `query ($filter: AuditFilter) {
      auditLog(filter: $filter) { totalCount nodes { id at by action subject before after } } }`;
    type Entry = { id: string; action: string; before: unknown };
    const { auditLog } = await server.data<{ auditLog: { totalCount: number; nodes: Entry[] } }>(query, { filter });
    expect(auditLog.totalCount).toBe(auditLog.nodes.length);
    return auditLog.nodes;
  };
  const actions = async (filter: unknown) => (await read(filter)).map(({ action }) => action);
  expect(await actions({})).toEqual(["deleteDataset", "updateLabeler", "updateDataset"]);
  expect(await actions({ subject: ids.d })).toEqual(["deleteDataset", "updateDataset"]);
  expect(await actions({ by: "k2" })).toEqual(["updateLabeler"]);
  expect(await actions({ action: "updateDataset" })).toEqual(["updateDataset"]);
  expect(await actions({ from: "2026-01-02T00:00:00Z", to: "2026-01-03T00:00:00Z" })).toEqual(["updateLabeler"]);
  const [entry] = await read({ action: "updateDataset" });
  expect(entry).toMatchObject({
    at: "2026-01-01T00:00:00.000Z",
    by: "k1",
    subject: ids.d,
    before: { name: "a" },
    after: { name: "b" },
  });
  const { node } = await server.data<{ node: unknown }>(
    "query ($id: ID!) { node(id: $id) { ... on AuditEntry { action } } }",
    { id: entry?.id },
  );
  expect(node).toEqual({ action: "updateDataset" });
  const refused = await server.graphql('{ auditLog(filter: { subject: "nothing" }) { totalCount } }');
  expect(refused.errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "filter.subject" });
});
