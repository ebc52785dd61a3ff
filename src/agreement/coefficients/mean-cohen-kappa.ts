import type { CoefficientName } from "../../vocabulary.js";
import { SparseRows } from "../intervals/sparse-rows.js";
import { defined, type Statistic, undefinedBecause } from "../intervals/statistic.js";
import type { JudgmentTable } from "../judgments/judgment-table.js";
import type { TimeSlices } from "../judgments/time-slices.js";
import type { CategoryWeights } from "./category-weights.js";
import type { LabelerCoefficient, LaidOut } from "./coefficient.js";
import { cohenKappa, kappaOfTable, partsOfTable } from "./cohen-kappa.js";
import type { PairSums } from "./labeler-pair-sums.js";

/** How the mean kappa is to be computed. */
export interface MeanCohenOptions {
  readonly name: CoefficientName;
  /** Identity for Cohen 1960, linear or quadratic for a weighted kappa. [q·q] */
  readonly weights: CategoryWeights;
  /** Average the two orientations of each unit: C ← (C + C flipped) / 2. */
  readonly oriented: boolean;
  /** The tables of the pairs of labelers; one for all kappas of a report. */
  readonly pairSums: (judgments: JudgmentTable) => TimeSlices<PairSums | string>;
}

/**
 * Cohen's kappa of any number of labelers: of two it is their kappa, of more the mean over pairs of labelers, weighted by the
 * units they share.
 *
 *   κ = Σ_ab n_ab κ_ab / Σ_ab n_ab
 *
 * Pairs that share fewer than 10 units are left out and counted in a warning, unless there are only two labelers; so are pairs
 * whose kappa is undefined. In a resample a pair weighs by what it shares there. From −1 to 1. Undefined where no pair is left.
 * Source: Light 1971, "Measures of response agreement for qualitative data" (the mean over pairs); weighted, because pairs
 * share more and fewer units.
 */
export function meanCohenKappa({ name, weights, oriented, pairSums }: MeanCohenOptions): LabelerCoefficient {
  const kappa = kappaOfTable(weights, oriented);
  return {
    name,
    *layOut(judgments): TimeSlices<LaidOut> {
      const sums = yield* pairSums(judgments);
      if (typeof sums === "string") {
        const figure = { minimum: -1, maximum: 1, evaluate: () => undefinedBecause(sums) };
        return { figure, clusters: new SparseRows(0).clusters(), n: 0, warnings: [], analyticStandardError: null };
      }
      const { pairs, minimum, clusters, n } = sums;
      const cells = weights.length;
      let silent = 0;
      for (let pair = 0; pair < pairs.length; pair++) {
        silent += kappa(pairs.counts, pair * cells) === null ? 1 : 0;
      }
      const warnings: string[] = [];
      if (pairs.leftOut > 0) {
        warnings.push(
          `${name} is the mean over ${pairs.length} of ${pairs.length + pairs.leftOut} pairs of labelers: the others share ` +
            `fewer than ${minimum} units and are left out.`,
        );
      }
      if (silent > 0) {
        warnings.push(`${name} leaves out ${silent} pairs of labelers who gave one category only, the same.`);
      }
      return {
        figure: {
          minimum: -1,
          maximum: 1,
          evaluate(tables) {
            // A single pair's own sentence says more than that of a mean.
            return pairs.length === 1
              ? cohenKappa(weights, oriented)(tables)
              : meanKappa(kappa, tables, cells, minimum);
          },
          parts: (tables) =>
            pairs.length === 1 ? partsOfTable(weights, oriented, tables) : { observed: null, expected: null },
        },
        clusters,
        n,
        warnings,
        analyticStandardError: null,
        pairs,
      };
    },
  };
}

/** The mean from the tables of all pairs, one after another. [pairs·q·q] */
function meanKappa(
  kappa: (counts: ArrayLike<number>, offset: number) => number | null,
  tables: Float64Array,
  cells: number,
  minimum: number,
): Statistic {
  let weighted = 0;
  let total = 0;
  let anyShared = false;
  for (let offset = 0; offset < tables.length; offset += cells) {
    let shared = 0;
    for (let cell = offset; cell < offset + cells; cell++) {
      shared += tables[cell]!;
    }
    if (shared > 0) {
      anyShared = true;
      const value = kappa(tables, offset);
      if (value !== null) {
        weighted += shared * value;
        total += shared;
      }
    }
  }
  if (total > 0) {
    return defined(weighted / total);
  }
  return undefinedBecause(
    anyShared
      ? "Every pair of labelers gave one category only, the same: agreement by chance is 1, and agreement beyond it is undefined."
      : `No two labelers share ${minimum} units, the fewest that a pair's kappa is taken from.`,
  );
}
