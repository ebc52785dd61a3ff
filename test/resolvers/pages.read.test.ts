/** Pages of lists: both directions, sizes that fit exactly, cursors that do not belong. */
import { globalId } from "../../src/services/input/global-id.js";
import { Fixture } from "../support/fixture.js";
import { startTestServer, type TestServer } from "../support/server.js";

type PageOf<Node> = {
  edges: { cursor: string; node: Node }[];
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  totalCount: number;
};

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  const fixture = new Fixture(server.database);
  const dataset = await fixture.dataset("paged");
  const labeler = await fixture.labeler("w1");
  await fixture.member(dataset, labeler);
  // Nine prompts, of which 3, 4 and 5 share a moment; prompt i has i % 3 rankings.
  const moment = new Date("2026-03-01T00:00:00.000Z");
  for (let i = 0; i < 9; i++) {
    const prompt = await fixture.prompt(dataset, {
      text: `p${i}`,
      createdAt: i >= 3 && i <= 5 ? moment : new Date(moment.getTime() + (i - 4) * 86_400_000),
    });
    await fixture.completions(dataset, prompt, 2);
    await fixture.demonstration(dataset, prompt, labeler, `d${i}`);
    for (let k = 0; k < i % 3; k++) await fixture.ranking(dataset, prompt, labeler, [[k], [1 - k]]);
  }
  const busy = await fixture.dataset("busy");
  await fixture.member(busy, labeler);
  const prompt = await fixture.prompt(busy, { text: "busy" });
  const [a] = await fixture.completions(busy, prompt, 2);
  for (let k = 0; k < 7; k++) {
    await fixture.ranking(busy, prompt, labeler, [[0], [1]], { note: `r${k}` });
    await fixture.assessment(busy, prompt, a as string, labeler, {
      overall: k + 1,
      createdAt: new Date(`2026-04-0${1 + (k >> 1)}T00:00:00.000Z`),
    });
  }
  await fixture.dataset("empty");
  for (let i = 0; i < 5; i++) await fixture.labeler(`labeler ${i}`);
});

afterAll(() => server.close());

const PAGE = "edges { cursor node { name: text } } nodes { name: text } totalCount";
const INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

async function prompts(slug: string, args: Record<string, unknown>): Promise<PageOf<{ name: string }>> {
  const query = `query ($slug: String!, $orderBy: PromptOrder! = CREATED_ASC, $first: Int, $after: String, $last: Int, $before: String) {
    dataset(slug: $slug) {
      prompts(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) { ${PAGE} ${INFO} }
    }
  }`;
  const answer = await server.graphql<{ dataset: { prompts: PageOf<{ name: string }> } }>(query, { slug, ...args });
  if (!answer.data?.dataset) throw Object.assign(new Error(answer.errors?.[0]?.message), answer.errors?.[0]);
  return answer.data.dataset.prompts;
}

const names = (page: PageOf<{ name: string }>) => page.nodes.map((node) => node.name).join(" ");

// Order by time, then by id: 0 1 2 | 3 4 5 share a moment | 6 7 8.
const ASCENDING = "p0 p1 p2 p3 p4 p5 p6 p7 p8".split(" ");
// Rankings: 0 for p0 p3 p6, 1 for p1 p4 p7, 2 for p2 p5 p8; ties in the count go by id.
const LEAST = "p0 p3 p6 p1 p4 p7 p2 p5 p8".split(" ");
const ORDERS: [string, string[]][] = [
  ["CREATED_ASC", ASCENDING],
  ["CREATED_DESC", [...ASCENDING].reverse()],
  ["LEAST_RANKED", LEAST],
  ["MOST_RANKED", [...LEAST].reverse()],
];

test("orderBy: null, as a variable or a literal, means the default", async () => {
  const texts = async (argument: string, definition = "", variables = {}) => {
    const { dataset } = await server.data<{ dataset: { prompts: { nodes: { text: string }[] } } }>(
      `query ($slug: String!${definition}) { dataset(slug: $slug) { prompts${argument} { nodes { text } } } }`,
      { slug: "paged", ...variables },
    );
    return dataset.prompts.nodes.map(({ text }) => text);
  };
  const expected = await texts("");
  expect(expected.length).toBeGreaterThan(1);
  expect(await texts("(orderBy: CREATED_ASC)")).toEqual(expected);
  expect(await texts("(orderBy: null)")).toEqual(expected);
  for (const definition of [", $o: PromptOrder", ", $o: PromptOrder = CREATED_DESC"])
    expect(await texts("(orderBy: $o)", definition, { o: null })).toEqual(expected);
  expect(await texts("(orderBy: $o)", ", $o: PromptOrder")).toEqual(expected);
});

describe.each(ORDERS)("%s", (orderBy, expected) => {
  test.each([1, 2, 3, 4, 9, 10])("forward and backward in pages of %i meet every prompt once", async (size) => {
    const forward: string[] = [];
    let after: string | null = null;
    for (;;) {
      const page: PageOf<{ name: string }> = await prompts("paged", { orderBy, first: size, after });
      forward.push(...page.nodes.map((node) => node.name));
      expect(page.nodes).toEqual(page.edges.map((edge) => edge.node));
      expect(page.pageInfo).toMatchObject({ hasPreviousPage: after !== null, endCursor: page.edges.at(-1)?.cursor });
      expect(page.totalCount).toBe(9);
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(forward).toEqual(expected);

    const backward: string[] = [];
    let before: string | null = null;
    for (;;) {
      const page: PageOf<{ name: string }> = await prompts("paged", { orderBy, last: size, before });
      backward.unshift(...page.nodes.map((node) => node.name));
      expect(page.pageInfo).toMatchObject({ hasNextPage: before !== null, startCursor: page.edges[0]?.cursor });
      before = page.pageInfo.startCursor;
      if (!page.pageInfo.hasPreviousPage) break;
    }
    expect(backward).toEqual(expected);
  });
});

test("an empty list, a page of nothing, a page after the last", async () => {
  const nothing = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
  expect(await prompts("empty", {})).toEqual({ edges: [], nodes: [], totalCount: 0, pageInfo: nothing });
  expect(await prompts("empty", { last: 3 })).toEqual({ edges: [], nodes: [], totalCount: 0, pageInfo: nothing });
  expect(await prompts("paged", { first: 0 })).toMatchObject({
    nodes: [],
    pageInfo: { ...nothing, hasNextPage: true },
  });
  const all = await prompts("paged", { first: 9 });
  const beyond = await prompts("paged", { first: 5, after: all.pageInfo.endCursor });
  expect(beyond).toMatchObject({ nodes: [], pageInfo: { ...nothing, hasPreviousPage: true } });
});

test("a cursor stays where it stands while rows are inserted before and after it", async () => {
  const fixture = new Fixture(server.database);
  const dataset = await fixture.dataset("moving");
  const at = (day: number) => new Date(Date.UTC(2026, 5, day));
  for (const day of [10, 20, 30]) await fixture.prompt(dataset, { text: `day ${day}`, createdAt: at(day) });
  const { pageInfo } = await prompts("moving", { first: 2 });
  for (const day of [5, 15, 25]) await fixture.prompt(dataset, { text: `day ${day}`, createdAt: at(day) });
  expect(names(await prompts("moving", { first: 9, after: pageInfo.endCursor }))).toBe("day 25 day 30");
});

test("pages default to 20, hold 200 at most, and their arguments fit together", async () => {
  expect(names(await prompts("paged", { first: null }))).toBe(ASCENDING.join(" "));
  await prompts("paged", { first: 200 });
  const [cursor] = (await prompts("paged", { first: 1 })).edges.map((edge) => edge.cursor);
  for (const [args, field] of [
    [{ first: 201 }, "first"],
    [{ first: -1 }, "first"],
    [{ last: 201 }, "last"],
    [{ last: -1 }, "last"],
    [{ first: 1, last: 1 }, "first"],
    [{ first: 1, before: cursor }, "first"],
    [{ last: 1, after: cursor }, "after"],
    [{ after: cursor, before: cursor }, "after"],
  ] as const) {
    await expect(prompts("paged", args)).rejects.toMatchObject({ extensions: { code: "BAD_USER_INPUT", field } });
  }
});

test("a cursor that is broken, cut, of another list, order, dataset or version is refused", async () => {
  const cursor = (await prompts("paged", { first: 1 })).pageInfo.endCursor as string;
  const other = (await prompts("busy", { first: 1 })).pageInfo.endCursor;
  const descending = (await prompts("paged", { first: 1, orderBy: "CREATED_DESC" })).pageInfo.endCursor;
  const rankings = await server.data<{ dataset: { rankings: { pageInfo: { endCursor: string } } } }>(
    '{ dataset(slug: "paged") { rankings(first: 1) { pageInfo { endCursor } } } }',
  );
  const parts = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
  const made = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString("base64url");
  const wrong: [string, string | null][] = [
    ["which is no cursor", "nonsense"],
    ["which is no cursor", ""],
    ["which is no cursor", cursor.slice(0, 10)],
    ["which is no cursor", made(...parts.slice(0, 3))],
    ["which is no cursor", made(parts[0], parts[1], "0", "1; drop table prompt")],
    ["another version", made(0, ...parts.slice(1))],
    ["another list or another order", other],
    ["another list or another order", descending],
    ["another list or another order", rankings.dataset.rankings.pageInfo.endCursor],
  ];
  for (const [why, after] of wrong) {
    const failure = prompts("paged", { first: 1, after });
    await expect(failure).rejects.toMatchObject({
      message: expect.stringContaining(why),
      extensions: { code: "BAD_USER_INPUT", field: "after" },
    });
  }
});

test("numbers beyond their type in a cursor of the right form are refused, not a fault of the server", async () => {
  const cursor = (await prompts("paged", { first: 1 })).pageInfo.endCursor as string;
  const [version, list] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as [number, string];
  for (const values of [
    ["9999999999999999999", "1"],
    ["0", "9999999999999999999"],
    ["1.5", "1.5"],
  ]) {
    const after = Buffer.from(JSON.stringify([version, list, ...values])).toString("base64url");
    await expect(prompts("paged", { first: 1, after })).rejects.toMatchObject({
      extensions: { code: "BAD_USER_INPUT", field: "after" },
    });
  }
});

test("rankings and demonstrations of a dataset go both ways, and a ranking superseded is not among them", async () => {
  for (const [list, fields, size, total] of [
    ["rankings", "prompt { text }", 4, 9],
    ["demonstrations", "text", 4, 9],
  ] as const) {
    const read = async (args: string) => {
      const data = await server.data<{ dataset: Record<string, PageOf<unknown>> }>(
        `{ dataset(slug: "paged") { ${list}(${args}) { nodes { id ${fields} } ${INFO} totalCount } } }`,
      );
      return data.dataset[list] as PageOf<unknown>;
    };
    const first = await read(`first: ${size}`);
    const second = await read(`first: ${size}, after: "${first.pageInfo.endCursor}"`);
    const third = await read(`first: ${size}, after: "${second.pageInfo.endCursor}"`);
    const forward = [...first.nodes, ...second.nodes, ...third.nodes];
    expect([first.totalCount, forward.length]).toEqual([total, total]);
    const last = await read("last: 5");
    const rest = await read(`last: 5, before: "${last.pageInfo.startCursor}"`);
    expect([...rest.nodes, ...last.nodes]).toEqual(forward);
    expect(rest.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: true });
  }
});

test("a prompt's rankings and a completion's assessments in pages of 3 of 7, moments shared", async () => {
  const read = async (rankingsAfter: string | null, assessmentsAfter: string | null) => {
    type Nested = {
      rankings: PageOf<{ note: string }>;
      completions: { assessments: PageOf<{ overall: number }> }[];
    };
    const data = await server.data<{ dataset: { prompts: { nodes: Nested[] } } }>(
      `query ($r: String, $a: String) { dataset(slug: "busy") { prompts { nodes {
        rankings(first: 3, after: $r) { nodes { note } totalCount ${INFO} }
        completions { assessments(first: 3, after: $a) { nodes { overall } totalCount ${INFO} } } } } } }`,
      { r: rankingsAfter, a: assessmentsAfter },
    );
    return data.dataset.prompts.nodes[0] as Nested;
  };
  // The second completion has no assessments; a cursor belongs to one completion, so the pages go on one by one.
  const first = await read(null, null);
  expect(first.rankings).toMatchObject({ totalCount: 7, pageInfo: { hasNextPage: true } });
  expect(first.rankings.nodes.map(({ note }) => note)).toEqual(["r0", "r1", "r2"]);
  expect(first.completions.map(({ assessments }) => assessments.totalCount)).toEqual([7, 0]);
  const cursor = first.rankings.pageInfo.endCursor;
  const second = await read(cursor, null);
  const third = await read(second.rankings.pageInfo.endCursor, null);
  expect([...second.rankings.nodes, ...third.rankings.nodes].map(({ note }) => note)).toEqual(["r3", "r4", "r5", "r6"]);
  expect(third.rankings.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });

  const id = (
    await server.data<{ dataset: { prompts: { nodes: { completions: { id: string }[] }[] } } }>(
      '{ dataset(slug: "busy") { prompts { nodes { completions { id } } } } }',
    )
  ).dataset.prompts.nodes[0]?.completions[0]?.id;
  const seen: number[] = [];
  let after: string | null = null;
  do {
    const { node }: { node: { assessments: PageOf<{ overall: number }> } } = await server.data(
      `query ($id: ID!, $after: String) { node(id: $id) { ... on Completion {
        assessments(first: 2, after: $after) { nodes { overall } ${INFO} } } } }`,
      { id, after },
    );
    seen.push(...node.assessments.nodes.map(({ overall }) => overall));
    after = node.assessments.pageInfo.hasNextPage ? node.assessments.pageInfo.endCursor : null;
  } while (after !== null);
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test("datasets, labelers and keys in the order they came", async () => {
  const walk = async (list: string, field: string) => {
    const found: string[] = [];
    let after: string | null = null;
    do {
      const data: Record<string, PageOf<Record<string, string>>> = await server.data(
        `query ($after: String) { ${list}(first: 2, after: $after) { nodes { ${field} } ${INFO} totalCount } }`,
        { after },
      );
      const page = data[list] as PageOf<Record<string, string>>;
      found.push(...page.nodes.map((node) => node[field]!));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    return found;
  };
  expect((await walk("datasets", "slug")).slice(0, 3)).toEqual(["paged", "busy", "empty"]);
  expect(await walk("labelers", "handle")).toEqual(["w1", ...[0, 1, 2, 3, 4].map((i) => `labeler ${i}`)]);
  expect((await walk("apiKeys", "id")).every((id, i) => id === globalId("ApiKey", String(i + 1)))).toBe(true);
});
