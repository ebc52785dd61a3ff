import { describe, expect, it as test } from "@jest/globals";
import {
  bootstrapReplicates,
  quantile,
  type Replicates,
  standardDeviation,
} from "../../../src/agreement/intervals/bootstrap.js";
import { canonicalClusters } from "../../../src/agreement/intervals/clusters.js";
import { clusterPrecision } from "../../../src/agreement/intervals/interval.js";
import { jackknifeInterval, jackknifeStandardError, leaveOneOut } from "../../../src/agreement/intervals/jackknife.js";
import type { Statistic } from "../../../src/agreement/intervals/statistic.js";
import { GrowableRows } from "../../../src/agreement/judgments/growable-rows.js";
import { runSlices } from "../../../src/agreement/judgments/time-slices.js";
import { countCategories } from "../../../src/agreement/judgments/unit.js";
import { unitsFromRankings } from "../../../src/agreement/judgments/units-from-rankings.js";
import { unitsFromRatings } from "../../../src/agreement/judgments/units-from-ratings.js";
import { createRandom } from "../../../src/random.js";
import {
  type NaiveUnit,
  naiveAlpha,
  naiveCredit,
  naiveOrientedAlpha,
  naivePercentAgreement,
  naiveRankingUnits,
  naiveRatingUnits,
} from "../naive.js";
import {
  byCluster,
  newIndex,
  printedSeed,
  randomRankedPrompts,
  randomRatedPrompts,
  shuffled,
  sumsOverUnits,
} from "../support.js";

const SCALE = [1, 2, 3, 4, 5, 6, 7];

/** Data of two measures by cluster: the vectors of a coefficient on one side, the plain judgments on the other. */
function worlds(seed: number) {
  const rankings = byCluster(randomRankedPrompts(seed, 30, 5, 12));
  const ratings = byCluster(randomRatedPrompts(seed, 30, SCALE, 4, 12));
  const labelers = newIndex();
  const count = (q: number) => (unit: { labelers: number[]; values: number[] }) =>
    countCategories(unit, new Int32Array(q));
  const [agreement, alpha] = sumsOverUnits("RANKING", "HALF_CREDIT");
  const rankedClusters = rankings.map((prompts) => ({
    units: prompts.flatMap((prompt) => unitsFromRankings(prompt.rankings, labelers).units).map(count(3)),
    judgments: prompts.flatMap((prompt) => naiveRankingUnits(prompt).units),
  }));
  const ratedClusters = ratings.map((prompts) => ({
    units: prompts.flatMap((prompt) => unitsFromRatings(prompt.ratings, SCALE, labelers).units).map(count(7)),
    judgments: prompts.flatMap((prompt) => naiveRatingUnits(prompt).units),
  }));
  const credit = (a: number, b: number) => naiveCredit(a, b, "HALF_CREDIT");
  return [
    {
      coefficient: agreement!,
      clusters: rankedClusters,
      naive: (units: NaiveUnit[]) => naivePercentAgreement(units, credit).value,
    },
    { coefficient: alpha!, clusters: rankedClusters, naive: naiveOrientedAlpha },
    {
      coefficient: sumsOverUnits("OVERALL", "EXACT")[1],
      clusters: ratedClusters,
      naive: (units: NaiveUnit[]) => naiveAlpha(units, "ordinal"),
    },
  ];
}

function tableOf({ coefficient, clusters }: ReturnType<typeof worlds>[number]): GrowableRows {
  const table = new GrowableRows(coefficient.size);
  for (const { units } of clusters) {
    const sums = new Float64Array(coefficient.size);
    for (const unit of units) {
      coefficient.add(sums, unit);
    }
    table.row(table.push()).set(sums);
  }
  return table;
}

const negated = ({ value, reason }: Statistic): Statistic =>
  value === null ? { value, reason } : { value: -value, reason: null };

describe("the cluster bootstrap", () => {
  test("equals counting all judgments of the drawn clusters anew", () => {
    const seed = printedSeed("bootstrap twin");
    for (const world of worlds(seed)) {
      const { coefficient, naive } = world;
      const table = tableOf(world);
      const clusters = runSlices(canonicalClusters(table));
      // Which judgments stand behind the canonical cluster i: those of a cluster with that very vector.
      const judgmentsOf = Array.from(clusters.patternOf, (pattern) => {
        const vector = clusters.vectors.subarray(pattern * clusters.size, (pattern + 1) * clusters.size);
        const row = world.clusters.findIndex((_, i) => table.row(i).every((value, k) => value === vector[k]));
        return world.clusters[row]!.judgments;
      });
      const resamples = 40;
      // Of several figures of the same sums each has the replicates that it would have alone.
      const opposite = { ...coefficient, evaluate: (sums: Float64Array) => negated(coefficient.evaluate(sums)) };
      const [other, replicates] = runSlices(
        bootstrapReplicates(clusters, [opposite, coefficient], resamples, createRandom(seed)),
      ) as [Replicates, Replicates];
      expect(Array.from(other.values, (value) => -value).reverse()).toEqual([...replicates.values]);
      const random = createRandom(seed);
      const twin: number[] = [];
      for (let resample = 0; resample < resamples; resample++) {
        const drawn = Array.from({ length: clusters.count }, () => judgmentsOf[random.nextBelow(clusters.count)]!);
        const value = naive(drawn.flat());
        if (value !== null) {
          twin.push(value);
        }
      }
      twin.sort((a, b) => a - b);
      expect(replicates.undefinedCount).toBe(resamples - twin.length);
      expect(replicates.values).toHaveLength(twin.length);
      replicates.values.forEach((value, i) => {
        expect(value).toBeCloseTo(twin[i]!, 9);
      });
    }
  });

  test("leaves each cluster out as counting the judgments of the others does", () => {
    const seed = printedSeed("jackknife twin");
    for (const world of worlds(seed)) {
      const { coefficient, naive } = world;
      const clusters = runSlices(canonicalClusters(tableOf(world)));
      const left = leaveOneOut(clusters, coefficient)!;
      const values = Array.from(left.values)
        .flatMap((value, pattern) => Array<number>(left.counts[pattern]!).fill(value))
        .sort((a, b) => a - b);
      const entered = world.clusters.filter(({ judgments }) => judgments.some((unit) => unit.length >= 2));
      const twin = entered
        .map((omitted) => naive(entered.filter((cluster) => cluster !== omitted).flatMap((c) => c.judgments))!)
        .sort((a, b) => a - b);
      expect(values).toHaveLength(twin.length);
      values.forEach((value, i) => {
        expect(value).toBeCloseTo(twin[i]!, 9);
      });
      const mean = twin.reduce((sum, value) => sum + value, 0) / twin.length;
      const squares = twin.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      const error = Math.sqrt(((twin.length - 1) / twin.length) * squares);
      expect(jackknifeStandardError(clusters, coefficient)).toBeCloseTo(error, 9);
    }
  });

  test("orders clusters by their vectors alone, keeps equal ones once, drops those that did not enter", () => {
    const seed = printedSeed("canonical clusters");
    const random = createRandom(seed);
    // Every vector occurs about three times; a third has no unit.
    const rows = Array.from({ length: 3000 }, () => [
      random.nextBelow(3),
      random.nextBelow(30),
      random.nextBelow(11) / 3,
    ]);
    const fill = (items: number[][]) => {
      const table = new GrowableRows(3);
      for (const item of items) {
        table.row(table.push()).set(item);
      }
      return runSlices(canonicalClusters(table));
    };
    const clusters = fill(rows);
    const entered = rows.filter(([units]) => units! > 0);
    expect(clusters.count).toBe(entered.length);
    expect(clusters.vectors.length / 3).toBe(new Set(entered.map(String)).size);
    const spread = Array.from(clusters.patternOf, (p) => String([...clusters.vectors.subarray(3 * p, 3 * p + 3)]));
    expect(spread.sort()).toEqual(entered.map(String).sort());
    const again = fill(shuffled(rows, random));
    expect(again.vectors).toEqual(clusters.vectors);
    expect(again.patternOf).toEqual(clusters.patternOf);
  });

  test("puts the quantile of 999 replicates at rank 25 and 975", () => {
    const ranks = Float64Array.from({ length: 999 }, (_, i) => i + 1);
    expect(quantile(ranks, 0.025)).toBeCloseTo(25, 9);
    expect(quantile(ranks, 0.975)).toBeCloseTo(975, 9);
    expect(quantile(Float64Array.of(1, 2, 4), 0.5)).toBe(2);
    expect(quantile(Float64Array.of(1, 2), 0.999)).toBe(2);
    expect(quantile(Float64Array.of(5), 0.025)).toBe(5);
  });

  test("has the standard deviation with divisor n − 1", () => {
    // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, squares 32, 32/7.
    expect(standardDeviation(Float64Array.of(2, 4, 4, 4, 5, 5, 7, 9))).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(standardDeviation(Float64Array.of(1))).toBeNull();
  });
});

describe("the interval of an estimate", () => {
  const [agreement, alpha] = sumsOverUnits("OVERALL", "EXACT");
  /** Clusters of PERCENT_AGREEMENT: [units, agreed, pairs] each. */
  const clustersOf = (rows: number[][]) => {
    const table = new GrowableRows(3);
    for (const row of rows) {
      table.row(table.push()).set(row);
    }
    return runSlices(canonicalClusters(table));
  };
  const precision = (rows: number[][], estimate: number) =>
    runSlices(clusterPrecision(clustersOf(rows), agreement!, estimate, { resamples: 1000, seed: 0 }));

  test("is null with a reason for one cluster", () => {
    expect(precision([[5, 3, 5]], 0.6)).toEqual({
      ci95: null,
      standardError: null,
      reason: "All judgments come from one cluster; an interval needs at least two.",
      clusters: 1,
      undefinedResamples: 0,
    });
  });

  test("is jackknife-t on the logit below 100 clusters", () => {
    // Four clusters with 1, 2, 3, 4 of 4: θ = 10/16, leave-one-out 9/12, 8/12, 7/12, 6/12, mean 0.625,
    // SE = √(3/4 · (0.125² + 0.041667² + 0.041667² + 0.125²)) = √(3/4 · 0.0347222) = 0.161374.
    // λ = ln(0.625/0.375) = 0.510826; half = t(3) 3.182446 · 0.161374 / (0.625 · 0.375) = 2.191241;
    // low = 1/(1 + e^1.680415) = 0.157048, high = 1/(1 + e^−2.702067) = 0.937145.
    const { ci95, standardError } = precision(
      [1, 2, 3, 4].map((agreed) => [4, agreed, 4]),
      0.625,
    );
    expect(standardError).toBeCloseTo(0.161374, 5);
    expect(ci95!.low).toBeCloseTo(0.157048, 5);
    expect(ci95!.high).toBeCloseTo(0.937145, 5);
  });

  test("stays in the range, however few the clusters and near the end the estimate", () => {
    const { ci95 } = precision(
      [
        [1, 0, 1],
        [1000, 1000, 1000],
      ],
      1000 / 1001,
    );
    expect(ci95!.low).toBeGreaterThanOrEqual(0);
    expect(ci95!.high).toBeLessThanOrEqual(1);
    expect(jackknifeInterval(1, 0, 8, agreement!)).toEqual({ low: 1, high: 1 });
    const alphaInterval = jackknifeInterval(0.999, 0.75, 2, alpha!);
    expect(alphaInterval.low).toBeGreaterThanOrEqual(-1);
    expect(alphaInterval.high).toBeLessThanOrEqual(1);
  });

  test("is the percentile interval from 100 clusters on", () => {
    // 100 clusters of one pair, 60 agree: a resample is a binomial share of 100, standard deviation √(0.6·0.4/100) = 0.049.
    // Its quantiles 0.025 and 0.975 are 0.50 and 0.69 or 0.70 (binomial); 1,000 resamples leave one step of play.
    const rows = Array.from({ length: 100 }, (_, i) => [1, i < 60 ? 1 : 0, 1]);
    const { ci95, standardError } = precision(rows, 0.6);
    expect(Math.abs(ci95!.low - 0.5)).toBeLessThanOrEqual(0.0101);
    expect(Math.abs(ci95!.high - 0.695)).toBeLessThanOrEqual(0.0151);
    expect(Math.abs(standardError! - 0.049)).toBeLessThan(0.005);
  });

  test("is null where the coefficient is undefined in more than 5 % of the resamples, and says in how many", () => {
    // Alpha of 30 clusters of which one alone holds a second category: a resample misses it with (29/30)^30 = 0.362.
    const table = new GrowableRows(alpha!.size);
    for (let i = 0; i < 30; i++) {
      const sums = new Float64Array(alpha!.size);
      const values = i === 0 ? [3, 4] : [3, 3];
      alpha!.add(sums, countCategories({ labelers: [0, 1], values }, new Int32Array(7)));
      table.row(table.push()).set(sums);
    }
    const resampling = { resamples: 2000, seed: 3 };
    const { ci95, standardError, reason, undefinedResamples } = runSlices(
      clusterPrecision(runSlices(canonicalClusters(table)), alpha!, 0, resampling),
    );
    expect(ci95).toBeNull();
    expect(standardError).toBeNull();
    expect(reason).toBe(
      `The coefficient is undefined in ${undefinedResamples} of 2000 resamples; an interval needs it in at least 95 %.`,
    );
    // 2,000 draws of 0.362: standard deviation 0.0107, six of them.
    expect(Math.abs(undefinedResamples / 2000 - 0.362)).toBeLessThan(0.065);
  });
});
