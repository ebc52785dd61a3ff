import { prompts } from "../examples/sample-file.js";
import { hasRealData, importText, realText, sampleText } from "../support/import-over-http.js";
import { startTestServer, type TestServer } from "../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const answer = await importText(server, "sample", sampleText());
  expect(answer).toMatchObject({ accepted: prompts.length, rejected: 0 });
}, 120_000);
afterAll(() => server.close());

interface Board {
  readonly comparisons: number;
  readonly ties: number;
  readonly sameSourceDropped: number;
  readonly entries: readonly { source: string; rating: number; wins: number; losses: number; ties: number }[];
}

/** What a filter may ask of a ranking. */
interface Judged {
  readonly tiers: readonly (readonly string[])[];
  readonly useCase: string;
  readonly source: string;
}

const ask = (args: string) =>
  server.graphql<{ dataset: { leaderboard: Board } }>(
    `{ dataset(slug: "sample") { leaderboard${args} { comparisons ties sameSourceDropped entries { source rating wins losses ties } } } }`,
  );

test("counts what a naive count of the file counts, with and without a filter", async () => {
  for (const [args, counts] of [
    ["(method: WIN_RATE)", () => true],
    ["(method: WIN_RATE, filter: { withTies: true })", ({ tiers }: Judged) => tiers.some((tier) => tier.length > 1)],
    [
      "(method: WIN_RATE, filter: { useCases: [GENERATION, CHAT] })",
      ({ useCase }: Judged) => /^(GENERATION|CHAT)$/.test(useCase),
    ],
    ["(method: WIN_RATE, filter: { useCases: [] })", () => false],
    ["(method: WIN_RATE, filter: { sources: [CUSTOMER] })", ({ source }: Judged) => source === "CUSTOMER"],
  ] as const) {
    const wins = new Map<string, number>();
    let [comparisons, ties, same] = [0, 0, 0];
    for (const prompt of prompts) {
      const sourceOf = new Map((prompt.completions ?? []).map((c) => [c.key, c.source as string]));
      const latest = new Map<string, number>();
      for (const ranking of prompt.rankings ?? []) {
        if (!counts({ tiers: ranking.tiers, useCase: prompt.useCase, source: prompt.source })) continue;
        const tier = new Map(ranking.tiers.flatMap((keys, i) => keys.map((key) => [key, i] as const)));
        const keys = [...tier.keys()].sort();
        for (const [i, a] of keys.entries()) {
          for (const b of keys.slice(i + 1))
            latest.set(`${ranking.labeler}\t${a}\t${b}`, Math.sign(tier.get(a)! - tier.get(b)!));
        }
      }
      for (const [key, order] of latest) {
        const [, a, b] = key.split("\t").map((k) => sourceOf.get(k));
        if (a === b) {
          same++;
          continue;
        }
        comparisons++;
        if (order === 0) ties++;
        else {
          const winner = (order < 0 ? a : b) as string;
          wins.set(winner, (wins.get(winner) ?? 0) + 1);
        }
      }
    }
    const { data, errors } = await ask(args);
    expect(errors).toBeUndefined();
    const board = data?.dataset.leaderboard as Board;
    expect(board).toMatchObject({ comparisons, ties, sameSourceDropped: same });
    for (const { source, wins: won } of board.entries) expect(won).toBe(wins.get(source) ?? 0);
  }
});

test("refuses wrong resamples and seeds in a sentence", async () => {
  expect(await ask("(resamples: 199)")).toMatchObject({
    errors: [{ message: "Resamples are 199; they must be an integer from 200 to 20000." }],
  });
});

test("a new ranking counts at once, though the answer before was kept", async () => {
  const one = (tiers: string[][]) => ({
    externalId: "only",
    text: "Name a colour.",
    completions: [
      { key: "A", source: "one", text: "Red." },
      { key: "B", source: "two", text: "Blue, I suppose." },
    ],
    rankings: [{ labeler: `w${tiers.length}${tiers[0]?.[0]}`, tiers }],
  });
  await importText(server, "growing", JSON.stringify(one([["A"], ["B"]])));
  const board = async (): Promise<string> => {
    const query =
      '{ dataset(slug: "growing") { leaderboard(method: WIN_RATE, resamples: 200) { comparisons entries { source wins } } } }';
    const { dataset } = await server.data<{ dataset: { leaderboard: Board } }>(query);
    const { comparisons, entries } = dataset.leaderboard;
    return `${comparisons}: ${entries.map(({ source, wins }) => `${source} ${wins}`).join(", ")}`;
  };
  expect(await board()).toBe("1: one 1, two 0");
  expect(await board()).toBe("1: one 1, two 0");
  await importText(server, "growing", JSON.stringify(one([["B"], ["A"]])));
  expect(await board()).toBe("2: one 1, two 1");
});

const withData = hasRealData() ? test : test.skip;
withData(`squality's three sources${hasRealData() ? "" : " (skipped: ../shared/data is not here)"}`, async () => {
  await importText(server, "squality", realText("squality"));
  const { dataset } = await server.data<{ dataset: { leaderboard: Board } }>(
    '{ dataset(slug: "squality") { leaderboard(resamples: 200) { comparisons ties sameSourceDropped entries { source rating wins losses ties } } } }',
  );
  const { entries, ...counts } = dataset.leaderboard;
  expect(counts).toEqual({ comparisons: 900, ties: 0, sameSourceDropped: 0 });
  // Wins counted from the file in Python; ratings by scipy 1.10's BFGS on the same table of wins, gradient below 1e-9.
  const expected = [
    ["human", 592, 2.8932678],
    ["bart-dpr", 195, -1.1737356],
    ["bart", 113, -1.7195322],
  ] as const;
  for (const [i, [source, wins, rating]] of expected.entries()) {
    expect(entries[i]).toMatchObject({ source, wins, losses: 600 - wins });
    expect(entries[i]?.rating).toBeCloseTo(rating, 6);
  }
});
