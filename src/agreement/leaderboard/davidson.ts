import { runSlices, type TimeSlices } from "../judgments/time-slices.js";
import { fitBradleyTerry } from "./bradley-terry.js";
import { canonicalCells, mergedCounts } from "./canonical-cells.js";
import { strongComponents } from "./components.js";
import { whyNoFiniteMaximum } from "./finite-maximum.js";
import { type ConcaveFunction, maximise } from "./newton.js";
import type { PairCounts, PairGraph } from "./pair-counts.js";
import { centred, type Ratings, spreadOverSources, TOO_FLAT } from "./ratings.js";

/** Strengths, and how readily ties come. */
export type DavidsonRatings = Ratings & { readonly tieParameter: number | null };

/** A maximum of the likelihood that may serve a neighbouring one as its beginning. */
export interface DavidsonFit {
  /** θ, then ln ν where there are ties. */
  readonly at: Float64Array;
  readonly factor: Float64Array;
}

/**
 * The strengths of sources under Davidson's model, in which a tie is an outcome of its own, by maximum likelihood:
 *
 *   P(i preferred to j) = e^θ_i / Z,   P(tie) = ν e^((θ_i + θ_j) / 2) / Z,   Z = e^θ_i + e^θ_j + ν e^((θ_i + θ_j) / 2),   Σ θ_i = 0
 *
 * so equals tie with probability ν / (2 + ν). Without any tie ν is 0 and this is Bradley–Terry. By Newton's method in (θ, ln ν),
 * in which the likelihood is concave.
 *
 * @param counts of all comparisons, at least one a source @param names for the reason. [sources]
 * @returns θ, natural logarithms of strengths with mean 0 [sources], and ν ≥ 0. Null with a reason where there is no finite
 * maximum: as for Bradley–Terry, and where the ties themselves can be foretold (whyTiesHaveNoFiniteMaximum).
 * Source: Davidson 1970, "On Extending the Bradley–Terry Model to Accommodate Ties in Paired Comparison Experiments", section 2.
 */
export const davidson = (counts: PairCounts, names: readonly string[]): DavidsonRatings =>
  runSlices(davidsonInSlices(counts, names));

/** The same, with a pause every few milliseconds. */
export function* davidsonInSlices(counts: PairCounts, names: readonly string[]): TimeSlices<DavidsonRatings> {
  const reason = whyNoFiniteMaximum(counts, names) ?? whyTiesHaveNoFiniteMaximum(counts);
  if (reason !== null) {
    return { values: null, reason, tieParameter: null };
  }
  const cells = yield* canonicalCells(counts);
  const maximum = yield* fitDavidson(mergedCounts(counts, cells), null);
  if (maximum === null) {
    return { ...TOO_FLAT, tieParameter: null };
  }
  const strengths = maximum.at.slice(0, cells.count);
  const values = spreadOverSources(centred(strengths, cells.sizes), cells);
  return {
    values,
    reason: null,
    tieParameter: maximum.at.length > cells.count ? Math.exp(maximum.at[cells.count]!) : 0,
  };
}

/** Whether the likelihood has a finite maximum. */
export const hasFiniteDavidson = (counts: PairCounts, graph: PairGraph): boolean =>
  strongComponents(counts, graph).count === 1 && whyTiesHaveNoFiniteMaximum(counts) === null;

/** The maximum, not centred; there must be one. @param start of a neighbour, with the factor of its curvature */
export function* fitDavidson(
  counts: PairCounts,
  start: DavidsonFit | null,
  precision?: number,
): TimeSlices<DavidsonFit | null> {
  const { sources, firstWins, secondWins, ties } = counts;
  const decided = sumOf(firstWins) + sumOf(secondWins);
  const tied = sumOf(ties);
  if (tied === 0) {
    return yield* fitBradleyTerry(counts, start?.at.slice(0, sources) ?? new Float64Array(sources), null, precision);
  }
  if (start !== null && start.at.length > sources) {
    return yield* maximise(likelihoodOf(counts), start.at, start.factor, precision);
  }
  const at = new Float64Array(sources + 1);
  // Where all are equals, ν / (2 + ν) is the share of ties.
  at[sources] = Math.log((2 * tied) / decided);
  return yield* maximise(likelihoodOf(counts), at, null, precision);
}

/**
 * Why ν has no finite maximum although the sources are connected; null where it has one, or is 0 for want of ties. There is none
 * exactly where strengths exist that foretell every outcome: all wins by a difference of at least 2, all ties by at most 2 (in
 * units of ln ν). Such strengths exist exactly where the graph with an edge j → i of weight −2 for a win of i over j, and edges of
 * weight 2 both ways for a tie, has no cycle of negative weight; two sources that each beat the other are one.
 * Sources: Albert and Anderson 1984 (a finite maximum exists where no direction separates the outcomes); the cycles by Bellman 1958.
 */
function whyTiesHaveNoFiniteMaximum(counts: PairCounts): string | null {
  const { sources, first, second, firstWins, secondWins, ties } = counts;
  if (sumOf(ties) === 0) {
    return null;
  }
  if (sumOf(firstWins) + sumOf(secondWins) === 0) {
    return "Every comparison is a tie, so no finite strength of ties is likeliest.";
  }
  for (let pair = 0; pair < first.length; pair++) {
    if (firstWins[pair]! > 0 && secondWins[pair]! > 0) {
      return null;
    }
  }
  // most[i]: the largest strength of i that the constraints so far allow.
  const most = new Float64Array(sources);
  for (let round = 0; round <= sources; round++) {
    let changed = false;
    const limit = (source: number, value: number): void => {
      if (value < most[source]!) {
        most[source] = value;
        changed = true;
      }
    };
    for (let pair = 0; pair < first.length; pair++) {
      const [i, j] = [first[pair]!, second[pair]!];
      if (firstWins[pair]! > 0) {
        limit(j, most[i]! - 2);
      }
      if (secondWins[pair]! > 0) {
        limit(i, most[j]! - 2);
      }
      if (ties[pair]! > 0) {
        limit(i, most[j]! + 2);
        limit(j, most[i]! + 2);
      }
    }
    if (!changed) {
      return "Strengths exist that foretell every win and every tie, so no finite strength of ties is likeliest.";
    }
  }
  return null;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) {
    sum += value;
  }
  return sum;
}

function likelihoodOf({ sources, first, second, firstWins, secondWins, ties }: PairCounts): ConcaveFunction {
  const size = sources + 1;
  return {
    size,
    work: 8 * first.length,
    gradientAt(x, gradient) {
      gradient.fill(0);
      const eta = x[sources]!;
      let value = 0;
      for (let pair = 0; pair < first.length; pair++) {
        const [w, l, t] = [firstWins[pair]!, secondWins[pair]!, ties[pair]!];
        const n = w + l + t;
        if (n === 0) {
          continue;
        }
        const [i, j] = [first[pair]!, second[pair]!];
        const half = (x[i]! - x[j]!) / 2;
        const most = Math.max(Math.abs(half), eta);
        const [eWin, eLoss, eTie] = [Math.exp(half - most), Math.exp(-half - most), Math.exp(eta - most)];
        const z = eWin + eLoss + eTie;
        value += (w - l) * half + t * eta - n * (most + Math.log(z));
        const slope = (w - l - (n * (eWin - eLoss)) / z) / 2;
        gradient[i]! += slope;
        gradient[j]! -= slope;
        gradient[sources]! += t - (n * eTie) / z;
      }
      return value;
    },
    curvatureAt(x, curvature) {
      // 1·1ᵀ over the strengths, as in Bradley–Terry.
      curvature.fill(1);
      curvature.fill(0, sources * size);
      const eta = x[sources]!;
      for (let pair = 0; pair < first.length; pair++) {
        const n = firstWins[pair]! + secondWins[pair]! + ties[pair]!;
        if (n === 0) {
          continue;
        }
        const [i, j] = [first[pair]!, second[pair]!];
        const half = (x[i]! - x[j]!) / 2;
        const most = Math.max(Math.abs(half), eta);
        const [eWin, eLoss, eTie] = [Math.exp(half - most), Math.exp(-half - most), Math.exp(eta - most)];
        const z = eWin + eLoss + eTie;
        const [difference, tie] = [(eWin - eLoss) / z, eTie / z];
        curvature[sources * size + sources]! += n * tie * (1 - tie);
        if (i === j) {
          continue;
        }
        const v = (n * (1 - tie - difference * difference)) / 4;
        curvature[i * size + i]! += v;
        curvature[j * size + j]! += v;
        curvature[j * size + i]! -= v;
        curvature[sources * size + i]! -= (n * difference * tie) / 2;
        curvature[sources * size + j]! += (n * difference * tie) / 2;
      }
    },
  };
}
