import { GrowableRows } from "../judgments/growable-rows.js";
import type { JudgmentTable } from "../judgments/judgment-table.js";
import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import { tauBOfOrders, tauBOfTable } from "./kendall-tau-b.js";
import { judgmentsByLabeler, tooManyComparisons } from "./labeler-pairs.js";
import { spearmanOfTable } from "./spearman-rho.js";

/** Rank correlations of every two labelers on every prompt. A pair "on a prompt" is two labelers and one prompt. */
export interface RankCorrelations {
  /** Σ τ-b and Σ ρ over the pairs on each prompt, and how many there are. ρ is 0 where rankings are compared. [prompts] */
  readonly tau: Float64Array;
  readonly rho: Float64Array;
  readonly defined: Int32Array;
  /** [prompts] */
  readonly clusterOfPrompt: Int32Array;
  readonly clusters: number;
  /** Units that entered. */
  readonly n: number;
  /** Pairs on a prompt with a value, … */
  readonly pairs: number;
  /** … with three common completions or more, of which one of the two tied all, … */
  readonly tied: number;
  /** … and with a common unit, but fewer than three common completions. */
  readonly tooFew: number;
  /** A row (first, second, Σ τ-b, prompts) for every two labelers with a value, ascending; first < second. */
  readonly byPair: GrowableRows;
}

/**
 * Correlates every two labelers on every prompt that has three completions which both judged. Labeler by labeler, so that what
 * is held is the result and one labeler's tables with all others; takes Σ_u m_u² for units with m_u values.
 *
 * @param oriented a unit is a pair of completions and its value an order; else a unit is a completion and its value a score.
 *   Two different pairs have three completions at least, so two common pairs are asked for, or three common completions.
 * @returns a sentence instead where there would be too many comparisons.
 */
export function* rankCorrelations(table: JudgmentTable, oriented: boolean): TimeSlices<RankCorrelations | string> {
  const { q, labelers, units, prompts, firstJudgment, promptOf, clusterOf, labelerOf, categoryOf } = table;
  const refused = tooManyComparisons(table);
  if (refused !== null) {
    return refused;
  }
  yield;
  const { start, judgmentAt, unitAt } = yield* judgmentsByLabeler(table);
  const fewest = oriented ? 2 : 3;
  const cells = q * q;
  const scratch = new Int32Array(labelers * cells);
  const common = new Int32Array(labelers);
  const tauOfPair = new Float64Array(labelers);
  const promptsOfPair = new Int32Array(labelers);
  const hasValue = new Uint8Array(labelers);
  const entered = new Uint8Array(units);
  const clusterOfPrompt = new Int32Array(prompts);
  const [tau, rho, defined] = [new Float64Array(prompts), new Float64Array(prompts), new Int32Array(prompts)];
  const byPair = new GrowableRows(4);
  let [pairs, tied, tooFew, work] = [0, 0, 0, 0];
  for (let unit = 0; unit < units; unit++) {
    clusterOfPrompt[promptOf[unit]!] = clusterOf[unit]!;
  }
  const met: number[] = [];
  const ofLabeler: number[] = [];
  for (let a = 0; a < labelers; a++) {
    // Units stand in the order of prompts, and so do those of a labeler.
    for (let first = start[a]!, end = first; first < start[a + 1]!; first = end) {
      const prompt = promptOf[unitAt[first]!]!;
      for (; end < start[a + 1]! && promptOf[unitAt[end]!] === prompt; end++) {
        const unit = unitAt[end]!;
        const row = categoryOf[judgmentAt[end]!]! * q;
        for (let j = firstJudgment[unit]!; j < firstJudgment[unit + 1]!; j++) {
          const b = labelerOf[j]!;
          if (b > a) {
            if (common[b]!++ === 0) {
              met.push(b);
            }
            scratch[b * cells + row + categoryOf[j]!]!++;
          }
        }
        work += firstJudgment[unit + 1]! - firstJudgment[unit]!;
      }
      met.sort((x, y) => x - y);
      for (const b of met) {
        const value = oriented ? tauBOfOrders(scratch, b * cells) : tauBOfTable(scratch, q, b * cells);
        if (common[b]! < fewest) {
          tooFew++;
        } else if (value === null) {
          tied++;
        } else {
          pairs++;
          hasValue[b] = 1;
          defined[prompt]!++;
          tau[prompt]! += value;
          rho[prompt]! += oriented ? 0 : spearmanOfTable(scratch, q, b * cells)!;
          if (promptsOfPair[b]!++ === 0) {
            ofLabeler.push(b);
          }
          tauOfPair[b]! += value;
        }
      }
      markEntered(table, entered, unitAt.subarray(first, end), hasValue);
      for (const b of met) {
        common[b] = 0;
        hasValue[b] = 0;
        scratch.fill(0, b * cells, (b + 1) * cells);
      }
      work += met.length * cells * 4;
      met.length = 0;
      if (work > OPERATIONS_PER_SLICE) {
        work = 0;
        yield;
      }
    }
    ofLabeler.sort((x, y) => x - y);
    for (const b of ofLabeler) {
      const row = byPair.push();
      [a, b, tauOfPair[b]!, promptsOfPair[b]!].forEach((entry, column) => {
        byPair.set(row, column, entry);
      });
      tauOfPair[b] = 0;
      promptsOfPair[b] = 0;
    }
    ofLabeler.length = 0;
  }
  const n = entered.reduce((sum, mark) => sum + mark, 0);
  return { tau, rho, defined, clusterOfPrompt, clusters: table.clusters, n, pairs, tied, tooFew, byPair };
}

/** Marks those of the units that a labeler marked in hasValue judged, too. */
function markEntered(
  { firstJudgment, labelerOf }: JudgmentTable,
  entered: Uint8Array,
  units: Int32Array,
  hasValue: Uint8Array,
): void {
  for (const unit of units) {
    for (let j = firstJudgment[unit]!; entered[unit] === 0 && j < firstJudgment[unit + 1]!; j++) {
      entered[unit] = hasValue[labelerOf[j]!]!;
    }
  }
}

/** Computes the correlations once for all that ask with the same judgments. */
export function rankCorrelationsOnce(
  oriented: boolean,
): (judgments: JudgmentTable) => TimeSlices<RankCorrelations | string> {
  let known: { judgments: JudgmentTable; found: RankCorrelations | string } | null = null;
  return function* (judgments) {
    if (known?.judgments !== judgments) {
      known = { judgments, found: yield* rankCorrelations(judgments, oriented) };
    }
    return known.found;
  };
}
