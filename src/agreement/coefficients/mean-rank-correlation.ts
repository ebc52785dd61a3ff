import { type Clusters, canonicalClusters } from "../intervals/clusters.js";
import { SparseRows } from "../intervals/sparse-rows.js";
import { defined, type Statistic, undefinedBecause } from "../intervals/statistic.js";
import { GrowableRows } from "../judgments/growable-rows.js";
import type { JudgmentTable } from "../judgments/judgment-table.js";
import type { TimeSlices } from "../judgments/time-slices.js";
import type { LabelerCoefficient, LaidOut } from "./coefficient.js";
import type { RankCorrelations } from "./rank-correlations.js";

type Correlations = (judgments: JudgmentTable) => TimeSlices<RankCorrelations | string>;

/**
 * Kendall's τ-b of any number of labelers: the mean over all pairs of labelers on all prompts that have three completions which
 * both judged (see tauBOfOrders, tauBOfTable), each pair on each prompt counted once. Pairs of which one tied all are left out
 * and counted. From −1 to 1.
 */
export const meanTauB = (correlations: Correlations): LabelerCoefficient => ({
  name: "KENDALL_TAU_B",
  *layOut(judgments) {
    const found = yield* correlations(judgments);
    return typeof found === "string"
      ? nothing(undefinedBecause(found))
      : {
          ...(yield* laidOut("KENDALL_TAU_B", found, (prompt) => [found.defined[prompt]!, found.tau[prompt]!])),
          tauOfPairs: found.byPair,
        };
  },
});

/**
 * Spearman's ρ of any number of labelers who scored completions: the mean over prompts of the mean over the pairs of labelers
 * with three common completions (see spearmanOfTable). Pairs of which one gave a single value are left out and counted. From −1
 * to 1.
 */
export const meanRho = (correlations: Correlations): LabelerCoefficient => ({
  name: "SPEARMAN_RHO",
  *layOut(judgments) {
    const found = yield* correlations(judgments);
    return typeof found === "string"
      ? nothing(undefinedBecause(found))
      : yield* laidOut("SPEARMAN_RHO", found, (prompt) => [1, found.rho[prompt]! / found.defined[prompt]!]);
  },
});

/** The sums (weight, value · weight) by cluster, of the prompts that have a value. */
function* laidOut(
  name: string,
  { defined: values, clusterOfPrompt, clusters: count, n, pairs, tied, tooFew }: RankCorrelations,
  ofPrompt: (prompt: number) => readonly [number, number],
): TimeSlices<LaidOut> {
  const rows = new GrowableRows(2, Math.max(1, count));
  for (let cluster = 0; cluster < count; cluster++) {
    rows.push();
  }
  for (let prompt = 0; prompt < values.length; prompt++) {
    if (values[prompt]! > 0) {
      ofPrompt(prompt).forEach((entry, column) => {
        rows.add(clusterOfPrompt[prompt]!, column, entry);
      });
    }
  }
  yield;
  const clusters: Clusters = yield* canonicalClusters(rows);
  const all = pairs + tied + tooFew;
  const parts = [
    ...(tooFew > 0 ? [`${tooFew} with fewer than three completions in common`] : []),
    ...(tied > 0 ? [`${tied} of which one tied all`] : []),
  ];
  return {
    figure: {
      minimum: -1,
      maximum: 1,
      evaluate: (sums) =>
        sums[0]! > 0
          ? defined(sums[1]! / sums[0]!)
          : undefinedBecause(
              tied > 0
                ? "Of every two labelers with three completions of a prompt in common one tied all: a constant has no rank correlation."
                : "No two labelers have three completions of a prompt in common, the fewest that a rank correlation is taken from.",
            ),
    },
    clusters,
    n,
    warnings:
      parts.length === 0
        ? []
        : [`${name} is of ${pairs} of ${all} pairs of labelers on a prompt; left out are ${parts.join(", ")}.`],
    analyticStandardError: null,
  };
}

const nothing = (statistic: Statistic): LaidOut => ({
  figure: { minimum: -1, maximum: 1, evaluate: () => statistic },
  clusters: new SparseRows(0).clusters(),
  n: 0,
  warnings: [],
  analyticStandardError: null,
});
