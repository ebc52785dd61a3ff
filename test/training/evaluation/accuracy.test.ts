import type { Vote } from "../../../src/training/config/prompts.js";
import { accuracyOf, linesOf } from "../../../src/training/evaluation/accuracy.js";
import { Random, SEED } from "../../datasets/random.js";

const completions = ["a", "bbb", "cc", "dd"].map((text) => ({ id: text, text }));
const VOTES: Vote[] = [
  ["w1", 1, 0],
  ["w2", 1, 0],
  ["w3", 0, 1],
  ["w1", 2, 1],
  ["w1", 3, 2],
];

test("accuracy by hand: equal scores count half", () => {
  // 1 over 0 twice right, 0 over 1 wrong, 2 over 1 right, 3 over 2 equal.
  expect(accuracyOf(VOTES, [0, 1, 2, 2])).toEqual({ right: 3.5, counted: 5, equal: 1 });
  // What tells nothing apart is a coin, as lengths that are all equal are.
  expect(accuracyOf(VOTES, [7, 7, 7, 7])).toEqual({ right: 2.5, counted: 5, equal: 5 });
  expect(accuracyOf(VOTES, [Number.NaN, 1, 2, 3])).toEqual({ right: 2, counted: 5, equal: 0 });
});

test("swapped scores have the swapped accuracy", () => {
  const scores = [0.5, 1.5, -1, -1];
  const { right } = accuracyOf(VOTES, scores);
  expect(
    accuracyOf(
      VOTES,
      scores.map((score) => -score),
    ).right,
  ).toBe(5 - right);
});

test("the lines by hand", () => {
  expect(linesOf({ votes: VOTES, completions })).toEqual({
    // bbb over a twice; a over bbb not; cc over bbb not; dd over cc, as long, is a coin.
    LONGER: { right: 2.5, counted: 5 },
    // Three labelers on the first pair: one of their three pairs agrees.
    LABELERS: { right: 1, counted: 3 },
    // 2 of 3 on the first pair, all on the others.
    BEST_SCORER: { right: 4, counted: 5 },
  });
});

test("no scorer tells two equal texts apart: the best has half of their votes, too", () => {
  const equal = ["same", "same", "other"].map((text, place) => ({ id: `${place}`, text }));
  const votes: Vote[] = [
    ["w1", 0, 1],
    ["w2", 0, 1],
    ["w1", 1, 0],
    ["w1", 2, 0],
  ];
  const { BEST_SCORER, LONGER } = linesOf({ votes, completions: equal });
  expect(BEST_SCORER).toEqual({ right: 2.5, counted: 4 });
  expect(LONGER).toEqual({ right: 2.5, counted: 4 });
});

test("a labeler who judged a pair twice does not agree with itself", () => {
  const votes: Vote[] = [
    ["w1", 0, 1],
    ["w1", 0, 1],
    ["w2", 1, 0],
  ];
  expect(linesOf({ votes, completions }).LABELERS).toEqual({ right: 0, counted: 2 });
  expect(linesOf({ votes: votes.slice(0, 2), completions }).LABELERS).toEqual({ right: 0, counted: 0 });
});

test(`no scores beat the line of the best scorer, and the labelers' is the share over all pairs (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 30; run++) {
    const votes = Array.from({ length: random.int(1, 60) }, (): Vote => {
      const winner = random.int(0, 3);
      return [`w${random.int(0, 4)}`, winner, (winner + random.int(1, 3)) % 4];
    });
    const { BEST_SCORER, LABELERS } = linesOf({ votes, completions });
    for (let trial = 0; trial < 20; trial++) {
      const scores = completions.map(() => random.next());
      expect(accuracyOf(votes, scores).right).toBeLessThanOrEqual(BEST_SCORER.right);
    }
    // The naive twin: every two votes on the same completions by different labelers.
    const naive = { right: 0, counted: 0 };
    for (const [i, [labeler, winner, loser]] of votes.entries()) {
      for (const [other, first, second] of votes.slice(i + 1)) {
        if (other === labeler || first + second !== winner + loser || ![first, second].includes(winner)) continue;
        naive.counted++;
        if (first === winner) naive.right++;
      }
    }
    expect(LABELERS).toEqual(naive);
  }
});
