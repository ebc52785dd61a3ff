import { prompts } from "../examples/sample-file.js";
import { importText, sampleText } from "../support/import-over-http.js";
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
