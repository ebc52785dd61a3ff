import { describe, expect, it as test } from "@jest/globals";
import { JudgmentLog, type JudgmentTable } from "../../../src/agreement/judgments/judgment-table.js";
import { countCategories, type Unit } from "../../../src/agreement/judgments/unit.js";
import { dawidSkene, labelerAccuracy } from "../../../src/agreement/quality/dawid-skene.js";
import { createRandom, type Random } from "../../../src/random.js";
import { printedSeed, shuffled } from "../support.js";

const ML = { oriented: false, pseudocount: 0 };

/** Units, each a prompt of its own. */
function tableOf(units: readonly Unit[], q: number, labelers: number): JudgmentTable {
  const log = new JudgmentLog(q);
  for (const unit of units) log.addPrompt([countCategories(unit, new Int32Array(q))], 0);
  return log.table(labelers, 1);
}

/**
 * Dawid and Skene 1979, Table 1: 45 patients, classed 1 to 4 three times by the first anaesthetist and once by each of four others.
 */
const PATIENTS =
  "1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111 2223212 1211111 " +
  "1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111 1111111 1121121 " +
  "1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222";

describe("Dawid and Skene's model", () => {
  test("finds the classes and error rates of their 45 patients", () => {
    const units = PATIENTS.split(" ").map((row) => ({
      labelers: [0, 0, 0, 1, 2, 3, 4],
      values: [...row].map((digit) => Number(digit) - 1),
    }));
    const found = dawidSkene(tableOf(units, 4, 5), ML);
    expect(found.settled).toBe(true);
    // Their Table 2 has .40, .42, .11, .07; more digits and error rates: the equations of the paper in numpy 2, from the shares of votes.
    [0.3995547529, 0.4219833919, 0.1117951885, 0.0666666667].forEach((share, k) => {
      expect(found.priors[k]).toBeCloseTo(share, 6);
    });
    expect(found.objective[found.objective.length - 1]).toBeCloseTo(-192.8908812142104, 6);
    const errors = [
      [0.8894883486860471, 0.11051165131395288, 0, 0],
      [0.07058545052985422, 0.8763799368402084, 0.05303461262993736, 0],
      [0, 0.3388215402013276, 0.6611784597986724, 0],
      [0, 0, 0.5555555555555556, 0.4444444444444444],
    ];
    errors.flat().forEach((rate, i) => {
      expect(found.confusion[i]).toBeCloseTo(rate, 5);
    });
    // Σ p_k π(k, k) of the third anaesthetist: 0.39955 · 1 + 0.42198 · 0.78830 + 0.11180 · 0.19878 + 0.06667 / 3.
    expect(labelerAccuracy(found, 2)).toBeCloseTo(0.7766474, 5);
  });

  test.each([
    [false, 0],
    [true, 0],
    [false, 0.5],
    [true, 1 / 3],
  ])("agrees with the equations read aloud on random data, oriented %p, pseudocount %d", (oriented, pseudocount) => {
    const random = createRandom(printedSeed("Dawid–Skene"));
    for (let times = 0; times < 20; times++) {
      const q = oriented ? 3 : 2 + random.nextBelow(3);
      // Some units twice: those are counted together.
      const single = randomUnits(random, q, 20, 5);
      const units = [...single, ...single.slice(0, 10)];
      const found = dawidSkene(tableOf(units, q, 5), { oriented, pseudocount });
      const twin = naive(units, q, 5, oriented, pseudocount, found.objective.length);
      expect(found.objective[found.objective.length - 1]).toBeCloseTo(twin.objective, 6);
      twin.priors.forEach((share, k) => {
        expect(found.priors[k]).toBeCloseTo(share, 8);
      });
      twin.confusion.flat(2).forEach((rate, i) => {
        expect(found.confusion[i]).toBeCloseTo(rate, 8);
      });
      found.objective.slice(1).forEach((value, i) => {
        expect(value).toBeGreaterThanOrEqual(found.objective[i]! - 1e-9 * Math.abs(value));
      });
    }
  });

  test("says the same whichever completion of a pair stands first, and in whatever order units and labelers come", () => {
    const random = createRandom(printedSeed("Dawid–Skene, other orders"));
    for (let times = 0; times < 20; times++) {
      const units = randomUnits(random, 3, 40, 6);
      const rename = shuffled([0, 1, 2, 3, 4, 5], random);
      const other = shuffled(units, random).map(({ labelers, values }) => {
        const turned = random.nextBelow(2) === 0;
        return {
          labelers: labelers.map((labeler) => rename[labeler]!),
          values: values.map((value) => (turned ? 2 - value : value)),
        };
      });
      const options = { oriented: true, pseudocount: 1 / 3 };
      const one = dawidSkene(tableOf(units, 3, 6), options);
      const two = dawidSkene(tableOf(other, 3, 6), options);
      for (let labeler = 0; labeler < 6; labeler++) {
        expect(labelerAccuracy(two, rename[labeler]!)).toBeCloseTo(labelerAccuracy(one, labeler), 4);
        expect(two.units[rename[labeler]!]).toBe(one.units[labeler]);
      }
      // A pair and itself turned round are one thing.
      expect(one.priors[0]).toBeCloseTo(one.priors[2]!, 12);
      expect(one.confusion[0]).toBeCloseTo(one.confusion[8]!, 12);
      expect(one.confusion[1]).toBeCloseTo(one.confusion[7]!, 12);
    }
  });

  test("leaves out what one labeler judged alone, and is all priors of nothing", () => {
    const shared = [
      { labelers: [0, 1], values: [0, 0] },
      { labelers: [0, 1], values: [1, 1] },
    ];
    const alone = [...shared, { labelers: [0], values: [1] }, { labelers: [2], values: [0] }];
    const [one, two] = [dawidSkene(tableOf(shared, 2, 3), ML), dawidSkene(tableOf(alone, 2, 3), ML)];
    expect([...two.priors]).toEqual([...one.priors]);
    expect([...two.confusion]).toEqual([...one.confusion]);
    expect([...two.units]).toEqual([2, 2, 0]);
    const none = dawidSkene(tableOf([], 2, 0), ML);
    expect(none).toMatchObject({ settled: true, objective: [] });
  });

  test("recovers who errs how, where many labelers judged much", () => {
    const random = createRandom(7);
    const right = [0.95, 0.9, 0.85, 0.8, 0.6];
    const units = Array.from({ length: 4000 }, () => {
      const truth = random.nextBelow(3);
      return {
        labelers: [0, 1, 2, 3, 4],
        values: right.map((p) => (random.nextUnit() < p ? truth : (truth + 1 + random.nextBelow(2)) % 3)),
      };
    });
    const found = dawidSkene(tableOf(units, 3, 5), ML);
    // 4,000 units: a standard error of at most 0.008, and somewhat more as the truth is not known.
    right.forEach((p, labeler) => {
      expect(Math.abs(labelerAccuracy(found, labeler) - p)).toBeLessThan(0.04);
    });
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a pseudocount of %d", (pseudocount) => {
    expect(() => dawidSkene(tableOf([], 2, 0), { oriented: false, pseudocount })).toThrow(
      `The pseudocount is ${pseudocount}; it must be a number from 0.`,
    );
  });
});

/** Labelers of their own accuracy, each judging some units. */
function randomUnits(random: Random, q: number, count: number, labelers: number): Unit[] {
  const right = Array.from({ length: labelers }, () => 0.4 + 0.6 * random.nextUnit());
  return Array.from({ length: count }, () => {
    const truth = random.nextBelow(q);
    const unit: Unit = { labelers: [], values: [] };
    for (let labeler = 0; labeler < labelers; labeler++) {
      if (random.nextBelow(3) === 0) continue;
      unit.labelers.push(labeler);
      unit.values.push(random.nextUnit() < right[labeler]! ? truth : random.nextBelow(q));
    }
    return unit.labelers.length === 0 ? { labelers: [0], values: [truth] } : unit;
  });
}

/** The paper's equations 2.3 to 2.5 in products, without logarithms. */
function naive(all: readonly Unit[], q: number, labelers: number, oriented: boolean, a: number, iterations: number) {
  const units = all.filter((unit) => unit.labelers.length >= 2);
  const categories = Array.from({ length: q }, (_, c) => c);
  let posterior = units.map(({ values }) =>
    categories.map((c) => values.filter((v) => v === c).length / values.length),
  );
  let [priors, confusion, objective]: [number[], number[][][], number] = [[], [], 0];
  const flip = (c: number): number => (oriented ? q - 1 - c : c);
  for (let i = 0; i < iterations; i++) {
    const share = (k: number): number => posterior.reduce((sum, t) => sum + t[k]!, 0) / units.length;
    priors = categories.map((k) => (share(k) + share(flip(k))) / 2);
    const count = (l: number, k: number, c: number): number =>
      units.reduce(
        (sum, { labelers: who, values }, u) =>
          sum + who.reduce((s, w, j) => s + (w === l && values[j] === c ? posterior[u]![k]! : 0), 0),
        0,
      );
    confusion = Array.from({ length: labelers }, (_, l) =>
      categories.map((k) => {
        const row = categories.map((c) => (count(l, k, c) + count(l, flip(k), flip(c))) / 2 + a);
        const total = row.reduce((sum, x) => sum + x, 0);
        return row.map((x) => (total > 0 ? x / total : 1 / q));
      }),
    );
    objective = a === 0 ? 0 : confusion.flat(2).reduce((sum, rate) => sum + a * Math.log(rate), 0);
    posterior = units.map(({ labelers: who, values }) => {
      const weights = categories.map((k) =>
        who.reduce((product, l, j) => product * confusion[l]![k]![values[j]!]!, priors[k]!),
      );
      const total = weights.reduce((sum, w) => sum + w, 0);
      objective += Math.log(total);
      return weights.map((w) => w / total);
    });
  }
  return { priors, confusion, objective };
}
