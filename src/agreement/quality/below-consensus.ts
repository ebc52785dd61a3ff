import { createRandom } from "../../random.js";
import type { TimeSlices } from "../judgments/time-slices.js";
import type { ConsensusScores } from "./consensus.js";
import { lowTails, type Standing } from "./labeler-spread.js";
import { percent } from "./percent.js";
import { sequentialP } from "./sequential-p.js";
import { type Finding, nothingToSee } from "./signal.js";
import type { WorkTable } from "./work-table.js";

/**
 * Does a labeler agree with the consensus of the others less than those others do on the very same sets? Of each labeler
 *
 *   value = Σ score / Σ units,   expected = Σ (mean score of the block) / Σ units
 *
 * The probability is the larger of two: of so low a sum where each work is any work of its block (exact, whatever the size), and of
 * so low a difference beside how honest labelers differ (see lowTails). With two labelers only there is none: both agree as much.
 *
 * @returns a finding of each labeler; n counts units that somebody else judged, too. [labelers]
 */
export function* belowConsensus(table: WorkTable, scores: ConsensusScores, seed: number): TimeSlices<Finding[]> {
  const { judgments, firstBy, workBy } = table;
  const sums = Array.from({ length: judgments.labelers }, (_, labeler) => {
    const sum = { score: 0, mean: 0, variance: 0, units: 0, works: 0 };
    for (const work of workBy.subarray(firstBy[labeler]!, firstBy[labeler + 1]!)) {
      sum.score += scores.score[work]!;
      sum.mean += scores.mean[work]!;
      sum.variance += scores.variance[work]!;
      sum.units += scores.units[work]!;
      sum.works += scores.variance[work]! > 0 ? 1 : 0;
    }
    return sum;
  });
  yield;
  const standing: Standing[] = [];
  const rowOf = sums.map(({ score, mean, variance, units }) =>
    variance > 0 ? standing.push({ y: (score - mean) / units, variance: variance / units ** 2 }) - 1 : null,
  );
  const tails = lowTails(standing);
  const sorted = yield* sortedByBlock(table, scores.score);
  const findings: Finding[] = [];
  for (let labeler = 0; labeler < judgments.labelers; labeler++) {
    const { score, mean, units, works } = sums[labeler]!;
    if (units === 0) {
      findings.push(nothingToSee("Nobody else judged what this labeler judged."));
      continue;
    }
    const [value, expected] = [score / units, mean / units];
    const row = rowOf[labeler];
    const spread = row == null ? null : tails[row]!;
    const known = { value, expected, n: units };
    if (row == null) {
      const reason = "Wherever others judged the same set, all agreed with each other equally well: nobody stands out.";
      findings.push({ ...known, pValue: null, evidence: null, reason });
    } else if (spread === null) {
      const reason = "At least three labelers must be comparable: else nobody knows how far honest ones differ.";
      findings.push({ ...known, pValue: null, evidence: null, reason });
    } else {
      const pValue = yield* lowSum(table, scores, sorted, labeler, score, seed, spread);
      const evidence = `Gave the consensus of the others in ${percent(value)} of ${units} units in ${works} works that can tell, where the labelers of the same works did in ${percent(expected)}.`;
      findings.push({ ...known, pValue, evidence, reason: null });
    }
    yield;
  }
  return findings;
}

/** The larger of a probability at hand and that of a sum of scores as low, each work being any of its block. */
function* lowSum(
  table: WorkTable,
  scores: ConsensusScores,
  sorted: Float64Array,
  labeler: number,
  observed: number,
  seed: number,
  atLeast: number,
): TimeSlices<number> {
  const { firstBy, workBy, blockOf, firstWork } = table;
  const sizeOf = (block: number): number => firstWork[block + 1]! - firstWork[block]!;
  const blocks: number[] = [];
  let fixed = 0;
  for (const work of workBy.subarray(firstBy[labeler]!, firstBy[labeler + 1]!)) {
    if (scores.variance[work]! > 0) {
      blocks.push(blockOf[work]!);
    } else {
      fixed += scores.score[work]!;
    }
  }
  // In an order that shows neither ids nor the order of feeding, so that the draws do not either.
  blocks.sort((a, b) => {
    const [fromA, fromB, size] = [firstWork[a]!, firstWork[b]!, sizeOf(a)];
    let difference = size - sizeOf(b);
    for (let i = 0; difference === 0 && i < size; i++) {
      difference = sorted[fromA + i]! - sorted[fromB + i]!;
    }
    return difference;
  });
  const random = createRandom(seed);
  // Sums of the same credits in another order differ in the last digits.
  const bound = observed - fixed + 1e-9 * (1 + Math.abs(observed));
  const isAsLow = (): boolean => {
    let sum = 0;
    for (const block of blocks) {
      sum += sorted[firstWork[block]! + random.nextBelow(sizeOf(block))]!;
    }
    return sum <= bound;
  };
  return yield* sequentialP(isAsLow, 4 * blocks.length, atLeast);
}

/** The values of the works of each block in ascending order, where workAt has the works. [works] */
function* sortedByBlock({ firstWork, workAt, blocks }: WorkTable, values: Float64Array): TimeSlices<Float64Array> {
  const sorted = Float64Array.from(workAt, (work) => values[work]!);
  for (let block = 0; block < blocks; block++) {
    sorted.subarray(firstWork[block]!, firstWork[block + 1]!).sort();
    if (block % 1000 === 999) {
      yield;
    }
  }
  return sorted;
}
