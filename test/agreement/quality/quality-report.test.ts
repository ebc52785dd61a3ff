import { describe, expect, it as test } from "@jest/globals";
import { checkResampling } from "../../../src/agreement/intervals/interval.js";
import { LabelerIndex } from "../../../src/agreement/judgments/labeler-index.js";
import { runSlices } from "../../../src/agreement/judgments/time-slices.js";
import { unitsFromRankings } from "../../../src/agreement/judgments/units-from-rankings.js";
import { consensusScores } from "../../../src/agreement/quality/consensus.js";
import type { RankingWork } from "../../../src/agreement/quality/labeled-work.js";
import { agreements } from "../../../src/agreement/quality/pair-model.js";
import { qualityReport } from "../../../src/agreement/quality/quality-report.js";
import { WorkLog } from "../../../src/agreement/quality/work-log.js";
import { createRandom } from "../../../src/random.js";
import { LABELER_SIGNALS } from "../../../src/vocabulary.js";
import { printedSeed, randomRankedPrompts, randomRatedPrompts, shuffled } from "../support.js";
import { honestTiers, logOf, normal, RANKING, reportOn, signalOf, type WorkedPrompt, world } from "./world.js";

const PLAIN = { labelers: 12, prompts: 120, each: 5, completions: 4 };

const workOf = (labelerId: string, tiers: readonly number[], more: Partial<RankingWork> = {}): RankingWork => ({
  labelerId,
  positions: tiers.map((_, i) => i),
  tiers,
  createdAt: 0,
  ordinal: 0,
  isTimeKnown: true,
  durationMs: null,
  displayOrder: null,
  ...more,
});

describe("the works of rankings", () => {
  test("have the units, values and repeats that agreement has", () => {
    const seed = printedSeed("works of rankings");
    for (const prompt of randomRankedPrompts(seed, 40)) {
      const index = new LabelerIndex();
      const twin = unitsFromRankings(prompt.rankings, index);
      const log = new WorkLog(3, true);
      const works = prompt.rankings.map((ranking) => ({
        ...ranking,
        isTimeKnown: true,
        durationMs: null,
        displayOrder: null,
      }));
      runSlices(log.addRankings("p", works));
      const table = log.table();
      expect(log.repeats).toBe(twin.repeats);
      const lines = (units: { labeler: string; value: number }[][]): string[] =>
        units.map((unit) => JSON.stringify(unit.map(({ labeler, value }) => [labeler, value]).sort())).sort();
      const { judgments } = table;
      const units = Array.from({ length: judgments.units }, (_, u) => {
        const [from, to] = [judgments.firstJudgment[u]!, judgments.firstJudgment[u + 1]!];
        return Array.from({ length: to - from }, (_, i) => ({
          labeler: log.labelers.ids[judgments.labelerOf[from + i]!]!,
          value: judgments.categoryOf[from + i]!,
        }));
      });
      const expected = twin.units.map((unit) =>
        unit.labelers.map((labeler, i) => ({ labeler: index.ids[labeler]!, value: unit.values[i]! })),
      );
      expect(lines(units)).toEqual(lines(expected));
      // Every judgment belongs to one work, and a labeler has at most one work in a block.
      expect(table.unitOf.length).toBe(judgments.firstJudgment[judgments.units]);
      for (let block = 0; block < table.blocks; block++) {
        const members = table.workAt.subarray(table.firstWork[block]!, table.firstWork[block + 1]!);
        expect(new Set(Array.from(members, (work) => table.labelerOf[work])).size).toBe(members.length);
        const sets = Array.from(members, (work) =>
          [...table.unitOf.subarray(table.firstValue[work]!, table.firstValue[work + 1]!)].sort((a, b) => a - b).join(),
        );
        expect(new Set(sets).size).toBe(1);
      }
    }
  });

  test("are refused where they are none", () => {
    const refuse = (work: RankingWork, sentence: string) =>
      expect(() => runSlices(new WorkLog(3, true).addRankings("p", [work]))).toThrow(sentence);
    refuse(workOf("a", [1, 2], { durationMs: -1 }), "A ranking took -1 ms; a duration is a number from 0.");
    refuse(workOf("a", [1, 2], { durationMs: Number.NaN }), "A ranking took NaN ms; a duration is a number from 0.");
    refuse(
      workOf("a", [1, 2], { durationMs: Number.POSITIVE_INFINITY }),
      "A ranking took Infinity ms; a duration is a number from 0.",
    );
    refuse(
      workOf("a", [1, 2], { displayOrder: [0, 2] }),
      "A ranking of the completions 0, 1 was shown as 0, 2; each of them must have been shown, once.",
    );
    refuse(
      workOf("a", [1, 2], { displayOrder: [0, 1, 1] }),
      "A ranking of the completions 0, 1 was shown as 0, 1, 1; each of them must have been shown, once.",
    );
    refuse(
      workOf("a", [1, 2], { positions: [1, 1] }),
      "A ranking names the completion at position 1 twice; each may stand in one tier only.",
    );
    refuse(workOf("a", [1, Number.NaN]), "A ranking names tier NaN; a tier is an integer from 1.");
    const log = new WorkLog(7, false);
    const rating = { labelerId: "a", position: 0, value: 8, createdAt: 0, ordinal: 0, isTimeKnown: true };
    expect(() => runSlices(log.addRatings("p", [rating], [1, 2, 3, 4, 5, 6, 7]))).toThrow(
      "A rating is 8; the scale is 1, 2, 3, 4, 5, 6, 7.",
    );
  });
});

describe("the scores of works", () => {
  test("are sums of shares of the most frequent values of the others", () => {
    const seed = printedSeed("consensus scores");
    const prompts = world(seed, { labelers: 5, prompts: 8, each: 4, completions: 3 });
    const log = logOf(prompts);
    const table = log.table();
    const scores = runSlices(consensusScores(table));
    let work = 0;
    for (const { works } of prompts) {
      const sums = works.map(({ labelerId, tiers }) => {
        let sum = 0;
        for (const [i, j] of [
          [0, 1],
          [0, 2],
          [1, 2],
        ] as const) {
          const said = (of: RankingWork): number => Math.sign(of.tiers[i]! - of.tiers[j]!);
          const others = works.filter((other) => other.labelerId !== labelerId).map(said);
          const votes = [-1, 0, 1].map((value) => others.filter((other) => other === value).length);
          const modes = [-1, 0, 1].filter((_, v) => votes[v] === Math.max(...votes));
          const own = Math.sign(tiers[i]! - tiers[j]!);
          sum += modes.includes(own) ? 1 / modes.length : 0;
        }
        return sum;
      });
      const mean = sums.reduce((sum, value) => sum + value, 0) / sums.length;
      const scoreBy = new Map(works.map(({ labelerId }, i) => [labelerId, sums[i]!]));
      for (let i = 0; i < works.length; i++, work++) {
        expect(scores.score[work]).toBeCloseTo(scoreBy.get(log.labelers.ids[table.labelerOf[work]!]!)!, 12);
        expect(scores.mean[work]).toBeCloseTo(mean, 12);
        expect(scores.units[work]).toBe(3);
      }
    }
  });

  test("agree on as many units as can be counted", () => {
    const log = logOf([
      { clusterId: "p", works: [workOf("a", [1, 2, 3]), workOf("b", [1, 2, 2]), workOf("c", [3, 2, 1])] },
    ]);
    // a: < < <, b: < < =, c: > > >.
    expect([...agreements(log.table(), [0, 1, 2])]).toEqual([0, 2, 0, 2, 0, 0, 0, 0, 0]);
  });
});

describe("a report on labelers", () => {
  test("flags each planted habit by its signal, and says what was seen", () => {
    const report = reportOn(
      world(
        20_261_128,
        { labelers: 16, prompts: 240, each: 6, completions: 4 },
        {
          l0: (honest, random) => ({ ...honest, tiers: honestTiers([0, 0, 0, 0], 1, random) }),
          l1: (honest, random) =>
            honest.createdAt > 1_700_000_000_000 + 3_600_000 * 65
              ? { ...honest, tiers: honestTiers([0, 0, 0, 0], 1, random) }
              : honest,
          l2: (honest, _, before) => ({ ...honest, tiers: before.get("l3")?.tiers ?? honest.tiers }),
          l4: (honest) => ({ ...honest, durationMs: Math.round(honest.durationMs! / 20) }),
          l5: (honest) => ({
            ...honest,
            tiers: Array.from(honest.tiers, (tier, i) => (honest.displayOrder![0] === i ? 1 : tier + 1)),
          }),
          l6: (honest) => ({
            ...honest,
            tiers: Array.from(honest.tiers, (_, i) => 1 + honest.displayOrder!.indexOf(i)),
          }),
        },
      ),
    );
    const planted = {
      l0: "CONSENSUS",
      l1: "DRIFT",
      l2: "COPYING",
      l4: "SPEED",
      l5: "POSITION_BIAS",
      l6: "STRAIGHT_LINING",
    } as const;
    for (const [labeler, name] of Object.entries(planted)) {
      const signal = signalOf(report, labeler, name);
      expect([labeler, signal.flagged, signal.reason]).toEqual([labeler, true, null]);
    }
    expect(signalOf(report, "l2", "COPYING")).toMatchObject({ otherLabelerId: "l3", value: 1 });
    // The one copied from was always first: no work of theirs may be the copy.
    expect(signalOf(report, "l3", "COPYING").flagged).toBe(false);
    expect(signalOf(report, "l6", "STRAIGHT_LINING").evidence).toMatch(
      /^The answer 1,2,3,4 makes up 100\.0 % of \d+ works;/,
    );
    expect(signalOf(report, "l5", "POSITION_BIAS").evidence).toMatch(
      /^Put what was shown first into the best tier in (\d+) of \1 works/,
    );
    expect(signalOf(report, "l1", "DRIFT").evidence).toMatch(
      /in \d+\.\d % of the first \d+ prompts' units, \d+\.\d points (more|less) than .* from 2023-\S+Z on, \d+\.\d points less;/,
    );
    const drifted = signalOf(report, "l1", "DRIFT");
    expect(drifted.value).toBeLessThan(drifted.expected! - 0.2);
    expect(signalOf(report, "l4", "SPEED").value).toBeGreaterThan(0.5);
    const careless = report.byLabeler.find(({ labelerId }) => labelerId === "l0")!;
    const honest = report.byLabeler.find(({ labelerId }) => labelerId === "l9")!;
    expect(careless.accuracy.value).toBeLessThan(honest.accuracy.value! - 0.2);
    expect(careless.reliability.value).toBeLessThan(honest.reliability.value! - 0.1);
    expect(report.warnings[0]).toContain("nothing is done to a labeler");
  });

  // Of 197,975 a labeler exceeds what is expected by as much with two others, and the name of neither may decide.
  test.each([null, 197_975])(
    "is the same for the same data in another order, with other names, and with completions renamed (seed %p)",
    (fixed) => {
      const seed = fixed ?? printedSeed("labeler quality, other orders");
      const random = createRandom(seed);
      const prompts = world(seed, { labelers: 6, prompts: 30, each: 4, completions: 3 });
      const one = reportOn(prompts);
      const names = shuffled([...Array(6).keys()], random).map((i) => `other ${i}`);
      const renamed = (id: string): string => names[Number(id.slice(1))]!;
      const other = shuffled(prompts, random).map(({ clusterId, works }): WorkedPrompt => {
        const keys = shuffled([0, 1, 2], random);
        return {
          clusterId: `x${clusterId}`,
          works: shuffled(works, random).map((work, ordinal) => {
            const order = shuffled([0, 1, 2], random);
            return {
              ...work,
              ordinal,
              labelerId: renamed(work.labelerId),
              positions: order.map((i) => keys[i]!),
              tiers: order.map((i) => work.tiers[i]!),
              displayOrder: work.displayOrder!.map((i) => keys[i]!),
            };
          }),
        };
      });
      const two = reportOn(other);
      expect(two).toMatchObject({ labelers: one.labelers, works: one.works, units: one.units, repeats: 0 });
      for (const line of one.byLabeler) {
        const twin = two.byLabeler.find(({ labelerId }) => labelerId === renamed(line.labelerId))!;
        expect(twin.consensus).toBeCloseTo(line.consensus!, 12);
        expect(twin.accuracy.value).toBeCloseTo(line.accuracy.value!, 4);
        expect(twin.reliability.value).toBeCloseTo(line.reliability.value!, 3);
        line.signals.forEach((signal, i) => {
          const same = twin.signals[i]!;
          expect([same.signal, same.n, same.flagged, same.reason]).toEqual([
            signal.signal,
            signal.n,
            signal.flagged,
            signal.reason,
          ]);
          for (const field of ["value", "expected", "pValue", "adjustedPValue"] as const) {
            if (signal[field] === null) expect(same[field]).toBeNull();
            else expect(same[field]).toBeCloseTo(signal[field], 9);
          }
        });
      }
      for (const { labelerId } of one.byLabeler) {
        const [a, b] = [
          runSlices(one.consensusInterval(labelerId)),
          runSlices(two.consensusInterval(renamed(labelerId))),
        ];
        expect(b?.low).toBeCloseTo(a!.low, 9);
        expect(b?.high).toBeCloseTo(a!.high, 9);
      }
    },
  );

  test("has numbers or reasons, never NaN, on whatever judgments there are", () => {
    const seed = printedSeed("labeler quality, whatever there is");
    const random = createRandom(seed);
    for (let times = 0; times < 5; times++) {
      const log = new WorkLog(3, true);
      for (const { clusterId, rankings } of randomRankedPrompts(seed + times, 25, 5, 9)) {
        const works = rankings.map((ranking) => ({
          ...ranking,
          isTimeKnown: random.nextBelow(3) > 0,
          durationMs: [null, 0, 1, 2_000_000_000, 30_000][random.nextBelow(5)]!,
          displayOrder: random.nextBelow(2) === 0 ? null : shuffled(Array.from(ranking.positions), random),
        }));
        runSlices(log.addRankings(clusterId, works));
      }
      checkSense(runSlices(qualityReport(log, RANKING)));
      const rated = new WorkLog(7, false);
      for (const { clusterId, ratings } of randomRatedPrompts(seed + times, 25, [1, 2, 3, 4, 5, 6, 7])) {
        const works = ratings.map((rating) => ({ ...rating, isTimeKnown: true }));
        runSlices(rated.addRatings(clusterId, works, [1, 2, 3, 4, 5, 6, 7]));
      }
      const categories = ["1", "2", "3", "4", "5", "6", "7"];
      const report = runSlices(qualityReport(rated, { ...RANKING, categories, oriented: false }));
      checkSense(report);
      expect(report.byLabeler[0]!.reliability.reason).toContain("Scores are no comparisons");
    }
  });

  test("tells a frequent answer by sizes of tiers where no order of display is known, and scores by their values", () => {
    const answerOf = (report: ReturnType<typeof reportOn>) =>
      /^The answer (\S+) makes up 100\.0 % of 12 works;/.exec(
        signalOf(report, "ann", "STRAIGHT_LINING").evidence!,
      )?.[1];
    const judged = { createdAt: 0, ordinal: 0, isTimeKnown: false, durationMs: null, displayOrder: null };
    const ranked = new WorkLog(3, true);
    const rated = new WorkLog(3, false);
    for (let prompt = 0; prompt < 12; prompt++) {
      const ofBoth = ["ann", "bob"].map((labelerId) => ({ ...judged, labelerId }));
      // The first of the keys is best now and then: the sizes of the tiers are the same.
      const positions = prompt % 2 === 0 ? [0, 1, 2] : [2, 0, 1];
      const rankings = ofBoth.map((work) => ({ ...work, positions, tiers: [1, 2, 2] }));
      runSlices(ranked.addRankings(`p${prompt}`, rankings));
      const scores = ofBoth.flatMap((work) => [1, 0, -1].map((value, position) => ({ ...work, value, position })));
      runSlices(rated.addRatings(`p${prompt}`, scores, [-1, 0, 1]));
    }
    expect(answerOf(runSlices(qualityReport(ranked, RANKING)))).toBe("1+2");
    const categories = ["-1", "0", "1"];
    expect(answerOf(runSlices(qualityReport(rated, { ...RANKING, categories, oriented: false })))).toBe("-1,0,1");
  });

  test("of nothing, of one labeler, of two, and of ties only says why it cannot say more", () => {
    const none = runSlices(qualityReport(new WorkLog(3, true), RANKING));
    expect(none).toMatchObject({ labelers: 0, works: 0, units: 0, priors: null, byLabeler: [] });
    expect(none.warnings).toContain("No unit was judged by two labelers: nothing can be said of agreement.");

    const alone = reportOn(world(1, { labelers: 1, prompts: 20, each: 1, completions: 3 }));
    checkSense(alone);
    expect(alone.byLabeler[0]).toMatchObject({
      labelerId: "l0",
      works: 20,
      units: 0,
      consensus: null,
      confusion: null,
    });
    expect(alone.byLabeler[0]!.accuracy.reason).toBe("Nobody else judged what this labeler judged.");
    expect(runSlices(alone.consensusInterval("l0"))).toBeNull();
    expect(runSlices(alone.consensusInterval("nobody"))).toBeNull();

    const two = reportOn(world(1, { labelers: 2, prompts: 40, each: 2, completions: 3 }));
    checkSense(two);
    expect(two.byLabeler[0]!.consensus).toBe(two.byLabeler[1]!.consensus);
    for (const name of ["CONSENSUS", "DRIFT", "COPYING"] as const) {
      expect(signalOf(two, "l0", name)).toMatchObject({ pValue: null, flagged: false });
      expect(signalOf(two, "l0", name).reason).not.toBeNull();
    }
    expect(two.warnings).toContain("Two labelers can be compared: where they differ nobody knows which of them errs.");

    const tied = reportOn(
      world(1, PLAIN).map(({ clusterId, works }) => ({
        clusterId,
        works: works.map((work) => ({ ...work, tiers: [1, 1, 1, 1] })),
      })),
    );
    checkSense(tied);
    expect(tied.byLabeler.every(({ consensus }) => consensus === 1)).toBe(true);
    expect(tied.byLabeler.flatMap(({ signals }) => signals).some(({ flagged }) => flagged)).toBe(false);
    expect(tied.byLabeler[0]!.reliability.value).toBeNull();
    expect(tied.byLabeler[0]!.reliability.reason).toMatch(/^All \d+ judgments that others share are ties/);
    expect(signalOf(tied, "l0", "POSITION_BIAS").reason).toMatch(
      /works whose order of display is known tie everything/,
    );
    expect(signalOf(tied, "l0", "STRAIGHT_LINING").reason).toBe("All labelers answered alike: nobody stands out.");
  });

  test("makes nothing of durations that are all the same, and of displays that are", () => {
    const report = reportOn(
      world(2, PLAIN).map(({ clusterId, works }) => ({
        clusterId,
        works: works.map((work) => ({ ...work, durationMs: 0, displayOrder: [2, 0, 1, 3] })),
      })),
    );
    expect(signalOf(report, "l0", "SPEED").reason).toMatch(/^Most works on the same set took equally long/);
    expect(signalOf(report, "l0", "POSITION_BIAS").reason).toMatch(/mostly saw the same completion first/);
    checkSense(report);
  });

  test("counts a share of works far below by hand", () => {
    const random = createRandom(5);
    // Six honest paces with durations about a minute, and l9 with one work of twenty in a second.
    const prompts = Array.from({ length: 20 }, (_, p) => ({
      clusterId: `p${p}`,
      works: ["l1", "l2", "l3", "l4", "l5", "l6", "l9"].map((labelerId) =>
        workOf(labelerId, [1, 2], {
          createdAt: p,
          durationMs: labelerId === "l9" && p === 7 ? 1_000 : Math.round(60_000 * Math.exp(0.2 * normal(random))),
        }),
      ),
    }));
    const signal = signalOf(reportOn(prompts), "l9", "SPEED");
    expect(signal).toMatchObject({ value: 1 / 20, expected: 0.05, n: 20, flagged: false });
    // P(X ≥ 1) of 20 draws with 5 %: 1 − 0.95²⁰.
    expect(signal.pValue).toBeCloseTo(1 - 0.95 ** 20, 12);
  });

  test("asks first positions against exact chances", () => {
    // l0 puts what was shown first on top 3 times of 3, of two completions: 2 · (½)³; displays of the others are the other way round.
    const prompts = Array.from({ length: 3 }, (_, p) => ({
      clusterId: `p${p}`,
      works: [
        workOf("l0", [1, 2], { displayOrder: [0, 1] }),
        workOf("l1", [1, 2], { displayOrder: [1, 0] }),
        workOf("l2", [1, 2], { displayOrder: [1, 0] }),
      ],
    }));
    const signal = signalOf(reportOn(prompts), "l0", "POSITION_BIAS");
    expect(signal).toMatchObject({ value: 1, expected: 0.5, n: 3, pValue: 0.25 });
    expect(signalOf(reportOn(prompts), "l1", "POSITION_BIAS")).toMatchObject({ value: 0, pValue: 0.25 });
  });

  test.each([199, 20_001, 200.5, Number.NaN])("refuses %d resamples", (resamples) => {
    expect(() => checkResampling({ resamples, seed: 0 })).toThrow(
      `Resamples are ${resamples}; they must be an integer from 200 to 20000.`,
    );
  });
});

function checkSense(report: ReturnType<typeof reportOn>): void {
  const share = (value: number): boolean => value >= 0 && value <= 1;
  expect(report.warnings.length).toBeGreaterThan(0);
  if (report.priors !== null) expect(report.priors.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
  for (const line of report.byLabeler) {
    expect(line.consensus === null).toBe(line.units === 0);
    if (line.consensus !== null) expect(share(line.consensus)).toBe(true);
    for (const statistic of [line.accuracy, line.reliability]) {
      expect((statistic.value === null) === (statistic.reason === null)).toBe(false);
      if (statistic.value !== null) expect(share(statistic.value)).toBe(true);
    }
    for (const row of line.confusion ?? []) expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    expect(line.signals.map(({ signal }) => signal)).toEqual([...LABELER_SIGNALS]);
    for (const signal of line.signals) {
      expect((signal.pValue === null) === (signal.reason === null)).toBe(false);
      expect(signal.evidence === null && signal.pValue !== null).toBe(false);
      for (const value of [signal.value, signal.expected, signal.pValue, signal.adjustedPValue]) {
        if (value !== null) expect(share(value)).toBe(true);
      }
      for (const text of [signal.evidence, signal.reason]) expect(text ?? "").not.toMatch(/NaN|undefined|Infinity/);
    }
  }
}
