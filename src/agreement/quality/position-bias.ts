import type { TimeSlices } from "../judgments/time-slices.js";
import { percent } from "./percent.js";
import { type Finding, nothingToSee } from "./signal.js";
import { successTails } from "./tails.js";
import type { WorkTable } from "./work-table.js";

/** Where more than half of what chance leaves stood first for everybody, display was not at random. */
const SAME_FIRST = 0.5;

/**
 * Does a labeler put first what was shown first? In a work of k completions of which t share the best tier, the one shown first is
 * among them with probability t / k, whatever the labeler's taste, where the order of display is random. The count of works in which
 * it is has an exact distribution (see successTails); the probability is twice the smaller tail, for the last shown may be favoured, too.
 * Works that tie everything say nothing and are left out.
 *
 * Where the labelers of a set nearly always saw the same completion first, what stood first cannot be told from what is best: there is
 * no value. This is so where the share of pairs of works of a set with the same first, less that of random orders, is above half of
 * what is left.
 *
 * @returns a finding of each labeler; n counts works whose order of display is known. [labelers]
 */
export function* positionBias(table: WorkTable): TimeSlices<Finding[]> {
  const { judgments, firstBy, workBy, firstAnswer, answerOf, shownAt } = table;
  if (!table.ranked) {
    return Array.from({ length: judgments.labelers }, () =>
      nothingToSee("Scores are of one completion at a time: none stands first."),
    );
  }
  const sameFirst = yield* excessOfSameFirst(table);
  const findings: Finding[] = [];
  for (let labeler = 0; labeler < judgments.labelers; labeler++) {
    const chances: number[] = [];
    let first = 0;
    let shown = 0;
    for (const work of workBy.subarray(firstBy[labeler]!, firstBy[labeler + 1]!)) {
      const [from, to] = [firstAnswer[work]!, firstAnswer[work + 1]!];
      if (from === to || shownAt[from] === -1) {
        continue;
      }
      shown++;
      const best = Math.min(...answerOf.subarray(from, to));
      const tied = answerOf.subarray(from, to).reduce((count, tier) => count + (tier === best ? 1 : 0), 0);
      if (tied < to - from) {
        chances.push(tied / (to - from));
        first += answerOf[from + shownAt[from]!] === best ? 1 : 0;
      }
    }
    const n = chances.length;
    if (n === 0) {
      findings.push(
        nothingToSee(
          shown === 0
            ? "In which order completions were shown is not known."
            : `All ${shown} works whose order of display is known tie everything.`,
          0,
        ),
      );
    } else if (sameFirst > SAME_FIRST) {
      findings.push(
        nothingToSee(
          "The labelers of a set mostly saw the same completion first: what stood first cannot be told from what is best.",
          n,
        ),
      );
    } else {
      const { lower, upper } = yield* successTails(first, chances);
      const expected = chances.sort((a, b) => a - b).reduce((sum, chance) => sum + chance, 0) / n;
      const value = first / n;
      const evidence = `Put what was shown first into the best tier in ${first} of ${n} works (${percent(value)}), where an order of display at random gives ${percent(expected)}.`;
      findings.push({ value, expected, pValue: Math.min(1, 2 * Math.min(lower, upper)), n, evidence, reason: null });
    }
    yield;
  }
  return findings;
}

/** (share − chance) / (1 − chance) of pairs of works of a set whose first shown is the same; 0 where there are no pairs. */
function* excessOfSameFirst({ blocks, firstWork, workAt, firstAnswer, shownAt }: WorkTable): TimeSlices<number> {
  let [pairs, same, chance] = [0, 0, 0];
  for (let block = 0; block < blocks; block++) {
    const counts = new Map<number, number>();
    let shown = 0;
    let k = 0;
    for (const work of workAt.subarray(firstWork[block]!, firstWork[block + 1]!)) {
      const from = firstAnswer[work]!;
      const first = shownAt[from] ?? -1;
      if (firstAnswer[work + 1]! > from && first !== -1) {
        counts.set(first, (counts.get(first) ?? 0) + 1);
        shown++;
        k = firstAnswer[work + 1]! - from;
      }
    }
    if (shown >= 2) {
      pairs += shown * (shown - 1);
      chance += (shown * (shown - 1)) / k;
      for (const count of counts.values()) {
        same += count * (count - 1);
      }
    }
    if (block % 1000 === 999) {
      yield;
    }
  }
  return pairs > chance ? (same - chance) / (pairs - chance) : 0;
}
