import { runSlices, type TimeSlices } from "../judgments/time-slices.js";
import { type Cells, canonicalCells, mergedCounts } from "./canonical-cells.js";
import { type Flow, follow } from "./follow-flow.js";
import type { PairCounts } from "./pair-counts.js";
import { spreadOverSources } from "./ratings.js";

/** Where every source begins. */
const ELO_START = 1000;
/** Points that one comparison can move. Source: Chiang et al. 2024, "Chatbot Arena", whose Elo took 4. */
export const ELO_K = 4;
/** Points between two sources of which one is preferred ten times as often. Source: Elo 1978, section 8.4. */
const ELO_SCALE = 400;

/**
 * Elo ratings that no order of the comparisons can change. Elo plays one comparison after another,
 *
 *   R_i ← R_i + K (y − E_ij),   R_j ← R_j − K (y − E_ij),   E_ij = 1 / (1 + 10^((R_j − R_i) / 400)),   y = 1, ½ or 0,
 *
 * so its answer depends on their order. Here every comparison is cut into m equal shares of K / m and all shares are shuffled: as m
 * grows every order gives the same, the solution at time 1 of
 *
 *   dR_i/dt = K Σ_j (w_ij + t_ij / 2 − n_ij E_ij),   R_i(0) = 1000
 *
 * with w wins, t ties and n comparisons of i and j. It is computed to 10⁻⁸ points, and costs pairs of sources. Plain Elo averaged
 * over shuffles tends to it as K falls; with many comparisons it tends to Bradley–Terry on the Elo scale, and with few it stays
 * near 1000. The mean over sources stays 1000. It is finite for every input.
 *
 * @param counts of all comparisons @param k points that one comparison can move, above 0 @returns points. [sources]
 * Sources: Elo 1978, "The Rating of Chessplayers", section 1.6; for the order Boubdir et al. 2023, "Elo Uncovered", section 4.
 */
export const elo = (counts: PairCounts, k = ELO_K): Float64Array => runSlices(eloInSlices(counts, k));

/** The same, with a pause every few milliseconds. */
export function* eloInSlices(counts: PairCounts, k = ELO_K): TimeSlices<Float64Array> {
  const cells = yield* canonicalCells(counts);
  return spreadOverSources(yield* eloOfCells(mergedCounts(counts, cells), cells.sizes, k, 1e-8), cells);
}

/** Elo of sources each of which stands for several. @param sizes how many. [sources] @param tolerance in points */
export function* eloOfCells(
  { sources, first, second, firstWins, secondWins, ties }: PairCounts,
  sizes: Cells["sizes"],
  k: number,
  tolerance: number,
): TimeSlices<Float64Array> {
  const natural = Math.LN10 / ELO_SCALE;
  const flow: Flow = {
    size: sources,
    work: 4 * first.length,
    velocityAt(x, velocity) {
      velocity.fill(0);
      for (let pair = 0; pair < first.length; pair++) {
        const n = firstWins[pair]! + secondWins[pair]! + ties[pair]!;
        if (n === 0) {
          continue;
        }
        const [i, j] = [first[pair]!, second[pair]!];
        const surprise = firstWins[pair]! + ties[pair]! / 2 - n / (1 + Math.exp(natural * (x[j]! - x[i]!)));
        velocity[i]! += surprise;
        velocity[j]! -= surprise;
      }
      for (let i = 0; i < sources; i++) {
        velocity[i]! *= k / sizes[i]!;
      }
    },
  };
  return yield* follow(flow, new Float64Array(sources).fill(ELO_START), tolerance);
}
