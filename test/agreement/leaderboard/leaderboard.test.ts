import { type Leaderboard, LeaderboardAccumulator } from "../../../src/agreement/leaderboard/leaderboard.js";
import { createRandom } from "../../../src/random.js";
import { RATING_METHODS, type RatingMethod } from "../../../src/vocabulary.js";
import { SEED } from "../../datasets/random.js";
import { parseRanking, shuffled } from "../support.js";
import {
  naiveComparisons,
  naiveIsFinite,
  naiveWinRate,
  namesIn,
  type RatedPrompt,
  randomRatedPrompts,
} from "./naive.js";

function leaderboardOf(prompts: readonly RatedPrompt[], method: RatingMethod = "BRADLEY_TERRY", seed = 0): Leaderboard {
  const accumulator = new LeaderboardAccumulator({ method, resamples: 200, seed });
  for (const { clusterId, completions, rankings } of prompts) accumulator.addPrompt(clusterId, completions, rankings);
  return accumulator.finish();
}

/** Prompts of one ranking each, of completions by the sources of the keys: "A>B" by sources A and B. */
const promptsOf = (...notations: string[]): RatedPrompt[] =>
  notations.map((notation, i) => {
    const letters = [...new Set(notation.replace(/[>=]/g, ""))];
    return {
      clusterId: `p${i}`,
      completions: letters.map((source) => ({ source: source.toLowerCase(), length: 10 })),
      rankings: [
        parseRanking(
          "w",
          notation.replace(/[A-Z]/g, (letter) => "ABCDEFGH"[letters.indexOf(letter)]!),
        ),
      ],
    };
  });

const times = (n: number, ...notations: string[]): RatedPrompt[] =>
  Array.from({ length: n }, () => promptsOf(...notations))
    .flat()
    .map((prompt, i) => ({ ...prompt, clusterId: `p${i}` }));

describe("counts and ratings", () => {
  test(`equal a naive count over 60 random data sets (seed ${SEED})`, () => {
    let rated = 0;
    for (let round = 0; round < 60; round++) {
      const prompts = randomRatedPrompts(SEED + round, 1 + (round % 9), 2 + (round % 4));
      const board = leaderboardOf(prompts, round % 2 === 0 ? "BRADLEY_TERRY" : "WIN_RATE");
      const { comparisons, sameSource, unknown } = naiveComparisons(prompts);
      expect(board).toMatchObject({
        comparisons: comparisons.length,
        ties: comparisons.filter(({ y }) => y === 0.5).length,
        sameSourceDropped: sameSource,
        unknownSourceDropped: unknown,
      });
      expect(board.entries.map(({ source }) => source).sort()).toEqual(namesIn(comparisons));
      for (const entry of board.entries) {
        expect(entry.winRate).toBeCloseTo(naiveWinRate(comparisons, entry.source), 12);
        const won = comparisons.filter(
          ({ a, b, y }) => (a === entry.source && y === 1) || (b === entry.source && y === 0),
        );
        expect(entry.wins).toBe(won.length);
        const better = board.entries.filter(({ rating, winRate }) =>
          entry.rating === null ? winRate > entry.winRate + 1e-9 : rating! > entry.rating + 1e-9,
        );
        expect(entry.rank).toBe(1 + better.length);
        for (const { low, high } of [entry.ci95, entry.rankCi95].filter((interval) => interval !== null)) {
          expect(low).toBeLessThanOrEqual(high);
        }
      }
      if (board.method === "WIN_RATE") {
        for (const { rating, winRate } of board.entries) expect(rating).toBe(winRate);
      } else if (comparisons.length > 0) {
        const finite = naiveIsFinite(comparisons);
        expect(board.reason === null).toBe(finite);
        if (!finite) continue;
        rated++;
        // The likelihood equations: what is expected to be won is what was won.
        const theta = new Map(board.entries.map(({ source, rating }) => [source, rating!]));
        for (const name of theta.keys()) {
          const rest = comparisons.reduce((sum, { a, b, y }) => {
            const p = 1 / (1 + Math.exp(theta.get(b)! - theta.get(a)!));
            return sum + (a === name ? y - p : b === name ? p - y : 0);
          }, 0);
          expect(Math.abs(rest)).toBeLessThan(1e-9);
        }
      }
    }
    expect(rated).toBeGreaterThan(2);
  });

  test("a labeler's later ranking of the same pair counts", () => {
    const completions = [
      { source: "a", length: 1 },
      { source: "b", length: 1 },
    ];
    const board = leaderboardOf([
      { clusterId: "p", completions, rankings: [parseRanking("w", "B>A", 2), parseRanking("w", "A>B", 1)] },
    ]);
    expect(board).toMatchObject({ comparisons: 1, repeats: 1 });
    expect(board.entries.map(({ source, wins }) => [source, wins])).toEqual([
      ["b", 1],
      ["a", 0],
    ]);
  });

  test("a resample costs clusters: repeats of a prompt's judgments add to its counts, not to the clusters", () => {
    const once = promptsOf("A>B");
    const board = leaderboardOf([
      { ...once[0]!, rankings: ["v", "w", "x"].map((labeler) => parseRanking(labeler, "A>B")) },
      ...promptsOf("B>A").map((prompt) => ({ ...prompt, clusterId: "q" })),
    ]);
    expect(board).toMatchObject({ comparisons: 4, clusters: 2 });
  });
});

describe("nothing else shows", () => {
  const METHODS = RATING_METHODS;

  test.each(METHODS)(`%s: the order of prompts, rankings and completions, and the keys (seed ${SEED})`, (method) => {
    const random = createRandom(SEED);
    for (let round = 0; round < 4; round++) {
      // Both ways to an interval: fewer than 100 clusters, and more.
      const prompts = randomRatedPrompts(SEED + round, round % 4 === 0 ? 110 : 4 + 3 * round, 3 + (round % 3));
      const moved = shuffled(prompts, random).map(({ clusterId, completions, rankings }) => {
        const places = shuffled([...completions.keys()], random);
        return {
          clusterId: `c${clusterId}`,
          completions: places.map((place) => completions[place]!),
          rankings: shuffled(rankings, random).map((ranking) => ({
            ...ranking,
            labelerId: `x${ranking.labelerId}`,
            positions: Array.from(ranking.positions, (position) => places.indexOf(position)),
          })),
        };
      });
      // Every digit of ratings, ranks and intervals.
      expect(leaderboardOf(moved, method)).toEqual(leaderboardOf(prompts, method));
    }
  });

  test.each(METHODS)(`%s: the names of sources (seed ${SEED})`, (method) => {
    const random = createRandom(SEED);
    for (let round = 0; round < 4; round++) {
      const prompts = randomRatedPrompts(SEED + round, 4 + 3 * round, 3 + (round % 4));
      const names = shuffled(["x", "ü", "__proto__", "0", "Z", "constructor", "a b"], random);
      const rename = (source: string): string => names[Number(source.slice(1))]!;
      const renamed = prompts.map((prompt) => ({
        ...prompt,
        completions: prompt.completions.map(({ source, length }) => ({ source: source && rename(source), length })),
      }));
      const [before, after] = [leaderboardOf(prompts, method), leaderboardOf(renamed, method)];
      const bySource = new Map(after.entries.map((entry) => [entry.source, entry]));
      const isTwin = new Set(
        before.entries
          .filter((a) => before.entries.some((b) => a !== b && a.rating === b.rating))
          .map(({ source }) => source),
      );
      for (const entry of before.entries) {
        const { source: _, ci95, rankCi95, reason, ...rest } = entry;
        const {
          source: __,
          ci95: ci,
          rankCi95: rankCi,
          reason: ___,
          ...restAfter
        } = bySource.get(rename(entry.source))!;
        expect(restAfter).toEqual(rest);
        // Sources that the counts cannot tell apart may change places in the draws.
        if (isTwin.size === 0) expect([ci, rankCi]).toEqual([ci95, rankCi95]);
        else expect(ci === null).toBe(ci95 === null);
        expect(entry.reason === null).toBe(reason === null);
      }
    }
  });

  test("sources that the counts cannot tell apart have the very same rating", () => {
    // Each of five beats the next and the one after it, once.
    const round = times(1, "A>B", "B>C", "C>D", "D>E", "E>A", "A>C", "B>D", "C>E", "D>A", "E>B");
    for (const method of METHODS) {
      const { entries } = leaderboardOf(round, method);
      expect(new Set(entries.map(({ rating }) => rating)).size).toBe(1);
      expect(entries.map(({ rank }) => rank)).toEqual([1, 1, 1, 1, 1]);
    }
  });

  test("equal seeds give equal intervals, other seeds others", () => {
    const prompts = randomRatedPrompts(7, 150, 3);
    expect(leaderboardOf(prompts, "BRADLEY_TERRY", 5)).toEqual(leaderboardOf(prompts, "BRADLEY_TERRY", 5));
    expect(leaderboardOf(prompts, "BRADLEY_TERRY", 6).entries[0]!.ci95).not.toEqual(
      leaderboardOf(prompts, "BRADLEY_TERRY", 5).entries[0]!.ci95,
    );
  });
});

describe("where there is nothing, or no finite maximum", () => {
  test("no rankings; one source; same source only; unknown sources only", () => {
    expect(leaderboardOf([])).toMatchObject({
      entries: [],
      comparisons: 0,
      reason: "There are no comparisons, or none that the filter lets through: there is nothing to rate.",
    });
    const alone = promptsOf("A>B").map((prompt) => ({
      ...prompt,
      completions: prompt.completions.map(({ length }) => ({ source: "one", length })),
    }));
    expect(leaderboardOf(alone)).toMatchObject({
      entries: [],
      sameSourceDropped: 1,
      reason: "All 1 comparisons are between completions of one source; they say nothing about sources.",
      warnings: ['Never compared with another source, and so not listed: "one".'],
    });
    const unknown = alone.map((prompt) => ({
      ...prompt,
      completions: prompt.completions.map((c) => ({ ...c, source: null })),
    }));
    expect(leaderboardOf(unknown)).toMatchObject({
      entries: [],
      unknownSourceDropped: 1,
      reason: expect.stringMatching(/^No comparison is between two known sources/),
    });
  });

  test.each(["BRADLEY_TERRY", "DAVIDSON"] as const)(
    "%s: a source that only wins is named, and nobody is rated",
    (method) => {
      const board = leaderboardOf(times(10, "A>B", "A>C", "B>C", "C>B"), method);
      expect(board.reason).toBe(
        'No strengths are likeliest: "a" only wins, "b" and "c" only lose against the others. Ranks are those of the win rate.',
      );
      expect(
        board.entries.map(({ source, rating, ci95, rank, rankCi95 }) => [source, rating, ci95, rank, rankCi95]),
      ).toEqual([
        ["a", null, null, 1, null],
        ["b", null, null, 2, null],
        ["c", null, null, 2, null],
      ]);
      expect(board.entries[0]!.reason).toMatch(/"a" only wins/);
    },
  );

  test("resamples without a finite maximum are counted, and too many leave no interval", () => {
    // Of 40 prompts one is lost by a: about (1 − 1/40)^40 = 36 % of the resamples miss it.
    const board = leaderboardOf([...times(39, "A>B"), ...promptsOf("B>A").map((p) => ({ ...p, clusterId: "q" }))]);
    expect(board.entries[0]!.rating).toBeCloseTo(Math.log(39) / 2, 12);
    expect(board.entries[0]).toMatchObject({ ci95: null, rankCi95: null });
    expect(board.entries[0]!.reason).toMatch(
      /^\d+ of 200 resamples have no finite maximum, and an interval needs one in at least 95 %; most often because "[ab]" /,
    );
  });

  test("one cluster has no interval; two have a rough one", () => {
    const both = promptsOf("A>B", "B>A", "A>B");
    expect(leaderboardOf(both.map((prompt) => ({ ...prompt, clusterId: "one" }))).entries[0]).toMatchObject({
      ci95: null,
      reason: "All comparisons come from one cluster; an interval needs at least two.",
    });
    const { entries, warnings } = leaderboardOf(times(1, "A>B", "A>B"), "WIN_RATE");
    expect(entries[0]).toMatchObject({ rating: 1, ci95: { low: 1, high: 1 } });
    expect(warnings).toEqual([
      "Intervals from fewer than 20 clusters are rough; these rest on 2.",
      "An interval has no width: all clusters say the same, so its precision is not known.",
    ]);
  });

  test("all ties: equals under every method but Davidson's, which says why", () => {
    const ties = times(120, "A=B");
    for (const method of ["BRADLEY_TERRY", "ELO", "WIN_RATE"] as const) {
      const { entries, ties: tied } = leaderboardOf(ties, method);
      expect(tied).toBe(120);
      expect(entries.map(({ rating, rank }) => [rating, rank])).toEqual(
        [0, 1].map(() => [{ BRADLEY_TERRY: 0, ELO: 1000, WIN_RATE: 0.5 }[method], 1]),
      );
    }
    expect(leaderboardOf(ties, "DAVIDSON")).toMatchObject({
      reason: expect.stringMatching(/Every comparison is a tie/),
    });
  });

  test("a source that few clusters compare has no interval under WIN_RATE and ELO; the others have", () => {
    const prompts = [
      ...times(120, "A>B", "B>A"),
      ...promptsOf("C>A", "A>C").map((p, i) => ({ ...p, clusterId: `q${i}` })),
    ];
    for (const method of ["WIN_RATE", "ELO"] as const) {
      const bySource = new Map(leaderboardOf(prompts, method).entries.map((entry) => [entry.source, entry]));
      expect(bySource.get("a")!.ci95).not.toBeNull();
      expect(bySource.get("c")).toMatchObject({ ci95: null, rankCi95: null });
      expect(bySource.get("c")!.reason).toMatch(/^"c" is not rated in \d+ of 200 resamples/);
    }
  });
});

describe("what is refused", () => {
  test.each([199, 20_001, 1.5])("%s resamples", (resamples) => {
    expect(() => new LeaderboardAccumulator({ method: "ELO", resamples, seed: 0 })).toThrow(
      `Resamples are ${resamples}; they must be an integer from 200 to 20000.`,
    );
  });

  test("more than 1,000 sources", () => {
    const accumulator = new LeaderboardAccumulator({ method: "WIN_RATE", resamples: 200, seed: 0 });
    const completions = Array.from({ length: 1000 }, (_, n) => ({ source: `s${n}`, length: 5 }));
    accumulator.addPrompt("p", completions, [parseRanking("w", "A>B")]);
    expect(() => accumulator.addPrompt("more", [{ source: "one more", length: 1 }], [])).toThrow(
      "The completions have more than 1000 sources; a leaderboard rates at most 1000.",
    );
  });

  test("a ranking of a completion that is not there", () => {
    const accumulator = new LeaderboardAccumulator({ method: "ELO", resamples: 200, seed: 0 });
    expect(() => accumulator.addPrompt("p", [{ source: "a", length: 1 }], [parseRanking("w", "A>B")])).toThrow(
      "A ranking names position 1; the prompt has no completion there.",
    );
  });
});
