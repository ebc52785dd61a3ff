import { describe, expect, it as test } from "@jest/globals";
import { kendallW } from "../../src/agreement/coefficients/kendall-w.js";
import { MEASURES } from "../../src/agreement/coefficients/measures.js";
import { rankCorrelations } from "../../src/agreement/coefficients/rank-correlations.js";
import { meanSpearman } from "../../src/agreement/coefficients/spearman-rho.js";
import { centredRanks } from "../../src/agreement/judgments/centred-ranks.js";
import { runSlices } from "../../src/agreement/judgments/time-slices.js";
import { AgreementAccumulator } from "../../src/agreement/report/accumulator.js";
import type { CoefficientResult } from "../../src/agreement/report/coefficient-lines.js";
import type { AgreementFigures } from "../../src/agreement/report/report.js";
import { createRandom, type Random } from "../../src/random.js";
import type { AgreementMeasure, CoefficientName } from "../../src/vocabulary.js";
import { SEED } from "../datasets/random.js";
import {
  concordance,
  midranks,
  type NaiveMean,
  naiveOfRatings,
  naiveRhoOfRankings,
  naiveTauOfRankings,
  naiveW,
  pearson,
} from "./naive-ranks.js";
import {
  parseRanking,
  type RankedPrompt,
  type RatedPrompt,
  randomRankedPrompts,
  randomRatedPrompts,
  shuffled,
} from "./support.js";

const OPTIONS = { tiePolicy: "EXACT", resamples: 200, seed: 0 } as const;

function ofRankings(prompts: readonly RankedPrompt[]): AgreementFigures {
  const accumulator = new AgreementAccumulator({ ...OPTIONS, measure: "RANKING" });
  for (const { promptId, clusterId, rankings } of prompts) accumulator.addRankings(promptId, clusterId, rankings);
  return accumulator.finish();
}

function ofRatings(prompts: readonly RatedPrompt[], measure: AgreementMeasure = "OVERALL"): AgreementFigures {
  const accumulator = new AgreementAccumulator({ ...OPTIONS, measure });
  for (const { promptId, clusterId, ratings } of prompts) accumulator.addRatings(promptId, clusterId, ratings);
  return accumulator.finish();
}

const of = (report: AgreementFigures, name: CoefficientName): CoefficientResult =>
  report.coefficients.find((coefficient) => coefficient.name === name)!;

/** "A>B=C" by w1, the next by w2, and so on. */
const ranked = (promptId: string, ...notations: string[]): RankedPrompt => ({
  promptId,
  clusterId: promptId,
  rankings: notations.map((notation, i) => parseRanking(`w${i + 1}`, notation, i, i)),
});

/** Scores of completions 0, 1, 2 … by w1, the next list by w2, and so on; null is missing. */
const rated = (promptId: string, ...scores: (number | null)[][]): RatedPrompt => ({
  promptId,
  clusterId: promptId,
  ratings: scores.flatMap((row, labeler) =>
    row.flatMap((value, position) =>
      value === null ? [] : [{ labelerId: `w${labeler + 1}`, position, value, createdAt: 0, ordinal: position }],
    ),
  ),
});

/** Subsets and repeats, prompts that everybody ranked whole, some that somebody tied, one labeler, few labelers. */
function rankedSet(random: Random): RankedPrompt[] {
  const labelers = 1 + random.nextBelow(5);
  const mixed = randomRankedPrompts(random.nextUint32() | 0, 1 + random.nextBelow(8), labelers);
  const whole = Array.from({ length: random.nextBelow(6) }, (_, p): RankedPrompt => {
    const completions = 2 + random.nextBelow(4);
    const levels = 1 + random.nextBelow(completions);
    const rankings = Array.from({ length: labelers }, (_, labeler) => {
      const worth = Array.from({ length: completions }, () => random.nextBelow(levels));
      const tiers = [...new Set(worth)].sort((a, b) => a - b);
      const positions = shuffled([...worth.keys()], random);
      return {
        labelerId: `w${labeler}`,
        positions,
        tiers: positions.map((position) => 1 + tiers.indexOf(worth[position]!)),
        createdAt: 0,
        ordinal: labeler,
      };
    });
    return { promptId: `whole ${p}`, clusterId: `whole ${p}`, rankings };
  });
  return [...mixed, ...whole];
}

function ratedSet(random: Random, measure: AgreementMeasure): RatedPrompt[] {
  const { scale } = MEASURES[measure];
  const prompts = 1 + random.nextBelow(8);
  const first = randomRatedPrompts(random.nextUint32() | 0, prompts, scale, 1 + random.nextBelow(5));
  const second = randomRatedPrompts(random.nextUint32() | 0, prompts, scale, 1 + random.nextBelow(5));
  // Two draws together: prompts with up to eight completions.
  return first.map((prompt, p) => ({
    ...prompt,
    ratings: [
      ...prompt.ratings,
      ...second[p]!.ratings.map((rating) => ({
        ...rating,
        position: rating.position + 4,
        ordinal: rating.ordinal + 99,
      })),
    ],
  }));
}

function expectTwin(found: CoefficientResult, twin: NaiveMean, about: unknown): void {
  const value = twin.value === null ? null : expect.closeTo(twin.value, 10);
  expect({ about, name: found.name, value: found.value, n: found.n }).toEqual({
    about,
    name: found.name,
    value,
    n: twin.n,
  });
  expect(found.value === null ? found.reason : "").toMatch(found.value === null ? /^[A-Z].*\.$/ : /^$/);
  for (const number of [found.standardError, found.ci95?.low ?? null, found.ci95?.high ?? null]) {
    expect(number === null || Number.isFinite(number)).toBe(true);
  }
}

describe(`a second computation of rank coefficients (SEED=${SEED})`, () => {
  test("on 60 random sets of rankings, and of every pair of labelers", () => {
    const random = createRandom(SEED);
    const defined = { KENDALL_TAU_B: 0, KENDALL_W: 0, SPEARMAN_RHO: 0 };
    for (let index = 0; index < 60; index++) {
      const prompts = rankedSet(random);
      const report = ofRankings(prompts);
      const tau = naiveTauOfRankings(prompts);
      const twins = { KENDALL_TAU_B: tau, KENDALL_W: naiveW(prompts), SPEARMAN_RHO: naiveRhoOfRankings(prompts) };
      for (const [name, twin] of Object.entries(twins) as [keyof typeof twins, NaiveMean][]) {
        expectTwin(of(report, name), twin, index);
        defined[name] += twin.value === null ? 0 : 1;
      }
      for (const { a, b, tauB } of report.matrix(0)) {
        const twin = tau.byPair.get(`${a} ${b}`);
        expect(tauB).toEqual(twin === undefined ? null : expect.closeTo(twin, 10));
      }
    }
    expect(Math.min(...Object.values(defined))).toBeGreaterThan(12);
  });

  test("on 50 random sets of scores, and of every pair of labelers", () => {
    const random = createRandom(SEED);
    let defined = 0;
    for (let index = 0; index < 50; index++) {
      const measure = (["OVERALL", "TOXICITY_OUTPUT", "TOXICITY_RELATIVE", "CONTINUITY"] as const)[index % 4]!;
      const prompts = ratedSet(random, measure);
      const report = ofRatings(prompts, measure);
      const { tau, rho } = naiveOfRatings(prompts);
      expectTwin(of(report, "KENDALL_TAU_B"), tau, index);
      expectTwin(of(report, "SPEARMAN_RHO"), rho, index);
      for (const { a, b, tauB } of report.matrix(0)) {
        const twin = tau.byPair.get(`${a} ${b}`);
        expect(tauB).toEqual(twin === undefined ? null : expect.closeTo(twin, 10));
      }
      defined += tau.value === null ? 0 : 1;
    }
    expect(defined).toBeGreaterThan(10);
  });

  test("of W and mean rho over long rankings, for which no pair is formed", () => {
    const random = createRandom(SEED);
    for (let time = 0; time < 40; time++) {
      const [m, k] = [2 + random.nextBelow(9), 3 + random.nextBelow(40)];
      const tiers = Array.from({ length: m }, () =>
        // The first is apart from all others, so that no ranking ties everything.
        Array.from({ length: k }, (_, i) => (i === 0 ? -1 : Math.floor((i + random.nextBelow(k)) / (1 + (time % 4))))),
      );
      const ranks = tiers.map((own) => centredRanks(own));
      expect(kendallW(ranks)).toBeCloseTo(concordance(tiers)!, 12);
      let [rhos, pairs] = [0, 0];
      for (let a = 0; a < m; a++) {
        for (let b = 0; b < a; b++) {
          rhos += pearson(midranks(tiers[a]!), midranks(tiers[b]!))!;
          pairs++;
        }
      }
      expect(meanSpearman(ranks)).toBeCloseTo(rhos / pairs, 12);
    }
  });
});

describe("worked examples by hand", () => {
  test("two rankings with a tie each", () => {
    // A>B>C=D against A>B=C>D. Strictly ordered alike: AB AC AD BD; tied by one only: CD, BC. τ_b = 4/√(5·5).
    // Midranks 1 2 3.5 3.5 and 1 2.5 2.5 4, about 2.5: ρ = (2.25 + 1.5)/√(4.5·4.5). Sums 2 4.5 6 7.5 about 5: S = 16.5.
    const report = ofRankings([ranked("p", "A>B>C=D", "A>B=C>D")]);
    expect(of(report, "KENDALL_TAU_B").value).toBeCloseTo(4 / 5, 14);
    expect(of(report, "SPEARMAN_RHO").value).toBeCloseTo(3.75 / 4.5, 14);
    expect(of(report, "KENDALL_W").value).toBeCloseTo((12 * 16.5) / (4 * 60 - 2 * 12), 14);
    expect(report.coefficients.filter(({ name }) => /KENDALL|RHO/.test(name)).map(({ n }) => n)).toEqual([6, 6, 6]);
    expect(report.matrix(0)[0]!.tauB).toBeCloseTo(4 / 5, 14);
  });

  test("without ties W and rho say the same: rho = (m W − 1) / (m − 1)", () => {
    const report = ofRankings([ranked("p", "A>B>C>D", "B>A>C>D", "D>B>A>C")]);
    expect(of(report, "SPEARMAN_RHO").value).toBeCloseTo((3 * of(report, "KENDALL_W").value! - 1) / 2, 14);
  });

  test("tau weighs every two labelers on a prompt alike, rho and W every prompt", () => {
    // p: three labelers, τ and ρ of pairs 1, −1, −1. q: two, τ and ρ 1. τ: (1 − 1 − 1 + 1)/4; ρ: (−1/3 + 1)/2.
    const report = ofRankings([ranked("p", "A>B>C", "A>B>C", "C>B>A"), ranked("q", "A>B>C", "A>B>C")]);
    expect(of(report, "KENDALL_TAU_B").value).toBeCloseTo(0, 14);
    expect(of(report, "SPEARMAN_RHO").value).toBeCloseTo(1 / 3, 14);
    // Sums 1+1+3, 6, 7 about 6: S = 2, W = 24/(9·24) = 1/9; q: 1.
    expect(of(report, "KENDALL_W").value).toBeCloseTo((1 / 9 + 1) / 2, 14);
  });

  test("scores within a prompt", () => {
    // 1 2 2 5 against 2 2 3 7: alike 4 (AC AD BD CD), tied by one: BC, AB. τ_b = 4/√(5·5).
    const report = ofRatings([rated("p", [1, 2, 2, 5], [2, 2, 3, 7])]);
    expect(of(report, "KENDALL_TAU_B")).toMatchObject({ value: expect.closeTo(4 / 5, 14), n: 4 });
    // Midranks 1 2.5 2.5 4 and 1.5 1.5 3 4, deviations −1.5 0 0 1.5 and −1 −1 .5 1.5: ρ = 3.75/4.5.
    expect(of(report, "SPEARMAN_RHO").value).toBeCloseTo(3.75 / 4.5, 14);
  });
});

describe("what is left out, and why nothing is left", () => {
  test("rankings that cannot be compared whole, in a warning with counts", () => {
    const report = ofRankings([
      ranked("p1", "A>B>C", "B>A>C", "A>B"),
      {
        ...ranked("p2"),
        rankings: [parseRanking("w1", "A>B>C"), parseRanking("w1", "B>C>D"), parseRanking("w2", "A>B>C")],
      },
      ranked("p3", "A=B=C", "A>B>C", "B>A>C"),
      ranked("p4", "A=B=C=D", "A=B=C=D"),
    ]);
    expect(report.warnings).toContain(
      "KENDALL_W is of 5 of 11 rankings; left out are 1 of two completions, 2 of labelers who ranked several sets of a prompt's completions, 1 of completions that nobody else ranked as a whole, 2 of completions that everybody tied.",
    );
    expect(report.warnings).toContain(
      "SPEARMAN_RHO is of 4 of 11 rankings; left out are 1 of two completions, 2 of labelers who ranked several sets of a prompt's completions, 1 of completions that nobody else ranked as a whole, 3 that tie all completions.",
    );
    // p1: AB of w3 with w1 and with w2. p2: w1 and w2 share A, B, C. p3: w1 with both others. p4: its one pair.
    expect(report.warnings).toContain(
      "KENDALL_TAU_B is of 3 of 8 pairs of labelers on a prompt; left out are 2 with fewer than three completions in common, 3 of which one tied all.",
    );
  });

  test("a ranking of the same completions replaces the earlier one", () => {
    const again = { ...ranked("p", "A>B>C", "A>B>C") };
    again.rankings.push(parseRanking("w1", "C>B>A", 9, 9));
    const report = ofRankings([again]);
    expect(of(report, "SPEARMAN_RHO").value).toBe(-1);
    expect(of(report, "KENDALL_W").value).toBe(0);
    expect(of(report, "KENDALL_TAU_B").value).toBe(-1);
    expect(report.warnings.join()).not.toMatch(/left out/);
  });

  test.each([
    [
      "pairs only",
      [ranked("p", "A>B", "A>B")],
      /^No two labelers have three completions/,
      /^No prompt has two labelers/,
    ],
    ["ties only", [ranked("p", "A=B=C", "A>B>C")], /one tied all/, null],
    ["nobody shares", [ranked("p", "A>B>C", "C>D>E>B")], /^No two labelers have three completions/, /^No prompt has/],
  ] as const)("%s", (_, prompts, tau, rest) => {
    const report = ofRankings(prompts);
    expect(of(report, "KENDALL_TAU_B")).toMatchObject({ value: null, ci95: null, n: 0 });
    expect(of(report, "KENDALL_TAU_B").reason).toMatch(tau);
    expect(of(report, "SPEARMAN_RHO")).toMatchObject({ value: null, ci95: null, n: 0 });
    if (rest !== null) {
      expect(of(report, "SPEARMAN_RHO").reason).toMatch(rest);
      expect(of(report, "KENDALL_W")).toMatchObject({ value: null, reason: expect.stringMatching(rest), n: 0 });
    }
  });

  test("W keeps a ranking that ties everything beside one that orders the set, and leaves out a set that everybody tied", () => {
    // Centred ranks −1, 0, 1 and 0, 0, 0: S = 2, and W = 2 / (2 · (2 + 0)).
    const beside = ofRankings([ranked("p", "A>B>C", "A=B=C")]);
    expect(of(beside, "KENDALL_W").value).toBeCloseTo(0.5, 14);
    expect(of(beside, "SPEARMAN_RHO").reason).toMatch(/same three or more completions that is not one tie of all\.$/);
    const tied = ofRankings([ranked("p", "A=B=C", "A=B=C")]);
    expect(of(tied, "KENDALL_W").reason).toMatch(
      /same three or more completions, where not everybody tied them all\.$/,
    );
  });

  test("more comparisons of two labelers than are made", () => {
    // One unit that 70,000 labelers judged: 70,000 · 69,999 / 2 pairs.
    const judgments = 70_000;
    const found = runSlices(
      rankCorrelations(
        {
          ...{ q: 3, labelers: judgments, prompts: 1, clusters: 1, units: 1 },
          ...{ firstJudgment: Int32Array.of(0, judgments), promptOf: new Int32Array(1), clusterOf: new Int32Array(1) },
          labelerOf: Int32Array.from({ length: judgments }, (_, i) => i),
          categoryOf: new Uint8Array(judgments),
        },
        true,
      ),
    );
    expect(found).toBe(
      "Pairs of labelers are not tabulated: that takes 2449965000 comparisons of two judgments, and at most 2000000000 are made.",
    );
  });

  test("constant scores", () => {
    const report = ofRatings([rated("p", [3, 3, 3], [1, 2, 3]), rated("q", [1, 2, null], [1, 2, 3])]);
    for (const name of ["KENDALL_TAU_B", "SPEARMAN_RHO"] as const) {
      expect(of(report, name)).toMatchObject({
        value: null,
        reason:
          "Of every two labelers with three completions of a prompt in common one tied all: a constant has no rank correlation.",
      });
      expect(report.warnings).toContain(
        `${name} is of 0 of 2 pairs of labelers on a prompt; left out are 1 with fewer than three completions in common, 1 of which one tied all.`,
      );
    }
  });
});

describe(`invariants of rank coefficients (SEED=${SEED})`, () => {
  const RANKS = ["KENDALL_TAU_B", "KENDALL_W", "SPEARMAN_RHO"] as const;
  const values = (report: AgreementFigures) =>
    report.coefficients
      .filter(({ name }) => RANKS.some((rank) => rank === name))
      .map(({ name, value, n, ci95 }) => ({ name, value, n, low: ci95?.low ?? null, high: ci95?.high ?? null }));
  const close = (lines: ReturnType<typeof values>, intervals = true) =>
    lines.map(({ name, n, ...numbers }) => ({
      name,
      n,
      ...Object.fromEntries(
        Object.entries(numbers).map(([key, x]) => [
          key,
          x === null ? null : key === "value" || intervals ? expect.closeTo(x, 11) : expect.any(Number),
        ]),
      ),
    }));

  test("labelers and prompts in another order, under other names, and completions under other keys", () => {
    const random = createRandom(SEED);
    for (let time = 0; time < 12; time++) {
      const prompts = rankedSet(random);
      const permuted = shuffled(prompts, random).map((prompt) => {
        const keys = shuffled([0, 1, 2, 3, 4, 5], random);
        return {
          promptId: `other ${prompt.promptId}`,
          clusterId: `other ${prompt.clusterId}`,
          rankings: shuffled(prompt.rankings, random).map((ranking) => ({
            ...ranking,
            labelerId: `z${9 - Number(ranking.labelerId.slice(1))}`,
            positions: Array.from(ranking.positions, (position) => keys[position]!),
          })),
        };
      });
      expect(values(ofRankings(permuted))).toEqual(close(values(ofRankings(prompts))));
    }
  });

  test("everybody's scale, and everybody's ranking, upside down", () => {
    const random = createRandom(SEED);
    for (let time = 0; time < 12; time++) {
      const prompts = rankedSet(random);
      const reversed = prompts.map((prompt) => ({
        ...prompt,
        rankings: prompt.rankings.map((ranking) => ({ ...ranking, tiers: Array.from(ranking.tiers, (tier) => -tier) })),
      }));
      expect(values(ofRankings(reversed))).toEqual(close(values(ofRankings(prompts))));
      const scores = ratedSet(random, "OVERALL");
      const mirrored = scores.map((prompt) => ({
        ...prompt,
        ratings: prompt.ratings.map((rating) => ({ ...rating, value: 8 - rating.value })),
      }));
      expect(values(ofRatings(mirrored))).toEqual(close(values(ofRatings(scores))));
    }
  });

  test("a copy of a labeler agrees fully", () => {
    const random = createRandom(SEED);
    const scores = rated("p", [1, 2, 2, 5]).ratings;
    const both = [...scores, ...scores.map((rating) => ({ ...rating, labelerId: "copy" }))];
    const report = ofRatings([{ promptId: "p", clusterId: "p", ratings: shuffled(both, random) }]);
    expect(values(report).map(({ value }) => value)).toEqual([1, 1]);
  });
});
