import type { Vote } from "../../../src/training/config/prompts.js";
import { cutVotes, MOST_IN_ELEMENT } from "../../../src/training/config/reward-elements.js";
import { Random, SEED } from "../../datasets/random.js";

test("no votes are no element; up to nine completions are one", () => {
  expect(cutVotes([])).toEqual([]);
  const votes: Vote[] = [
    ["w1", 3, 0],
    ["w2", 0, 8],
    ["w1", 3, 8],
  ];
  expect(cutVotes(votes)).toEqual([{ completions: [0, 3, 8], votes: [0, 1, 2] }]);
});

test("ten completions by hand: groups 0-3, 4-7 and 8-9", () => {
  const pair = (winner: number, loser: number): Vote => ["w", winner, loser];
  // A chain, so that all ten stand in votes: 0>1>…>9.
  const votes = Array.from({ length: 9 }, (_, place) => pair(place, place + 1));
  expect(cutVotes(votes)).toEqual([
    // Groups 0 and 1: 0>1, 1>2, 2>3 inside group 0, 3>4 between; what is inside group 1 goes with group 2.
    { completions: [0, 1, 2, 3, 4], votes: [0, 1, 2, 3] },
    { completions: [4, 5, 6, 7, 8, 9], votes: [4, 5, 6, 7, 8] },
  ]);
});

test(`every vote stands in exactly one element, with its completions, at most nine (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 50; run++) {
    const completions = random.int(2, 40);
    const votes = Array.from({ length: random.int(1, 300) }, (): Vote => {
      const winner = random.int(0, completions - 1);
      return ["w", winner, (winner + random.int(1, completions - 1)) % completions];
    });
    const elements = cutVotes(votes);
    expect(elements.flatMap((element) => [...element.votes]).sort((a, b) => a - b)).toEqual([...votes.keys()]);
    for (const element of elements) {
      expect(element.completions.length).toBeLessThanOrEqual(MOST_IN_ELEMENT);
      const standing = element.votes.flatMap((index) => votes[index]?.slice(1) as number[]);
      expect([...new Set(standing)].sort((a, b) => a - b)).toEqual(element.completions);
    }
  }
});

test("a prompt like ukp-convarg's: 33 completions all compared are 36 elements", () => {
  const votes = Array.from({ length: 33 * 32 }, (_, index): Vote => {
    const winner = Math.floor(index / 32);
    return ["w", winner, (winner + 1 + (index % 32)) % 33];
  });
  // ⌈33 / 4⌉ = 9 groups, C(9, 2) = 36 pairs of them.
  expect(cutVotes(votes)).toHaveLength(36);
});
