import { rankingsThatCount } from "../../../src/agreement/judgments/rankings-that-count.js";
import { runSlices } from "../../../src/agreement/judgments/time-slices.js";
import type { RankingJudgment } from "../../../src/agreement/judgments/units-from-rankings.js";
import { Random, SEED } from "../../datasets/random.js";
import { parseRanking } from "../support.js";

const counting = (rankings: readonly RankingJudgment[], among?: ReadonlySet<number>) =>
  runSlices(rankingsThatCount(rankings, among));

test("of one labeler's rankings of the same set only the latest counts, by createdAt and then by ordinal", () => {
  const [first, last, second, other] = [
    parseRanking("w2", "A>B", 0, 0),
    parseRanking("w2", "A=B", 1, 2),
    parseRanking("w2", "B>A", 1, 1),
    parseRanking("w3", "A>B", 0, 3),
  ];
  expect(counting([first, last, second, other])).toEqual([other, last]);
  expect(counting([])).toEqual([]);
});

test("of overlapping sets each counts that has a pair no later ranking has, earlier ones first", () => {
  const [whole, part, crossing] = [
    parseRanking("ann", "A>B>C", 1),
    parseRanking("ann", "B>A", 2),
    parseRanking("ann", "C>B>D", 3),
  ];
  // A and C were ordered in the first alone, A and B last in the second.
  expect(counting([crossing, part, whole])).toEqual([whole, part, crossing]);
  // The pairs of A>B>C are all in later rankings, though no single one of those has all three.
  const apart = [parseRanking("ann", "B>C", 2), parseRanking("ann", "A=B", 3), parseRanking("ann", "C>A", 4)];
  expect(counting([whole, ...apart])).toEqual(apart);
  expect(counting([whole, ...apart.slice(0, 2)])).toEqual([whole, ...apart.slice(0, 2)]);
  // A later ranking of a part leaves the rest: asked about that part only, the earlier one does not count.
  expect(counting([whole, part])).toEqual([whole, part]);
  expect(counting([whole, part], new Set([0, 1]))).toEqual([part]);
});

test("a ranking without a pair does not count", () => {
  expect(counting([parseRanking("ann", "A"), parseRanking("bob", "A>B")], new Set([0]))).toEqual([]);
});

/** As defined: some pair of it is in no later ranking of the same labeler. */
const naive = (rankings: readonly RankingJudgment[], among: (position: number) => boolean) =>
  rankings
    .filter((ranking) => {
      const positions = Array.from(ranking.positions).filter(among);
      const later = rankings.filter(
        ({ labelerId, createdAt, ordinal }) =>
          labelerId === ranking.labelerId &&
          (createdAt > ranking.createdAt || (createdAt === ranking.createdAt && ordinal > ranking.ordinal)),
      );
      return positions.some((a) =>
        positions.some(
          (b) =>
            a !== b &&
            !later.some((one) => Array.from(one.positions).includes(a) && Array.from(one.positions).includes(b)),
        ),
      );
    })
    .sort((a, b) => a.createdAt - b.createdAt || a.ordinal - b.ordinal);

test(`as loops over pairs and later rankings find them (seed ${SEED})`, () => {
  const random = new Random(SEED);
  let [replaced, outside] = [0, 0];
  for (let run = 0; run < 300; run++) {
    const most = random.int(2, 6);
    const rankings = random.list(0, 25, (ordinal) => {
      const positions = random.shuffle([0, 1, 2, 3, 4, 5].slice(0, most)).slice(0, random.int(1, most));
      const tiers = positions.map(() => random.int(1, 3));
      return { labelerId: `w${random.int(1, 4)}`, createdAt: random.int(0, 5), ordinal, positions, tiers };
    });
    const shuffled = random.shuffle(rankings);
    const all = counting(shuffled);
    expect(all).toEqual(naive(rankings, () => true));
    const among = new Set([0, 1, 2, 3, 4, 5].filter(() => random.chance(0.6)));
    const those = counting(shuffled, among);
    expect(those).toEqual(naive(rankings, (position) => among.has(position)));
    // What does not count takes nothing from the others.
    expect(counting(all, among)).toEqual(those);
    replaced += rankings.length - all.length;
    outside += all.length - those.length;
  }
  expect([replaced > 100, outside > 100]).toEqual([true, true]);
});
