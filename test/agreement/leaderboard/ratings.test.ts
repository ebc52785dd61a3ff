import { bradleyTerry } from "../../../src/agreement/leaderboard/bradley-terry.js";
import { davidson } from "../../../src/agreement/leaderboard/davidson.js";
import { elo } from "../../../src/agreement/leaderboard/elo.js";
import { countsOfTable, type PairCounts } from "../../../src/agreement/leaderboard/pair-counts.js";
import { plackettLuce } from "../../../src/agreement/leaderboard/plackett-luce.js";
import { ranksOf } from "../../../src/agreement/leaderboard/ranks.js";
import { winRates } from "../../../src/agreement/leaderboard/win-rate.js";
import { Random, SEED } from "../../datasets/random.js";
import {
  bradleyTerryLikelihood,
  type Comparison,
  davidsonLikelihood,
  naiveBradleyTerry,
  naiveIsFinite,
  naiveWinRate,
  namesIn,
  playElo,
  playSharedElo,
} from "./naive.js";

const close = (values: readonly number[], digits: number) => values.map((value) => expect.closeTo(value, digits));

/** The counts of a list of comparisons, sources in the order of `names`. */
function countsOf(comparisons: readonly Comparison[], names: readonly string[]): PairCounts {
  const wins = names.map(() => names.map(() => 0));
  const ties = names.map(() => names.map(() => 0));
  for (const { a, b, y } of comparisons) {
    const [i, j] = [names.indexOf(a), names.indexOf(b)];
    if (y === 1) wins[i]![j]!++;
    else if (y === 0) wins[j]![i]!++;
    else ties[Math.min(i, j)]![Math.max(i, j)]!++;
  }
  return countsOfTable(wins, ties);
}

/** Comparisons of a few sources of different strengths, with ties. */
function randomComparisons(random: Random): Comparison[] {
  const sources = random.int(2, 7);
  const strength = Array.from({ length: sources }, () => 2 * random.next());
  return random.list(1, 60, () => {
    const i = random.int(0, sources - 1);
    const j = (i + random.int(1, sources - 1)) % sources;
    const p = 1 / (1 + Math.exp(strength[j]! - strength[i]!));
    return { a: `s${i}`, b: `s${j}`, y: random.chance(0.2) ? 0.5 : random.chance(p) ? 1 : 0, longer: 0 };
  });
}

describe("reference cases", () => {
  // Davidson 1970's six chocolate puddings (`pudding` of BradleyTerry2), ties as half wins.
  const pudding = [
    [0, 27, 22, 24.5, 22, 24],
    [30, 0, 24, 27.5, 22, 28],
    [25, 24, 0, 26.5, 24.5, 18],
    [29.5, 23.5, 27.5, 0, 25, 23],
    [28, 26, 23.5, 22, 0, 17],
    [27, 26, 23, 28, 27, 0],
  ];
  const names = ["1", "2", "3", "4", "5", "6"];

  test("puddings, ties half, from the definition by Hunter's MM", () => {
    // bt-pudding-ties-half: nine printed digits from a computation of Hunter 2004's MM …
    const printed = [-0.128509239, 0.03179958, -0.017165813, -0.001028902, -0.031078856, 0.14598323];
    // … and computed with numpy 2.4.6 (Newton's method on the same likelihood, to the last digit).
    const exact = [
      -0.12850923909977283, 0.031799580355395034, -0.017165813383769567, -0.0010289018327302917, -0.0310788557018834,
      0.14598322966276103,
    ];
    const { values } = bradleyTerry(countsOfTable(pudding), names);
    expect([...values!]).toEqual(close(printed, 8));
    expect([...values!]).toEqual(close(exact, 14));
  });

  test("three items, as choix opt_pairwise has them", () => {
    // bt-3-items, choix 7494ad3: 0.183434421; numpy (Newton): 0.18343442052369333.
    const { values } = bradleyTerry(
      countsOfTable([
        [0, 3, 1],
        [1, 0, 2],
        [2, 1, 0],
      ]),
      ["a", "b", "c"],
    );
    expect([...values!]).toEqual(close([0.18343442052369333, -0.18343442052369333, 0], 14));
  });

  test("an item that never loses has no finite maximum, and is named", () => {
    // bt-degenerate-no-finite-mle: Ford 1957. glm answers about 20 with standard errors in the thousands.
    const counts = countsOfTable([
      [0, 5, 5],
      [0, 0, 3],
      [0, 2, 0],
    ]);
    expect(bradleyTerry(counts, ["a", "b", "c"])).toEqual({
      values: null,
      reason: 'No strengths are likeliest: "a" only wins, "b" and "c" only lose against the others.',
    });
  });

  test("Plackett–Luce of six rankings, as choix has them", () => {
    // plackett-luce-6-rankings: choix 7494ad3, opt_rankings and ilsr_rankings, six digits; numpy (Newton) to the last.
    const rankings = [
      [0, 1, 2, 3],
      [0, 2, 1, 3],
      [1, 0, 2, 3],
      [2, 0, 3, 1],
      [0, 1, 3, 2],
      [3, 0, 1, 2],
    ];
    const { values } = plackettLuce(rankings, ["a", "b", "c", "d"]);
    expect([...values!]).toEqual(close([1.29525, 0.030477, -0.460785, -0.864943], 5));
    expect([...values!]).toEqual(
      close([1.2952503717821253, 0.030477306304055124, -0.46078473923250296, -0.8649429388536776], 9),
    );
  });
});

describe("win rate", () => {
  test("counts a tie as half", () => {
    // a: 3 wins, 1 loss, 2 ties: (3 + 1) / 6.
    expect([
      ...winRates(
        countsOfTable(
          [
            [0, 3],
            [1, 0],
          ],
          [
            [0, 2],
            [0, 0],
          ],
        ),
      ),
    ]).toEqual([4 / 6, 2 / 6]);
  });

  test(`equals a count over single comparisons on 200 random data sets (seed ${SEED})`, () => {
    const random = new Random(SEED);
    for (let round = 0; round < 200; round++) {
      const comparisons = randomComparisons(random);
      const names = namesIn(comparisons);
      const expected = names.map((name) => naiveWinRate(comparisons, name));
      expect([...winRates(countsOf(comparisons, names))]).toEqual(close(expected, 12));
    }
  });
});

describe("Bradley–Terry", () => {
  test(`equals MM over single comparisons on 200 random data sets, and is undefined with it (seed ${SEED})`, () => {
    const random = new Random(SEED);
    let defined = 0;
    for (let round = 0; round < 200; round++) {
      const comparisons = randomComparisons(random);
      const names = namesIn(comparisons);
      const { values, reason } = bradleyTerry(countsOf(comparisons, names), names);
      expect(values !== null).toBe(naiveIsFinite(comparisons));
      if (values === null) {
        expect(reason).toMatch(/^No strengths are likeliest: .*"s\d"/);
        continue;
      }
      defined++;
      const theta = new Map(names.map((name, i) => [name, values[i]!]));
      const twin = naiveBradleyTerry(comparisons, 3000);
      // MM creeps where the data are nearly separable: ours may only be likelier, and never by much.
      const gain = bradleyTerryLikelihood(comparisons, theta) - bradleyTerryLikelihood(comparisons, twin);
      expect(gain).toBeGreaterThan(-1e-9);
      if (gain < 1e-13) {
        for (const name of names) expect(theta.get(name)).toBeCloseTo(twin.get(name)!, 5);
      }
      // The likelihood equations themselves: expected wins are the wins.
      for (const name of names) {
        const rest = comparisons.reduce((sum, { a, b, y }) => {
          const p = 1 / (1 + Math.exp(theta.get(b)! - theta.get(a)!));
          return sum + (a === name ? y - p : b === name ? p - y : 0);
        }, 0);
        expect(Math.abs(rest)).toBeLessThan(1e-10);
      }
    }
    expect(defined).toBeGreaterThan(20);
  });

  test("of two sources is the log odds of the wins", () => {
    const { values } = bradleyTerry(
      countsOfTable([
        [0, 7],
        [2, 0],
      ]),
      ["a", "b"],
    );
    // θ_a − θ_b = ln(7 / 2).
    expect([...values!]).toEqual(close([Math.log(3.5) / 2, -Math.log(3.5) / 2], 14));
  });

  test("holds where strengths are 600 apart in all: 100 sources, each 1000 to 1 against the next", () => {
    const wins = Array.from({ length: 100 }, (_, i) =>
      Array.from({ length: 100 }, (_, j) => (j === i + 1 ? 1000 : j === i - 1 ? 1 : 0)),
    );
    const { values } = bradleyTerry(
      countsOfTable(wins),
      wins.map((_, i) => `s${i}`),
    );
    for (let i = 0; i < 99; i++) expect(values![i]! - values![i + 1]!).toBeCloseTo(Math.log(1000), 9);
  });

  test("names the sources where there is no finite maximum", () => {
    const none = (wins: number[][], ties: number[][] = []) =>
      bradleyTerry(
        countsOfTable(wins, ties),
        wins.map((_, i) => "abcdefgh"[i]!),
      ).reason;
    // Two islands.
    const islands = [
      [0, 2, 0, 0, 0],
      [1, 0, 0, 0, 0],
      [0, 0, 0, 3, 1],
      [0, 0, 1, 0, 1],
      [0, 0, 1, 1, 0],
    ];
    expect(none(islands)).toBe('No strengths are likeliest: nothing compares "a" and "b" with the other sources.');
    // a and b share wins, and beat all others.
    const top = [
      [0, 2, 1, 1],
      [1, 0, 0, 0],
      [0, 0, 0, 1],
      [0, 0, 1, 0],
    ];
    expect(none(top)).toBe(
      'No strengths are likeliest: "a" and "b" only win against the others, "c" and "d" only lose against the others.',
    );
    expect(
      none([
        [0, 1],
        [0, 0],
      ]),
    ).toBe('No strengths are likeliest: "a" only wins, "b" only loses.');
    // One tie connects: no finite maximum is missing.
    expect(
      none(
        [
          [0, 1],
          [0, 0],
        ],
        [
          [0, 1],
          [0, 0],
        ],
      ),
    ).toBeNull();
  });

  test("all ties, and round robins, make everybody exactly equal", () => {
    const ties = [0, 1, 2, 3, 4].map((i) => [0, 1, 2, 3, 4].map((j) => (i < j ? 3 : 0)));
    const names = ["a", "b", "c", "d", "e"];
    const none = ties.map((row) => row.map(() => 0));
    expect([...bradleyTerry(countsOfTable(none, ties), names).values!]).toEqual([0, 0, 0, 0, 0]);
    // Each beats the next two 5 to 3.
    const cycle = names.map((_, i) => names.map((_, j) => ((j - i + 5) % 5 === 0 ? 0 : (j - i + 5) % 5 <= 2 ? 5 : 3)));
    expect([...bradleyTerry(countsOfTable(cycle), names).values!]).toEqual([0, 0, 0, 0, 0]);
  });
});

describe("Davidson", () => {
  test(`no other strengths and no other ν are likelier, on 200 random data sets (seed ${SEED})`, () => {
    const random = new Random(SEED);
    let defined = 0;
    for (let round = 0; round < 200; round++) {
      const comparisons = randomComparisons(random);
      const names = namesIn(comparisons);
      const { values, tieParameter, reason } = davidson(countsOf(comparisons, names), names);
      if (values === null) {
        expect(reason).toMatch(/likeliest/);
        continue;
      }
      defined++;
      const theta = new Map(names.map((name, i) => [name, values[i]!]));
      expect([...values].reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 9);
      const best = davidsonLikelihood(comparisons, theta, tieParameter!);
      for (const size of [1e-3, 0.1]) {
        for (let turn = 0; turn < 5; turn++) {
          const moved = new Map([...theta].map(([name, value]) => [name, value + size * (random.next() - 0.5)]));
          const nu = tieParameter! * Math.exp(size * (random.next() - 0.5));
          expect(davidsonLikelihood(comparisons, moved, nu)).toBeLessThanOrEqual(best + 1e-9);
        }
      }
      // The likelihood equation of ν: the expected ties are the ties.
      const tied = comparisons.filter(({ y }) => y === 0.5).length;
      const expected = comparisons.reduce((sum, { a, b }) => {
        const [p, q] = [Math.exp(theta.get(a)!), Math.exp(theta.get(b)!)];
        const tie = tieParameter! * Math.sqrt(p * q);
        return sum + tie / (p + q + tie);
      }, 0);
      expect(expected).toBeCloseTo(tied, 7);
    }
    expect(defined).toBeGreaterThan(20);
  });

  test("without ties it is Bradley–Terry, and ν is 0", () => {
    const counts = countsOfTable([
      [0, 3, 1],
      [1, 0, 2],
      [2, 1, 0],
    ]);
    const { values, tieParameter } = davidson(counts, ["a", "b", "c"]);
    expect(tieParameter).toBe(0);
    expect([...values!]).toEqual(close([...bradleyTerry(counts, ["a", "b", "c"]).values!], 14));
  });

  test("of two sources is solved by hand", () => {
    // 6 wins, 2 losses, 4 ties: shares fit exactly, so θ_a − θ_b = ln(6 / 2) and ν = 4 / √(6 · 2).
    const counts = countsOfTable(
      [
        [0, 6],
        [2, 0],
      ],
      [
        [0, 4],
        [0, 0],
      ],
    );
    const { values, tieParameter } = davidson(counts, ["a", "b"]);
    expect([...values!]).toEqual(close([Math.log(3) / 2, -Math.log(3) / 2], 12));
    expect(tieParameter).toBeCloseTo(4 / Math.sqrt(12), 12);
  });

  test("equals what scipy finds for five sources with ties", () => {
    // A table of our own; computed with scipy 1.17.1 (BFGS, then Newton's method with complex-step gradients, to 2e-14).
    const wins = [
      [0, 19, 16, 18, 13],
      [22, 0, 19, 23, 18],
      [19, 19, 0, 19, 11],
      [23, 19, 20, 0, 14],
      [19, 22, 9, 21, 0],
    ];
    const ties = [
      [0, 16, 12, 13, 18],
      [0, 0, 10, 9, 8],
      [0, 0, 0, 15, 4],
      [0, 0, 0, 0, 6],
      [0, 0, 0, 0, 0],
    ];
    const expected = [
      -0.1735135842446242, 0.024253848912066597, 0.026530196697720217, -0.06129165719316213, 0.1840211958279995,
    ];
    const { values, tieParameter } = davidson(countsOfTable(wins, ties), ["a", "b", "c", "d", "e"]);
    expect([...values!]).toEqual(close(expected, 11));
    expect(tieParameter).toBeCloseTo(0.6141868842621134, 11);
  });

  test("has no finite maximum where ties can be foretold", () => {
    const all = countsOfTable(
      [
        [0, 0],
        [0, 0],
      ],
      [
        [0, 5],
        [0, 0],
      ],
    );
    expect(davidson(all, ["a", "b"])).toMatchObject({
      values: null,
      reason: expect.stringMatching(/Every comparison is a tie/),
    });
    // a beats b, both tie with c: strengths 3, 0 and 1.5 foretell it all although everyone reaches everyone.
    const wins = [
      [0, 4, 0],
      [0, 0, 0],
      [0, 0, 0],
    ];
    const ties = [
      [0, 0, 2],
      [0, 0, 2],
      [0, 0, 0],
    ];
    expect(davidson(countsOfTable(wins, ties), ["a", "b", "c"])).toMatchObject({
      values: null,
      reason: expect.stringMatching(/foretell every win and every tie/),
    });
    // One win of b over a ends that.
    wins[1]![0] = 1;
    expect(davidson(countsOfTable(wins, ties), ["a", "b", "c"]).values).not.toBeNull();
    // A chain a > b > c with a tie of the ends needs a difference of 4 and of at most 2: finite.
    const chain = [
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ];
    const ends = [
      [0, 0, 1],
      [0, 0, 0],
      [0, 0, 0],
    ];
    expect(davidson(countsOfTable(chain, ends), ["a", "b", "c"]).values).not.toBeNull();
  });
});

describe("Elo", () => {
  test(`is the limit of shares, played in turn (seed ${SEED})`, () => {
    const random = new Random(SEED);
    for (let round = 0; round < 6; round++) {
      const comparisons = randomComparisons(random);
      const names = namesIn(comparisons);
      const ratings = elo(countsOf(comparisons, names), 16);
      // Rounds of shares are Euler's method; two of them extrapolated (Richardson) leave an error of the order m⁻².
      const [coarse, fine] = [2000, 4000].map((m) => playSharedElo(comparisons, 16, m));
      names.forEach((name, i) => {
        expect(ratings[i]).toBeCloseTo(2 * fine!.get(name)! - coarse!.get(name)!, 3);
      });
      expect(ratings.reduce((sum, rating) => sum + rating, 0) / names.length).toBeCloseTo(1000, 7);
    }
  });

  test(`is what shuffles of plain Elo average to, but for a share of K (seed ${SEED})`, () => {
    const random = new Random(SEED);
    const comparisons = Array.from({ length: 6 }, () => randomComparisons(random)).flat();
    const names = namesIn(comparisons);
    const ratings = elo(countsOf(comparisons, names));
    const sums = new Map(names.map((name) => [name, 0]));
    for (let shuffle = 0; shuffle < 300; shuffle++) {
      for (const [name, rating] of playElo(random.shuffle(comparisons), 4))
        sums.set(name, sums.get(name)! + rating / 300);
    }
    names.forEach((name, i) => {
      expect(Math.abs(ratings[i]! - sums.get(name)!)).toBeLessThan(1.5);
    });
  });

  test("of many comparisons is Bradley–Terry on the Elo scale", () => {
    const counts = countsOfTable([
      [0, 30_000, 10_000],
      [10_000, 0, 20_000],
      [20_000, 10_000, 0],
    ]);
    const theta = bradleyTerry(counts, ["a", "b", "c"]).values!;
    const expected = [...theta].map((value) => 1000 + (400 / Math.LN10) * value);
    expect([...elo(counts)]).toEqual(close(expected, 5));
  });

  test("is finite where a source only wins, and near 1000 after one comparison", () => {
    // dR/dt = 4 (1 − E(2 (R − 1000))), from 1000: between 4 · ½ − and 4 · ½ points.
    const [winner, loser] = elo(
      countsOfTable([
        [0, 1],
        [0, 0],
      ]),
    );
    expect(winner).toBeGreaterThan(1001.97);
    expect(winner).toBeLessThan(1002);
    expect(winner! + loser!).toBeCloseTo(2000, 9);
  });
});

describe("ranks", () => {
  test("are shared by equals, and by what differs by rounding only", () => {
    expect(ranksOf([0.5, 0.9, 0.5, 0.1])).toEqual([2, 1, 2, 4]);
    expect(ranksOf([0.3, 0.1 + 0.2])).toEqual([1, 1]);
    expect(ranksOf([7])).toEqual([1]);
  });
});
