import { OPERATIONS_PER_SLICE, type TimeSlices } from "../judgments/time-slices.js";
import type { WorkTable } from "./work-table.js";

/**
 * How far a value agrees with the consensus of the others on its unit: 1 / t where it is one of the t most frequent values among
 * the others, else 0. With one consensus that is 1 or 0; where the others are divided their tie is shared out, so that what an
 * honest labeler is expected to reach does not depend on who is left out.
 *
 * @param counts how many labelers gave each value, own one included. [q]
 * @returns null where nobody else judged the unit
 */
export function consensusCredit(counts: ArrayLike<number>, own: number): number | null {
  let most = 0;
  let modes = 0;
  for (let c = 0; c < counts.length; c++) {
    const others = counts[c]! - (c === own ? 1 : 0);
    if (others > most) {
      [most, modes] = [others, 1];
    } else if (others === most) {
      modes++;
    }
  }
  return most === 0 ? null : counts[own]! - 1 === most ? 1 / modes : 0;
}

/** Each work's agreement with the consensus of the others, beside that of all works of its block. */
export interface ConsensusScores {
  /** Σ credits over the units of the work that somebody else judged, too. [works] */
  readonly score: Float64Array;
  /** How many units that are; the same for all works of a block. [works] */
  readonly units: Int32Array;
  /** Mean and variance of the scores of its block, itself included. [works] */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

const UNITS_PER_SLICE = OPERATIONS_PER_SLICE / 50;

/** The scores of all works, in time proportional to the judgments. */
export function* consensusScores(table: WorkTable): TimeSlices<ConsensusScores> {
  const { judgments, works, firstValue, unitOf, categoryOf, firstWork, workAt } = table;
  const { q, units, firstJudgment } = judgments;
  const counts = new Int32Array(units * q);
  for (let unit = 0; unit < units; unit++) {
    for (let i = firstJudgment[unit]!; i < firstJudgment[unit + 1]!; i++) {
      counts[unit * q + judgments.categoryOf[i]!]!++;
    }
    if (unit % UNITS_PER_SLICE === UNITS_PER_SLICE - 1) {
      yield;
    }
  }
  const score = new Float64Array(works);
  const compared = new Int32Array(works);
  for (let work = 0; work < works; work++) {
    for (let v = firstValue[work]!; v < firstValue[work + 1]!; v++) {
      const unit = unitOf[v]!;
      const credit = consensusCredit(counts.subarray(unit * q, (unit + 1) * q), categoryOf[v]!);
      if (credit !== null) {
        score[work]! += credit;
        compared[work]!++;
      }
    }
    if (work % UNITS_PER_SLICE === UNITS_PER_SLICE - 1) {
      yield;
    }
  }
  const mean = new Float64Array(works);
  const variance = new Float64Array(works);
  for (let block = 0; block < table.blocks; block++) {
    const members = workAt.subarray(firstWork[block]!, firstWork[block + 1]!);
    // In the order of the scores, so that neither order nor ids show in the last digit.
    const sorted = Float64Array.from(members, (work) => score[work]!).sort();
    const average = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
    const spread = sorted.reduce((sum, value) => sum + (value - average) ** 2, 0) / sorted.length;
    for (const work of members) {
      mean[work] = average;
      variance[work] = spread;
    }
    if (block % UNITS_PER_SLICE === UNITS_PER_SLICE - 1) {
      yield;
    }
  }
  return { score, units: compared, mean, variance };
}
