import { describe, expect, it as test } from "@jest/globals";
import { JudgmentLog } from "../../../src/agreement/judgments/judgment-table.js";
import { countCategories, type Unit } from "../../../src/agreement/judgments/unit.js";
import {
  CROWD_PRIORS,
  type CrowdBradleyTerry,
  crowdBradleyTerry,
  type JudgedPairs,
} from "../../../src/agreement/quality/crowd-bradley-terry.js";
import { createRandom, type Random } from "../../../src/random.js";
import { printedSeed, shuffled } from "../support.js";
import { normal } from "./world.js";

type Pair = Unit & { readonly first: number; readonly second: number };

function pairsOf(pairs: readonly Pair[], items: number, labelers: number): JudgedPairs {
  const log = new JudgmentLog(3);
  for (const pair of pairs) log.addPrompt([countCategories(pair, new Int32Array(3))], 0);
  return {
    judgments: log.table(labelers, 1),
    firstItemOf: Int32Array.from(pairs, ({ first }) => first),
    secondItemOf: Int32Array.from(pairs, ({ second }) => second),
    items,
  };
}

/** Labelers who judge by strengths or against them, some ties. */
function randomPairs(random: Random, items: number, labelers: number, each = 3): Pair[] {
  const theta = Array.from({ length: items }, () => 1.5 * normal(random));
  const eta = Array.from({ length: labelers }, () => 0.4 + 0.6 * random.nextUnit());
  const pairs: Pair[] = [];
  for (let second = 1; second < items; second++) {
    for (let first = 0; first < second; first++) {
      const who = shuffled(
        Array.from({ length: labelers }, (_, l) => l),
        random,
      ).slice(0, random.nextBelow(each + 1));
      if (who.length === 0) continue;
      const values = who.map((labeler) => {
        const p = 1 / (1 + Math.exp(theta[second]! - theta[first]!));
        const up = eta[labeler]! * p + (1 - eta[labeler]!) * (1 - p);
        return random.nextBelow(5) === 0 ? 1 : random.nextUnit() < up ? 0 : 2;
      });
      pairs.push({ labelers: who, values, first, second });
    }
  }
  return pairs;
}

/** The logarithm of the posterior density, read aloud. */
function density(pairs: readonly Pair[], theta: readonly number[], eta: readonly number[]): number {
  const { right, wrong, ties } = CROWD_PRIORS;
  const sigma = (x: number): number => 1 / (1 + Math.exp(-x));
  let sum = 0;
  for (const { labelers, values, first, second } of pairs) {
    if (labelers.length < 2) continue;
    const d = theta[first]! - theta[second]!;
    labelers.forEach((labeler, i) => {
      const up = Math.log(eta[labeler]! * sigma(d) + (1 - eta[labeler]!) * sigma(-d));
      const down = Math.log(eta[labeler]! * sigma(-d) + (1 - eta[labeler]!) * sigma(d));
      sum += values[i] === 0 ? up : values[i] === 2 ? down : (up + down) / 2;
    });
  }
  for (const t of theta) sum += ties * (Math.log(sigma(t)) + Math.log(sigma(-t)));
  for (const e of eta) sum += (right - 1) * Math.log(e) + (wrong - 1) * Math.log(1 - e);
  return sum;
}

const vectors = ({ strengths, reliability }: CrowdBradleyTerry): [number[], number[]] => [
  [...strengths],
  [...reliability],
];

describe("Bradley–Terry with a reliability of each labeler", () => {
  test("ends where no strength and no reliability can be moved to a denser place", () => {
    const random = createRandom(printedSeed("crowd Bradley–Terry"));
    for (let times = 0; times < 20; times++) {
      const [items, labelers] = [2 + random.nextBelow(8), 2 + random.nextBelow(5)];
      const pairs = randomPairs(random, items, labelers);
      const found = crowdBradleyTerry(pairsOf(pairs, items, labelers));
      expect(found.settled).toBe(true);
      const [theta, eta] = vectors(found);
      const height = density(pairs, theta, eta);
      expect(found.objective[found.objective.length - 1]).toBeCloseTo(height, 5);
      // Finite differences: the slope is that of the tolerance, 10⁻¹¹ of the height a step, over a curvature of about 1.
      const h = 1e-4;
      theta.forEach((value, i) => {
        const [up, down] = [theta.with(i, value + h), theta.with(i, value - h)];
        expect(Math.abs(density(pairs, up, eta) - density(pairs, down, eta)) / (2 * h)).toBeLessThan(5e-3);
      });
      eta.forEach((value, i) => {
        const [up, down] = [eta.with(i, value + h), eta.with(i, value - h)];
        expect(Math.abs(density(pairs, theta, up) - density(pairs, theta, down)) / (2 * h)).toBeLessThan(2e-2);
      });
      found.objective.slice(1).forEach((value, i) => {
        expect(value).toBeGreaterThanOrEqual(found.objective[i]! - 1e-9 * (1 + Math.abs(value)));
      });
    }
  });

  test("says the same in another order, with other names, and seen from the other side", () => {
    const random = createRandom(printedSeed("crowd Bradley–Terry, other orders"));
    for (let times = 0; times < 20; times++) {
      const pairs = randomPairs(random, 6, 4);
      const labelerOf = shuffled([0, 1, 2, 3], random);
      const itemOf = shuffled([0, 1, 2, 3, 4, 5], random);
      const other = shuffled(pairs, random).map(({ labelers, values, first, second }) => {
        const turned = random.nextBelow(2) === 0;
        const [a, b] = [itemOf[first]!, itemOf[second]!];
        return {
          labelers: labelers.map((labeler) => labelerOf[labeler]!),
          values: values.map((value) => (turned ? 2 - value : value)),
          first: turned ? b : a,
          second: turned ? a : b,
        };
      });
      const one = crowdBradleyTerry(pairsOf(pairs, 6, 4));
      const two = crowdBradleyTerry(pairsOf(other, 6, 4));
      labelerOf.forEach((renamed, labeler) => {
        expect(two.reliability[renamed]).toBeCloseTo(one.reliability[labeler]!, 3);
      });
    }
  });

  test("finds the labeler who judges against the others, and the strengths in order", () => {
    const random = createRandom(3);
    const theta = [2, 1, 0, -1, -2];
    const eta = [0.95, 0.9, 0.9, 0.85, 0.5, 0.1];
    const pairs: Pair[] = [];
    for (let times = 0; times < 60; times++) {
      for (let second = 1; second < 5; second++) {
        for (let first = 0; first < second; first++) {
          const p = 1 / (1 + Math.exp(theta[second]! - theta[first]!));
          const values = eta.map((e) => (random.nextUnit() < e * p + (1 - e) * (1 - p) ? 0 : 2));
          pairs.push({ labelers: [0, 1, 2, 3, 4, 5], values, first, second });
        }
      }
    }
    const { strengths, reliability, judgments } = crowdBradleyTerry(pairsOf(pairs, 5, 6));
    expect([...judgments]).toEqual(eta.map(() => 600));
    expect([...strengths]).toEqual([...strengths].sort((a, b) => b - a));
    // 600 judgments each: standard errors of at most 0.03.
    eta.forEach((e, labeler) => {
      expect(Math.abs(reliability[labeler]! - e)).toBeLessThan(0.1);
    });
  });

  test("stays finite where a completion only wins and where nothing connects two others", () => {
    const wins = { labelers: [0, 1], values: [0, 0], first: 0, second: 1 };
    const apart = { labelers: [0, 1], values: [2, 2], first: 2, second: 3 };
    const { strengths, reliability } = crowdBradleyTerry(pairsOf([wins, apart], 5, 2));
    expect([...strengths].every(Number.isFinite)).toBe(true);
    expect(strengths[0]).toBeGreaterThan(0.5);
    expect(strengths[0]).toBeCloseTo(strengths[3]!, 6);
    expect(strengths[1]).toBeCloseTo(-strengths[0]!, 6);
    expect(strengths[4]).toBe(0);
    expect(reliability[0]).toBeGreaterThan(0.8);
  });

  test("takes nobody's word alone, and leaves a labeler without judgments at the prior", () => {
    const alone = { labelers: [0], values: [0], first: 0, second: 1 };
    const { strengths, reliability, judgments } = crowdBradleyTerry(pairsOf([alone], 2, 2));
    expect([...strengths]).toEqual([0, 0]);
    expect([...judgments]).toEqual([0, 0]);
    expect(reliability[0]).toBeCloseTo(0.8, 12); // (5 − 1) / (5 + 2 − 2)
  });

  test("has ties only: all strengths equal, and reliabilities at the prior", () => {
    const tie = { labelers: [0, 1, 2], values: [1, 1, 1], first: 0, second: 1 };
    const { strengths, judgments, strict } = crowdBradleyTerry(pairsOf([tie], 2, 3));
    expect([...judgments]).toEqual([1, 1, 1]);
    expect([...strict]).toEqual([0, 0, 0]);
    expect(strengths[0]).toBeCloseTo(0, 12);
    expect(strengths[1]).toBeCloseTo(0, 12);
  });

  test.each([
    { right: 2, wrong: 2, ties: 1 },
    { right: 5, wrong: 1, ties: 1 },
    { right: Number.NaN, wrong: 2, ties: 1 },
    { right: 5, wrong: 2, ties: 0 },
  ])("refuses the priors %j", (priors) => {
    expect(() => crowdBradleyTerry(pairsOf([], 0, 0), priors)).toThrow(
      "Beta needs numbers above 1, the first one larger",
    );
  });
});
