import { runSlices, type TimeSlices } from "../judgments/time-slices.js";
import { canonicalCells, mergedCounts } from "./canonical-cells.js";
import { whyNoFiniteMaximum } from "./finite-maximum.js";
import { type ConcaveFunction, type Maximum, maximise } from "./newton.js";
import type { PairCounts } from "./pair-counts.js";
import { centred, type Ratings, spreadOverSources, TOO_FLAT } from "./ratings.js";

/**
 * The Bradley–Terry strengths of sources that were compared in pairs, by maximum likelihood:
 *
 *   P(i is preferred to j) = σ(θ_i − θ_j),   maximise Σ_pairs w_ij ln σ(θ_i − θ_j) + w_ji ln σ(θ_j − θ_i),   Σ θ_i = 0
 *
 * with w_ij the wins of i over j and half of their ties: a tie counts as half a win for both. By Newton's method, to the last
 * digits of a double. Sources that the counts cannot tell apart get the same number, and neither names nor order show.
 *
 * @param counts of all comparisons, at least one a source @param names for the reason. [sources]
 * @returns θ, natural logarithms of strengths with mean 0; 400 / ln 10 times a difference is one of Elo points. [sources]
 * Null with a reason where there is no finite maximum: a source that only wins or only loses, or comparisons that do not connect
 * all sources.
 * Source: Bradley and Terry 1952; Hunter 2004, "MM Algorithms for Generalized Bradley–Terry Models", sections 1 and 2.
 */
export const bradleyTerry = (counts: PairCounts, names: readonly string[]): Ratings =>
  runSlices(bradleyTerryInSlices(counts, names));

/** The same, with a pause every few milliseconds. */
export function* bradleyTerryInSlices(counts: PairCounts, names: readonly string[]): TimeSlices<Ratings> {
  const reason = whyNoFiniteMaximum(counts, names);
  if (reason !== null) {
    return { values: null, reason };
  }
  const cells = yield* canonicalCells(counts);
  const maximum = yield* fitBradleyTerry(mergedCounts(counts, cells), new Float64Array(cells.count));
  return maximum === null
    ? TOO_FLAT
    : { values: spreadOverSources(centred(maximum.at, cells.sizes), cells), reason: null };
}

/** The maximum, not centred; there must be one. @param start [sources] @param known a factor of the curvature near there */
export const fitBradleyTerry = (
  counts: PairCounts,
  start: Float64Array,
  known: Float64Array | null = null,
  precision?: number,
): TimeSlices<Maximum | null> => maximise(likelihoodOf(counts), start, known, precision);

function likelihoodOf({ sources, first, second, firstWins, secondWins, ties }: PairCounts): ConcaveFunction {
  const judged = firstWins.map((wins, pair) => wins + secondWins[pair]! + ties[pair]!);
  const won = firstWins.map((wins, pair) => wins + ties[pair]! / 2);
  return {
    size: sources,
    work: 4 * first.length,
    gradientAt(x, gradient) {
      gradient.fill(0);
      let value = 0;
      for (let pair = 0; pair < first.length; pair++) {
        const n = judged[pair]!;
        if (n === 0) {
          continue;
        }
        const i = first[pair]!;
        const j = second[pair]!;
        const wins = won[pair]!;
        const difference = x[i]! - x[j]!;
        // σ and ln σ without overflow: e = exp(−|difference|).
        const e = Math.exp(-Math.abs(difference));
        const p = difference >= 0 ? 1 / (1 + e) : e / (1 + e);
        value += wins * difference - n * (Math.max(difference, 0) + Math.log1p(e));
        gradient[i]! += wins - n * p;
        gradient[j]! -= wins - n * p;
      }
      return value;
    },
    curvatureAt(x, curvature) {
      // The likelihood does not change where all strengths rise together: 1·1ᵀ makes that direction steep.
      curvature.fill(1);
      for (let pair = 0; pair < first.length; pair++) {
        const n = judged[pair]!;
        const i = first[pair]!;
        const j = second[pair]!;
        if (n === 0 || i === j) {
          continue;
        }
        const e = Math.exp(-Math.abs(x[i]! - x[j]!));
        const v = (n * e) / ((1 + e) * (1 + e));
        curvature[i * sources + i]! += v;
        curvature[j * sources + j]! += v;
        curvature[j * sources + i]! -= v; // i < j: the lower triangle
      }
    },
  };
}
